// A script swap in a live environment: where the new reward stands in episodes that are under way.
//
//   auto standing = StandingOf(*trace, *reward, settings.params, *env);   at a barrier
//   env->SwapReward(reward, *standing);  env->SetWeights(...);  env->SetRewardParams(...);
//
// The running episodes' recorded rows are evaluated from row 0 on, so that what the env pays from
// then on equals a re-score of the whole recording bit for bit. The recording must hold the current
// row (TraceWriter::CommitAll). One made without a reward (MakeTraceSpec(task, nullptr, ...)) has
// no columns of a reward and serves any number of swaps.
#pragma once

#include <span>

#include "engine/base/result.h"
#include "engine/core/vector_env.h"
#include "engine/trace/trace.h"

namespace carrot {

// Fails (I009) if a field that the reward reads, or the beginning of an episode, is not recorded.
Result<RewardStanding> StandingOf(const Trace& trace, const RewardFunction& reward,
                                  std::span<const double> params, const VectorEnv& env);

}  // namespace carrot
