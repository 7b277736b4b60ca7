// Hidden: `carrot __complete WORD...` prints one offer a line for the last word, or ":files" where
// the shell should offer file names. It never fails: no offer is better than an error on TAB.
#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "engine/apps/codes.h"
#include "engine/apps/offers.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"

namespace carrot {
namespace {

using Words = std::vector<std::string>;

bool HasName(const Option& option, const std::string& word) {
  return ("," + option.names + ",").find("," + word + ",") != std::string::npos;
}

bool IsOption(const std::string& word) { return word.size() > 1 && word[0] == '-'; }

// `./x`, `../x`, `x/`, `~/x`: one types a path, not a name.
bool IsPath(const std::string& word) {
  return word.find('/') != std::string::npos || word.starts_with(".") || word.starts_with("~");
}

Words VerbNames() {
  Words names;
  for (const VerbInfo& verb : Verbs()) {
    if (!verb.hidden) names.push_back(verb.name);
  }
  return names;
}

Words OptionNames(const std::vector<Option>& options) {
  Words names;
  for (const Option& option : options) {
    const size_t dashes = option.names.find("--");
    if (dashes != std::string::npos) names.push_back(option.names.substr(dashes));
  }
  return names;
}

// The words before the last one, as the parser would take them.
struct LineSoFar {
  const Option* open = nullptr;               // the option that the last word is a value of
  std::map<std::string, std::string> values;  // first value by name of option or positional
  size_t positionals = 0;
};

LineSoFar Read(const Words& words, size_t begin, const std::vector<Option>& options,
               const std::vector<const Option*>& positionals) {
  LineSoFar line;
  const auto keep = [&](const Option& option, const std::string& value) {
    line.values.emplace(
        option.positional() ? option.names : option.names.substr(option.names.find("--")), value);
  };
  for (size_t i = begin; i + 1 < words.size(); ++i) {
    const std::string& word = words[i];
    if (IsOption(word)) {
      const size_t equals = word.find('=');
      const auto found = std::find_if(options.begin(), options.end(), [&](const Option& option) {
        return HasName(option, word.substr(0, equals));
      });
      line.open = nullptr;
      if (found == options.end() || found->is_flag()) continue;
      if (equals == std::string::npos) {
        line.open = &*found;
      } else {
        keep(*found, word.substr(equals + 1));
      }
    } else if (line.open != nullptr) {
      keep(*line.open, word);
      if (!line.open->many) line.open = nullptr;
    } else {
      if (!positionals.empty()) {
        keep(*positionals[std::min(line.positionals, positionals.size() - 1)], word);
      }
      ++line.positionals;
    }
  }
  return line;
}

std::string Value(const LineSoFar& line, const std::string& name) {
  const auto found = line.values.find(name);
  return found == line.values.end() ? "" : found->second;
}

SettingContext Context(const LineSoFar& line) {
  SettingContext context{Value(line, "--task"), Value(line, "--reward"), Value(line, "--trace")};
  // sweep, watch
  for (const char* script : {"reward", "file"}) {
    if (context.reward.empty()) context.reward = Value(line, script);
  }
  return context;
}

Words ValuesOf(const Option& option, const std::string& last, const LineSoFar& line) {
  if (!option.choices.empty()) return option.choices;
  const bool path = IsPath(last);
  switch (option.offer) {
    case Offer::kNothing:
      return {};
    case Offer::kFile:
      return {kOfferFiles};
    case Offer::kTask:
      return path ? Words{kOfferFiles} : OfferTasks();
    case Offer::kReward:
      return path ? Words{kOfferFiles} : OfferRewards(Value(line, "--task"));
    case Offer::kPolicy:
      return path ? Words{kOfferFiles} : OfferPolicies(Value(line, "--task"));
    case Offer::kName:
      return path ? Words{kOfferFiles} : OfferNames();
    case Offer::kSetting:
      return OfferSettings(Context(line));
    case Offer::kCode:
    case Offer::kVerb: {
      Words names = VerbNames();
      names.insert(names.end(), {"exit-codes", "codes", "steps"});
      for (const CodeInfo& code : Codes()) names.push_back(code.code);
      return names;
    }
  }
  return {};
}

class CompleteVerb : public Verb {
 public:
  std::vector<Option> Options() override { return {{"words", "WORD", "", &words_}}; }

  ExitCode Run(Console& console) override {
    if (words_.empty()) words_.push_back("");
    for (const std::string& offer : Offers()) {
      if (offer.starts_with(words_.back()) || offer == kOfferFiles) console.Print(offer + "\n");
    }
    return ExitCode::kOk;
  }

 private:
  Words Offers() const {
    ConsoleSettings settings;
    const std::vector<Option> console_ones = settings.Options();
    size_t verb_at = 0;  // options of the console may stand before it
    while (verb_at + 1 < words_.size() && IsOption(words_[verb_at])) {
      const bool takes_value = words_[verb_at] == "--color" || words_[verb_at] == "--progress";
      verb_at += takes_value ? 2 : 1;
    }
    if (verb_at >= words_.size()) return Complete(0, console_ones);
    if (verb_at + 1 == words_.size()) {
      return IsOption(words_.back()) || words_.back() == "-" ? OptionNames(console_ones)
                                                             : VerbNames();
    }
    const VerbInfo* info = FindVerb(words_[verb_at]);
    if (!info || info->hidden) return {};
    const std::unique_ptr<Verb> verb = info->make();
    std::vector<Option> options = verb->Options();
    options.insert(options.end(), console_ones.begin(), console_ones.end());
    return Complete(verb_at + 1, options);
  }

  Words Complete(size_t begin, const std::vector<Option>& options) const {
    std::vector<const Option*> positionals;
    for (const Option& option : options) {
      if (option.positional()) positionals.push_back(&option);
    }
    const LineSoFar line = Read(words_, begin, options, positionals);
    const std::string& last = words_.back();
    if (!last.empty() && last[0] == '-') return WithEquals(last, options, line);
    if (line.open != nullptr) return ValuesOf(*line.open, last, line);
    const bool room = line.positionals < positionals.size() ||
                      (!positionals.empty() && positionals.back()->is_list());
    if (!room) return OptionNames(options);
    const size_t at = std::min(line.positionals, positionals.size() - 1);
    return ValuesOf(*positionals[at], last, line);
  }

  // --task=hop
  static Words WithEquals(const std::string& last, const std::vector<Option>& options,
                          const LineSoFar& line) {
    const size_t equals = last.find('=');
    if (equals == std::string::npos) return OptionNames(options);
    Words offers;
    for (const Option& option : options) {
      if (option.positional() || !HasName(option, last.substr(0, equals))) continue;
      for (const std::string& value : ValuesOf(option, last.substr(equals + 1), line)) {
        offers.push_back(value == kOfferFiles ? value : last.substr(0, equals + 1) + value);
      }
    }
    return offers;
  }

  Words words_;
};

}  // namespace

std::unique_ptr<Verb> MakeComplete() { return std::make_unique<CompleteVerb>(); }

}  // namespace carrot
