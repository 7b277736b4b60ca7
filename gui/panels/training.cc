// Training: start PPO on the reward in use, watch its curves, and put any of its checkpoints into
// the live world.
#include <fmt/format.h>
#include <imgui_internal.h>
#include <implot.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "gui/panels/panels.h"
#include "gui/render/imgui_colour.h"
#include "gui/view/parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

// Of the panel alone: what is typed and looked at, not what is.
struct TrainingState {
  std::string steps = "200k", seed = "0";
  bool weighted = true;
  // When Start was pressed: the next message may say why there is no new job.
  int64_t messages = 0;
  size_t jobs = 0;
  bool asked = false;
  std::vector<double> x, y, low, high;
};
TrainingState& TheTraining() {
  static TrainingState state;  // one window
  return state;
}

// "200000", "200k", "1.5M", "1_000_000": what people write; 0 if it is no number of steps.
int64_t StepsOf(std::string text) {
  std::erase_if(text, [](char c) { return c == '_' || c == ',' || c == ' '; });
  char* end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str()) return 0;
  const std::string unit = end;
  if (unit == "k" || unit == "K") value *= 1e3;
  if (unit == "m" || unit == "M") value *= 1e6;
  const bool known = unit.empty() || unit == "k" || unit == "K" || unit == "m" || unit == "M";
  return known && value >= 1 && value < 1e12 ? std::llround(value) : 0;
}

std::optional<uint64_t> SeedOf(const std::string& text) {
  char* end = nullptr;
  const uint64_t seed = std::strtoull(text.c_str(), &end, 10);
  if (text.empty() || *end != 0) return std::nullopt;
  return seed;
}

std::string Short(double steps) {
  if (std::abs(steps) >= 1e6) return fmt::format("{:.3g}M", steps / 1e6);
  if (std::abs(steps) >= 1e3) return fmt::format("{:.3g}k", steps / 1e3);
  return fmt::format("{:.4g}", steps);
}

std::string Duration(double seconds) {
  const auto whole = std::llround(std::max(0.0, seconds));
  if (whole >= 3600) return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} s", whole);
}

// --- what can be asked

void Start(Ui& ui, const JobView* job) {
  TrainingState& state = TheTraining();
  const int64_t steps = StepsOf(state.steps);
  const std::optional<uint64_t> seed = SeedOf(state.seed);
  const bool can = steps > 0 && seed && ui.view.reward.function;
  ImGui::BeginDisabled(!can);
  const bool pressed = widgets::Button(
      "start", "Start", "Trains PPO with the weights and parameters in use, in the background");
  ImGui::EndDisabled();
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  widgets::Muted("steps_label", "steps");
  ImGui::SameLine(0, 4);
  widgets::InputText("steps", &state.steps, "200k", 72);
  widgets::Tip("Environment steps: 200000, 200k or 1.5M. Evaluated ten times on the way");
  ImGui::SameLine();
  widgets::Muted("seed_label", "seed");
  ImGui::SameLine(0, 4);
  widgets::InputText("seed", &state.seed, "0", 52);
  if (pressed) {
    ui.session.Send(StartTrain{steps, *seed});
    state.messages = ui.view.message_count;
    state.jobs = ui.view.jobs.size();
    state.asked = true;
  }
  if (job != nullptr && job->state == JobState::kRunning) {
    ImGui::SameLine();
    if (widgets::Button("pause", job->paused ? "Resume" : "Pause",
                        "After the iteration under way; the same bits as without a pause"))
      ui.session.Send(PauseJob{job->id, !job->paused});
    ImGui::SameLine();
    if (widgets::Button("cancel", "Stop", "Stops after this iteration; what was written stays"))
      ui.session.Send(CancelJob{job->id});
  }
}

