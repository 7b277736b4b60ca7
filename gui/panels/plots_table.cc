// The numbers beside the plots: at the cursors A and B, or over the steps that were selected; and
// the curves as a file.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <string>

#include "engine/session/tuned_values.h"
#include "engine/trace/file_ops.h"
#include "gui/panels/plots_parts.h"
#include "gui/view/parts.h"
#include "gui/view/range_stats.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

struct ExportState {
  bool open = false;
  std::string path;
};
ExportState& TheExport() {
  static ExportState state;  // one window
  return state;
}

bool Selected(const Ui& ui) { return ui.state.select_from >= 0; }

Colour RowColour(Ui& ui, size_t k) {
  const auto& colours = ui.TermColours();
  return k < colours.size() ? colours[k] : ui.palette.total;
}

void Cells(Ui& ui, const std::vector<RangeRow>& rows, const std::vector<double RangeRow::*>& cells,
           bool difference) {
  for (size_t k = 0; k < rows.size(); ++k) {
    const RangeRow& row = rows[k];
    const Scope scope(row.name);
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    widgets::Text("name", row.name, RowColour(ui, k));
    size_t index = 0;
    const auto cell = [&](const std::string& text) {
      ImGui::TableNextColumn();
      widgets::Text(fmt::format("{}", index++).c_str(), text);
    };
    for (size_t c = 0; c < cells.size(); ++c) {
      if (difference && c == 2) cell(fmt::format("{:+.4g}", row.last - row.first));
      const double value = row.*cells[c];
      if (cells[c] == &RangeRow::share) {
        cell(std::isfinite(value) ? fmt::format("{:.0f} %", 100 * value) : "");
      } else {
        cell(fmt::format("{:.4g}", value));
      }
    }
  }
}

void Header(const std::vector<const char*>& names) {
  ImGui::TableSetupScrollFreeze(1, 1);
  for (size_t i = 0; i < names.size(); ++i) {
    ImGui::TableSetupColumn(names[i], 0, i == 0 ? 1.3f : 1.0f);
  }
  ImGui::TableHeadersRow();
}

constexpr ImGuiTableFlags kTableFlags = ImGuiTableFlags_SizingStretchProp |
                                        ImGuiTableFlags_ScrollY | ImGuiTableFlags_PadOuterX |
                                        ImGuiTableFlags_RowBg;

void Selection(Ui& ui, bool raw) {
  UiState& state = ui.state;
  const Clock& clock = ui.view.clock;
  const int from = state.select_from, to = std::min(state.select_to, clock.length);
  const double dt = ui.view.task->spec().world.dt;
  widgets::Text("range", fmt::format("steps {} to {}  ({:.2f} s)", from, to, (to - from + 1) * dt));
  if (clock.trace >= 0) {
    ImGui::SameLine(0, 10);
    if (widgets::SmallButton("loop", "loop", "Playing goes round in these steps"))
      ui.session.Send(SetLoop{from, to});
  }
  ImGui::SameLine(0, 4);
  if (widgets::SmallButton("clear", "x", "Selects nothing (Escape)")) {
    state.select_from = state.select_to = -1;
    return;
  }
  const auto rows = RangeStats(ui.view.Shown(), clock.episode, from, to, ui.view.reward, !raw);
  if (!ImGui::BeginTable("selection", 4, kTableFlags)) return;
  Header({raw ? "raw" : "weighted", "mean", "sum", "share"});
  Cells(ui, rows, {&RangeRow::mean, &RangeRow::sum, &RangeRow::share}, false);
  ImGui::EndTable();
}

