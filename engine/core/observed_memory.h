// What a reward's `observe` adds to the policy's input: memory entries of the reward, behind the
// task's own observation. A number is given as it is; a machine's state as one 0/1 input a state.
#pragma once

#include <string>
#include <vector>

#include "engine/core/reward_function.h"

namespace carrot {

// Number of inputs.
int ObservedWidth(const RewardSpec& reward);
// One name an input: "m.u=has_key" for a state, "m.best", "m.trail[2]".
std::vector<std::string> ObservedNames(const RewardSpec& reward);
// Writes ObservedWidth inputs from one env's memory row [reward.memory_width]. A state that is not
// one of 1 to n is all zero.
void GatherObserved(const RewardSpec& reward, const double* memory, double* out);

}  // namespace carrot
