#include "engine/apps/findings_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/apps/table.h"

namespace carrot {
namespace {

std::string Paragraph(const Finding& finding, const Stream& stream) {
  std::string text = Hang(
      fmt::format("{} {} {}: ", Name(finding.level), finding.code, finding.name), finding.message,
      stream, 2, finding.level == Level::kInfo ? Style::kBold : Style::kYellow);
  std::string numbers;
  for (const auto& [name, value] : finding.evidence) {
    numbers += fmt::format("{}{} {}", numbers.empty() ? "" : "   ", name, Short(value));
  }
  if (!numbers.empty()) text += Hang("  ", numbers, stream);
  if (finding.where.line > 0) {
    text += fmt::format("  at {}:{}\n", finding.where.file, finding.where.line);
  }
  for (const Frames& frames : finding.frames) {
    text += fmt::format("  see {}, env {}, episode {}, steps {} to {}\n", frames.recording,
                        frames.env, frames.episode, frames.from, frames.to);
  }
  if (!finding.help.empty()) text += Hang("  help: ", finding.help, stream, 4);
  return text;
}

}  // namespace

std::string NotJudgedText(const Findings& findings, const Stream& stream) {
  std::vector<std::pair<std::string, std::string>> reasons;  // message, codes
  for (const Finding& finding : findings) {
    const bool found = std::any_of(findings.begin(), findings.end(), [&](const Finding& other) {
      return other.judged && other.code == finding.code;
    });
    if (finding.judged || found) continue;
    auto at = std::find_if(reasons.begin(), reasons.end(),
                           [&](const auto& r) { return r.first == finding.message; });
    if (at == reasons.end()) at = reasons.insert(reasons.end(), {finding.message, ""});
    if (at->second.find(finding.code) != std::string::npos) continue;
    at->second += (at->second.empty() ? "" : ", ") + finding.code;
  }
  std::string text;
  for (const auto& [message, codes] : reasons) text += Hang(codes + " ", message, stream, 2);
  return text;
}

std::string FindingsText(const Findings& findings, Level least, const Stream& stream) {
  std::string text;
  for (const Finding& finding : findings) {
    if (!finding.judged || finding.level < least) continue;
    if (finding.muted.empty()) {
      text += Paragraph(finding, stream);
    } else {
      text += fmt::format("muted {} {}: {}\n", finding.code, finding.name, finding.muted);
    }
  }
  if (text.empty()) text = "nothing found\n";
  return text + NotJudgedText(findings, stream);
}

}  // namespace carrot
