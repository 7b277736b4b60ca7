// Alarms: what speaks against the reward, each with its evidence and the steps that show it.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <filesystem>
#include <string>

#include "gui/panels/panels.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

// Steps to go to as soon as their recording is open.
struct Pending {
  std::string path;
  Frames frames;
  Tick until = 0;  // it may fail to open: the message says why, and nobody waits for ever
};
Pending& ToShow() {
  static Pending pending;  // one window
  return pending;
}

Colour ColourOf(Ui& ui, const Finding& finding) {
  if (!finding.judged || !finding.muted.empty()) return ui.palette.muted;
  switch (finding.level) {
    case Level::kAlarm:
    case Level::kError:
      return ui.palette.bad;
    case Level::kWarning:
      return ui.state.theme == Theme::kLight ? Rgb(0x8a6100) : Rgb(0xe6b450);
    default:
      return ui.palette.text;
  }
}

// Where the recording of a finding lies. Training names it relative to its run's folder.
std::string PathOf(const FrameView& view, const Finding& finding) {
  const std::string& name = finding.frames[0].recording;
  for (const JobView& job : view.jobs) {
    for (const Finding& alarm : job.alarms) {
      const bool same = alarm.code == finding.code && alarm.message == finding.message &&
                        !alarm.frames.empty() && alarm.frames[0].recording == name;
      if (same) return (fs::path(job.folder) / name).string();
    }
  }
  return name;
}

int OpenIndex(const FrameView& view, const std::string& path, const std::string& name) {
  for (size_t i = 0; i < view.open.size(); ++i) {
    const TraceView& trace = view.open[i];
    const bool same = fs::path(trace.path).lexically_normal() == fs::path(path).lexically_normal();
    if (same || trace.name == name || trace.path == name) return static_cast<int>(i);
  }
  return -1;
}

bool GoTo(Ui& ui, int recording, const Frames& frames) {
  const TraceView& trace = ui.view.open[recording];
  if (!trace.episodes) return false;
  for (size_t e = 0; e < trace.episodes->size(); ++e) {
    const TraceEpisodeRows& episode = (*trace.episodes)[e];
    if (episode.env != frames.env || episode.episode != frames.episode) continue;
    ui.session.Send(Pause{});
    ui.session.Send(Seek{recording, static_cast<int>(e), static_cast<int>(frames.from)});
    ui.state.mark_a = static_cast<int>(frames.from);
    ui.state.mark_b = static_cast<int>(frames.to);
    return true;
  }
  return false;
}

void Go(Ui& ui, const Finding& finding) {
  if (finding.frames.empty()) return;
  const Frames& frames = finding.frames[0];
  const std::string path = PathOf(ui.view, finding);
  const int open = OpenIndex(ui.view, path, frames.recording);
  const std::string where = fmt::format("{}\nenv {}, episode {}, steps {} to {}", path, frames.env,
                                        frames.episode, frames.from, frames.to);
  if (open >= 0) {
    if (widgets::SmallButton("go", "Go", where.c_str())) GoTo(ui, open, frames);
    return;
  }
  // Corpus recordings have a name and no path; those of a run can be opened.
  if (path.find(".trace") == std::string::npos) {
    widgets::Muted("where", "not open");
    widgets::Tip(where.c_str());
  } else if (widgets::SmallButton("go", "Open", where.c_str())) {
    ui.session.Send(OpenRecording{path});
    ToShow() = {path, frames, ui.view.tick + 300};
  }
}

void GoWhenOpen(Ui& ui) {
  Pending& pending = ToShow();
  if (pending.path.empty()) return;
  const int open = OpenIndex(ui.view, pending.path, pending.frames.recording);
  if (open >= 0) GoTo(ui, open, pending.frames);
  if (open >= 0 || ui.view.tick > pending.until) pending = {};
}

std::string EvidenceText(const Finding& finding) {
  std::string text;
  for (const auto& [name, value] : finding.evidence) {
    text += fmt::format("{}{} {:.4g}", text.empty() ? "" : ",  ", name, value);
  }
  return text;
}

void Sentence(Ui& ui, const Finding& finding) {
  if (!finding.judged) {
    widgets::Paragraph("message", "not judged: " + finding.message, ui.palette.muted);
  } else {
    widgets::Paragraph("message", finding.message);
  }
  if (!finding.muted.empty())
    widgets::Paragraph("muted", "muted: " + finding.muted, ui.palette.muted);
  if (!finding.help.empty()) widgets::Paragraph("help", finding.help, ui.palette.muted);
}

void Row(Ui& ui, const Finding& finding, size_t index) {
  const Scope scope(fmt::format("{}", index));
  const Colour colour = ColourOf(ui, finding);
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::PushStyleColor(ImGuiCol_Text, colour);
  ImGui::PushFont(ui.fonts.semibold, 0);
  widgets::Text("level", Name(finding.level));
  ImGui::PopFont();
  ImGui::PopStyleColor();
  ImGui::TableNextColumn();
  const bool selected = !finding.term.empty() && ui.state.selected_term == finding.term;
  const std::string title = finding.code + "  " + finding.name;
  if (widgets::Selectable("row", title.c_str(), selected))
    ui.state.selected_term = selected ? "" : finding.term;
  widgets::Tip(finding.term.empty() ? "about the reward as a whole"
                                    : "Click: highlight its term everywhere");
  ImGui::TableNextColumn();
  Sentence(ui, finding);
  ImGui::TableNextColumn();
  widgets::Text("term", finding.term);
  ImGui::TableNextColumn();
  widgets::Paragraph("evidence", EvidenceText(finding), ui.palette.muted);
  ImGui::TableNextColumn();
  Go(ui, finding);
}

void Empty(Ui& ui) {
  widgets::Text("none", "No alarms.");
  widgets::Paragraph("what",
                     "An alarm says in a sentence what speaks against the reward (a term that "
                     "never pays, a loop that pays for ever, failures that earn more than "
                     "successes), with the numbers behind it and the steps that show it.",
                     ui.palette.muted);
  const RewardInfo& reward = ui.view.reward;
  widgets::Paragraph("how",
                     "They come while a policy trains (Training panel). For the recordings that "
                     "are open, from the command line:",
                     ui.palette.muted);
  std::string command = "carrot audit " + (reward.path.empty() ? "REWARD" : reward.path);
  if (!ui.view.open.empty()) command += " --trace";
  for (const TraceView& trace : ui.view.open) command += " " + trace.path;
  if (widgets::SmallButton("copy", "copy as command", command.c_str()))
    ImGui::SetClipboardText(command.c_str());
  ImGui::SameLine();
  widgets::Text("command", command);
}

}  // namespace

void DrawAlarms(Ui& ui) {
  GoWhenOpen(ui);
  if (ui.view.alarms.empty()) {
    Empty(ui);
    return;
  }
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_RowBg |
                                     ImGuiTableFlags_ScrollY | ImGuiTableFlags_PadOuterX;
  if (!ImGui::BeginTable("alarms", 6, kFlags)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("level", ImGuiTableColumnFlags_WidthFixed, 58);
  ImGui::TableSetupColumn("what", ImGuiTableColumnFlags_WidthFixed, 190);
  ImGui::TableSetupColumn("", 0, 2);
  ImGui::TableSetupColumn("term", ImGuiTableColumnFlags_WidthFixed, 90);
  ImGui::TableSetupColumn("evidence", 0, 1);
  ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, 60);
  ImGui::TableHeadersRow();
  for (size_t i = 0; i < ui.view.alarms.size(); ++i) Row(ui, ui.view.alarms[i], i);
  ImGui::EndTable();
}

}  // namespace carrot
