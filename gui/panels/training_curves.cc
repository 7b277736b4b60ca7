// The curves of the Training panel: PPO's figures and the mean of each term, by step.
#include <fmt/format.h>
#include <imgui_internal.h>
#include <implot.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gui/panels/training_parts.h"
#include "gui/render/imgui_colour.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct CurvesState {
  bool weighted = true;
  std::vector<double> x, y, low, high;  // of the curve that is drawn
};
CurvesState& TheCurves() {
  static CurvesState state;  // one window
  return state;
}

struct Metric {
  const char *id, *title, *tip;
  double (*value)(const PpoMetrics&);
};
constexpr std::array<Metric, 6> kMetrics = {{
    {"return", "return", "Mean return of the episodes that ended in an iteration; dots: evaluation",
     [](const PpoMetrics& m) { return m.episodes > 0 ? m.episode_return : kNone; }},
    {"success", "success",
     "Of held-out evaluation episodes with the 95 % interval; thin: of training episodes; pale: of "
     "earlier jobs",
     [](const PpoMetrics& m) { return m.episodes > 0 ? m.success_rate : kNone; }},
    {"approx_kl", "approx KL", "How far an update moved the policy (the last epoch's mean)",
     [](const PpoMetrics& m) { return m.approx_kl; }},
    {"entropy", "entropy", "Of the policy: what is left of its trying things out",
     [](const PpoMetrics& m) { return m.entropy; }},
    {"value_loss", "value loss", "Squared error of the value function",
     [](const PpoMetrics& m) { return m.value_loss; }},
    {"explained_variance", "expl. variance",
     "Of the returns by the value function: 1 is perfect, 0 is no better than their mean",
     [](const PpoMetrics& m) { return m.explained_variance; }},
}};

int ShortTick(double value, char* text, int size, void*) {
  return ImFormatString(text, size, "%s", StepsText(value).c_str());
}

// What a metric is called, and its newest value.
void Head(const Metric& metric, double value) {
  widgets::Muted(fmt::format("{}_title", metric.id).c_str(), metric.title);
  widgets::Tip(metric.tip);
  if (!std::isfinite(value)) return;
  ImGui::SameLine(0, 6);
  widgets::Text(fmt::format("{}_value", metric.id).c_str(), fmt::format("{:.3g}", value));
}

// `head` is the line above the plot, `body` what is drawn in it.
template <typename HeadLine, typename Body>
void Plot(const char* id, ImVec2 size, double last_step, bool is_share, HeadLine head, Body body) {
  ImGui::BeginGroup();
  head();
  size.y -= ImGui::GetTextLineHeightWithSpacing();
  constexpr ImPlotFlags kFlags =
      ImPlotFlags_NoTitle | ImPlotFlags_NoLegend | ImPlotFlags_NoMouseText | ImPlotFlags_NoMenus;
  if (ImPlot::BeginPlot(fmt::format("##{}", id).c_str(), size, kFlags)) {
    const ImPlotAxisFlags fit = ImPlotAxisFlags_AutoFit | ImPlotAxisFlags_RangeFit;
    ImPlot::SetupAxes(nullptr, nullptr, 0, is_share ? 0 : fit);
    ImPlot::SetupAxisLimits(ImAxis_X1, 0, std::max(1.0, last_step), ImPlotCond_Always);
    if (is_share) ImPlot::SetupAxisLimits(ImAxis_Y1, -0.04, 1.04, ImPlotCond_Always);
    ImPlot::SetupAxisFormat(ImAxis_X1, ShortTick);
    ImPlot::SetupAxisFormat(ImAxis_Y1, ShortTick);
    body();
    const ImVec2 at = ImPlot::GetPlotPos();
    const ImPlotRect range = ImPlot::GetPlotLimits();
    ReportRect(id, "plot", "", at, at + ImPlot::GetPlotSize(), range.X.Min, range.X.Max);
    ImPlot::EndPlot();
  }
  ImGui::EndGroup();
}

ImPlotSpec LineOf(Colour colour, float weight = 1.5f) {
  ImPlotSpec line;
  line.LineColor = ToVec4(colour, static_cast<double>(colour >> 24) / 255);
  line.LineWeight = weight;
  return line;
}

void Line(const char* name, const ImPlotSpec& spec) {
  const CurvesState& state = TheCurves();
  ImPlot::PlotLine(name, state.x.data(), state.y.data(), static_cast<int>(state.x.size()), spec);
}

template <typename Value>
void GatherCurve(const JobView& job, Value value) {
  CurvesState& state = TheCurves();
  state.x.clear();
  state.y.clear();
  for (const PpoMetrics& metrics : job.curve) {
    const double y = value(metrics);
    if (!std::isfinite(y)) continue;
    state.x.push_back(static_cast<double>(metrics.step));
    state.y.push_back(y);
  }
}

