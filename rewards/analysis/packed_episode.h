// One recorded episode as packed columns: what an evaluator reads. Re-scores, explanations and the
// rebuilding of memory after a script swap all see recorded rows through this.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/reward_function.h"
#include "engine/core/state_spec.h"
#include "engine/trace/trace.h"

namespace carrot {

// Which fields of a recording rewards read. References must outlive it.
class RecordedFields {
 public:
  RecordedFields(const Trace& trace, const StateSpec& state);

  // Adds what `reward` reads. Fails (I009) if the recording does not hold one of its fields.
  Status Require(const RewardSpec& reward);

  const Trace& trace() const { return trace_; }
  const StateSpec& state() const { return state_; }
  const std::vector<int>& required() const { return required_; }  // StateSpec indices
  const std::vector<int>& columns() const { return columns_; }    // by StateSpec index
  int column(int field) const { return columns_[field]; }         // TraceLayout index, or -1

 private:
  const Trace& trace_;
  const StateSpec& state_;
  std::vector<int> columns_;
  std::vector<int> required_;
};

// Reuses its memory from episode to episode. Not thread-safe: one a worker.
class PackedEpisode {
 public:
  // Pointers go into the trace where the episode lies in one piece, else to copies.
  void Load(const RecordedFields& fields, const TraceEpisodeRows& episode);

  int64_t rows() const { return rows_; }  // row 0 included
  // Rows that scripts may see: the row of an environment fault is not shown to them.
  int64_t scored_rows() const { return rows_ - (fault_ ? 1 : 0); }
  bool fault() const { return fault_; }
  bool success() const { return success_; }
  const uint8_t* terminated() const { return terminated_.data(); }
  // The recorded flags without the bits of a reward (non-finite, term error).
  const std::vector<uint8_t>& flags() const { return flags_; }

  // Rows [begin, end) in a replay: memory of row r starts as that of row r - 1. begin 0 is row 0
  // alone.
  TransitionBatch Batch(int64_t begin, int64_t end, double* memory) const;

 private:
  void* Column(const Trace& trace, const TraceEpisodeRows& episode, int column, bool contiguous);

  int64_t rows_ = 0;
  bool fault_ = false, success_ = false;
  std::vector<void*> next_, prev_;  // by StateSpec index
  const double* action_ = nullptr;
  std::vector<std::vector<std::byte>> gathered_;  // by column of the trace
  std::vector<int32_t> step_;
  std::vector<uint8_t> terminated_, flags_;
  std::vector<uint64_t> world_seed_;
};

}  // namespace carrot
