// Counterfactual experience for off-policy learners (CRM: Toro Icarte et al. 2022, JAIR 73): what
// each recorded step would have paid, and where it would have led, from every state of the reward's
// machine. One step of the world becomes one transition a state; nothing is simulated. PPO never
// uses them: the actions would not be the policy's own.
//
//   auto cf = Counterfactuals::Create(*reward, task->spec().state);
//   for (const TraceEpisodeRows& episode : trace.EpisodeRows()) {
//     const CounterfactualRows& rows = *cf->Run(trace, episode, weights);
//     ... rows.next[rows.at(t, u)], rows.reward[rows.at(t, u)] for steps t and states u from 1
//   }
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/reward_function.h"
#include "engine/core/state_spec.h"
#include "engine/trace/trace.h"

namespace carrot {

// Of one episode. Step t = 0 is the first action; states are numbered from 1, as in memory.
struct CounterfactualRows {
  int64_t steps = 0;
  int states = 0;
  std::vector<int> next;              // the machine's state after the step
  std::vector<double> total, reward;  // as the live loop would have made them
  std::vector<uint8_t> flags;         // RowFlag: non-finite, term error
  size_t at(int64_t step, int state) const {
    return static_cast<size_t>(step) * states + state - 1;
  }
};

// Holds an evaluator and scratch: one caller at a time.
class Counterfactuals {
 public:
  // `entry` names the memory entry with states; "" is the only one. The reward must outlive this.
  // I009 if there is no such entry, or several and no name.
  static Result<Counterfactuals> Create(const RewardFunction& reward, const StateSpec& state,
                                        const std::string& entry = "");

  // `weights` are those in force, with the run's gamma. Other memory than the machine's state is as
  // recorded before each step. I009 if the recording lacks a field that the reward reads, is of
  // another reward, or does not hold the episode's beginning.
  Result<const CounterfactualRows*> Run(const Trace& trace, const TraceEpisodeRows& episode,
                                        const RewardWeights& weights);

 private:
  Counterfactuals(const RewardFunction& reward, const StateSpec& state, const MemorySpec& entry)
      : reward_(&reward), state_(&state), entry_(&entry) {}
  Status Gather(const Trace& trace, const TraceEpisodeRows& episode);
  Status GatherMemory(const Trace& trace, const TraceEpisodeRows& episode);
  void RunState(int state, const RewardWeights& weights);

  const RewardFunction* reward_;
  const StateSpec* state_;
  const MemorySpec* entry_;
  std::unique_ptr<RewardEvaluator> evaluator_;
  CounterfactualRows rows_;
  std::vector<std::vector<std::byte>> columns_;   // by StateSpec index: packed rows 0 to steps
  std::vector<void*> prev_, next_;                // into columns_: rows 0 ..., rows 1 ...
  std::vector<double> action_, recorded_memory_;  // of rows 1 ..., of rows 0 ...
  std::vector<int32_t> step_;
  std::vector<uint8_t> terminated_, flags_;
  std::vector<uint64_t> world_seed_;
  std::vector<double> memory_, term_, phi_, phi_before_, total_, out_;
};

}  // namespace carrot
