// Transitions drawn from recordings, and rewards evaluated on any combination of their parts.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/base/function_ref.h"
#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

// A recorded row, and its place in Score columns.
struct RowPlace {
  const Trace* trace = nullptr;
  const TraceBlock* block = nullptr;
  int row = 0;
  int64_t score_row() const { return block->first_row + row; }
  uint8_t flags() const;
};

struct RecordedTransition {
  int recording = 0;
  int episode = 0;  // counted over all recordings
  RowPlace before, after;
};

// At most `limit` of the transitions that `keep` holds for, each equally likely, in recorded order;
// a function of the key. Rows of an environment fault and of episodes whose beginning is missing
// are never drawn.
std::vector<RecordedTransition> DrawTransitions(
    std::span<const Trace* const> traces, int64_t limit, uint64_t key,
    FunctionRef<bool(const RecordedTransition&)> keep = [](const auto&) { return true; });

// Fields of at most 64 numbers that every recording holds.
std::vector<FieldSpec> SharedFields(std::span<const Trace* const> traces);
// Column of a recorded field.
int FieldColumn(const Trace& trace, const std::string& field);

// A number of a recorded column, whatever its type.
double NumberAt(const RowPlace& place, int column, DType dtype, int element);

// s, a and s' may come from different rows.
struct CombinedTransition {
  RowPlace before, action, after;
};
// The reward of each, as if its episode had begun in `before`. Transitions of one row of `out` are
// independent of all others. I009 if a recording lacks a field.
Status EvaluateCombined(std::span<const CombinedTransition> transitions, const StateSpec& state,
                        const RewardFunction& reward, const RewardSettings& settings,
                        ThreadPool& pool, std::span<double> out);

}  // namespace carrot
