#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/apps/codes.h"
#include "engine/apps/help_text.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/base/suggest.h"

namespace carrot {
namespace {

std::string CodeHelp(const CodeInfo& info) {
  std::string out = fmt::format("{}: {}\n\n{}\n", info.code, info.title, info.detail);
  if (*info.before) out += fmt::format("\nbefore  {}\nafter   {}\n", info.before, info.after);
  return out;
}

Json OptionJson(const Option& option) {
  return {{"names", option.names},
          {"value", option.value},
          {"help", option.help},
          {"required", option.required}};
}

class HelpVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"topic",
             "TOPIC",
             "a command, `exit-codes`, `codes`, `steps`, or a code such as R012",
             &topic_,
             false,
             {},
             Offer::kVerb}};
  }
  ExitCode Run(Console& console) override {
    if (console.json() && topic_.empty()) return PrintAllAsJson(console);
    if (topic_.empty()) return Print(console, FullHelp(console.out()));
    if (topic_ == "exit-codes") return Print(console, ExitCodeHelp(console.out()));
    if (topic_ == "steps") return Print(console, StepsHelp(console.out()));
    if (topic_ == "codes") return Print(console, AllCodes());
    if (const CodeInfo* code = FindCode(topic_)) return Print(console, CodeHelp(*code));
    if (const VerbInfo* verb = FindVerb(topic_)) {
      const std::unique_ptr<Verb> made = verb->make();
      std::vector<Option> options = made->Options();
      ConsoleSettings settings;
      for (Option& option : settings.Options()) options.push_back(std::move(option));
      return Print(console, VerbHelp(*verb, options, console.out()));
    }
    std::vector<std::string> topics{"exit-codes", "codes", "steps"};
    for (const VerbInfo& verb : Verbs()) topics.push_back(verb.name);
    for (const CodeInfo& code : Codes()) topics.push_back(code.code);
    Diagnostic error = MakeError("U001", fmt::format("there is no help on `{}`", topic_));
    if (const std::string nearest = Suggest(topic_, topics); !nearest.empty()) {
      error.help.push_back(fmt::format("did you mean `carrot help {}`?", nearest));
    }
    error.help.push_back("`carrot help` lists the commands, `carrot help codes` the codes");
    return console.Fail({error});
  }

 private:
  ExitCode Print(Console& console, const std::string& text) {
    if (console.json()) {
      console.PrintJson({{"topic", topic_}, {"text", text}});
    } else {
      console.Print(text);
    }
    return ExitCode::kOk;
  }
  static std::string AllCodes() {
    std::string out;
    for (const CodeInfo& code : Codes()) out += fmt::format("{}  {}\n", code.code, code.title);
    return out;
  }
  static ExitCode PrintAllAsJson(Console& console) {
    Json document;
    document["commands"] = Json::array();
    for (const VerbInfo& verb : Verbs()) {
      if (verb.hidden) continue;
      Json entry = {{"name", verb.name}, {"usage", verb.usage}, {"summary", verb.summary}};
      entry["options"] = Json::array();
      const std::unique_ptr<Verb> made = verb.make();
      for (const Option& option : made->Options()) entry["options"].push_back(OptionJson(option));
      document["commands"].push_back(entry);
    }
    for (const ExitCodeInfo& info : ExitCodes()) {
      document["exit_codes"][fmt::format("{}", static_cast<int>(info.code))] = info.meaning;
    }
    console.PrintJson(document);
    return ExitCode::kOk;
  }
  std::string topic_;
};

}  // namespace

std::unique_ptr<Verb> MakeHelp() { return std::make_unique<HelpVerb>(); }

}  // namespace carrot
