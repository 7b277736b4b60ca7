// Compare: does the reward order what is recorded as success does, and does a snapshot do better?
#include <fmt/format.h>
#include <imgui_internal.h>
#include <implot.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gui/panels/panels.h"
#include "gui/render/imgui_colour.h"
#include "gui/widgets/items.h"
#include "rewards/analysis/ranking.h"
#include "rewards/analysis/truth.h"

namespace carrot {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

struct Row {
  JudgedEpisode episode;
  double a = 0, b = kNone;  // returns under the reward in use and under the snapshot
  bool wrong = false;       // a failure that outscores some success
};

// All that is shown, made anew when something of it changed.
struct Compared {
  std::vector<const void*> totals;
  size_t labels = 0;
  int snapshot = -1, version = -1;
  RewardSettings settings;

  std::vector<Row> rows;  // highest return first
  double rho_a = kNone, rho_b = kNone;
  PairCounts pairs_a, pairs_b, between;  // with success; of B by A
  std::string why_no_b;
};

struct CompareState {
  int snapshot = -1;  // B; -1: none
  Compared compared;
};
CompareState& State() {
  static CompareState state;  // one window
  return state;
}

bool Ready(const TraceView& trace) {
  return trace.trace && trace.terms && trace.totals && trace.episodes &&
         trace.totals->episodes.size() == trace.episodes->size();
}

// --- returns under a snapshot

// Sum over an episode of what the potential adds: gamma * phi * (1 - terminated) - phi before.
double PotentialSum(const TraceEpisodeRows& episode, const Score& terms, double gamma) {
  double sum = 0, before = 0;
  ForRows(episode, [&](const TraceBlock& block, int i, int64_t row) {
    const double phi = terms.phi[block.first_row + i];
    const bool terminated = terms.flags[block.first_row + i] & kRowTerminated;
    if (row > 0) sum += gamma * phi * (terminated ? 0 : 1) - before;
    before = phi;
  });
  return sum;
}

// Why no sum of weighted terms is what the snapshot would pay; "" if it is.
std::string WhyNot(const RewardInfo& reward, const SnapshotInfo& snapshot) {
  const RewardSpec& spec = reward.function->spec();
  if (spec.combine != Combine::kSum)
    return "This reward does not add its terms up: load the snapshot to see what it pays.";
  if (!spec.stages.empty())
    return "This reward has stages after its sum: load the snapshot to see what it pays.";
  if (snapshot.hash != spec.hash) return "The snapshot is of another version of the script.";
  if (snapshot.settings.params != reward.settings.params)
    return "The snapshot has other parameters, which change the terms: load it to see what it "
           "pays.";
  return "";
}

// Of combine = sum without stages only. Right to rounding: the reward adds step by step.
double ReturnUnder(const RewardSpec& spec, const RewardWeights& weights, const TraceView& trace,
                   int index) {
  const EpisodeScore& episode = trace.terms->episodes[index];
  if (episode.term_sums.size() != spec.terms.size()) return kNone;
  double sum = 0;
  for (size_t k = 0; k < spec.terms.size(); ++k) {
    if (Counts(spec.terms[k], weights.weights[k])) sum += weights.weights[k] * episode.term_sums[k];
  }
  if (spec.has_potential && weights.potential != 0) {
    if (trace.terms->phi.size() != trace.terms->total.size()) return kNone;
    sum += weights.potential * PotentialSum((*trace.episodes)[index], *trace.terms, weights.gamma);
  }
  return sum;
}

// --- what is compared

// Labels of this session count over the recorded success, as recorded ones do.
void ApplyLabels(const FrameView& view, std::vector<JudgedEpisode>& episodes) {
  for (const EpisodeLabel& label : view.labels) {
    if (label.kind != "good" && label.kind != "bad") continue;
    for (JudgedEpisode& episode : episodes) {
      const bool here = view.open[episode.recording].path == label.recording &&
                        episode.env == label.env && episode.episode == label.episode;
      if (!here) continue;
      episode.truth = label.kind == "good" ? 1 : 0;
      episode.labelled = true;
    }
  }
}

void MarkWrong(std::vector<Row>& rows) {
  double lowest_success = std::numeric_limits<double>::infinity();
  for (const Row& row : rows) {
    if (row.episode.truth > 0) lowest_success = std::min(lowest_success, row.a);
  }
  for (Row& row : rows) row.wrong = row.episode.truth <= 0 && row.a > lowest_success;
}

void Judge(Compared& compared) {
  std::vector<double> truth, a, b;
  for (const Row& row : compared.rows) {
    truth.push_back(row.episode.truth);
    a.push_back(row.a);
    b.push_back(row.b);
  }
  compared.rho_a = Spearman(a, truth);
  compared.rho_b = Spearman(b, truth);
  compared.pairs_a = CountPairs(truth, a);
  compared.pairs_b = CountPairs(truth, b);
  compared.between = CountPairs(a, b);
}

Compared Make(const FrameView& view, int snapshot) {
  Compared compared;
  std::vector<const Trace*> traces;
  for (const TraceView& trace : view.open) traces.push_back(trace.trace.get());
  std::vector<JudgedEpisode> episodes = JudgeEpisodes(traces);
  ApplyLabels(view, episodes);
  const SnapshotInfo* b = snapshot >= 0 ? &view.snapshots[snapshot] : nullptr;
  if (b != nullptr) compared.why_no_b = WhyNot(view.reward, *b);
  const bool with_b = b != nullptr && compared.why_no_b.empty();
  for (const JudgedEpisode& episode : episodes) {
    const TraceView& trace = view.open[episode.recording];
    if (!Ready(trace) || !trace.totals->episodes[episode.index].scored) continue;
    Row row{episode, trace.totals->episodes[episode.index].episode_return};
    if (with_b) {
      row.b = ReturnUnder(view.reward.function->spec(), b->settings.weights, trace, episode.index);
    }
    compared.rows.push_back(row);
  }
  std::stable_sort(compared.rows.begin(), compared.rows.end(),
                   [](const Row& x, const Row& y) { return x.a > y.a; });
  MarkWrong(compared.rows);
  Judge(compared);
  return compared;
}

const Compared& Now(const FrameView& view) {
  CompareState& state = State();
  if (state.snapshot >= static_cast<int>(view.snapshots.size())) state.snapshot = -1;
  std::vector<const void*> totals;
  for (const TraceView& trace : view.open) totals.push_back(trace.totals.get());
  Compared& kept = state.compared;
  // A result that is still being made may share its address with one that is gone.
  const bool same = kept.totals == totals && kept.labels == view.labels.size() &&
                    kept.snapshot == state.snapshot && kept.version == view.reward.version &&
                    kept.settings.params == view.reward.settings.params &&
                    kept.settings.weights.weights == view.reward.settings.weights.weights &&
                    kept.settings.weights.potential == view.reward.settings.weights.potential;
  const bool fresh = std::all_of(view.open.begin(), view.open.end(),
                                 [](const TraceView& trace) { return trace.fresh; });
  if (same && fresh) return kept;
  kept = Make(view, state.snapshot);
  if (!fresh) totals.clear();  // made again as soon as the scores are those of these weights
  kept.totals = std::move(totals);
  kept.labels = view.labels.size();
  kept.snapshot = state.snapshot;
  kept.version = view.reward.version;
  kept.settings = view.reward.settings;
  return kept;
}

void Show(Ui& ui, const Row& row) {
  ui.session.Send(Seek{row.episode.recording, row.episode.index, 0});
}

bool IsShown(const Ui& ui, const Row& row) {
  return ui.view.clock.trace == row.episode.recording && ui.view.clock.episode == row.episode.index;
}

// --- the verdict

void Verdict(Ui& ui, const char* name, const std::string& title, double rho,
             const PairCounts& pairs) {
  const Scope scope(name);
  ImGui::PushFont(ui.fonts.semibold, 0);
  widgets::Text("title", title);
  ImGui::PopFont();
  widgets::Text("rho", std::isfinite(rho)
                           ? fmt::format("rank correlation with success {:+.2f}", rho)
                           : "rank correlation: nothing to order");
  widgets::Tip(
      "Spearman's, of return and success over the episodes. 1 is not reached when there are only "
      "two outcomes: look at the pairs");
  if (pairs.comparable == 0) {
    widgets::Paragraph("pairs", "It takes a success and a failure to judge the order.",
                       ui.palette.muted);
    return;
  }
  widgets::Text("pairs",
                fmt::format("{} of {} pairs wrong", pairs.inverted, pairs.comparable) +
                    (pairs.tied > 0 ? fmt::format(", {} tied", pairs.tied) : ""),
                pairs.inverted > 0 ? ui.palette.bad : ui.palette.good);
  widgets::Tip("Pairs of a success and a failure in which the failure has the higher return");
}

void ChooseB(Ui& ui) {
  const Scope scope("b");
  widgets::Muted("label", "B:");
  ImGui::SameLine(0, 6);
  CompareState& state = State();
  if (ui.view.snapshots.empty()) {
    widgets::Muted("none", "save a snapshot in Tune to compare with");
    return;
  }
  for (int i = -1; i < static_cast<int>(ui.view.snapshots.size()); ++i) {
    const std::string name = i < 0 ? "none" : fmt::format("{}", i);
    const std::string label = i < 0 ? "none" : ui.view.snapshots[i].name;
    const bool on = state.snapshot == i;
    if (on) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetColorU32(ImGuiCol_ButtonActive));
    if (widgets::SmallButton(name.c_str(), label.c_str(), "What this snapshot's weights would pay"))
      state.snapshot = i;
    if (on) ImGui::PopStyleColor();
    ImGui::SameLine(0, 4);
    if (ImGui::GetContentRegionAvail().x < 80) ImGui::NewLine();
  }
  ImGui::NewLine();
}

