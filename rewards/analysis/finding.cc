#include "rewards/analysis/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace carrot {
namespace {

constexpr int64_t kManyRows = 1000;

std::string LineOf(const std::string& source, int line) {
  size_t at = 0;
  for (int l = 1; l < line && at != std::string::npos; ++l) {
    at = source.find('\n', at);
    if (at != std::string::npos) ++at;
  }
  if (line < 1 || at == std::string::npos) return "";
  return source.substr(at, source.find('\n', at) - at);
}

std::string FramesText(const Frames& frames) {
  return fmt::format("see {}, env {}, episode {}, steps {} to {}", frames.recording, frames.env,
                     frames.episode, frames.from, frames.to);
}

}  // namespace

const char* Name(Level level) {
  constexpr const char* kNames[] = {"info", "warning", "error", "alarm"};
  return kNames[static_cast<int>(level)];
}

bool AnyAt(std::span<const Finding> findings, Level level) {
  return std::any_of(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.judged && finding.muted.empty() && finding.level >= level;
  });
}

nlohmann::ordered_json ToJson(const Finding& finding) {
  nlohmann::ordered_json json = {{"code", finding.code},
                                 {"name", finding.name},
                                 {"level", Name(finding.level)},
                                 {"state", !finding.judged         ? "not_judged"
                                           : finding.muted.empty() ? "fired"
                                                                   : "muted"},
                                 {"message", finding.message}};
  if (!finding.term.empty()) json["term"] = finding.term;
  if (!finding.muted.empty()) json["reason"] = finding.muted;
  if (!finding.help.empty()) json["help"] = finding.help;
  for (const auto& [name, value] : finding.evidence) {
    json["evidence"][name] = std::isfinite(value) ? nlohmann::ordered_json(value) : nullptr;
  }
  for (const Frames& frames : finding.frames) {
    json["frames"].push_back({{"recording", frames.recording},
                              {"env", frames.env},
                              {"episode", frames.episode},
                              {"from", frames.from},
                              {"to", frames.to}});
  }
  if (finding.where.line > 0) {
    json["file"] = finding.where.file;
    json["line"] = finding.where.line;
  }
  return json;
}

Diagnostic ToDiagnostic(const Finding& finding, const std::string& source) {
  Diagnostic diagnostic;
  diagnostic.code = finding.code;
  diagnostic.severity = finding.level == Level::kError  ? Severity::kError
                        : finding.level == Level::kInfo ? Severity::kInfo
                                                        : Severity::kWarning;
  diagnostic.message = fmt::format("{}: {}", finding.name, finding.message);
  diagnostic.where = finding.where;
  if (finding.where.line > 0) diagnostic.excerpt = LineOf(source, finding.where.line);
  if (!finding.help.empty()) diagnostic.help.push_back(finding.help);
  for (const Frames& frames : finding.frames) diagnostic.notes.push_back(FramesText(frames));
  return diagnostic;
}

std::string Missing(Need need, const Evidence& evidence) {
  if (need == Need::kManyRows && evidence.rows < kManyRows) {
    return fmt::format("only {} steps are recorded (it takes {})", evidence.rows, kManyRows);
  }
  if (need != Need::kSuccess && need != Need::kBothClasses) return "";
  if (!evidence.defines_success) return "the task defines no success";
  if (evidence.Class(true).empty()) {
    return "no successful episode (add one: carrot run --policy ... --record)";
  }
  if (need == Need::kBothClasses && evidence.Class(false).empty()) {
    return "no failed episode (add one: carrot run --policy random --record)";
  }
  return "";
}

Findings Apply(std::span<const Rule> rules, const Evidence& evidence) {
  Findings all;
  for (const Rule& rule : rules) {
    Findings found;
    const std::string missing = Missing(rule.need, evidence);
    if (missing.empty()) {
      rule.find(evidence, found);
    } else {
      found.push_back({.judged = false, .message = "not judged: " + missing});
    }
    for (Finding& finding : found) {
      finding.code = rule.code;
      finding.name = rule.name;
      finding.level = rule.level;
      all.push_back(std::move(finding));
    }
  }
  Mute(*evidence.reward, all);
  return all;
}

void Mute(const RewardSpec& reward, Findings& findings) {
  for (Finding& finding : findings) {
    if (!finding.judged) continue;
    for (const auto& [code, reason] : reward.mutes) {
      if (code == finding.code) finding.muted = reason;
    }
  }
}

Finding AboutTerm(const Evidence& evidence, int term, std::string message, std::string help) {
  Finding finding;
  finding.term = evidence.TermName(term);
  finding.where = evidence.TermPlace(term);
  finding.message = std::move(message);
  finding.help = std::move(help);
  return finding;
}

}  // namespace carrot
