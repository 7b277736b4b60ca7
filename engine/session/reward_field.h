// RewardField: what the reward would have paid had one recorded step ended elsewhere: with the
// agent in each cell of a board, or with two numbers of the state at other values. The row before,
// the action, the reward's memory and everything else of the row stay as recorded; derived fields
// are computed anew.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/interactive_world.h"
#include "engine/core/task.h"
#include "engine/trace/trace.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

// A number of the state that is varied, from `low` in the first column (row) to `high` in the last.
struct FieldAxis {
  int field = 0, element = 0;  // of the StateSpec; f64, f32 or integer
  double low = 0, high = 1;
};

// The step that is asked about. References must outlive the field.
struct RewardFieldStep {
  const Task& task;
  const RewardFunction& reward;
  RewardSettings settings;
  const Trace& trace;
  TraceEpisodeRows episode;  // from its first row on
  int step = 1;              // 0: as if the first step had ended where it began
  // The row to vary if it is not the recorded one (a board that was edited), by StateSpec index.
  std::span<void* const> instead = {};
};

// One thread. Values appear row by row: Advance is a few milliseconds at most.
class RewardField {
 public:
  // Errors: I009 a field that the reward reads is not recorded; U002 no board.
  static Result<std::unique_ptr<RewardField>> OfCells(const RewardFieldStep& at);
  static Result<std::unique_ptr<RewardField>> OfState(const RewardFieldStep& at, FieldAxis x,
                                                      FieldAxis y, int side = 64);
  ~RewardField();

  bool done() const { return done_ == rows_; }
  void Advance();  // one more row of values
  int columns() const { return columns_; }
  int rows() const { return rows_; }
  // [rows, columns]; NaN: not there yet, or nothing can be there.
  const std::vector<double>& values() const { return values_; }
  // Least and greatest value so far; low > high: none.
  double low() const { return low_; }
  double high() const { return high_; }

 private:
  RewardField(const RewardFieldStep& at, int columns, int rows);
  Status Begin(const RewardFieldStep& at);
  void FillRow(int row);
  void Vary(int row);

  const Task& task_;
  const RewardFunction& reward_;
  RewardSettings settings_;
  int columns_ = 0, rows_ = 0, done_ = 0;
  std::vector<double> values_;
  double low_ = 1, high_ = 0;

  std::unique_ptr<World> world_;    // of cells
  EditableWorld* cells_ = nullptr;  // world_ as such; null: `axes_` are varied
  std::vector<FieldAxis> axes_;     // x, y
  StateBatch one_, batch_;          // the row that is varied; a row of alternatives
  std::unique_ptr<TaskEvaluator> task_evaluator_;
  std::unique_ptr<RewardEvaluator> evaluator_;
  std::vector<double> action_, memory_, task_memory_;  // of one alternative
  double phi_before_ = 0;
  uint64_t world_seed_ = 0;
  int32_t step_ = 1;
  std::vector<uint8_t> there_;  // by column: whether the alternative exists
};

}  // namespace carrot
