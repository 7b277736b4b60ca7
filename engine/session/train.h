// Training: PPO on one task and reward into a run folder, with checkpoints, evaluations and resume.
// Nothing is printed. The same bits for any pool and across a resume.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/agent/ppo.h"
#include "engine/base/result.h"
#include "engine/session/evaluate.h"
#include "engine/session/run_config.h"
#include "rewards/analysis/finding.h"

namespace carrot {

// The defaults, with what the reward's stage `normalize` sets.
PpoConfig PpoConfigOf(const RewardSpec& reward);

struct TrainConfig {
  std::shared_ptr<const Task> task;
  std::shared_ptr<const RewardFunction> reward;
  std::string task_name;                // as the user named it; a resumed run finds its task by it
  std::vector<double> weights, params;  // empty: the script's
  std::optional<double> potential_weight;
  // "TERM=SHARE" of each term that is trained on with flipped values: what `reward` was made from,
  // kept for a resume (rewards/analysis/flip_noise.h).
  std::vector<std::string> flips;
  PpoConfig ppo;              // ppo.seed seeds the environments as well
  std::filesystem::path out;  // the run folder
  bool resume = false;        // `out` holds a run of this task and reward: go on with it
  // An evaluation after each so many steps (0: at the end only), of so many held-out episodes, with
  // a policy checkpoint and a trace.
  int64_t eval_every = 0;
  int eval_episodes = 16;
  double state_seconds =
      5;              // a full state to resume from is written about this often; never in results
  std::string build;  // stored in run.json and spec.json
};

// The configuration of a run folder, from its run.json; task and reward are still to be loaded (the
// reward from reward_file, the copy that the run keeps). I001, I003.
struct StoredRun {
  TrainConfig config;
  std::filesystem::path reward_file;
  RunStatus status = RunStatus::kRunning;
};
Result<StoredRun> ReadRun(const std::filesystem::path& folder);

struct TrainCallbacks {
  const std::atomic<bool>* cancel = nullptr;  // finishes the iteration, then stops
  std::function<void(const PpoMetrics&)> iteration;
  std::function<void(int64_t step, const EvaluateResult&)> evaluation;
  std::function<void(const Diagnostics&)>
      warnings;  // faults, non-finite terms: each code once an iteration
  std::function<void(int64_t step, const Finding&)> alarm;  // each code once a run
};

// The evaluated checkpoint of most success; of equals that of the highest return, then the latest.
// Training is noisy: the last policy of a run is often not its best (the usual best-model rule, on
// the run's own evaluations; judge it on other seeds).
struct BestCheckpoint {
  int64_t step = -1;  // -1: there was no evaluation
  std::filesystem::path policy, trace;
};

struct TrainResult {
  std::filesystem::path folder, policy, trace;  // the last checkpoint and its evaluation's trace
  BestCheckpoint best;
  PpoMetrics last;
  EvaluateResult evaluation;  // of the last checkpoint
  bool interrupted = false;
  int64_t resumed_at = 0;  // step; 0: from the start
  // Alarms of the whole run, as in events.jsonl: {iteration, type: "alarm", step, ...Finding}. Each
  // has made an evaluation, whose recording its frames point into.
  nlohmann::ordered_json alarms = nlohmann::ordered_json::array();
  int64_t faults = 0;  // training episodes that ended by an environment fault
  double seconds = 0;  // of this process
};

// Errors: a reward script that fails at run time (R0xx), files (I0xx), configuration (U020, T06x).
// What was written before an error stays, and the run can be resumed.
Result<TrainResult> Train(const TrainConfig& config, ThreadPool& pool,
                          const TrainCallbacks& callbacks);

}  // namespace carrot