void Progress(Ui& ui, const JobView& job) {
  constexpr const char* kStates[] = {"running", "done", "failed", "cancelled"};
  const Colour colours[] = {ui.palette.text, ui.palette.good, ui.palette.bad, ui.palette.muted};
  const int state = static_cast<int>(job.state);
  ImGui::SameLine(0, 20);
  ImGui::AlignTextToFramePadding();
  widgets::Text("state", fmt::format("#{} {}", job.id, job.paused ? "paused" : kStates[state]),
                job.paused ? ui.palette.notice : colours[state]);
  widgets::Tip(job.what.c_str());
  ImGui::SameLine();
  ProgressBar(ui, job.done, ImVec2(150, ImGui::GetFrameHeight()));
  std::string text = fmt::format("{:.0f} %   ", 100 * job.done);
  if (!job.curve.empty()) {
    const PpoMetrics& last = job.curve.back();
    text += fmt::format("step {}   {} steps/s", Short(static_cast<double>(last.step)),
                        Short(std::round(last.steps_per_second())));
  }
  if (job.paused) {
    text += fmt::format("   {} so far", Duration(job.seconds));
  } else if (job.state == JobState::kRunning && job.seconds_left >= 0) {
    text += fmt::format("   {} left", Duration(job.seconds_left));
  } else if (job.state != JobState::kRunning) {
    text += fmt::format("   took {}", Duration(job.seconds));
  }
  ImGui::SameLine();
  widgets::Text("speed", text);
}

// --- the reward that it trains on

// "alive 0.5 -> 0.7" of each value that differs; the script if that does.
std::string ChangedSince(const JobView& job, const RewardInfo& reward) {
  if (!job.reward || !reward.function) return "";
  std::string text;
  const auto add = [&](const std::string& change) { text += (text.empty() ? "" : ", ") + change; };
  const RewardSpec &was = job.reward->spec(), &now = reward.function->spec();
  if (was.hash != now.hash) add("the script");
  const auto values = [&](const auto& old_specs, const std::vector<double>& old,
                          const auto& new_specs, const std::vector<double>& values) {
    for (size_t i = 0; i < new_specs.size() && i < values.size(); ++i) {
      for (size_t k = 0; k < old_specs.size() && k < old.size(); ++k) {
        if (old_specs[k].name == new_specs[i].name && old[k] != values[i])
          add(fmt::format("{} {:.4g} -> {:.4g}", new_specs[i].name, old[k], values[i]));
      }
    }
  };
  values(was.terms, job.settings.weights.weights, now.terms, reward.settings.weights.weights);
  values(was.params, job.settings.params, now.params, reward.settings.params);
  if (was.has_potential && now.has_potential &&
      job.settings.weights.potential != reward.settings.weights.potential)
    add("potential");
  return text;
}

// A run's reward is part of what its results, its checkpoints and its resume are made from: it does
// not change under way, and the panel says so when the one in use does.
void KeptReward(Ui& ui, const JobView& job) {
  if (job.state != JobState::kRunning) return;
  const std::string changed = ChangedSince(job, ui.view.reward);
  if (changed.empty()) return;
  const Scope scope("kept");
  widgets::Text("text",
                fmt::format("#{} keeps the reward that it was started with; changed since: "
                            "{}",
                            job.id, changed),
                ui.palette.notice);
  ImGui::SameLine(0, 12);
  const bool fork = widgets::SmallButton("fork", "train the new one too",
                                         "A run of its own, as long and with the same seed");
  ImGui::SameLine(0, 4);
  const bool instead =
      widgets::SmallButton("instead", "stop and train the new one", "What the old one wrote stays");
  if (instead) ui.session.Send(CancelJob{job.id});
  if (fork || instead) ui.session.Send(StartTrain{job.steps, job.seed});
}

// --- checkpoints

// "52k 38%": the step, and how often it succeeded.
void Policies(Ui& ui, const JobView& job) {
  if (job.policies.empty()) return;
  const Scope scope("policies");
  widgets::Muted("label", "play");
  widgets::Tip("Each evaluation keeps its policy: click one, and the live world plays it");
  for (size_t i = 0; i < job.policies.size() && i < job.evaluations.size(); ++i) {
    const auto& [step, evaluation] = job.evaluations[i];
    std::string label = Short(static_cast<double>(step));
    const double success = evaluation.success.mean;
    if (std::isfinite(success)) label += fmt::format("  {:.0f}%", 100 * success);
    ImGui::SameLine(0, 6);
    const float width = ImGui::CalcTextSize(label.c_str()).x + 2 * ImGui::GetStyle().FramePadding.x;
    if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
    const bool on = ui.view.policy == job.policies[i];
    if (on) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetColorU32(ImGuiCol_ButtonActive));
    const bool pressed =
        widgets::SmallButton(fmt::format("{}", step).c_str(), label.c_str(),
                             fmt::format("return {:.5g}, success {:.0f} %, {} episodes\n{}",
                                         evaluation.episode_return.mean, 100 * success,
                                         evaluation.episodes, job.policies[i])
                                 .c_str());
    if (on) ImGui::PopStyleColor();
    if (!pressed) continue;
    ui.session.Send(SetPolicy{job.policies[i]});
    ui.session.Send(Seek{-1, -1, -1});
    ui.session.Send(Play{});  // a paused world would show nothing of it
  }
}

