// Sweep: one reward under many settings on the same recordings. Parameters are evaluated (once for
// each distinct set of values), weights are arithmetic on the evaluated columns.
#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <vector>

#include "rewards/analysis/rescore.h"
#include "rewards/analysis/truth.h"

namespace carrot {

struct SweepPoint {
  double episode_return = 0;  // mean over the judged episodes; NaN without any
  double spearman = 0;        // of return and truth; NaN as Spearman
  PairCounts pairs;           // good against bad episodes
  // The recording with the highest mean return: which policy this setting would prefer, and how
  // often that one succeeds. -1 without episodes.
  int preferred = -1;
  double preferred_success = 0;
  // Pairs ordered right, a tie half; NaN if not judged.
  double accuracy() const;
};

struct SweepCallbacks {
  const std::atomic<bool>* cancel = nullptr;
  std::function<void(int64_t done)> progress;
};

// A point for each of `settings`, in their order; fewer if cancelled (in the order of evaluation:
// then the missing ones are those for which `done` is false). Fails as Rescore; `errors` collects
// run-time errors of terms.
struct SweepResult {
  std::vector<SweepPoint> points;
  std::vector<bool> done;
  Diagnostics errors;
};
Result<SweepResult> Sweep(std::span<const Trace* const> traces, const StateSpec& state,
                          const RewardFunction& reward, std::span<const RewardSettings> settings,
                          std::span<const JudgedEpisode> episodes, ThreadPool& pool,
                          const SweepCallbacks& callbacks = {});

// Indices of points, best first: by pairs ordered right, then Spearman, then the given order;
// points that could not be judged last. Never by return.
std::vector<int> RankPoints(const SweepResult& result);

}  // namespace carrot
