// Plots: total, terms and shares of the shown recording over one axis of steps. What the mouse does
// there is in plots_gestures.cc.
#include <fmt/format.h>
#include <imgui_internal.h>
#include <implot.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "gui/panels/panels.h"
#include "gui/panels/plots_parts.h"
#include "gui/view/curve_picture.h"
#include "gui/view/paid_parts.h"
#include "gui/view/range_stats.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

enum Mode : int { kWeighted, kRaw, kShare, kCumulative };
constexpr float kLowPlot = 75;  // pixels
constexpr const char* kModes[] = {"weighted", "raw", "share", "cumulative"};
constexpr const char* kAxes[] = {"weighted", "raw", "% of mean", "cumulative"};

// Of the panel alone: what is looked at, not what is.
struct PlotState {
  Mode mode = kWeighted;
  bool whole = false;    // the whole recording, not the shown episode
  bool log = false;      // small terms stay visible beside great ones
  bool envelope = true;  // least and greatest where a pixel has many steps
  bool unit = false;     // each term over its standard deviation in the episode
  double low = 0, high = 1;
  int episode = -1, trace = -2;
  int64_t places = -1;
  std::map<std::string, bool> off;
};
PlotState& ThePlots() {
  static PlotState state;  // one window
  return state;
}

struct Axis {
  double low, high;  // places
  int64_t start;     // place of step `first_step` of the shown episode
  int first_step;
};

// Fills the plot that was begun.
void DrawCurves(CurvePicture& picture, bool log) {
  const ImVec2 at = ImPlot::GetPlotPos(), size = ImPlot::GetPlotSize();
  const ImVec2 from(std::round(at.x), std::round(at.y));
  const ImVec2 to(std::round(at.x + size.x), std::round(at.y + size.y));
  if (to.x - from.x < 1 || to.y - from.y < 1) return;
  const ImPlotRange y = ImPlot::GetPlotLimits().Y;
  const unsigned int texture = picture.Draw(static_cast<int>(to.x - from.x),
                                            static_cast<int>(to.y - from.y), y.Min, y.Max, log);
  ImPlot::PushPlotClipRect();
  ImPlot::GetPlotDrawList()->AddImage(static_cast<ImTextureID>(texture), from, to);
  ImPlot::PopPlotClipRect();
}

void Keys(Ui& ui) {
  if (!ImGui::IsWindowHovered(ImGuiHoveredFlags_ChildWindows)) return;
  const ImGuiIO& io = ImGui::GetIO();
  if (io.WantTextInput || io.KeyCtrl || io.KeyAlt) return;
  PlotState& state = ThePlots();
  if (ImGui::IsKeyPressed(ImGuiKey_W, false)) state.mode = kWeighted;
  if (ImGui::IsKeyPressed(ImGuiKey_R, false)) state.mode = kRaw;
  if (ImGui::IsKeyPressed(ImGuiKey_S, false)) state.mode = kShare;
  if (ImGui::IsKeyPressed(ImGuiKey_C, false)) state.mode = kCumulative;
  if (ImGui::IsKeyPressed(ImGuiKey_L, false)) state.log = !state.log;
  if (ImGui::IsKeyPressed(ImGuiKey_E, false)) state.envelope = !state.envelope;
  if (ImGui::IsKeyPressed(ImGuiKey_N, false)) state.unit = !state.unit;
  if (ImGui::IsKeyPressed(ImGuiKey_Escape, false)) {
    ui.state.select_from = ui.state.select_to = ui.state.mark_a = ui.state.mark_b = -1;
  }
}

// Few numbers where there is room for few.
void LowPlotTicks(double low, double high) {
  const double wanted = (high - low) / 2;
  const double power = std::pow(10, std::floor(std::log10(wanted)));
  double step = power;
  for (const double factor : {2.0, 5.0}) {
    if (factor * power <= wanted) step = factor * power;
  }
  std::vector<double> ticks;
  for (double tick = std::ceil(low / step) * step; tick <= high && ticks.size() < 4; tick += step)
    ticks.push_back(std::abs(tick) < step / 2 ? 0 : tick);
  ImPlot::SetupAxisTicks(ImAxis_Y1, ticks.data(), static_cast<int>(ticks.size()));
}

