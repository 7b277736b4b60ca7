// carrot: the command line. Finds the verb, parses its options, runs it, returns its exit code.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
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

int PrintUsageError(const UsageError& error) {
  const bool color = InspectStream(STDERR_FILENO, ColorMode::kAuto).color;
  std::string text = Paint("error:", Style::kRed, color) + " " + error.message + "\n";
  if (!error.help.empty()) text += "help: " + error.help + "\n";
  std::fputs((text + error.usage + "\n").c_str(), stderr);
  return static_cast<int>(ExitCode::kUsage);
}

int UnknownVerb(const std::string& name) {
  UsageError error{fmt::format("unknown command '{}'", name), "",
                   "usage: carrot COMMAND [OPTIONS] (carrot help lists the commands)"};
  std::vector<std::string> names;
  for (const VerbInfo& verb : Verbs()) {
    if (!verb.hidden) names.push_back(verb.name);
  }
  if (const std::string nearest = Suggest(name, names); !nearest.empty()) {
    error.help = fmt::format("did you mean 'carrot {}'?", nearest);
  }
  return PrintUsageError(error);
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
  if (!error.message.empty()) return PrintUsageError(error);
  const VerbInfo& info = *FindVerb(version ? "version" : "help");
  Console console(info.name, settings.Get());
  return static_cast<int>(console.Finish(info.make()->Run(console)));
}

int Main(std::vector<std::string> arguments) {
  std::vector<std::string> rest;
  const std::string name = TakeVerb(arguments, rest);
  if (name.empty()) return WithoutVerb(rest);
  const VerbInfo* info = FindVerb(name);
  if (!info) return UnknownVerb(name);

  ConsoleSettings settings;
  const std::unique_ptr<Verb> verb = info->make();
  std::vector<Option> options = verb->Options();
  if (info->hidden) {  // words of another command line: not ours to parse
    std::get<std::vector<std::string>*>(options[0].target)->assign(rest.begin(), rest.end());
    Console console(name, {});
    return static_cast<int>(console.Finish(verb->Run(console)));
  }
  for (Option& option : settings.Options()) options.push_back(std::move(option));
  // Help wins over missing arguments, and shows the defaults, so it is found before they are
  // parsed.
  const auto words_end = std::find(rest.begin(), rest.end(), "--");
  for (const char* flag : {"-h", "--help"}) {
    if (std::find(rest.begin(), words_end, flag) == words_end) continue;
    Console console(name, {});
    console.Print(VerbHelp(*info, options, console.out()));
    return static_cast<int>(console.Finish(ExitCode::kOk));
  }
  const UsageError error = ParseOptions(*info, options, rest);
  if (!error.message.empty()) return PrintUsageError(error);
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
    std::fprintf(stderr, "error: internal: %s (a bug in carrot; please report the command line)\n",
                 problem.what());
    return static_cast<int>(carrot::ExitCode::kInternal);
  }
}
