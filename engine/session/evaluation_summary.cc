#include "engine/session/evaluation_summary.h"

#include <cmath>

#include "rewards/analysis/intervals.h"

namespace carrot {
namespace {

using Results = std::span<const EvaluateResult* const>;

// Values of the counted episodes, one group a seed.
template <typename ValueOf>
Estimate EstimateOf(Results results, ValueOf value_of) {
  std::vector<std::vector<double>> groups;
  double sum = 0, sum_sq = 0, n = 0;
  for (const EvaluateResult* result : results) {
    groups.emplace_back();
    for (const EpisodeSummary& episode : result->episodes) {
      if (episode.fault) continue;
      const double value = value_of(episode);
      groups.back().push_back(value);
      sum += value;
      n += 1;
    }
  }
  Estimate estimate;
  if (n == 0) return estimate;
  estimate.mean = sum / n;
  for (const auto& group : groups) {
    for (double value : group) sum_sq += (value - estimate.mean) * (value - estimate.mean);
  }
  estimate.std = std::sqrt(sum_sq / n);
  const Interval interval = BootstrapMean(groups);
  estimate.low = interval.low;
  estimate.high = interval.high;
  return estimate;
}

// Mean over counted episodes of the term's raw sum.
double SumOf(Results results, size_t term) {
  double sum = 0, n = 0;
  for (const EvaluateResult* result : results) {
    for (const EpisodeSummary& episode : result->episodes) {
      if (episode.fault) continue;
      sum += episode.term_sums[term];
      n += 1;
    }
  }
  return n > 0 ? sum / n : 0;
}

std::vector<TermSummary> TermsOf(Results results) {
  std::vector<TermTotals> totals;
  double steps = 0, magnitude = 0;
  for (const EvaluateResult* result : results) {
    if (result->steps == 0) continue;
    const bool first = totals.empty();
    if (first) totals.resize(result->terms.size());
    steps += static_cast<double>(result->steps);
    for (size_t k = 0; k < totals.size(); ++k) {
      const TermTotals& term = result->terms[k];
      totals[k].weight = term.weight;
      totals[k].sum += term.sum;
      totals[k].magnitude += term.magnitude;
      totals[k].active += term.active;
      totals[k].low = first ? term.low : std::min(totals[k].low, term.low);
      totals[k].high = first ? term.high : std::max(totals[k].high, term.high);
      magnitude += term.magnitude;
    }
  }
  std::vector<TermSummary> terms;
  for (size_t k = 0; k < totals.size(); ++k) {
    const TermTotals& total = totals[k];
    terms.push_back({.weight = total.weight,
                     .sum = SumOf(results, k),
                     .mean = total.sum / steps,
                     .share = magnitude > 0 ? total.magnitude / magnitude : 0,
                     .activation = static_cast<double>(total.active) / steps,
                     .low = total.low,
                     .high = total.high});
  }
  return terms;
}

}  // namespace

EvaluationSummary Summarise(Results results, const TaskSpec& task) {
  EvaluationSummary summary;
  for (const EvaluateResult* result : results) {
    for (const EpisodeSummary& episode : result->episodes) {
      if (!episode.cause.empty()) ++summary.causes[episode.cause];
      if (episode.fault) continue;
      ++summary.episodes;
      summary.successes += episode.success;
    }
  }
  summary.episode_return =
      EstimateOf(results, [](const EpisodeSummary& e) { return e.episode_return; });
  summary.length = EstimateOf(results, [](const EpisodeSummary& e) { return double(e.length); });
  for (size_t k = 0; k < task.metrics.size(); ++k) {
    summary.metrics.push_back(
        EstimateOf(results, [k](const EpisodeSummary& e) { return e.metrics[k]; }));
  }
  const Interval rate = WilsonInterval(summary.successes, summary.episodes);
  summary.success.low = rate.low;
  summary.success.high = rate.high;
  if (summary.episodes > 0) {
    summary.success.mean = static_cast<double>(summary.successes) / summary.episodes;
  }
  summary.terms = TermsOf(results);
  return summary;
}

EvaluationSummary Summarise(const EvaluateResult& result, const TaskSpec& task) {
  const EvaluateResult* const one = &result;
  return Summarise(Results(&one, 1), task);
}

}  // namespace carrot
