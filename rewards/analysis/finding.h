// What lints and alarms report. A rule is a row of a table: code, name, level, what it needs, and
// the function that looks for it.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/diagnostic.h"
#include "rewards/analysis/evidence.h"

namespace carrot {

enum class Level : uint8_t { kInfo, kWarning, kError, kAlarm };
const char* Name(Level level);

struct Finding {
  std::string code, name;  // "L011", "loop_pays"
  Level level = Level::kInfo;
  bool judged = true;  // false: the evidence did not suffice; message says what is missing
  std::string muted;   // the script's reason for muting it, or ""
  std::string term;    // the guilty one, or ""
  std::string message;
  std::string help;                                      // what to do about it, or ""
  std::vector<std::pair<std::string, double>> evidence;  // named numbers
  std::vector<Frames> frames;                            // where to look
  SourceSpan where;                                      // the term's line
};
using Findings = std::vector<Finding>;

// Fired and not muted, at this level or above (not judged never counts).
bool AnyAt(std::span<const Finding> findings, Level level);

// {code, name, level, state: "fired" | "muted" | "not_judged", term, message, help, evidence{},
// frames[{recording, env, episode, from, to}], file, line}
nlohmann::ordered_json ToJson(const Finding& finding);
// For the tools that show diagnostics; an alarm is a warning there.
Diagnostic ToDiagnostic(const Finding& finding, const std::string& source);

enum class Need : uint8_t {
  kNothing,
  kManyRows,     // at least 1,000 transitions
  kSuccess,      // a successful episode
  kBothClasses,  // a successful and a failed one
};
// Why `need` is not met, in words; "" if it is.
std::string Missing(Need need, const Evidence& evidence);

struct Rule {
  const char* code;
  const char* name;
  Level level;
  Need need;
  // Adds what it finds; code, name and level are filled in from the table.
  void (*find)(const Evidence& evidence, Findings& out);
};
// Applies each rule whose need is met; says "not judged" for the others; applies the script's
// mutes.
Findings Apply(std::span<const Rule> rules, const Evidence& evidence);
void Mute(const RewardSpec& reward, Findings& findings);

// A finding about one term, with its place.
Finding AboutTerm(const Evidence& evidence, int term, std::string message, std::string help = "");

}  // namespace carrot
