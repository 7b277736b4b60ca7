// Alarms: what speaks against the reward, each with its evidence and the steps that show it.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/session/tuned_values.h"
#include "gui/panels/panels.h"
#include "gui/view/parts.h"
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

// To the steps that show it; false if their recording has to be opened first.
bool Jump(Ui& ui, const Finding& finding) {
  const Frames& frames = finding.frames[0];
  const std::string path = PathOf(ui.view, finding);
  const int open = OpenIndex(ui.view, path, frames.recording);
  if (open >= 0) return GoTo(ui, open, frames);
  ui.session.Send(OpenRecording{path});
  ToShow() = {path, frames, ui.view.tick + 300};
  return false;
}

void Go(Ui& ui, const Finding& finding) {
  if (finding.frames.empty()) return;
  const Frames& frames = finding.frames[0];
  const std::string path = PathOf(ui.view, finding);
  const bool open = OpenIndex(ui.view, path, frames.recording) >= 0;
  const std::string where = fmt::format("{}\nenv {}, episode {}, steps {} to {}", path, frames.env,
                                        frames.episode, frames.from, frames.to);
  // Corpus recordings have a name and no path; those of a run can be opened.
  if (!open && path.find(".trace") == std::string::npos) {
    widgets::Muted("where", "not open");
    widgets::Tip(where.c_str());
    return;
  }
  if (widgets::SmallButton("jump", open ? "Jump" : "Open", where.c_str())) Jump(ui, finding);
  if (!open) return;
  ImGui::SameLine(0, 4);
  if (widgets::SmallButton("explain", "Explain", "What each term paid there, and the line")) {
    Jump(ui, finding);
    ui.state.selected_term = finding.term;
    FocusPanel("explain");
  }
}

// With a reason, which the session keeps for this script.
void MuteButton(Ui& ui, const Finding& finding) {
  static std::string reason;  // one popup
  if (!finding.judged) return;
  if (!finding.muted.empty()) {
    if (widgets::SmallButton("unmute", "Unmute", "Counts again"))
      ui.session.Send(MuteAlarm{finding.code, ""});
    return;
  }
  if (widgets::SmallButton("mute", "Mute...", "For this script, with a reason")) {
    reason.clear();
    ImGui::OpenPopup("mute");
  }
  if (!ImGui::BeginPopup("mute")) return;
  {
    const Scope scope("why");
    widgets::Text("title", fmt::format("Why {} does not count for this script:", finding.code));
    if (ImGui::IsWindowAppearing()) ImGui::SetKeyboardFocusHere();
    const bool enter = widgets::InputText("reason", &reason, "a reason", 320);
    ImGui::BeginDisabled(reason.empty());
    const bool pressed = widgets::Button("mute", "Mute");
    ImGui::EndDisabled();
    if ((enter || pressed) && !reason.empty()) {
      ui.session.Send(MuteAlarm{finding.code, reason});
      ImGui::CloseCurrentPopup();
    }
  }
  ImGui::EndPopup();
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
    widgets::Paragraph("message", finding.message, ui.palette.muted);
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
  widgets::Text("level", finding.judged ? Name(finding.level) : "-");
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
  if (!finding.frames.empty()) ImGui::SameLine(0, 4);
  MuteButton(ui, finding);
}

void Empty(Ui& ui) {
  widgets::Text("none", ui.view.alarms_fresh ? "No alarms." : "Being judged...");
  widgets::Paragraph("what",
                     "An alarm says in a sentence what speaks against the reward (a term that "
                     "never pays, a loop that pays for ever, failures that earn more than "
                     "successes), with the numbers behind it and the steps that show it. They are "
                     "judged anew on the open recordings when a change of the reward has settled, "
                     "and while a policy trains.",
                     ui.palette.muted);
}

// How far the list is to be believed, and the command line that prints it.
void Header(Ui& ui) {
  const FrameView& view = ui.view;
  if (!view.alarms_note.empty()) {
    widgets::Paragraph("note", view.alarms_note, ui.palette.bad);
  }
  if (view.open.empty() || !view.reward.function) return;
  std::string command = "carrot audit --reward " + view.reward.path;
  for (const auto& [name, value] :
       TunedValues::Overrides(view.reward.function->spec(), view.reward.settings))
    command += fmt::format(" --set {}={}", name, value);
  command += " --trace";
  for (const TraceView& trace : view.open) command += " " + trace.path;
  CopyButton(ui, "copy", "copy as command", command);
  ImGui::SameLine();
  widgets::Muted("state", view.alarms_fresh ? "of the weights in use, on the open recordings"
                                            : "of the weights before: being judged...");
}

// What fired first, then what is muted, then what could not be judged.
int Order(const Finding& finding) {
  return !finding.judged ? 100 : !finding.muted.empty() ? 50 : -static_cast<int>(finding.level);
}

}  // namespace

void DrawAlarms(Ui& ui) {
  GoWhenOpen(ui);
  Header(ui);
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
  ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, 164);
  ImGui::TableHeadersRow();
  std::vector<const Finding*> alarms;
  for (const Finding& alarm : ui.view.alarms) alarms.push_back(&alarm);
  std::stable_sort(alarms.begin(), alarms.end(),
                   [](const Finding* a, const Finding* b) { return Order(*a) < Order(*b); });
  for (size_t i = 0; i < alarms.size(); ++i) Row(ui, *alarms[i], i);
  ImGui::EndTable();
}

}  // namespace carrot
