// Hidden: `carrot __complete WORD...` prints one offer a line for the last word, or ":files" where
// the shell should offer file names. It never fails: no offer is better than an error on TAB.
#include <fmt/format.h>

#include <algorithm>

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

class CompleteVerb : public Verb {
 public:
  std::vector<Option> Options() override { return {{"words", "WORD", "", &words_}}; }

  ExitCode Run(Console& console) override {
    if (words_.empty()) words_.push_back("");
    const std::string last = words_.back();
    for (const std::string& offer : Offers()) {
      if (offer.rfind(last, 0) == 0 || offer == kOfferFiles) console.Print(offer + "\n");
    }
    return ExitCode::kOk;
  }

 private:
  Words Offers() const {
    if (words_.size() == 1) return VerbNames();
    const VerbInfo* info = FindVerb(words_[0]);
    if (!info || info->hidden) return {};
    const std::unique_ptr<Verb> verb = info->make();
    std::vector<Option> options = verb->Options();
    ConsoleSettings settings;
    for (Option& option : settings.Options()) options.push_back(std::move(option));

    const std::string& last = words_.back();
    const std::string& before = words_[words_.size() - 2];
    for (const Option& option : options) {
      if (!option.positional() && !option.is_flag() && HasName(option, before)) {
        return ValuesOf(option);
      }
    }
    if (last.rfind('-', 0) == 0) return OptionNames(options);
    for (const Option& option : options) {
      if (option.positional()) return ValuesOf(option);
    }
    return OptionNames(options);
  }
  static Words VerbNames() {
    Words names;
    for (const VerbInfo& verb : Verbs()) {
      if (!verb.hidden) names.push_back(verb.name);
    }
    return names;
  }
  static Words OptionNames(const std::vector<Option>& options) {
    Words names;
    for (const Option& option : options) {
      const size_t dashes = option.names.find("--");
      if (dashes != std::string::npos) names.push_back(option.names.substr(dashes));
    }
    return names;
  }
  // The value that `name` has on the command line so far, or "".
  std::string ValueOf(const std::string& name) const {
    const auto found = std::find(words_.begin(), words_.end(), name);
    return found != words_.end() && found + 1 != words_.end() ? found[1] : "";
  }
  Words ValuesOf(const Option& option) const {
    if (!option.choices.empty()) return option.choices;
    switch (option.offer) {
      case Offer::kNothing:
        return {};
      case Offer::kFile:
        return {kOfferFiles};
      case Offer::kTask:
        return OfferTasks();
      case Offer::kReward:
        return OfferRewards(ValueOf("--task"));
      case Offer::kPolicy:
        return OfferPolicies();
      case Offer::kSetting:
        return OfferSettings(ValueOf("--task"), ValueOf("--reward"));
      case Offer::kName:
        return OfferNames();
      case Offer::kCode:
      case Offer::kVerb: {
        Words names = VerbNames();
        names.insert(names.end(), {"exit-codes", "codes"});
        for (const CodeInfo& code : Codes()) names.push_back(code.code);
        return names;
      }
    }
    return {};
  }
  Words words_;
};

}  // namespace

std::unique_ptr<Verb> MakeComplete() { return std::make_unique<CompleteVerb>(); }

}  // namespace carrot
