// What the mouse does in the plots, and the cursors that follow it. Click or drag: the clock goes
// there. Shift-drag selects steps; A and B set cursors.
#include <imgui_internal.h>
#include <implot.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "gui/panels/plots_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

struct DragState {
  int from = -1;  // step at which a selection began
  bool scrubbing = false;
};
DragState& TheDrag() {
  static DragState state;  // one mouse
  return state;
}

// Where the mouse is pressed decides: with Shift it selects, without the clock follows it.
void Drag(Ui& ui, int step) {
  DragState& state = TheDrag();
  if (ImGui::IsMouseClicked(0) && ImPlot::IsPlotHovered()) {
    state.from = ImGui::GetIO().KeyShift ? step : -1;
    state.scrubbing = !ImGui::GetIO().KeyShift;
  }
  if (!ImGui::IsMouseDown(0)) {
    state.from = -1;
    state.scrubbing = false;
  }
  if (state.scrubbing && (ImGui::IsMouseClicked(0) || step != ui.view.clock.step)) {
    ui.session.Send(Seek{ui.view.clock.trace, ui.view.clock.episode, step});
  }
  if (state.from >= 0 && step != state.from) {
    ui.state.select_from = std::min(step, state.from);
    ui.state.select_to = std::max(step, state.from);
  }
}

}  // namespace

void DrawPlotCursors(Ui& ui) {
  ImDrawList& draw = *ImPlot::GetPlotDrawList();
  const ImVec2 at = ImPlot::GetPlotPos(), size = ImPlot::GetPlotSize();
  const auto line = [&](int step, Colour colour, float thick) {
    const float x = ImPlot::PlotToPixels(step, 0).x;
    if (x < at.x || x > at.x + size.x) return;
    draw.AddLine(ImVec2(x, at.y), ImVec2(x, at.y + size.y), colour, thick);
  };
  ImPlot::PushPlotClipRect();
  if (ui.state.select_from >= 0) {
    const float x0 = ImPlot::PlotToPixels(ui.state.select_from, 0).x,
                x1 = ImPlot::PlotToPixels(ui.state.select_to, 0).x;
    draw.AddRectFilled(ImVec2(x0, at.y), ImVec2(std::max(x1, x0 + 1), at.y + size.y),
                       WithAlpha(ui.palette.notice, 0.18));
  }
  line(ui.view.clock.step, ui.palette.text, 1.5f);
  if (ui.state.peek_step >= 0) line(ui.state.peek_step, WithAlpha(ui.palette.text, 0.4), 1);
  const auto mark = [&](int step, const char* name, Colour colour) {
    if (step < 0) return;
    line(step, colour, 1.5f);
    draw.AddText(ImVec2(ImPlot::PlotToPixels(step, 0).x + 3, at.y + 1), colour, name);
  };
  mark(ui.state.mark_a, "A", ui.palette.notice);
  mark(ui.state.mark_b, "B", ui.palette.good);
  ImPlot::PopPlotClipRect();
}

void PlotGestures(Ui& ui, int64_t step_0, const std::vector<Curve>& curves) {
  if (!ImPlot::IsPlotHovered()) return;
  const int hovered = static_cast<int>(std::lround(ImPlot::GetPlotMousePos().x));
  const int step = std::clamp(hovered, 0, ui.view.clock.length);
  if (!ui.view.clock.playing) ui.state.peek_step = step;
  Drag(ui, step);
  if (!ImGui::GetIO().WantTextInput) {
    for (const auto& [key, mark] :
         {std::pair(ImGuiKey_A, &ui.state.mark_a), std::pair(ImGuiKey_B, &ui.state.mark_b)}) {
      if (!ImGui::IsKeyPressed(key, false)) continue;
      *mark = step;
      ui.state.select_from = ui.state.select_to = -1;  // the table is of what was done last
    }
  }
  struct Value {
    const Curve* curve;
    double value;
  };
  std::vector<Value> values;
  const int64_t place = step_0 + step;
  for (const Curve& curve : curves) {
    const double value = curve.At(place);
    if (!std::isnan(value)) values.push_back({&curve, value});
  }
  std::stable_sort(values.begin(), values.end(), [](const Value& a, const Value& b) {
    return std::abs(a.value) > std::abs(b.value);
  });
  ImGui::BeginTooltip();
  ImGui::TextDisabled("step %d", step);
  for (const Value& value : values) {
    ImGui::TextColored(ImGui::ColorConvertU32ToFloat4(value.curve->colour), "%-14s %10.4g",
                       value.curve->name.c_str(), value.value);
  }
  ImGui::EndTooltip();
}

}  // namespace carrot
