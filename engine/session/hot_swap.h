// HotSwap: a reward script that is edited while it is in use. A reload is a transaction:
//
//   read -> compile -> check declarations -> try on a few recorded steps -> score all recordings
//        -> swap
//
// Whatever fails, the last good version stays, and the diagnostics say so. Success says what
// changed. Values that were tuned by hand survive by name (tuned_values.h).
//
// Reload may run on any one thread while others use live(): a version is immutable, and live()
// gives a whole one, old or new. Whoever steps environments takes it at a barrier
// (VectorEnv::SwapReward with rewards/analysis/running_episodes.h).
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/core/task.h"
#include "engine/session/tuned_values.h"
#include "engine/trace/trace.h"
#include "rewards/analysis/reward_diff.h"

namespace carrot {

// One version in use.
struct LiveReward {
  int version = 0;  // counts swaps, from 1
  std::shared_ptr<const RewardFunction> function;
  RewardSettings settings;
  // By recording, under `settings`; after Weigh only their terms are those of the settings, and
  // totals are for Recombine to make.
  std::shared_ptr<const std::vector<Score>> scores;
  // Finished episodes without a fault, over all recordings.
  int64_t episodes = 0, steps = 0;
  double mean_return = 0;
};

// What a reload did.
struct SwapReport {
  bool swapped = false;
  bool unchanged = false;   // the same bytes as the version in use: nothing was done
  Diagnostics diagnostics;  // why not; or warnings
  RewardDiff diff;          // if swapped and there was a version before
  std::shared_ptr<const LiveReward> before, now;  // either may be null
};

class HotSwap {
 public:
  // `recordings` are what new versions are tried and scored on; without any, a version is swapped
  // in once it compiles. `pool` and the recordings' rows are used during Reload only.
  HotSwap(std::shared_ptr<const Task> task, std::string path,
          std::vector<std::shared_ptr<const Trace>> recordings, ThreadPool& pool);

  // One thread at a time.
  SwapReport Reload();

  // The last good version; null before the first. Any thread.
  std::shared_ptr<const LiveReward> live() const;
  // Tunes the version in use (sizes must fit it); its scores become those of the new settings. Same
  // thread as Reload.
  Status Tune(const RewardSettings& settings);
  // The same for weights alone, which terms do not depend on: nothing is evaluated. Keeps scores
  // and mean_return as they are.
  void Weigh(const RewardWeights& weights);
  // Tuned values of names that the script has no more.
  const TunedValues::Values& aside() const { return tuned_.aside(); }

  // The script and the modules that it requires, as they are now: what to watch.
  std::vector<std::string> Files() const;

 private:
  SwapReport Refuse(Diagnostics diagnostics) const;
  Result<std::vector<Score>> ScoreAll(const std::vector<std::shared_ptr<const Trace>>& recordings,
                                      const RewardFunction& reward, RewardSettings settings) const;
  // Tries the samples, then scores the recordings. Any run-time error is a failure.
  Result<std::shared_ptr<LiveReward>> Try(std::shared_ptr<const RewardFunction> reward,
                                          RewardSettings settings) const;

  std::shared_ptr<const Task> task_;
  std::string path_;
  std::vector<std::shared_ptr<const Trace>> recordings_, samples_;
  ThreadPool& pool_;
  TunedValues tuned_;
  mutable std::mutex mutex_;  // live_
  std::shared_ptr<const LiveReward> live_;
};

}  // namespace carrot