// --- curves

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
  return ImFormatString(text, size, "%s", Short(value).c_str());
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
  const TrainingState& state = TheTraining();
  ImPlot::PlotLine(name, state.x.data(), state.y.data(), static_cast<int>(state.x.size()), spec);
}

template <typename Value>
void GatherCurve(const JobView& job, Value value) {
  TrainingState& state = TheTraining();
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
  TrainingState& state = TheTraining();
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
  const TrainingState& state = TheTraining();
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
        "step %s\n%s %s", Short(static_cast<double>(at->step)).c_str(), metric.title,
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

void DrawTerms(Ui& ui, const JobView& job, bool weighted) {
  const size_t n = job.curve.empty() ? 0 : job.curve.back().term_sums.size();
  // The job may be of an earlier version of the script: then its terms have no names here.
  const RewardInfo& reward = ui.view.reward;
  const bool known = reward.function && reward.function->spec().terms.size() == n;
  const auto name = [&](size_t k) {
    return known ? reward.function->spec().terms[k].name : fmt::format("term {}", k + 1);
  };
  const auto colour = [&](size_t k) { return known ? ui.TermColours()[k] : ui.palette.muted; };
  for (size_t k = 0; k < n; ++k) {
    GatherCurve(job, [&](const PpoMetrics& m) { return TermMean(job, m, k, weighted); });
    const bool selected = name(k) == ui.state.selected_term;
    Line(name(k).c_str(), LineOf(colour(k), selected ? 3.0f : 1.5f));
  }
  const PpoMetrics* at = Hovered(job);
  if (at == nullptr) return;
  ImGui::BeginTooltip();
  ImGui::TextDisabled("step %s, mean of a step", Short(static_cast<double>(at->step)).c_str());
  for (size_t k = 0; k < n; ++k) {
    ImGui::TextColored(ToVec4(colour(k)), "%-14s %10.4g", name(k).c_str(),
                       TermMean(job, *at, k, weighted));
  }
  ImGui::EndTooltip();
}

void Curves(Ui& ui, const JobView& job) {
  TrainingState& state = TheTraining();
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
  const auto head = [&] {
    widgets::Muted("terms_title", "terms, mean of a step:");
    ImGui::SameLine(0, 6);
    ImGui::BeginDisabled(!evaluated);
    if (widgets::SmallButton("weighted", weighted ? "weighted" : "raw",
                             "Click: raw or weighted. Weights are known from the first evaluation"))
      state.weighted = !state.weighted;
    ImGui::EndDisabled();
  };
  Plot("terms", ImVec2(2 * width + gap, height), last, false, head,
       [&] { DrawTerms(ui, job, weighted); });
  ImPlot::PopStyleVar();
}

// Why there is no job although one was asked for.
void Refusal(Ui& ui) {
  TrainingState& state = TheTraining();
  if (ui.view.jobs.size() > state.jobs) state.asked = false;  // there it is
  const Diagnostic* refused = state.asked ? ui.view.MessageAfter(state.messages) : nullptr;
  if (refused) widgets::Paragraph("refused", refused->message, ui.palette.bad);
}

}  // namespace

void DrawTraining(Ui& ui) {
  const JobView* job = ui.view.jobs.empty() ? nullptr : &ui.view.jobs.back();
  Start(ui, job);
  if (job == nullptr) {
    Refusal(ui);
    widgets::Paragraph("none",
                       "No training yet. Start trains a policy on the reward as it is tuned now; "
                       "its curves, the mean of each term, and a policy to play for each "
                       "evaluation appear here.",
                       ui.palette.muted);
    widgets::Muted("needs", "Runs are kept in the session's folder: carrot gui --session DIR");
    return;
  }
  Progress(ui, *job);
  Refusal(ui);
  KeptReward(ui, *job);
  for (const Diagnostic& problem : job->problems) {
    widgets::Paragraph("problem", problem.code + "  " + problem.message, ui.palette.bad);
  }
  Policies(ui, *job);
  if (job->curve.empty()) {
    widgets::Muted("waiting", job->state == JobState::kRunning ? "the first iteration is on its way"
                                                               : "it ended before an iteration");
  } else {
    Curves(ui, *job);
  }
  ui.state.copied["training"] = job->command;
}

}  // namespace carrot
