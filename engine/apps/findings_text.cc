#include "engine/apps/findings_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/apps/table.h"

namespace carrot {
namespace {

std::string Paragraph(const Finding& finding, const Stream& stream) {
  const std::string head = fmt::format("{} {}", Name(finding.level), finding.code);
  std::string text = fmt::format(
      "{} {}: {}\n",
      Paint(head, finding.level == Level::kInfo ? Style::kBold : Style::kYellow, stream.color),
      finding.name, finding.message);
  std::string numbers;
  for (const auto& [name, value] : finding.evidence) {
    numbers += fmt::format("{}{} {}", numbers.empty() ? "" : "   ", name, Short(value));
  }
  if (!numbers.empty()) text += "  " + numbers + "\n";
  if (finding.where.line > 0) {
    text += fmt::format("  at {}:{}\n", finding.where.file, finding.where.line);
  }
  for (const Frames& frames : finding.frames) {
    text += fmt::format("  see {}, env {}, episode {}, steps {} to {}\n", frames.recording,
                        frames.env, frames.episode, frames.from, frames.to);
  }
  if (!finding.help.empty()) text += fmt::format("  help: {}\n", finding.help);
  return text;
}

}  // namespace

std::string NotJudgedText(const Findings& findings) {
  std::vector<std::pair<std::string, std::string>> reasons;  // message, codes
  for (const Finding& finding : findings) {
    if (finding.judged) continue;
    auto at = std::find_if(reasons.begin(), reasons.end(),
                           [&](const auto& r) { return r.first == finding.message; });
    if (at == reasons.end()) at = reasons.insert(reasons.end(), {finding.message, ""});
    if (at->second.find(finding.code) != std::string::npos) continue;
    at->second += (at->second.empty() ? "" : ", ") + finding.code;
  }
  std::string text;
  for (const auto& [message, codes] : reasons) text += fmt::format("{} {}\n", codes, message);
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
  return text + NotJudgedText(findings);
}

}  // namespace carrot
