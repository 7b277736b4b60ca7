// Plots: total, terms and shares of the shown recording over one axis of steps, with one cursor.
#include <fmt/format.h>
#include <imgui_internal.h>
#include <implot.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "gui/panels/panels.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

enum Mode : int { kWeighted, kRaw, kShare, kCumulative };
constexpr const char* kModes[] = {"weighted", "raw", "share", "cumulative"};

// Of the panel alone: what is looked at, not what is.
struct PlotState {
  Mode mode = kWeighted;
  bool whole = false;  // the whole recording, not the shown episode
  double low = 0, high = 1;
  int episode = -1, trace = -2;
  int64_t places = -1;
  std::map<std::string, bool> off;
  PyramidPoints points;
  std::vector<double> gathered;
};
PlotState& State() {
  static PlotState state;  // one window
  return state;
}

struct Axis {
  double low, high;  // places
  int64_t start;     // place of step `first_step` of the shown episode
  int first_step;
  double StepOf(double place) const { return place - static_cast<double>(start) + first_step; }
};

struct Curve {
  std::string name;
  const Pyramid* pyramid = nullptr;
  double scale = 1;
  Colour colour = 0;
};

void DrawCurve(const Curve& curve, const Axis& axis, int columns, bool cumulative,
               PlotState& state) {
  PyramidPoints& points = state.points;
  curve.pyramid->Points(axis.low, axis.high, columns, curve.scale, &points);
  if (points.x.empty()) return;
  for (double& x : points.x) x = axis.StepOf(x);
  ImPlotSpec line;
  line.LineColor = ImGui::ColorConvertU32ToFloat4(curve.colour);
  line.LineWeight = 1.5f;
  if (cumulative) {
    state.gathered.assign(points.x.size(), 0.0);
    double sum = 0;
    const double width = points.x.size() > 1 ? points.x[1] - points.x[0] : 1;
    for (size_t i = 0; i < points.x.size(); ++i) {
      const bool inside = points.x[i] >= axis.first_step && std::isfinite(points.mean[i]);
      if (inside) sum += points.mean[i] * width;
      state.gathered[i] = sum;
    }
    ImPlot::PlotLine(curve.name.c_str(), points.x.data(), state.gathered.data(),
                     static_cast<int>(points.x.size()), line);
    return;
  }
  if (!points.samples) {
    ImPlotSpec band;
    band.FillColor = ImGui::ColorConvertU32ToFloat4(WithAlpha(curve.colour, 0.3));
    ImPlot::PlotShaded(curve.name.c_str(), points.x.data(), points.low.data(), points.high.data(),
                       static_cast<int>(points.x.size()), band);
  }
  ImPlot::PlotLine(curve.name.c_str(), points.x.data(), points.mean.data(),
                   static_cast<int>(points.x.size()), line);
}

// The cursor of the clock, of the hovered step, and of A and B, in the plot that was begun.
void Cursors(Ui& ui, const Axis& axis) {
  ImDrawList& draw = *ImPlot::GetPlotDrawList();
  const ImVec2 at = ImPlot::GetPlotPos(), size = ImPlot::GetPlotSize();
  const auto line = [&](int step, Colour colour, float thick) {
    const float x = ImPlot::PlotToPixels(step, 0).x;
    if (x < at.x || x > at.x + size.x) return;
    draw.AddLine(ImVec2(x, at.y), ImVec2(x, at.y + size.y), colour, thick);
  };
  ImPlot::PushPlotClipRect();
  line(ui.view.clock.step, ui.palette.text, 1.5f);
  if (ui.state.peek_step >= 0) line(ui.state.peek_step, WithAlpha(ui.palette.text, 0.4), 1);
  if (ui.state.mark_a >= 0) line(ui.state.mark_a, ui.palette.notice, 1.5f);
  if (ui.state.mark_b >= 0) line(ui.state.mark_b, ui.palette.good, 1.5f);
  ImPlot::PopPlotClipRect();
  (void)axis;
}

