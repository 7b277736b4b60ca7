// Closed state cycles in recorded episodes: where behaviour came back to a state that it had been
// in.
#pragma once

#include <cstdint>
#include <vector>

#include "rewards/analysis/evidence.h"

namespace carrot {

// How finely floating-point pose fields are compared: by bins of 5 % of their standard deviation
// over all recordings. Whole numbers are compared exactly.
class PoseBins {
 public:
  explicit PoseBins(const std::vector<ScoredRecording>& recordings);
  double Width(int field, int element) const { return width_[field][element]; }
  bool HasFloats() const;

 private:
  std::vector<std::vector<double>> width_;  // by field of the first recording's spec
};

// One key a row; equal keys mean the same pose up to the bins.
std::vector<uint64_t> PoseKeys(const ScoredRecording& recording, const TraceEpisodeRows& episode,
                               const PoseBins& bins);
// Equal keys mean the same bits of all simulated fields and of the reward's memory: a deterministic
// world can go round such a cycle for ever.
std::vector<uint64_t> ExactKeys(const ScoredRecording& recording, const TraceEpisodeRows& episode,
                                int memory_width);

// A way from a key back to it, by loop erasure: smaller cycles on the way are cycles of their own
// and not part of it. `rows` are its transitions, in order; `first` is the row where it began.
struct Cycle {
  int64_t first = 0;
  std::vector<int64_t> rows;
  int64_t last() const { return rows.back(); }
};
// Cycles of fewer than `min_steps` steps are erased and not reported: 1 takes those that stay where
// they are, more leaves out what trembles at the border of a bin.
std::vector<Cycle> FindCycles(const std::vector<uint64_t>& keys, size_t min_steps);

}  // namespace carrot