void Summary(Ui& ui, const Compared& compared) {
  Verdict(ui, "a",
          fmt::format("A: {} as tuned, {} episodes", ui.view.reward.function->spec().name,
                      compared.rows.size()),
          compared.rho_a, compared.pairs_a);
  ImGui::Dummy(ImVec2(0, 2));
  ChooseB(ui);
  if (compared.snapshot < 0) return;
  if (!compared.why_no_b.empty()) {
    widgets::Paragraph("why", compared.why_no_b, ui.palette.bad);
    return;
  }
  Verdict(ui, "b_verdict", fmt::format("B: {}", ui.view.snapshots[compared.snapshot].name),
          compared.rho_b, compared.pairs_b);
  widgets::Text("between", fmt::format("A and B disagree on {} of {} pairs",
                                       compared.between.inverted, compared.between.comparable));
  widgets::Tip("Pairs of episodes that A and B put in opposite order, successes or not");
}

// --- the table

void TableRow(Ui& ui, const Row& row, int rank, bool with_b) {
  const Scope scope(fmt::format("{}", rank));
  ImGui::TableNextRow();
  if (row.wrong) ImGui::TableSetBgColor(ImGuiTableBgTarget_RowBg0, WithAlpha(ui.palette.bad, 0.12));
  ImGui::TableNextColumn();
  const bool shown = IsShown(ui, row);
  const std::string text = fmt::format("{}", rank + 1);
  ImGui::PushID("row");
  if (ImGui::Selectable(text.c_str(), shown, ImGuiSelectableFlags_SpanAllColumns)) Show(ui, row);
  ImGui::PopID();
  Report("row", "row", text, shown ? "on" : "off");
  if (row.wrong) widgets::Tip("A failure that outscores a success");
  ImGui::TableNextColumn();
  widgets::Text("recording", ui.view.open[row.episode.recording].name);
  ImGui::TableNextColumn();
  widgets::Text("episode", fmt::format("{}", row.episode.index));
  ImGui::TableNextColumn();
  const bool good = row.episode.truth > 0;
  widgets::Text("success",
                fmt::format("{}{}", good ? "yes" : "no", row.episode.labelled ? "*" : ""),
                good ? ui.palette.good : ui.palette.bad);
  if (row.episode.labelled) widgets::Tip("* labelled by a person");
  ImGui::TableNextColumn();
  widgets::Text("length", fmt::format("{}", row.episode.length));
  ImGui::TableNextColumn();
  widgets::Text("a", fmt::format("{:.5g}", row.a));
  if (!with_b) return;
  ImGui::TableNextColumn();
  widgets::Text("b", fmt::format("{:.5g}", row.b));
  ImGui::TableNextColumn();
  widgets::Muted("difference", fmt::format("{:+.4g}", row.b - row.a));
}