void GatherEvaluations(const JobView& job, Estimate EvaluationSummary::*which) {
  CurvesState& state = TheCurves();
  for (std::vector<double>* column : {&state.x, &state.y, &state.low, &state.high}) column->clear();
  for (const auto& [step, evaluation] : job.evaluations) {
    const Estimate& estimate = evaluation.*which;
    if (!std::isfinite(estimate.mean)) continue;
    state.x.push_back(static_cast<double>(step));
    state.y.push_back(estimate.mean);
    state.low.push_back(estimate.low);
    state.high.push_back(estimate.high);
  }
}

void Evaluations(const JobView& job, Estimate EvaluationSummary::*which, Colour colour) {
  GatherEvaluations(job, which);
  const CurvesState& state = TheCurves();
  ImPlotSpec band;
  band.FillColor = ToVec4(colour, 0.18);
  ImPlot::PlotShaded("interval", state.x.data(), state.low.data(), state.high.data(),
                     static_cast<int>(state.x.size()), band);
  Line("evaluation", LineOf(colour, 2));
  ImPlotSpec dots;
  dots.Marker = ImPlotMarker_Circle;
  dots.MarkerSize = 3;
  dots.LineColor = dots.MarkerFillColor = dots.MarkerLineColor = ToVec4(colour);
  ImPlot::PlotScatter("evaluations", state.x.data(), state.y.data(),
                      static_cast<int>(state.x.size()), dots);
}

// The iteration nearest to the mouse; null: the plot is not hovered.
const PpoMetrics* Hovered(const JobView& job) {
  if (!ImPlot::IsPlotHovered() || job.curve.empty()) return nullptr;
  const double step = ImPlot::GetPlotMousePos().x;
  const auto nearer = [&](const PpoMetrics& a, const PpoMetrics& b) {
    return std::abs(static_cast<double>(a.step) - step) <
           std::abs(static_cast<double>(b.step) - step);
  };
  return &*std::min_element(job.curve.begin(), job.curve.end(), nearer);
}

void DrawMetric(Ui& ui, const JobView& job, const Metric& metric) {
  const bool is_return = &metric == &kMetrics[0], is_success = &metric == &kMetrics[1];
  if (is_success) {
    // Returns of other rewards cannot be compared with this one's; success can.
    for (const JobView& other : ui.view.jobs) {
      if (other.id == job.id) continue;
      GatherEvaluations(other, &EvaluationSummary::success);
      Line(fmt::format("job {}", other.id).c_str(), LineOf(WithAlpha(ui.palette.muted, 0.45)));
    }
  }
  GatherCurve(job, metric.value);
  const bool thin = is_return || is_success;
  Line(metric.title, LineOf(thin ? WithAlpha(ui.palette.total, 0.45) : ui.palette.total, 1.5f));
  if (is_return) Evaluations(job, &EvaluationSummary::episode_return, ui.palette.total);
  if (is_success) Evaluations(job, &EvaluationSummary::success, ui.palette.good);
  if (const PpoMetrics* at = Hovered(job)) {
    const double value = metric.value(*at);
    ImGui::SetTooltip(
        "step %s\n%s %s", StepsText(static_cast<double>(at->step)).c_str(), metric.title,
        std::isfinite(value) ? fmt::format("{:.5g}", value).c_str() : "(no episode ended)");
  }
}

// The weight that an iteration was trained with: the evaluations know it, and it may change on a
// schedule.
double WeightAt(const JobView& job, size_t term, int64_t step) {
  double weight = kNone;
  for (const auto& [at, evaluation] : job.evaluations) {
    if (term >= evaluation.terms.size()) return kNone;
    if (std::isfinite(weight) && at > step) break;
    weight = evaluation.terms[term].weight;
  }
  return weight;
}

double TermMean(const JobView& job, const PpoMetrics& metrics, size_t term, bool weighted) {
  if (term >= metrics.term_sums.size() || metrics.iteration_steps < 1) return kNone;
  const double mean = metrics.term_sums[term] / static_cast<double>(metrics.iteration_steps);
  return weighted ? mean * WeightAt(job, term, metrics.step) : mean;
}

// What the potential pays: iterations do not count it, evaluations do.
void DrawPotential(Ui& ui, const JobView& job, bool weighted) {
  CurvesState& state = TheCurves();
  state.x.clear();
  state.y.clear();
  for (const auto& [step, evaluation] : job.evaluations) {
    if (!evaluation.shaping) continue;
    state.x.push_back(static_cast<double>(step));
    state.y.push_back(evaluation.shaping->mean * (weighted ? evaluation.shaping->weight : 1));
  }
  if (state.x.empty()) return;
  Line(kPotentialName, LineOf(ui.palette.muted, 1.5f));
  const ImPlotPoint last(state.x.back(), state.y.back());
  const ImVec2 at = ImPlot::PlotToPixels(last);
  const float width = ImGui::CalcTextSize(kPotentialName).x;
  ImPlot::GetPlotDrawList()->AddText(at - ImVec2(width + 4, ImGui::GetTextLineHeight()),
                                     ui.palette.muted, kPotentialName);
}

