// The picture of a comparison: every episode by what A and B pay for it.
#include <fmt/format.h>
#include <imgui_internal.h>
#include <implot.h>

#include <cmath>
#include <vector>

#include "gui/panels/compare_parts.h"
#include "gui/render/imgui_colour.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

// Points of one outcome; circles and crosses, so that it does not take colours to tell them apart.
struct Points {
  std::vector<double> x, y;
};

void Scatter(const char* name, const Points& points, ImPlotMarker marker, Colour colour) {
  ImPlotSpec spec;
  spec.Marker = marker;
  spec.MarkerSize = 4;
  spec.LineWeight = 1.5f;
  spec.LineColor = spec.MarkerLineColor = ToVec4(colour);
  spec.MarkerFillColor = ToVec4(colour, 0.5);
  ImPlot::PlotScatter(name, points.x.data(), points.y.data(), static_cast<int>(points.x.size()),
                      spec);
}

// Beside one another where returns are alike.
double Spread(size_t i) { return 0.09 * static_cast<double>(static_cast<int>(i % 7) - 3); }

void Gesture(Ui& ui, const ComparedEpisodes& compared, const std::vector<ImPlotPoint>& places) {
  if (!ImPlot::IsPlotHovered()) return;
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  int nearest = -1;
  float best = 14 * 14;  // pixels, squared
  for (size_t i = 0; i < places.size(); ++i) {
    const float distance = ImLengthSqr(ImPlot::PlotToPixels(places[i]) - mouse);
    if (!(distance < best)) continue;
    best = distance;
    nearest = static_cast<int>(i);
  }
  if (nearest < 0) return;
  const ComparedRow& row = compared.rows[nearest];
  ImGui::SetTooltip("%s, episode %d: %s, return %.5g%s\nclick to see it",
                    ui.view.open[row.episode.recording].name.c_str(), row.episode.index,
                    row.episode.truth > 0 ? "success" : "failure", row.a,
                    std::isfinite(row.b) ? fmt::format(", under B {:.5g}", row.b).c_str() : "");
  if (ImGui::IsMouseClicked(0)) ShowCompared(ui, row);
}

void Axes(const FrameView& view, bool with_b) {
  if (with_b) {
    ImPlot::SetupAxes("return under A", "return under B", ImPlotAxisFlags_AutoFit,
                      ImPlotAxisFlags_AutoFit);
    return;
  }
  std::vector<double> ticks;
  std::vector<const char*> names;
  for (size_t i = 0; i < view.open.size(); ++i) {
    ticks.push_back(static_cast<double>(i));
    names.push_back(view.open[i].name.c_str());
  }
  ImPlot::SetupAxes(nullptr, "return", ImPlotAxisFlags_NoGridLines, ImPlotAxisFlags_AutoFit);
  ImPlot::SetupAxisTicks(ImAxis_X1, ticks.data(), static_cast<int>(ticks.size()), names.data());
  ImPlot::SetupAxisLimits(ImAxis_X1, -0.5, static_cast<double>(view.open.size()) - 0.5,
                          ImPlotCond_Always);
}

}  // namespace

void ShowCompared(Ui& ui, const ComparedRow& row) {
  ui.session.Send(Seek{row.episode.recording, row.episode.index, 0});
}

bool IsShown(const Ui& ui, const ComparedRow& row) {
  return ui.view.clock.trace == row.episode.recording && ui.view.clock.episode == row.episode.index;
}

void DrawComparePicture(Ui& ui, const ComparedEpisodes& compared, bool with_b) {
  constexpr ImPlotFlags kFlags =
      ImPlotFlags_NoTitle | ImPlotFlags_NoLegend | ImPlotFlags_NoMouseText | ImPlotFlags_NoMenus;
  // Points at the edge would be cut in half.
  ImPlot::PushStyleVar(ImPlotStyleVar_FitPadding, ImVec2(0.08f, 0.12f));
  const bool open = ImPlot::BeginPlot(with_b ? "##ab" : "##a", ImVec2(-1, -1), kFlags);
  if (!open) {
    ImPlot::PopStyleVar();
    return;
  }
  Axes(ui.view, with_b);
  Points good, bad, shown;
  std::vector<ImPlotPoint> places;
  for (size_t i = 0; i < compared.rows.size(); ++i) {
    const ComparedRow& row = compared.rows[i];
    const ImPlotPoint at(with_b ? row.a : row.episode.recording + Spread(i),
                         with_b ? row.b : row.a);
    places.push_back(at);
    Points& points = row.episode.truth > 0 ? good : bad;
    points.x.push_back(at.x);
    points.y.push_back(at.y);
    if (IsShown(ui, row)) shown = {{at.x}, {at.y}};
  }
  Scatter("success", good, ImPlotMarker_Circle, ui.palette.good);
  Scatter("failure", bad, ImPlotMarker_Cross, ui.palette.bad);
  if (!shown.x.empty()) {
    const ImVec2 at = ImPlot::PlotToPixels(shown.x[0], shown.y[0]);
    ImPlot::GetPlotDrawList()->AddCircle(at, 8, ui.palette.text, 0, 1.5f);
  }
  Gesture(ui, compared, places);
  const ImVec2 at = ImPlot::GetPlotPos();
  const ImPlotRect range = ImPlot::GetPlotLimits();
  ReportRect("scatter", "plot", "", at, at + ImPlot::GetPlotSize(), range.X.Min, range.X.Max);
  ImPlot::EndPlot();
  ImPlot::PopStyleVar();
}

}  // namespace carrot