void Table(Ui& ui, const Compared& compared) {
  const bool with_b = compared.snapshot >= 0 && compared.why_no_b.empty();
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_ScrollY | ImGuiTableFlags_PadOuterX;
  if (!ImGui::BeginTable(with_b ? "with_b" : "a", with_b ? 8 : 6, kFlags)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("#", ImGuiTableColumnFlags_WidthFixed, 30);
  ImGui::TableSetupColumn("recording", 0, 1.4f);
  ImGui::TableSetupColumn("episode", 0, 0.8f);
  ImGui::TableSetupColumn("success", 0, 0.8f);
  ImGui::TableSetupColumn("length", 0, 0.7f);
  ImGui::TableSetupColumn(with_b ? "return A" : "return");
  if (with_b) {
    ImGui::TableSetupColumn("return B");
    ImGui::TableSetupColumn("B - A");
  }
  ImGui::TableHeadersRow();
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(compared.rows.size()));
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      TableRow(ui, compared.rows[i], i, with_b);
    }
  }
  ImGui::EndTable();
}

// --- the picture

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

void Gesture(Ui& ui, const Compared& compared, const std::vector<ImPlotPoint>& places) {
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
  const Row& row = compared.rows[nearest];
  ImGui::SetTooltip("%s, episode %d: %s, return %.5g%s\nclick to see it",
                    ui.view.open[row.episode.recording].name.c_str(), row.episode.index,
                    row.episode.truth > 0 ? "success" : "failure", row.a,
                    std::isfinite(row.b) ? fmt::format(", under B {:.5g}", row.b).c_str() : "");
  if (ImGui::IsMouseClicked(0)) Show(ui, row);
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

void Picture(Ui& ui, const Compared& compared) {
  const bool with_b = compared.snapshot >= 0 && compared.why_no_b.empty();
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
    const Row& row = compared.rows[i];
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

}  // namespace

void DrawCompare(Ui& ui) {
  const FrameView& view = ui.view;
  if (!view.reward.function || view.open.empty()) {
    widgets::Paragraph("none",
                       "Nothing to compare: it takes a reward and recordings of successes and "
                       "failures. Open some in Recordings.",
                       ui.palette.muted);
    return;
  }
  const Compared& compared = Now(view);
  if (compared.rows.empty()) {
    widgets::Paragraph("none",
                       std::any_of(view.open.begin(), view.open.end(), Ready)
                           ? "No recorded episode has ended yet, so there is no return to compare."
                           : "The recordings are being scored.",
                       ui.palette.muted);
    return;
  }
  const float width = ImGui::GetContentRegionAvail().x;
  if (ImGui::BeginChild("summary", ImVec2(std::min(330.0f, width * 0.28f), 0)))
    Summary(ui, compared);
  ImGui::EndChild();
  ImGui::SameLine();
  if (ImGui::BeginChild("episodes", ImVec2(width * 0.38f, 0))) {
    const Scope scope("episodes");
    Table(ui, compared);
  }
  ImGui::EndChild();
  ImGui::SameLine();
  if (ImGui::BeginChild("picture")) Picture(ui, compared);
  ImGui::EndChild();
  ui.state.copied["compare"] = "carrot compare " + view.reward.path + " --trace";
  for (const TraceView& trace : view.open) ui.state.copied["compare"] += " " + trace.path;
}

}  // namespace carrot
