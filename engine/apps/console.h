// The manners of every verb: results on stdout, everything else on stderr, JSON on demand, and one
// place that turns diagnostics into exit codes.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "engine/apps/exit_code.h"
#include "engine/apps/terminal.h"
#include "engine/base/diagnostic.h"

namespace carrot {

using Json = nlohmann::ordered_json;

enum class ProgressMode { kAuto, kNone, kBar, kJson };

// Options that every verb takes.
struct ConsoleOptions {
  bool json = false;
  bool quiet = false;
  int verbosity = 0;
  ColorMode color = ColorMode::kAuto;
  ProgressMode progress = ProgressMode::kAuto;
};

// Not thread-safe: the main thread prints.
class Console {
 public:
  Console(std::string verb, ConsoleOptions options);

  bool json() const { return options_.json; }
  bool quiet() const { return options_.quiet; }
  int verbosity() const { return options_.verbosity; }
  ProgressMode progress() const { return options_.progress; }
  const Stream& out() const { return out_; }
  const Stream& err() const { return err_; }
  const std::string& verb() const { return verb_; }

  // Result text, to stdout. What comes from scripts cannot steer the terminal: of all control
  // characters only our own colours are written.
  void Print(std::string_view text);
  // The verb's one JSON document, to stdout: {"schema": "carrot.<verb>/1", ...document}.
  void PrintJson(const Json& document);
  // A line for people, to stderr; not with --quiet.
  void Note(std::string_view line);
  // Only with -v.
  void Detail(std::string_view line);
  // "warning: ..." to stderr, also with --quiet.
  void Warn(std::string_view line);

  // Text for people to stderr, also with --quiet; neutralised as Print.
  void Tell(std::string_view text);

  // The JSON document of a failure: {schema, exit_code, errors: [diagnostic, ...]}.
  void PrintErrors(const Diagnostics& diagnostics, ExitCode code);
  // Prints the diagnostics to stderr (with --json also as a document on stdout) and returns the
  // exit code of the worst.
  ExitCode Fail(const Diagnostics& diagnostics);
  // The exit code of diagnostics that were already shown.
  ExitCode CodeOf(const Diagnostics& diagnostics) const;
  // Prints warnings and notes without ending the verb.
  void Show(const Diagnostics& diagnostics);

  // Flushes stdout: `code`, or kOutput if something could not be written. A closed pipe is silent.
  ExitCode Finish(ExitCode code);

 private:
  void WriteOut(std::string_view text);

  std::string verb_;
  ConsoleOptions options_;
  Stream out_, err_;
  int write_error_ = 0;  // errno of the first failed write to stdout
};

// The exit code that a diagnostic stands for, by the class of its code.
ExitCode ExitCodeOf(const Diagnostic& diagnostic);

}  // namespace carrot
