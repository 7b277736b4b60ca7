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

void Add(const TermTotals& term, bool first, TermTotals& total) {
  total.weight = term.weight;
  total.sum += term.sum;
  total.magnitude += term.magnitude;
  total.active += term.active;
  total.low = first ? term.low : std::min(total.low, term.low);
  total.high = first ? term.high : std::max(total.high, term.high);
}

void AddTerms(Results results, EvaluationSummary* summary) {
  std::vector<TermTotals> totals;
  std::optional<TermTotals> shaping;
  double steps = 0, magnitude = 0;
  for (const EvaluateResult* result : results) {
    if (result->steps == 0) continue;
    const bool first = totals.empty() && !shaping;
    if (first) totals.resize(result->terms.size());
    steps += static_cast<double>(result->steps);
    for (size_t k = 0; k < totals.size(); ++k) {
      Add(result->terms[k], first, totals[k]);
      magnitude += result->terms[k].magnitude;
    }
    if (!result->shaping) continue;
    if (first) shaping.emplace();
    Add(*result->shaping, first, *shaping);
    magnitude += result->shaping->magnitude;
  }
  const auto summarised = [&](const TermTotals& total, double sum) {
    return TermSummary{.weight = total.weight,
                       .sum = sum,
                       .mean = total.sum / steps,
                       .share = magnitude > 0 ? total.magnitude / magnitude : 0,
                       .activation = static_cast<double>(total.active) / steps,
                       .low = total.low,
                       .high = total.high};
  };
  for (size_t k = 0; k < totals.size(); ++k)
    summary->terms.push_back(summarised(totals[k], SumOf(results, k)));
  if (shaping) summary->shaping = summarised(*shaping, shaping->sum / steps * summary->length.mean);
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
  AddTerms(results, &summary);
  return summary;
}

EvaluationSummary Summarise(const EvaluateResult& result, const TaskSpec& task) {
  const EvaluateResult* const one = &result;
  return Summarise(Results(&one, 1), task);
}

}  // namespace carrot