// What hovering and clicking do, the same in each plot.
void Gestures(Ui& ui, const Axis& axis, const std::vector<Curve>& curves) {
  if (!ImPlot::IsPlotHovered()) return;
  const int hovered = static_cast<int>(std::lround(ImPlot::GetPlotMousePos().x));
  const int step = std::clamp(hovered, 0, ui.view.clock.length);
  if (!ui.view.clock.playing) ui.state.peek_step = step;
  if (ImGui::IsMouseClicked(0) && !ImGui::GetIO().KeyShift) {
    ui.session.Send(Seek{ui.view.clock.trace, ui.view.clock.episode, step});
  }
  if (ImGui::IsKeyPressed(ImGuiKey_A, false)) ui.state.mark_a = step;
  if (ImGui::IsKeyPressed(ImGuiKey_B, false)) ui.state.mark_b = step;
  struct Value {
    const Curve* curve;
    double value;
  };
  std::vector<Value> values;
  const int64_t place = axis.start + step - axis.first_step;
  for (const Curve& curve : curves) {
    if (place < 0 || place >= curve.pyramid->size()) continue;
    values.push_back({&curve, curve.pyramid->At(place) * curve.scale});
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

void Keys() {
  if (!ImGui::IsWindowHovered(ImGuiHoveredFlags_ChildWindows)) return;
  PlotState& state = State();
  if (ImGui::IsKeyPressed(ImGuiKey_W, false)) state.mode = kWeighted;
  if (ImGui::IsKeyPressed(ImGuiKey_R, false)) state.mode = kRaw;
  if (ImGui::IsKeyPressed(ImGuiKey_S, false)) state.mode = kShare;
  if (ImGui::IsKeyPressed(ImGuiKey_C, false)) state.mode = kCumulative;
}

bool BeginPlot(const char* id, const char* label, PlotState& state, const Axis& axis, float height,
               bool last) {
  if (!ImPlot::BeginPlot(id, ImVec2(-1, height),
                         ImPlotFlags_NoTitle | ImPlotFlags_NoLegend | ImPlotFlags_NoMouseText)) {
    return false;
  }
  ImPlot::SetupAxes(nullptr, label, last ? ImPlotAxisFlags_None : ImPlotAxisFlags_NoTickLabels,
                    ImPlotAxisFlags_AutoFit | ImPlotAxisFlags_RangeFit);
  ImPlot::SetupAxisLinks(ImAxis_X1, &state.low, &state.high);
  (void)axis;
  return true;
}

void Mark(const char* name) {
  const ImVec2 at = ImPlot::GetPlotPos(), size = ImPlot::GetPlotSize();
  const ImPlotRect range = ImPlot::GetPlotLimits();
  ReportRect(name, "plot", "", at, at + size, range.X.Min, range.X.Max);
}

}  // namespace

void DrawPlots(Ui& ui) {
  const FrameView& view = ui.view;
  const TraceView& trace = view.Shown();
  PlotState& state = State();
  if (!view.reward.function || !trace.terms || !trace.episodes || trace.episodes->empty()) {
    widgets::Muted("none", "no scores yet");
    return;
  }
  const RewardSpec& spec = view.reward.function->spec();
  const SeriesOrder& order = ui.series.Order(trace);
  const int episode = view.clock.episode;
  const int first = (*trace.episodes)[episode].first_step;
  const bool moved = state.episode != episode || state.trace != view.clock.trace;
  const bool grew = view.clock.trace < 0 && state.places != static_cast<int64_t>(order.rows.size());
  // The legend, which also chooses what is shown.
  for (int mode = 0; mode < 4; ++mode) {
    if (state.mode == mode)
      ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetColorU32(ImGuiCol_ButtonActive));
    const bool on = state.mode == mode;
    if (widgets::SmallButton(kModes[mode], kModes[mode])) state.mode = static_cast<Mode>(mode);
    if (on) ImGui::PopStyleColor();
    ImGui::SameLine(0, 4);
  }
  ImGui::SameLine(0, 16);
  const bool whole_changed = widgets::Toggle("whole", "whole recording", &state.whole);
  if (moved || grew || whole_changed) {
    const double start = static_cast<double>(order.starts[episode]);
    state.low = state.whole ? first - start : first;
    state.high = state.whole ? static_cast<double>(order.rows.size()) - start + first
                             : std::max(first + 1.0, static_cast<double>(view.clock.length));
    state.episode = episode;
    state.trace = view.clock.trace;
    state.places = static_cast<int64_t>(order.rows.size());
  }
  for (size_t k = 0; k < spec.terms.size(); ++k) {
    ImGui::SameLine(0, 10);
    if (ImGui::GetContentRegionAvail().x < 100) ImGui::NewLine();
    const std::string& name = spec.terms[k].name;
    const bool off = state.off[name];
    ImGui::PushStyleColor(ImGuiCol_Text, off ? ui.palette.muted : ui.TermColours()[k]);
    const Scope scope("legend");
    if (widgets::SmallButton(name.c_str(), name.c_str(),
                             "Click: hide or show. Alt-click: only this one")) {
      if (ImGui::GetIO().KeyAlt) {
        for (const RewardTermSpec& other : spec.terms) state.off[other.name] = other.name != name;
      } else {
        state.off[name] = !off;
      }
    }
    ImGui::PopStyleColor();
  }
  Keys();

  const Axis axis{state.low + static_cast<double>(order.starts[episode]) - first,
                  state.high + static_cast<double>(order.starts[episode]) - first,
                  order.starts[episode], first};
  std::vector<Curve> terms;
  double absolute = 0;
  const SeriesCache::Shares& shares = ui.series.EpisodeShares(trace, episode, view.reward);
  for (double share : shares.absolute) absolute += share;
  for (size_t k = 0; k < spec.terms.size(); ++k) {
    if (state.off[spec.terms[k].name]) continue;
    const double weight = view.reward.settings.weights.weights[k];
    const double scale = state.mode == kRaw ? 1 : weight;
    terms.push_back({spec.terms[k].name, &ui.series.Raw(trace, static_cast<int>(k)), scale,
                     ui.TermColours()[k]});
  }
  const std::vector<Curve> total = {{"total", &ui.series.Total(trace), 1, ui.palette.muted},
                                    {"reward", &ui.series.Reward(trace), 1, ui.palette.total}};
  const float room = ImGui::GetContentRegionAvail().y - ImGui::GetStyle().ItemSpacing.y;
  const int columns = std::max(64, static_cast<int>(ImGui::GetContentRegionAvail().x));
  const bool cumulative = state.mode == kCumulative;
  if (BeginPlot("##total", cumulative ? "return" : "reward", state, axis, room * 0.42f, false)) {
    for (const Curve& curve : total) DrawCurve(curve, axis, columns, cumulative, state);
    Gestures(ui, axis, total);
    Cursors(ui, axis);
    Mark("total");
    ImPlot::EndPlot();
  }
  if (BeginPlot("##terms", kModes[state.mode], state, axis, room * 0.58f, true)) {
    for (Curve& curve : terms) {
      if (state.mode == kShare && absolute > 0)
        curve.scale *= 100.0 * static_cast<double>(view.clock.length) / absolute;
      DrawCurve(curve, axis, columns, cumulative, state);
    }
    Gestures(ui, axis, terms);
    Cursors(ui, axis);
    Mark("terms");
    ImPlot::EndPlot();
  }
}

}  // namespace carrot
