// Jobs: all work in the background, with its folder and the command line that does the same.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "gui/panels/panels.h"
#include "gui/view/parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

void StateCell(Ui& ui, const JobView& job) {
  constexpr const char* kStates[] = {"running", "done", "failed", "cancelled"};
  const Colour colours[] = {ui.palette.text, ui.palette.good, ui.palette.bad, ui.palette.muted};
  const int state = static_cast<int>(job.state);
  widgets::Text("state", kStates[state], colours[state]);
}

void TimeCell(const JobView& job) {
  std::string text = ClockText(job.seconds);
  const bool runs = job.state == JobState::kRunning;
  if (runs && job.seconds_left >= 0) text += fmt::format(", {} left", ClockText(job.seconds_left));
  widgets::Text("time", text);
}

void Job(Ui& ui, const JobView& job) {
  const Scope scope(fmt::format("{}", job.id));
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  widgets::Muted("id", fmt::format("{}", job.id));
  ImGui::TableNextColumn();
  widgets::Text("what", job.what);
  for (const Diagnostic& problem : job.problems) {
    widgets::Paragraph("problem", problem.code + "  " + problem.message, ui.palette.bad);
  }
  // A path that is too long shows its end: that is where runs differ.
  const float room = ImGui::GetContentRegionAvail().x - 50;
  std::string folder = job.folder;
  while (folder.size() > 12 && ImGui::CalcTextSize(folder.c_str()).x > room) folder.erase(0, 4);
  if (folder.size() < job.folder.size()) folder = "..." + folder;
  widgets::Muted("folder", folder);
  widgets::Tip(job.folder.c_str());
  ImGui::TableNextColumn();
  StateCell(ui, job);
  ImGui::TableNextColumn();
  ProgressBar(ui, job.done,
              ImVec2(ImGui::GetContentRegionAvail().x - 48, ImGui::GetTextLineHeight()));
  ImGui::SameLine();
  widgets::Text("percent", fmt::format("{:.0f} %", 100 * job.done));
  ImGui::TableNextColumn();
  TimeCell(job);
  ImGui::TableNextColumn();
  CopyButton(ui, "copy", "copy as command", job.command);
  ImGui::SameLine(0, 4);
  CopyButton(ui, "copy_folder", "copy folder", job.folder);
  if (job.state == JobState::kRunning) {
    ImGui::SameLine(0, 4);
    if (widgets::SmallButton("cancel", "Cancel", "Stops at the next chance; its folder stays"))
      ui.session.Send(CancelJob{job.id});
  }
}

}  // namespace

void DrawJobs(Ui& ui) {
  if (ui.view.jobs.empty()) {
    widgets::Paragraph("none",
                       "No jobs. Work that runs in the background is listed here with its "
                       "progress, its folder, and the command that does the same without a window: "
                       "start one in the Training panel.",
                       ui.palette.muted);
    return;
  }
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_RowBg |
                                     ImGuiTableFlags_ScrollY | ImGuiTableFlags_PadOuterX;
  if (!ImGui::BeginTable("jobs", 6, kFlags)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("#", ImGuiTableColumnFlags_WidthFixed, 22);
  ImGui::TableSetupColumn("job");
  ImGui::TableSetupColumn("state", ImGuiTableColumnFlags_WidthFixed, 72);
  ImGui::TableSetupColumn("progress", ImGuiTableColumnFlags_WidthFixed, 170);
  ImGui::TableSetupColumn("time", ImGuiTableColumnFlags_WidthFixed, 120);
  ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, 300);
  ImGui::TableHeadersRow();
  // The newest one is what was just asked for.
  for (auto job = ui.view.jobs.rbegin(); job != ui.view.jobs.rend(); ++job) Job(ui, *job);
  ImGui::EndTable();
}

}  // namespace carrot
