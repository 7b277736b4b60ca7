#include "engine/apps/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/base/json_text.h"
#include "engine/base/printable.h"

namespace carrot {
namespace {

void WriteError(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody is left to tell
    text.remove_prefix(static_cast<size_t>(written));
  }
}

struct CodeClass {
  const char* prefix;
  ExitCode exit;
};
// The first prefix that fits wins.
constexpr CodeClass kCodeClasses[] = {
    {"R002", ExitCode::kInput},  {"R003", ExitCode::kInput},    {"R04", ExitCode::kBudget},
    {"R", ExitCode::kReward},    {"L", ExitCode::kReward},      {"I006", ExitCode::kOutput},
    {"I007", ExitCode::kOutput}, {"I008", ExitCode::kOutput},   {"I010", ExitCode::kOutput},
    {"I012", ExitCode::kOutput}, {"I", ExitCode::kInput},       {"T", ExitCode::kInput},
    {"E", ExitCode::kInput},     {"G00", ExitCode::kNoDisplay}, {"G", ExitCode::kInput},
    {"U", ExitCode::kUsage},
};

}  // namespace

std::span<const ExitCodeInfo> ExitCodes() {
  static constexpr ExitCodeInfo kTable[] = {
      {ExitCode::kOk, "done"},
      {ExitCode::kNegative, "ran, but the verdict is negative (--fail-if, --fail-on, --deny)"},
      {ExitCode::kUsage, "wrong usage: unknown command, option or value"},
      {ExitCode::kReward, "error in a reward script (parse, load or run)"},
      {ExitCode::kInput, "input missing or invalid (task, model, policy, recording)"},
      {ExitCode::kBudget, "a budget or time limit was exceeded"},
      {ExitCode::kNoDisplay, "no OpenGL: pictures cannot be made here"},
      {ExitCode::kOutput,
       "output cannot be written (read-only, disk full); finished parts are kept"},
      {ExitCode::kInternal, "a bug in carrot"},
      {ExitCode::kInterrupted, "interrupted; finished work is kept"},
  };
  return kTable;
}

ExitCode ExitCodeOf(const Diagnostic& diagnostic) {
  const bool in_task = std::filesystem::path(diagnostic.where.file).filename() == "task.lua";
  for (const CodeClass& entry : kCodeClasses) {
    if (diagnostic.code.rfind(entry.prefix, 0) != 0) continue;
    // A broken task is a wrong input; code 3 speaks of the reward.
    return in_task && entry.exit == ExitCode::kReward ? ExitCode::kInput : entry.exit;
  }
  return ExitCode::kInternal;
}

Console::Console(std::string verb, ConsoleOptions options)
    : verb_(std::move(verb)),
      options_(options),
      out_(InspectStream(STDOUT_FILENO, options.color)),
      err_(InspectStream(STDERR_FILENO, options.color)) {}

void Console::WriteOut(std::string_view text) {
  while (!text.empty() && write_error_ == 0) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) {
      write_error_ = errno;
      return;
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
}

void Console::Print(std::string_view text) { WriteOut(Printable(text, out_.color)); }

// A path or a message may hold anything.
void Console::Tell(std::string_view text) { WriteError(Printable(text, err_.color)); }

void Console::PrintJson(const Json& document) {
  Json whole;
  whole["schema"] = "carrot." + verb_ + "/1";
  whole.update(document);
  WriteOut(JsonText(whole, 2) + "\n");
}

void Console::Note(std::string_view line) {
  if (!options_.quiet) Tell(std::string(line) + "\n");
}

void Console::Detail(std::string_view line) {
  if (options_.verbosity > 0) Note(line);
}

void Console::Warn(std::string_view line) {
  Tell(Paint("warning:", Style::kYellow, err_.color) + " " + std::string(line) + "\n");
}

void Console::Show(const Diagnostics& diagnostics) {
  if (!diagnostics.empty()) Tell(Format(diagnostics, err_.color));
}

ExitCode Console::CodeOf(const Diagnostics& diagnostics) const {
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::kError) return ExitCodeOf(diagnostic);
  }
  return ExitCode::kInternal;
}

ExitCode Console::Fail(const Diagnostics& diagnostics) {
  Show(diagnostics);
  const ExitCode code = CodeOf(diagnostics);
  if (options_.json) PrintErrors(diagnostics, code);
  return code;
}

void Console::PrintErrors(const Diagnostics& diagnostics, ExitCode code) {
  Json document;
  document["exit_code"] = static_cast<int>(code);
  document["errors"] = Json::array();
  for (const Diagnostic& diagnostic : diagnostics) {
    document["errors"].push_back(Json(ToJson(diagnostic)));
  }
  PrintJson(document);
}

ExitCode Console::Finish(ExitCode code) {
  if (write_error_ == 0 || write_error_ == EPIPE) return code;
  WriteError(fmt::format("{} cannot write to standard output: {}\n",
                         Paint("error:", Style::kRed, err_.color), std::strerror(write_error_)));
  return code == ExitCode::kOk ? ExitCode::kOutput : code;
}

}  // namespace carrot
