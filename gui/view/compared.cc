#include "gui/view/compared.h"

#include <algorithm>
#include <cmath>

#include "engine/session/script_edit.h"
#include "rewards/analysis/comparison.h"

namespace carrot {
namespace {

constexpr double kNotScored = std::numeric_limits<double>::quiet_NaN();

std::vector<RecordingLabels> LabelsOf(const FrameView& view) {
  std::vector<RecordingLabels> labels;
  for (const TraceView& trace : view.open) {
    labels.push_back(trace.labels ? *trace.labels : RecordingLabels());
  }
  return labels;
}

// NaN where it is not scored (yet).
double ReturnOf(const std::vector<EpisodeScore>& episodes, int index) {
  if (index >= static_cast<int>(episodes.size()) || !episodes[index].scored) return kNotScored;
  return episodes[index].episode_return;
}
double ReturnInUse(const FrameView& view, const JudgedEpisode& episode) {
  const TraceView& trace = view.open[episode.recording];
  return trace.totals ? ReturnOf(trace.totals->episodes, episode.index) : kNotScored;
}
double ReturnOfVariant(const VariantView& variant, const JudgedEpisode& episode) {
  if (!variant.episodes || episode.recording >= static_cast<int>(variant.episodes->size())) {
    return kNotScored;
  }
  return ReturnOf((*variant.episodes)[episode.recording], episode.index);
}

void MarkWrong(std::vector<ComparedRow>& rows) {
  double lowest_success = std::numeric_limits<double>::infinity();
  for (const ComparedRow& row : rows) {
    if (row.episode.truth > 0) lowest_success = std::min(lowest_success, row.a);
  }
  for (ComparedRow& row : rows) row.wrong = row.episode.truth <= 0 && row.a > lowest_success;
}

OrderVerdict VerdictOn(std::span<const double> truth, std::span<const double> returns,
                       std::span<const Preference> preferences) {
  return {Spearman(returns, truth), CountPairs(truth, returns),
          CountPreferences(preferences, returns)};
}

// The mean of the finite ones, and which is nearest to it.
void Cell(const std::vector<std::pair<int, double>>& returns, MatrixRow& row) {
  std::vector<double> finite;
  for (const auto& [index, value] : returns) {
    if (std::isfinite(value)) finite.push_back(value);
  }
  row.returns.push_back(finite.empty() ? Interval{kNotScored, kNotScored, kNotScored}
                                       : BootstrapMean(finite));
  int typical = -1;
  double best = std::numeric_limits<double>::infinity();
  for (const auto& [index, value] : returns) {
    const double gap = std::abs(value - row.returns.back().value);
    if (!(gap < best)) continue;
    best = gap;
    typical = index;
  }
  row.typical.push_back(typical);
}

MatrixRow RowOf(const FrameView& view, const std::vector<JudgedEpisode>& episodes, int recording) {
  MatrixRow row;
  row.recording = recording;
  int64_t successes = 0;
  std::vector<std::vector<std::pair<int, double>>> returns(1 + view.variants.size());
  for (const JudgedEpisode& episode : episodes) {
    if (episode.recording != recording) continue;
    ++row.episodes;
    successes += episode.success;
    returns[0].emplace_back(episode.index, ReturnInUse(view, episode));
    for (size_t v = 0; v < view.variants.size(); ++v) {
      returns[v + 1].emplace_back(episode.index, ReturnOfVariant(view.variants[v], episode));
    }
  }
  if (row.episodes == 0) return row;
  row.success = WilsonInterval(successes, row.episodes);
  for (const auto& column : returns) Cell(column, row);
  return row;
}

}  // namespace

std::vector<JudgedEpisode> JudgedOf(const FrameView& view) {
  std::vector<const Trace*> traces;
  for (const TraceView& trace : view.open) traces.push_back(trace.trace.get());
  return JudgeEpisodes(traces, LabelsOf(view));
}

ComparedEpisodes CompareEpisodes(const FrameView& view, const VariantView* b) {
  ComparedEpisodes out;
  const bool with_b = b != nullptr && b->function != nullptr && !b->busy;
  for (const JudgedEpisode& episode : JudgedOf(view)) {
    ComparedRow row{episode, ReturnInUse(view, episode)};
    if (with_b) row.b = ReturnOfVariant(*b, episode);
    if (std::isfinite(row.a)) out.rows.push_back(row);
  }
  std::stable_sort(out.rows.begin(), out.rows.end(),
                   [](const ComparedRow& x, const ComparedRow& y) { return x.a > y.a; });
  MarkWrong(out.rows);
  std::vector<JudgedEpisode> episodes;
  std::vector<double> truth, returns_a, returns_b;
  for (const ComparedRow& row : out.rows) {
    episodes.push_back(row.episode);
    truth.push_back(row.episode.truth);
    returns_a.push_back(row.a);
    returns_b.push_back(row.b);
  }
  const std::vector<Preference> preferences = Preferences(episodes, LabelsOf(view));
  out.a = VerdictOn(truth, returns_a, preferences);
  if (!with_b) return out;
  out.b = VerdictOn(truth, returns_b, preferences);
  out.between = CountPairs(returns_a, returns_b);
  out.changes = RewardChanges({view.reward.function, view.reward.settings, {}},
                              {b->function, b->settings, {}});
  out.diff = LineDiff(view.reward.function->spec().source, b->function->spec().source);
  return out;
}

RewardMatrix MakeRewardMatrix(const FrameView& view) {
  RewardMatrix matrix;
  matrix.columns.push_back({"as tuned", 0});
  for (const VariantView& variant : view.variants) {
    matrix.columns.push_back({variant.name, variant.id});
  }
  const std::vector<JudgedEpisode> episodes = JudgedOf(view);
  for (int t = 0; t < static_cast<int>(view.open.size()); ++t) {
    MatrixRow row = RowOf(view, episodes, t);
    if (row.episodes > 0) matrix.rows.push_back(std::move(row));
  }
  std::stable_sort(
      matrix.rows.begin(), matrix.rows.end(),
      [](const MatrixRow& a, const MatrixRow& b) { return a.success.value > b.success.value; });
  for (size_t c = 0; c < matrix.columns.size(); ++c) {
    std::vector<double> returns, success;
    for (const MatrixRow& row : matrix.rows) {
      returns.push_back(row.returns[c].value);
      success.push_back(row.success.value);
    }
    matrix.columns[c].rho = Spearman(returns, success);
  }
  return matrix;
}

bool ComparedInputs::Changed(const FrameView& view) {
  std::vector<const void*> totals;
  std::vector<std::shared_ptr<const void>> held;
  std::vector<double> values{static_cast<double>(view.reward.version),
                             view.reward.settings.weights.potential};
  for (const TraceView& trace : view.open) {
    totals.push_back(trace.totals.get());
    held.insert(held.end(), {trace.labels, trace.episodes});
    values.push_back(trace.fresh);
  }
  for (const VariantView& variant : view.variants) {
    held.insert(held.end(), {variant.episodes, variant.function});
    values.insert(values.end(), {static_cast<double>(variant.id), variant.busy ? 1.0 : 0.0});
  }
  const RewardSettings& settings = view.reward.settings;
  values.insert(values.end(), settings.weights.weights.begin(), settings.weights.weights.end());
  values.insert(values.end(), settings.params.begin(), settings.params.end());
  if (totals == totals_ && held == held_ && values == values_) return false;
  totals_ = std::move(totals);
  held_ = std::move(held);
  values_ = std::move(values);
  return true;
}

}  // namespace carrot
