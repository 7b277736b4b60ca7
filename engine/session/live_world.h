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
#include "engine/session/interventions.h"
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
  // A new past: the episode of `seed` with these actions, [steps, action size], and interventions
  // done. The same states as where they were recorded, by the determinism contract.
  Status Replay(uint64_t seed, std::span<const double> actions,
                std::span<const Intervention> interventions = {});

  // One step: of the actor, or with the given action.
  void Step(std::span<const double> action = {});

  // A hand. It is recorded in events of the recording and changes nothing when nobody uses it.
  // From the next step on the spring pulls, until another one or one of body 0. Errors: U002.
  Status Pull(const BodyPull& pull);
  BodyWrench wrench() const;  // of the spring, on the world as it stands; body 0: none
  std::string BodyName(int body) const;
  // A cell of the board, at once. The newest row stays as it was: the next step begins from the
  // edited board, and until then edited() is what it looks like. Errors: U002.
  Status Edit(const CellChange& change);
  std::shared_ptr<const StateBatch> edited() const { return edited_; }  // null: as recorded
  // A note at the newest row, for readers of the recording.
  void Note(const std::string& name, const std::string& text) {
    writer_->Record("segment", name, 0, text, 0);
  }

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
  void Push(const BodyWrench& wrench);
  void Record(const Intervention& intervention);
  template <typename Kind>  // PushableWorld or EditableWorld; null: this world is not one
  Kind* Touch() const {
    return dynamic_cast<Kind*>(&env_->world());
  }

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
  BodyPull pull_;
  std::shared_ptr<const StateBatch> edited_;
  Score score_;
  std::vector<double> action_;
  int64_t rows_ = 0;
  int64_t past_ = 0;  // counts pasts: each has seeds of its own
};

}  // namespace carrot
