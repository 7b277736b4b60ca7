// LiveWorld: one environment that a session steps, with all of its past since the last Restart. Its
// recording holds states and actions only, so that it outlives any number of reward swaps; what the
// reward in use pays for it is kept beside it.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/session/actor.h"
#include "engine/trace/trace_writer.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

// One thread; `pool` must outlive it and is used during calls only.
class LiveWorld {
 public:
  static Result<std::unique_ptr<LiveWorld>> Create(std::shared_ptr<const Task> task,
                                                   ThreadPool& pool, uint64_t seed);
  ~LiveWorld();

  // Null: none. From the next step on; the past is re-scored. Errors: R0xx, I009.
  Status SetReward(std::shared_ptr<const RewardFunction> reward, const RewardSettings& settings);
  Status SetPolicy(const std::string& policy);
  const std::string& policy() const { return actor_.name(); }

  // Ends the running episode; the next one starts from `seed`, or from the run's next one.
  Status Restart(std::optional<uint64_t> seed);
  // A new past: the episode of `seed` with these actions done, [steps, action size]. The same
  // states as where they were recorded, by the determinism contract.
  Status Replay(uint64_t seed, std::span<const double> actions);

  // One step: of the actor, or with the given action.
  void Step(std::span<const double> action = {});
  // An error of the task or the reward since the last call.
  Diagnostics TakeErrors() { return env_->TakeErrors(); }

  // Publishes what was recorded.
  std::shared_ptr<const Trace> Commit();
  const Score& score() const { return score_; }  // by row number of the trace; no episodes
  int64_t rows() const { return rows_; }
  const VectorEnv& env() const { return *env_; }

 private:
  class Sink;
  LiveWorld(std::shared_ptr<const Task> task, ThreadPool& pool, uint64_t seed, Actor actor);
  Status Begin(std::vector<uint64_t> seeds);
  Status Rescored();

  std::shared_ptr<const Task> task_;
  ThreadPool& pool_;
  uint64_t seed_;
  Actor actor_;
  std::shared_ptr<const RewardFunction> reward_;
  RewardSettings settings_;
  std::shared_ptr<Trace> trace_;
  std::unique_ptr<TraceWriter> writer_;
  std::unique_ptr<Sink> sink_;
  std::unique_ptr<VectorEnv> env_;
  Score score_;
  std::vector<double> action_;
  int64_t rows_ = 0;
  int64_t past_ = 0;  // counts pasts: each has seeds of its own
};

}  // namespace carrot
