// carrot: the command line. Finds the verb, parses its options, runs it, returns its exit code.
#include <fmt/format.h>

#include <algorithm>
#include <exception>

#include "engine/apps/command_line.h"
#include "engine/apps/help_text.h"
#include "engine/apps/interrupt.h"
#include "engine/apps/verb.h"
#include "engine/base/suggest.h"

namespace carrot {

std::vector<Option> ConsoleSettings::Options() {
  return {
      {"--json", "", "print one JSON document instead of text", &json},
      {"-q,--quiet", "", "no progress and no notes", &quiet},
      {"-v,--verbose", "", "say more", &verbose},
      {"--color", "WHEN", "auto, always or never", &color, false, {"auto", "always", "never"}},
      {"--progress",
       "FORM",
       "auto, none, bar or json (on stderr)",
       &progress,
       false,
       {"auto", "none", "bar", "json"}},
      {"-h,--help", "", "print this help", &help},
  };
}

ConsoleOptions ConsoleSettings::Get() const {
  ConsoleOptions options;
  options.json = json;
  options.quiet = quiet;
  options.verbosity = verbose ? 1 : 0;
  options.color = color == "always"  ? ColorMode::kAlways
                  : color == "never" ? ColorMode::kNever
                                     : ColorMode::kAuto;
  options.progress = progress == "none"   ? ProgressMode::kNone
                     : progress == "bar"  ? ProgressMode::kBar
                     : progress == "json" ? ProgressMode::kJson
                                          : ProgressMode::kAuto;
  return options;
}

namespace {

using Words = std::vector<std::string>;

bool HasFlag(const Words& words, const char* flag) {
  const auto end = std::find(words.begin(), words.end(), "--");
  return std::find(words.begin(), end, flag) != end;
}

// Three lines for people; with --json, which a wrong command line may hold anywhere, a document
// too.
int PrintUsageError(const std::string& verb, const UsageError& error, const Words& words) {
  Console console(verb, {.json = HasFlag(words, "--json")});
  console.Tell(Paint("error:", Style::kRed, console.err().color) + " " + error.message + "\n" +
               (error.help.empty() ? "" : "help: " + error.help + "\n") + error.usage + "\n");
  Diagnostic diagnostic = MakeError("U002", error.message);
  if (!error.help.empty()) diagnostic.help = {error.help};
  diagnostic.notes = {error.usage};
  if (console.json()) console.PrintErrors({diagnostic}, ExitCode::kUsage);
  return static_cast<int>(console.Finish(ExitCode::kUsage));
}

int UnknownVerb(const std::string& name, const Words& words) {
  UsageError error{fmt::format("unknown command '{}'", name), "",
                   "usage: carrot COMMAND [OPTIONS] (carrot help lists the commands)"};
  std::vector<std::string> names;
  for (const VerbInfo& verb : Verbs()) {
    if (!verb.hidden) names.push_back(verb.name);
  }
  if (const std::string nearest = Suggest(name, names); !nearest.empty()) {
    error.help = fmt::format("did you mean 'carrot {}'?", nearest);
  }
  return PrintUsageError("help", error, words);
}

// `carrot help VERB`, or its JSON form.
int VerbHelp(const std::string& name, bool json) {
  const std::unique_ptr<Verb> help = FindVerb("help")->make();
  *std::get<std::string*>(help->Options()[0].target) = name;
  Console console("help", {.json = json});
  return static_cast<int>(console.Finish(help->Run(console)));
}

// `carrot`, `carrot --help`, `carrot --version`, `carrot --oops`.
int WithoutVerb(const std::vector<std::string>& arguments) {
  if (arguments.empty()) {
    Console console("help", {});
    console.Print(ShortHelp(console.out()));
    return static_cast<int>(console.Finish(ExitCode::kOk));
  }
  ConsoleSettings settings;
  bool version = false;
  std::vector<Option> options = settings.Options();
  options.push_back({"--version", "", "", &version});
  const UsageError error = ParseOptions(*FindVerb("help"), options, arguments);
  if (!error.message.empty()) return PrintUsageError("help", error, arguments);
  const VerbInfo& info = *FindVerb(version ? "version" : "help");
  Console console(info.name, settings.Get());
  return static_cast<int>(console.Finish(info.make()->Run(console)));
}

int Main(std::vector<std::string> arguments) {
  std::vector<std::string> rest;
  const std::string name = TakeVerb(arguments, rest);
  if (name.empty()) return WithoutVerb(rest);
  const VerbInfo* info = FindVerb(name);
  if (!info) return UnknownVerb(name, rest);

  ConsoleSettings settings;
  const std::unique_ptr<Verb> verb = info->make();
  std::vector<Option> options = verb->Options();
  if (info->hidden) {  // words of another command line: not ours to parse
    std::get<std::vector<std::string>*>(options[0].target)->assign(rest.begin(), rest.end());
    Console console(name, {});
    return static_cast<int>(console.Finish(verb->Run(console)));
  }
  for (Option& option : settings.Options()) options.push_back(std::move(option));
  // Help wins over missing and wrong arguments, so it is found before they are parsed.
  if (HasFlag(rest, "-h") || HasFlag(rest, "--help"))
    return VerbHelp(name, HasFlag(rest, "--json"));
  const UsageError error = ParseOptions(*info, options, rest);
  if (!error.message.empty()) return PrintUsageError(name, error, rest);
  InstallSignalHandlers();
  Console console(name, settings.Get());
  ExitCode code = verb->Run(console);
  if (Interrupted().load() && code == ExitCode::kOk) code = ExitCode::kInterrupted;
  return static_cast<int>(console.Finish(code));
}

}  // namespace
}  // namespace carrot

int main(int argc, char** argv) {
  try {
    return carrot::Main({argv + 1, argv + argc});
  } catch (const std::exception& problem) {
    carrot::Console console("help", {.json = carrot::HasFlag({argv + 1, argv + argc}, "--json")});
    return static_cast<int>(console.Fail({carrot::MakeError(
        "internal", problem.what(), {"a bug in carrot: please report the command line"})}));
  }
}