// `picture`: what is to be seen in it.
bool BeginPlot(const char* id, const char* label, PlotState& state, const CurvePicture& picture,
               float height, bool last) {
  if (!ImPlot::BeginPlot(id, ImVec2(-1, height),
                         ImPlotFlags_NoTitle | ImPlotFlags_NoLegend | ImPlotFlags_NoMouseText)) {
    return false;
  }
  ImPlot::SetupAxes(nullptr, label, last ? ImPlotAxisFlags_None : ImPlotAxisFlags_NoTickLabels);
  const double span = picture.high() - picture.low();
  const double margin = span > 0 ? 0.05 * span : std::max(0.5, 0.05 * std::abs(picture.high()));
  const double low = picture.low() - margin, high = picture.high() + margin;
  ImPlot::SetupAxisLimits(ImAxis_Y1, low, high, ImPlotCond_Always);
  if (height < kLowPlot && !state.log) LowPlotTicks(low, high);
  ImPlot::SetupAxisLinks(ImAxis_X1, &state.low, &state.high);
  if (state.log) ImPlot::SetupAxisScale(ImAxis_Y1, ImPlotScale_SymLog);
  return true;
}

void Mark(const char* name) {
  const ImVec2 at = ImPlot::GetPlotPos(), size = ImPlot::GetPlotSize();
  const ImPlotRect range = ImPlot::GetPlotLimits();
  ReportRect(name, "plot", "", at, at + size, range.X.Min, range.X.Max);
}

// What is shown, and how; the keys are those of gui.md 3.4.
void ModeButtons(Ui& ui) {
  PlotState& state = ThePlots();
  ImGui::AlignTextToFramePadding();  // level with the check box
  constexpr const char* kTips[] = {"What terms pay (W)", "Before weights (R)",
                                   "In per cent of what all terms pay or take in a mean step (S)",
                                   "Summed up (C)"};
  for (int mode = 0; mode < 4; ++mode) {
    const bool on = state.mode == mode;
    if (on) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetColorU32(ImGuiCol_ButtonActive));
    if (widgets::SmallButton(kModes[mode], kModes[mode], kTips[mode]))
      state.mode = static_cast<Mode>(mode);
    if (on) ImGui::PopStyleColor();
    ImGui::SameLine(0, 4);
  }
  const auto toggle = [](const char* name, const char* label, bool* value, const char* tip) {
    const bool on = *value;
    if (on) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetColorU32(ImGuiCol_ButtonActive));
    if (widgets::SmallButton(name, label, tip)) *value = !on;
    if (on) ImGui::PopStyleColor();
    ImGui::SameLine(0, 4);
  };
  ImGui::SameLine(0, 12);
  toggle("log", "log", &state.log, "Symmetric logarithm: small terms stay visible (L)");
  toggle("envelope", "min/max", &state.envelope,
         "The least and greatest value where a pixel has many steps (E)");
  toggle("unit", "/std", &state.unit, "Each term over its standard deviation in the episode (N)");
  ImGui::SameLine(0, 12);
  DrawPlotExport(ui);
  ImGui::SameLine(0, 12);
}

void Legend(Ui& ui) {
  PlotState& state = ThePlots();
  const Scope scope("legend");
  const std::vector<PaidPart> parts = PaidParts(ui.view.reward);
  for (size_t k = 0; k < parts.size(); ++k) {
    const std::string& name = parts[k].term->name;
    const float width = ImGui::CalcTextSize(name.c_str()).x + 2 * ImGui::GetStyle().FramePadding.x;
    ImGui::SameLine(0, 10);
    if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
    const bool off = state.off[name];
    ImGui::PushStyleColor(ImGuiCol_Text, off ? ui.palette.muted : ui.TermColours()[k]);
    if (widgets::SmallButton(name.c_str(), name.c_str(),
                             "Click: hide or show. Alt-click: only this one")) {
      if (ImGui::GetIO().KeyAlt) {
        for (const PaidPart& other : parts) state.off[other.term->name] = other.term->name != name;
      } else {
        state.off[name] = !off;
      }
    }
    ImGui::PopStyleColor();
  }
}

// The shown episode, or all of them, whenever that changes; zooming and panning are the person's.
void FitAxis(const FrameView& view, const SeriesOrder& order, bool whole_changed) {
  PlotState& state = ThePlots();
  const int episode = view.clock.episode;
  const int first = (*view.Shown().episodes)[episode].first_step;
  const auto places = static_cast<int64_t>(order.rows.size());
  const bool moved = state.episode != episode || state.trace != view.clock.trace;
  const bool grew = view.clock.trace < 0 && state.places != places;
  if (!moved && !grew && !whole_changed) return;
  const double start = static_cast<double>(order.starts[episode]);
  state.low = state.whole ? first - start : first;
  state.high = state.whole ? static_cast<double>(places) - start + first
                           : std::max(first + 1.0, static_cast<double>(view.clock.length));
  state.episode = episode;
  state.trace = view.clock.trace;
  state.places = places;
}

