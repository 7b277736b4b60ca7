// Consistency: a success and a near miss look almost the same to a reward that is blind to what
// decides. For rows of nearly equal state but different truth (the row carries the task's success
// or does not), is each ranked right: is the step into the success paid more?
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rewards/analysis/rescore.h"
#include "rewards/analysis/transition_sample.h"

namespace carrot {

struct ConsistencyOptions {
  // Root mean square over the recorded numbers, each in standard deviations of the recording. Flags
  // (they may be the success itself), action masks and fields above 64 numbers do not count.
  double tolerance = 0.1;
  int successes = 1000, others = 10000;  // at most so many rows of each are drawn
  uint64_t seed = 0;
};

struct NearPair {
  RecordedTransition success, other;
  double distance = 0;
  double gap = 0;  // reward of the success minus that of the other; right if above 0
};
struct Consistency {
  int64_t successes = 0, others = 0;  // rows looked at
  // Each success with its nearest other row, if that is within the tolerance.
  std::vector<NearPair> pairs;  // narrowest gap first
  int64_t right = 0, tied = 0, wrong = 0;
  bool judged() const { return !pairs.empty(); }
};
// `scores` are one reward's, by recording.
Consistency CheckConsistency(std::span<const Trace* const> traces,
                             std::span<const Score* const> scores, ThreadPool& pool,
                             const ConsistencyOptions& options = {});

}  // namespace carrot
