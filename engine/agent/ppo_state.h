// The parts of Ppo, for its own files (ppo.cc: collection; ppo_train.cc: update;
// ppo_checkpoint.cc).
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/agent/ppo.h"
#include "engine/agent/ppo_update.h"

namespace carrot {

struct TrainSums;  // ppo_train.cc

struct Ppo::State {
  State(PolicySpec spec, const PpoConfig& config, int mask_field, ThreadPool& pool);

  void Collect(VectorEnv& env, const std::function<void(const VectorEnv&)>& after_step,
               PpoMetrics& metrics);
  void Evaluate();  // values, reward_learn, advantages
  void SetStages(const LearnStages& wanted);
  void KeepLastRows();
  void DropKeptRows();
  void Train(PpoMetrics& metrics);
  template <typename Archive>
  void Exchange(Archive& archive);  // of checkpoints
  template <typename Archive>
  void ExchangeKeptRows(Archive& archive);

  PpoConfig config;
  ThreadPool& pool;
  int mask_field;  // -1: none
  Policy policy;
  std::shared_ptr<const Policy> reference;
  PpoUpdate update;
  // With the stage delta a row's reward_learn needs the next row, so the buffer has one step more
  // and learning lags by a row:
  //   step    0      1 ... T-1   T
  //           kept | new ........ new      learnt from: 0 .. T-1; step T is kept as the next 0
  RolloutBuffer buffer;
  LearnStages stages;
  int kept_steps = 0;  // 1 with delta
  LearnSegment segment;

  int64_t iteration = 0, step = 0;
  int64_t env_steps() const { return iteration * config.rollout_steps; }
  double rate_factor = 1;                 // of KlRule::kAdaptive
  std::vector<double> discounted_return;  // per env, for the reward scale

  // Inputs of value estimates at truncations: the row, and its last observation, normalised.
  std::vector<int32_t> final_rows;
  std::vector<double> final_obs;  // raw, as collected
  AlignedFloats final_x;
  std::vector<float> final_values;

  // Scratch.
  std::vector<double> action;
  std::vector<uint64_t> keys;
  std::vector<int32_t> valid;  // rows without a fault
  std::vector<int32_t> order;  // [epochs, valid rows]

 private:
  uint64_t ActionKey(int env, int t) const;
  const uint8_t* Mask(const VectorEnv& env) const;
  void Act(const VectorEnv& env, int t);
  void StoreOutcome(const VectorEnv& env, int t, PpoMetrics& metrics);
  void LearnRewards();
  void CountEpisodes(const VectorEnv& env, PpoMetrics& metrics) const;
  void ShuffleRows();
  bool TrainEpoch(int epoch, double rate, PpoMetrics& metrics, TrainSums& sums);
  double ExplainedVariance() const;
};

}  // namespace carrot