void AtCursors(Ui& ui, bool raw) {
  UiState& state = ui.state;
  const Clock& clock = ui.view.clock;
  const int a = std::min(state.mark_a, clock.length), b = std::min(state.mark_b, clock.length);
  const bool both = a >= 0 && b >= 0;
  const int from = both ? std::min(a, b) : std::max(a, b), to = std::max(a, b);
  widgets::Text("range", both ? fmt::format("A {}, B {}", a, b)
                              : fmt::format("{} {}: press {} at another step", a >= 0 ? "A" : "B",
                                            to, a >= 0 ? "B" : "A"));
  ImGui::SameLine(0, 10);
  if (widgets::SmallButton("clear", "x", "Takes both cursors away (Escape)")) {
    state.mark_a = state.mark_b = -1;
    return;
  }
  auto rows = RangeStats(ui.view.Shown(), clock.episode, from, to, ui.view.reward, !raw);
  for (RangeRow& row : rows) {
    if (a > b) std::swap(row.first, row.last);  // A is on the left of the table, not of the plot
  }
  if (!ImGui::BeginTable("cursors", 5, kTableFlags)) return;
  Header({raw ? "raw" : "weighted", "at A", "at B", "B - A", "sum"});
  Cells(ui, rows, {&RangeRow::first, &RangeRow::last, &RangeRow::sum}, true);
  ImGui::EndTable();
}

std::string RescoreCommand(const Ui& ui) {
  const RewardInfo& reward = ui.view.reward;
  const RewardSpec& spec = reward.function->spec();
  std::string command =
      fmt::format("carrot rescore --trace {} --reward {}", ui.view.Shown().path, spec.path);
  for (const auto& [name, value] : TunedValues::Overrides(spec, reward.settings)) {
    command += fmt::format(" --set {}={}", name, value);
  }
  return command + " --json";
}

void Write(Ui& ui) {
  const Clock& clock = ui.view.clock;
  const bool selected = Selected(ui);
  const int from = selected ? ui.state.select_from : 0;
  const int to = selected ? ui.state.select_to : clock.length;
  const std::string csv = RangeCsv(ui.view.Shown(), clock.episode, from, to, ui.view.reward,
                                   ui.view.task->spec().world.dt);
  const auto path = std::filesystem::absolute(TheExport().path);
  const Status written = ReplaceFile(path, csv, SystemFileOps());
  ui.state.Toast(written ? fmt::format("wrote {}", path.string()) : written.error()[0].message,
                 ui.time + 4);
  if (written) TheExport().open = false;
}

}  // namespace

bool PlotTableWanted(const Ui& ui) {
  return Selected(ui) || ui.state.mark_a >= 0 || ui.state.mark_b >= 0;
}

void DrawPlotTable(Ui& ui, bool raw) {
  const Scope scope("table");
  if (Selected(ui)) {
    Selection(ui, raw);
  } else {
    AtCursors(ui, raw);
  }
}

void DrawPlotExport(Ui& ui) {
  ExportState& state = TheExport();
  const Scope scope("export");
  if (widgets::SmallButton("csv", "CSV",
                           "Every step of the episode, or of the selection, at full resolution")) {
    state.open = !state.open;
    if (state.path.empty()) {
      state.path = fmt::format("{}-episode{}.csv", ui.view.Shown().name, ui.view.clock.episode);
    }
  }
  ImGui::SameLine(0, 4);
  ImGui::BeginDisabled(ui.view.clock.trace < 0);
  const std::string command = RescoreCommand(ui);
  CopyButton(ui, "command", "copy as command", command);
  ImGui::EndDisabled();
  ui.state.copied["plots"] = command;
}

void DrawPlotExportPath(Ui& ui) {
  ExportState& state = TheExport();
  if (!state.open) return;
  const Scope scope("export");
  const bool enter = widgets::InputText("path", &state.path, "file to write", 320);
  ImGui::SameLine(0, 4);
  const bool pressed = widgets::SmallButton(
      "write", Selected(ui) ? "write the selected steps" : "write this episode", nullptr);
  if ((enter || pressed) && !state.path.empty()) Write(ui);
  ImGui::SameLine(0, 10);
  widgets::Muted("where", "relative to where the window was started");
}

}  // namespace carrot
