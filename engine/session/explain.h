// One step's reward, taken apart: each term's raw value, weight and share of the sum; what combine,
// potential and stages add; and, down to the Lua line, the values that the step was computed from.
//
// The rows always add up: total = sum of `parts` before the stages, reward = sum of all `parts`.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/task.h"
#include "engine/script/term_trace.h"
#include "engine/trace/trace.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

struct StepAddress {
  int env = 0;
  int64_t episode = 0;
  int step = 1;  // 1 is the first: row 0 is the reset state and has no reward
};

// One addend of the reward.
struct RewardPart {
  enum class Kind { kTerm, kPotential, kCombine, kStage } kind = Kind::kTerm;
  std::string name;       // of the term; "(potential)", "(combine)", "(stage 1)"
  double raw = 0;         // of a term, or F of the potential; 0 for the others
  double weight = 0;      // 0 for a monitor, combine and stages
  double value = 0;       // what it adds
  double percentile = 0;  // of raw (or of value) among the episode's steps, 0..100
  // Of the potential: raw = gamma phi - phi_before; phi is 0 where the episode terminated.
  double gamma = 0, phi = 0, phi_before = 0;
};

// "gamma 0.99 x phi now -1.2 - phi before -1.3": where a potential's raw value comes from.
std::string ShapingText(const RewardPart& potential);

struct StepExplanation {
  StepAddress at;
  uint64_t world_seed = 0;
  int length = 0;  // steps of the episode
  std::vector<RewardPart> parts;
  double total = 0, reward = 0;
  double recorded_reward = 0;    // what the recording says; differs under another script or setting
  double reward_percentile = 0;  // among the episode's steps
  std::vector<std::string> ending;  // "terminated", "truncated", "success", "fault", as recorded
  std::vector<TermTrace> traces;    // of terms, derived values and the potential
  Diagnostics errors;               // run-time errors on this row
};

// `settings` null: what was in force when it was recorded, changes applied. Fails with I014 if the
// recording has no such step, I009 if it cannot be scored.
Result<StepExplanation> ExplainStep(const Trace& trace, const StateSpec& state,
                                    const RewardFunction& reward, const RewardSettings* settings,
                                    const StepAddress& at);

}  // namespace carrot
