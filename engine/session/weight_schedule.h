// WeightSchedule: applies a reward's `schedule` between the iterations of a trainer.
//
//   schedule.Begin(weights)          once: gates start closed
//   schedule.Observe(env)            after each step
//   schedule.Update(step, weights)   after each iteration; what changed, and why
//
// A function of what was observed in the order of steps and envs: the same for any pool, and after
// Save / Load at the same barrier.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/core/reward_function.h"
#include "engine/core/vector_env.h"

namespace carrot {

struct WeightChange {
  int term = 0;
  double before = 0, after = 0;
  nlohmann::ordered_json why;  // the rule and what it measured
};

class WeightSchedule {
 public:
  // `start`: the weights that training starts with, by term. `reward` must outlive the schedule.
  WeightSchedule(const RewardSpec& reward, std::vector<double> start);

  bool empty() const { return rules_.empty(); }
  std::vector<WeightChange> Begin(std::vector<double>& weights);
  void Observe(const VectorEnv& env);
  // `step`: environment steps so far.
  std::vector<WeightChange> Update(int64_t step, std::vector<double>& weights);

  // What outlives an iteration. Load throws nlohmann::json::exception on other JSON.
  nlohmann::ordered_json Save() const;
  void Load(const nlohmann::ordered_json& state);

 private:
  struct Trust {
    double factor = 1;
    std::vector<double> good, bad;  // the weighted term, summed over episodes not judged yet
  };
  // Sums of what one iteration saw; environment faults are left out.
  struct Seen {
    int64_t steps = 0, episodes = 0, successes = 0;
    std::vector<double> step_sum, episode_sum;  // raw, by term
  };
  using Json = nlohmann::ordered_json;

  void Constrain(const WeightRule& rule);
  void Fade(const WeightRule& rule, Trust& trust, int64_t step);
  void Open(const WeightRule& rule, bool& open);
  void Prefer(const WeightRule& rule);
  void Set(int term, double weight, Json why);
  double Sign(int term) const { return start_[term] < 0 ? -1.0 : 1.0; }

  const std::vector<WeightRule>& rules_;
  std::vector<double> start_;
  Seen seen_;
  std::vector<Trust> trust_;     // by rule
  std::vector<uint8_t> open_;    // by rule
  std::vector<double> squares_;  // raw terms squared, summed over the training so far
  int64_t all_steps_ = 0;
  std::vector<double>* weights_ = nullptr;  // during Begin and Update
  std::vector<WeightChange> changes_;
};

}  // namespace carrot