std::vector<Curve> TermCurves(Ui& ui) {
  const FrameView& view = ui.view;
  PlotState& state = ThePlots();
  const TraceView& trace = view.Shown();
  double absolute = 0;
  for (double share : ui.series.EpisodeShares(trace, view.clock.episode, view.reward).absolute)
    absolute += share;
  std::vector<RangeRow> stats;
  if (state.unit) {
    stats = RangeStats(trace, view.clock.episode, 1, view.clock.length, view.reward, false);
  }
  std::vector<Curve> curves;
  const std::vector<PaidPart> parts = PaidParts(view.reward);
  for (size_t k = 0; k < parts.size(); ++k) {
    const std::string& name = parts[k].term->name;
    if (state.off[name]) continue;
    double scale = state.mode == kRaw ? 1 : parts[k].weight;
    if (state.mode == kShare && absolute > 0)
      scale *= 100.0 * static_cast<double>(view.clock.length) / absolute;
    if (k < stats.size() && stats[k].deviation > 0) scale = 1 / stats[k].deviation;
    curves.push_back(
        {name, &ui.series.Raw(trace, static_cast<int>(k)), scale, ui.TermColours()[k]});
  }
  return curves;
}

void Curves(Ui& ui, const Axis& axis) {
  PlotState& state = ThePlots();
  const TraceView& trace = ui.view.Shown();
  const std::vector<Curve> terms = TermCurves(ui);
  const SeriesCache::Sums sums =
      state.whole ? SeriesCache::Sums{&ui.series.Total(trace), &ui.series.Reward(trace)}
                  : ui.series.EpisodeSums(trace, ui.view.clock.episode, ui.view.reward);
  const std::vector<Curve> total = {{"total", sums.total, 1, ui.palette.muted, sums.first},
                                    {"reward", sums.reward, 1, ui.palette.total, sums.first}};
  const float room = ImGui::GetContentRegionAvail().y - ImGui::GetStyle().ItemSpacing.y;
  CurveView shown{.from = axis.low, .to = axis.high};
  shown.columns = std::max(64, static_cast<int>(ImGui::GetContentRegionAvail().x));
  shown.envelope = state.envelope;
  shown.cumulative = state.mode == kCumulative;
  shown.start = static_cast<double>(axis.start);
  const auto plot = [&](const char* id, const char* name, const char* label,
                        const std::vector<Curve>& curves, float height, bool last) {
    CurvePicture& picture = ui.pictures[name];
    picture.Set(curves, shown);
    if (!BeginPlot(id, label, state, picture, height, last)) return;
    DrawCurves(picture, state.log);
    PlotGestures(ui, axis.start - axis.first_step, curves);
    DrawPlotCursors(ui);
    Mark(name);
    ImPlot::EndPlot();
  };
  const bool aligned = ImPlot::BeginAlignedPlots("steps");
  plot("##total", "total", shown.cumulative ? "return" : "reward", total, room * 0.42f, false);
  const std::string label = std::string(state.unit ? "terms / std" : kAxes[state.mode]);
  plot("##terms", "terms", label.c_str(), terms, room * 0.58f, true);
  if (aligned) ImPlot::EndAlignedPlots();
}

}  // namespace

void DrawPlots(Ui& ui) {
  const FrameView& view = ui.view;
  const TraceView& trace = view.Shown();
  PlotState& state = ThePlots();
  if (!view.reward.function || !trace.terms || !trace.episodes || trace.episodes->empty()) {
    widgets::Muted("none", "no scores yet");
    return;
  }
  const SeriesOrder& order = ui.series.Order(trace);
  const int episode = view.clock.episode;
  const int first = (*trace.episodes)[episode].first_step;
  // Cursors and selections are steps of one episode.
  if (state.episode != episode || state.trace != view.clock.trace) {
    ui.state.select_from = ui.state.select_to = -1;
  }
  ModeButtons(ui);
  const bool whole_changed = widgets::Toggle("whole", "whole recording", &state.whole);
  Legend(ui);
  DrawPlotExportPath(ui);
  FitAxis(view, order, whole_changed);
  Keys(ui);
  ImPlot::GetInputMap().Pan = ImGuiMouseButton_Middle;  // the left button is the clock's
  const double start = static_cast<double>(order.starts[episode]) - first;
  const Axis axis{state.low + start, state.high + start, order.starts[episode], first};
  const bool table = PlotTableWanted(ui) && ImGui::GetContentRegionAvail().x > 760;
  if (table) {
    ImGui::BeginChild("curves", ImVec2(ImGui::GetContentRegionAvail().x - 430, 0));
  }
  Curves(ui, axis);
  if (!table) return;
  ImGui::EndChild();
  ImGui::SameLine();
  if (ImGui::BeginChild("table")) DrawPlotTable(ui, state.mode == kRaw);
  ImGui::EndChild();
}

}  // namespace carrot