std::vector<std::string> TermNames(const JobView& job) {
  std::vector<std::string> names;
  for (const RewardTermSpec& term : job.reward->spec().terms) names.push_back(term.name);
  return names;
}

// The terms in their colours behind the last item, as far as there is room; the rest is a number.
void Legend(const std::vector<std::string>& names, const std::vector<Colour>& colours,
            float right) {
  const Scope scope("legend");
  constexpr float kGap = 10, kMore = 34;
  for (size_t k = 0; k < names.size(); ++k) {
    const float room = right - ImGui::GetItemRectMax().x - (k + 1 < names.size() ? kMore : 0);
    ImGui::SameLine(0, kGap);
    if (ImGui::CalcTextSize(names[k].c_str()).x + kGap > room) {
      widgets::Muted("more", fmt::format("+{}", names.size() - k));
      widgets::Tip("Hover the curves: all terms are named");
      return;
    }
    widgets::Text(names[k].c_str(), names[k], colours[k]);
  }
}

void DrawTerms(Ui& ui, const JobView& job, const std::vector<std::string>& names,
               const std::vector<Colour>& colours, bool weighted) {
  for (size_t k = 0; k < names.size(); ++k) {
    GatherCurve(job, [&](const PpoMetrics& m) { return TermMean(job, m, k, weighted); });
    const bool selected = names[k] == ui.state.selected_term;
    Line(names[k].c_str(), LineOf(colours[k], selected ? 3.0f : 1.5f));
  }
  DrawPotential(ui, job, weighted);
  const PpoMetrics* at = Hovered(job);
  if (at == nullptr) return;
  ImGui::BeginTooltip();
  ImGui::TextDisabled("step %s, mean of a step", StepsText(static_cast<double>(at->step)).c_str());
  for (size_t k = 0; k < names.size(); ++k) {
    ImGui::TextColored(ToVec4(colours[k]), "%-14s %10.4g", names[k].c_str(),
                       TermMean(job, *at, k, weighted));
  }
  ImGui::EndTooltip();
}

}  // namespace

std::string StepsText(double steps) {
  if (std::abs(steps) >= 1e6) return fmt::format("{:.3g}M", steps / 1e6);
  if (std::abs(steps) >= 1e3) return fmt::format("{:.3g}k", steps / 1e3);
  return fmt::format("{:.4g}", steps);
}

void DrawTrainingCurves(Ui& ui, const JobView& job) {
  CurvesState& state = TheCurves();
  const double last = static_cast<double>(job.curve.back().step);
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float gap = ImGui::GetStyle().ItemSpacing.x;
  // The terms take two places. One row if the panel is low, two if it is high enough for both.
  const int rows = room.y > 330 || room.x < 900 ? 2 : 1;
  const int columns = 8 / rows;
  const float width =
      (room.x - gap * static_cast<float>(columns - 1)) / static_cast<float>(columns);
  const float height = std::max(105.0f, room.y / static_cast<float>(rows) - 4);
  const bool evaluated = !job.evaluations.empty();
  const Scope scope("plots");
  // By place, not by what came before: a long title moves no plot.
  const auto place = [&](size_t i) {
    const auto column = static_cast<float>(i % static_cast<size_t>(columns));
    if (column > 0) ImGui::SameLine(ImGui::GetStyle().WindowPadding.x + column * (width + gap));
  };
  ImPlot::PushStyleVar(ImPlotStyleVar_FitPadding, ImVec2(0, 0.06f));
  for (size_t i = 0; i < kMetrics.size(); ++i) {
    const Metric& metric = kMetrics[i];
    const bool is_success = i == 1;
    double value = metric.value(job.curve.back());
    if (is_success && evaluated) value = job.evaluations.back().second.success.mean;
    place(i);
    Plot(
        metric.id, ImVec2(width, height), last, is_success, [&] { Head(metric, value); },
        [&] { DrawMetric(ui, job, metric); });
  }
  place(kMetrics.size());
  const bool weighted = state.weighted && evaluated;
  const std::vector<std::string> names = TermNames(job);
  const std::vector<Colour> colours = TermColours(names, ui.state.theme);
  const auto head = [&] {
    const float right = ImGui::GetCursorScreenPos().x + 2 * width + gap;
    widgets::Muted("terms_title", "terms, mean of a step:");
    ImGui::SameLine(0, 6);
    ImGui::BeginDisabled(!evaluated);
    if (widgets::SmallButton("weighted", weighted ? "weighted" : "raw",
                             "Click: raw or weighted. Weights are known from the first evaluation"))
      state.weighted = !state.weighted;
    ImGui::EndDisabled();
    Legend(names, colours, right);
  };
  Plot("terms", ImVec2(2 * width + gap, height), last, false, head,
       [&] { DrawTerms(ui, job, names, colours, weighted); });
  ImPlot::PopStyleVar();
}

}  // namespace carrot
