// State that a reward keeps outside of its declared memory, e.g. in a table that a term fills. Its
// values then depend on which environments were evaluated before, and a re-score shows others.
#pragma once

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/core/reward_function.h"
#include "engine/trace/trace.h"

namespace carrot {

// Evaluates the recording twice, environments in ascending and in descending order, and compares
// bits. R018, with the first difference, if they are not the same; empty if they are (or if the
// recording has fewer than two episodes: nothing to exchange).
Diagnostics FindHiddenState(const Trace& trace, const StateSpec& state,
                            const RewardFunction& reward);

}  // namespace carrot
