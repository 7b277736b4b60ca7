// What a user can get wrong, as data: code, place, reason, next step.
//
// A Diagnostic is plain data; it never throws and is never logged by the library that makes it. The
// front end prints it (Format) or serialises it (ToJson). Codes: R00x syntax, R01x names and
// helpers, R02x declarations and types, R03x values, R04x budget, R05x sandbox, L0xx lints, A0xx
// alarms, T0xx task, E0xx environment fault, I0xx files, U0xx usage, G0xx graphics.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carrot {

enum class Severity { kInfo, kWarning, kError };

// A place in a text file. line and column are 1-based; 0 means unknown. length counts the
// characters under the caret (0: no caret is drawn, which is better than a wrong one).
struct SourceSpan {
  std::string file;
  int line = 0;
  int column = 0;
  int length = 0;
};

// The step of an episode at which something was first seen while a script ran.
struct Moment {
  uint64_t world_seed = 0;
  int step = 0;
};

struct Diagnostic {
  std::string code;  // "R012"
  Severity severity = Severity::kError;
  std::string message;             // one sentence, in the user's terms
  SourceSpan where;                // may be empty
  std::string excerpt;             // text of the line `where.line`, or empty
  std::string label;               // written beside the carets, or empty
  std::vector<std::string> help;   // concrete edits
  std::vector<std::string> notes;  // context; the last one says what happens now
  int repeats = 0;                 // further occurrences of the same thing
  std::optional<Moment> moment;
};

using Diagnostics = std::vector<Diagnostic>;

// rustc-like text, several lines, ending in a newline. Colours only if `color`.
std::string Format(const Diagnostic& diagnostic, bool color = false);
std::string Format(const Diagnostics& diagnostics, bool color = false);
nlohmann::json ToJson(const Diagnostic& diagnostic);

// Adds `more`; what `all` has already (code, message, place) only counts there as a repeat.
void Merge(Diagnostics more, Diagnostics* all);

// Shorthand for a diagnostic without a place.
Diagnostic MakeError(std::string code, std::string message, std::vector<std::string> help = {});

bool HasError(const Diagnostics& diagnostics);

}  // namespace carrot
