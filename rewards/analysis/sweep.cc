#include "rewards/analysis/sweep.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>

#include "rewards/analysis/numbers.h"

namespace carrot {
namespace {

struct Judge {
  std::span<const JudgedEpisode> episodes;
  std::vector<double> truth;
  size_t recordings = 0;

  SweepPoint operator()(const std::vector<const Score*>& scores) const {
    const std::vector<double> returns = Returns(episodes, scores);
    SweepPoint point;
    point.spearman = Spearman(returns, truth);
    point.pairs = CountPairs(truth, returns);
    point.preferred_success = point.episode_return = kNaN;
    if (episodes.empty()) return point;
    point.episode_return =
        std::accumulate(returns.begin(), returns.end(), 0.0) / static_cast<double>(returns.size());
    std::vector<double> sum(recordings, 0.0), count(recordings, 0.0), good(recordings, 0.0);
    for (size_t e = 0; e < episodes.size(); ++e) {
      sum[episodes[e].recording] += returns[e];
      count[episodes[e].recording] += 1;
      good[episodes[e].recording] += episodes[e].success;
    }
    double best = -std::numeric_limits<double>::infinity();
    for (size_t t = 0; t < recordings; ++t) {
      if (count[t] == 0 || !(sum[t] / count[t] > best)) continue;
      best = sum[t] / count[t];
      point.preferred = static_cast<int>(t);
      point.preferred_success = good[t] / count[t];
    }
    return point;
  }
};

// Settings with equal parameters, in the order of their first.
std::vector<std::vector<size_t>> GroupByParams(std::span<const RewardSettings> settings) {
  std::map<std::vector<double>, size_t> known;
  std::vector<std::vector<size_t>> groups;
  for (size_t i = 0; i < settings.size(); ++i) {
    const auto [it, is_new] = known.emplace(settings[i].params, groups.size());
    if (is_new) groups.emplace_back();
    groups[it->second].push_back(i);
  }
  return groups;
}

bool IsOverflow(const Diagnostic& error) { return error.code == "R035" || error.code == "R036"; }

// Overflows come from weights, so each setting has its own: the first is said, the others are
// counted.
void MergeOverflows(const Diagnostics& more, Diagnostics* all) {
  for (const Diagnostic& error : more) {
    if (!IsOverflow(error)) continue;
    const auto same = std::find_if(all->begin(), all->end(), [&](const Diagnostic& d) {
      return d.code == error.code && d.where.line == error.where.line;
    });
    if (same == all->end()) {
      all->push_back(error);
    } else {
      ++same->repeats;
    }
  }
}

}  // namespace

double SweepPoint::accuracy() const {
  if (pairs.comparable == 0) return kNaN;
  return (static_cast<double>(pairs.agreeing) + 0.5 * static_cast<double>(pairs.tied)) /
         static_cast<double>(pairs.comparable);
}

Result<SweepResult> Sweep(std::span<const Trace* const> traces, const StateSpec& state,
                          const RewardFunction& reward, std::span<const RewardSettings> settings,
                          std::span<const JudgedEpisode> episodes, ThreadPool& pool,
                          const SweepCallbacks& callbacks) {
  const Judge judge{episodes, Truths(episodes), traces.size()};
  SweepResult result;
  result.points.resize(settings.size());
  result.done.resize(settings.size());
  int64_t done = 0;
  for (const std::vector<size_t>& group : GroupByParams(settings)) {
    std::vector<Score> scores;
    std::vector<const Score*> pointers;
    scores.reserve(traces.size());
    for (const Trace* trace : traces) {
      CARROT_ASSIGN_OR_RETURN(Score score,
                              Rescore(*trace, state, reward, settings[group[0]], pool));
      std::copy_if(score.errors.begin(), score.errors.end(), std::back_inserter(result.errors),
                   [](const Diagnostic& error) { return !IsOverflow(error); });
      scores.push_back(std::move(score));
      pointers.push_back(&scores.back());
    }
    for (size_t i : group) {
      if (callbacks.cancel != nullptr && callbacks.cancel->load()) return result;
      for (size_t t = 0; t < traces.size(); ++t) {
        if (CanReweight(reward.spec())) {
          Recombine(*traces[t], reward.spec(), settings[i].weights, pool, scores[t], scores[t]);
        } else {
          CARROT_ASSIGN_OR_RETURN(scores[t], Rescore(*traces[t], state, reward, settings[i], pool));
        }
        MergeOverflows(scores[t].errors, &result.errors);
      }
      result.points[i] = judge(pointers);
      result.done[i] = true;
      if (callbacks.progress) callbacks.progress(++done);
    }
  }
  return result;
}

std::vector<int> RankPoints(const SweepResult& result) {
  std::vector<int> order;
  for (size_t i = 0; i < result.points.size(); ++i) {
    if (result.done[i]) order.push_back(static_cast<int>(i));
  }
  const auto known = [](double x) { return std::isnan(x) ? -2.0 : x; };
  std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
    const SweepPoint &x = result.points[a], &y = result.points[b];
    const double mine = known(x.accuracy()), theirs = known(y.accuracy());
    return mine != theirs ? mine > theirs : known(x.spearman) > known(y.spearman);
  });
  return order;
}

}  // namespace carrot
