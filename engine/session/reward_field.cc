#include "engine/session/reward_field.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "rewards/analysis/packed_episode.h"

namespace carrot {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

template <typename T>
void WriteAs(std::byte* to, double value) {
  const T number = static_cast<T>(value);
  std::memcpy(to, &number, sizeof number);
}

void WriteElement(const StateBatch& batch, int row, const FieldAxis& axis, double value) {
  const FieldSpec& field = batch.spec()[axis.field];
  const size_t width = field.bytes() / static_cast<size_t>(field.size());
  std::byte* to = static_cast<std::byte*>(batch.next()[axis.field]) +
                  static_cast<size_t>(row) * field.bytes() +
                  static_cast<size_t>(axis.element) * width;
  switch (field.dtype) {
    case DType::kF64:
      return WriteAs<double>(to, value);
    case DType::kF32:
      return WriteAs<float>(to, value);
    case DType::kI32:
      return WriteAs<int32_t>(to, std::round(value));
    default:
      return WriteAs<uint8_t>(to, std::clamp(std::round(value), 0.0, 255.0));
  }
}

// One row of columns of a StateBatch, from those of another place. Missing ones stay as they are.
void CopyRow(const StateSpec& spec, std::span<void* const> from, int64_t from_row,
             std::span<void* const> to, int64_t to_row) {
  for (int f = 0; f < spec.size(); ++f) {
    if (from[f] == nullptr) continue;
    const size_t bytes = spec[f].bytes();
    std::memcpy(static_cast<std::byte*>(to[f]) + static_cast<size_t>(to_row) * bytes,
                static_cast<const std::byte*>(from[f]) + static_cast<size_t>(from_row) * bytes,
                bytes);
  }
}

// A recorded row into a batch of one.
void CopyRecorded(const RecordedFields& fields, const TraceEpisodeRows& episode, int64_t row,
                  std::span<void* const> to) {
  size_t b = 0;
  while (row >= episode.blocks[b]->rows) row -= episode.blocks[b++]->rows;
  for (int f = 0; f < fields.state().size(); ++f) {
    if (fields.column(f) < 0) continue;
    std::memcpy(to[f], Trace::Row(*episode.blocks[b], fields.column(f), row),
                fields.state()[f].bytes());
  }
}

}  // namespace

RewardField::RewardField(const RewardFieldStep& at, int columns, int rows)
    : task_(at.task),
      reward_(at.reward),
      settings_(at.settings),
      columns_(columns),
      rows_(rows),
      values_(static_cast<size_t>(columns) * rows, kNone),
      one_(at.task.spec().state, 1),
      batch_(at.task.spec().state, columns),
      there_(static_cast<size_t>(columns), 1) {}
RewardField::~RewardField() = default;

Result<std::unique_ptr<RewardField>> RewardField::OfCells(const RewardFieldStep& at) {
  CARROT_ASSIGN_OR_RETURN(std::unique_ptr<World> world, at.task.NewWorld(1));
  auto* cells = dynamic_cast<EditableWorld*>(world.get());
  if (cells == nullptr) return Fail(MakeError("U002", "this world has no board of cells"));
  std::unique_ptr<RewardField> field(new RewardField(at, cells->columns(), cells->rows()));
  field->world_ = std::move(world);
  field->cells_ = cells;
  CARROT_RETURN_IF_ERROR(field->Begin(at));
  return field;
}

Result<std::unique_ptr<RewardField>> RewardField::OfState(const RewardFieldStep& at, FieldAxis x,
                                                          FieldAxis y, int side) {
  std::unique_ptr<RewardField> field(new RewardField(at, side, side));
  field->axes_ = {x, y};
  CARROT_RETURN_IF_ERROR(field->Begin(at));
  return field;
}

Status RewardField::Begin(const RewardFieldStep& at) {
  const RewardSpec& spec = reward_.spec();
  if (at.episode.first_step > 0) {
    return Fail(MakeError("I009", "the beginning of this episode was not recorded"));
  }
  RecordedFields fields(at.trace, task_.spec().state);
  CARROT_RETURN_IF_ERROR(fields.Require(spec));
  PackedEpisode episode;
  episode.Load(fields, at.episode);
  CARROT_ASSIGN_OR_RETURN(evaluator_, reward_.NewEvaluator());
  CARROT_ASSIGN_OR_RETURN(task_evaluator_, task_.NewEvaluator());
  if (!settings_.params.empty()) evaluator_->SetParams(settings_.params);
  evaluator_->Reserve(std::max<int64_t>(columns_, episode.rows()));
  task_evaluator_->Reserve(columns_);

  // Memory and potential as they were before the step.
  const int64_t before = std::clamp<int64_t>(at.step - 1, 0, episode.scored_rows() - 1);
  const int64_t rows = before + 1;
  std::vector<double> memory(rows * spec.memory_width), term(rows * spec.terms.size()), phi(rows),
      total(rows), reward(rows);
  std::vector<uint8_t> flags(rows);
  const RewardColumns out{term.data(), spec.has_potential ? phi.data() : nullptr, total.data(),
                          reward.data(), flags.data()};
  evaluator_->Begin(episode.Batch(0, 1, memory.data()), out);
  if (rows > 1) evaluator_->Evaluate(episode.Batch(1, rows, memory.data()), out);
  memory_.assign(memory.end() - spec.memory_width, memory.end());
  phi_before_ = phi.back();
  task_memory_.assign(task_.spec().memory_width, 0.0);

  const int64_t now = std::min<int64_t>(std::max(at.step, 0), at.episode.rows - 1);
  CopyRecorded(fields, at.episode, before, one_.prev());
  CopyRecorded(fields, at.episode, now, one_.next());
  if (!at.instead.empty()) CopyRow(task_.spec().state, at.instead, 0, one_.next(), 0);
  action_.assign(task_.spec().world.action.size(), 0.0);
  int64_t row = now;
  size_t b = 0;
  while (row >= at.episode.blocks[b]->rows) row -= at.episode.blocks[b++]->rows;
  const auto* action = Trace::Row<double>(*at.episode.blocks[b], at.trace.layout().action, row);
  if (now > 0) std::copy_n(action, action_.size(), action_.begin());
  world_seed_ = at.episode.world_seed;
  step_ = static_cast<int32_t>(std::max<int64_t>(1, now));
  return {};
}

void RewardField::Advance() {
  if (done()) return;
  const int row = done_++;
  const StateSpec& state = task_.spec().state;
  for (int x = 0; x < columns_; ++x) {
    CopyRow(state, one_.prev(), 0, batch_.prev(), x);
    CopyRow(state, one_.next(), 0, batch_.next(), x);
    if (cells_ == nullptr) continue;
    StateBatch imagined(state, 1);
    there_[x] = cells_->Imagine(0, one_.next(), 0, x, row, imagined);
    if (there_[x]) CopyRow(state, imagined.next(), 0, batch_.next(), x);
  }
  FillRow(row);
}

// The varied numbers of a row of alternatives.
void RewardField::Vary(int row) {
  if (cells_ != nullptr) return;
  const auto at = [](const FieldAxis& axis, int i, int count) {
    return axis.low + (axis.high - axis.low) * i / std::max(1, count - 1);
  };
  for (int x = 0; x < columns_; ++x) {
    WriteElement(batch_, x, axes_[0], at(axes_[0], x, columns_));
    WriteElement(batch_, x, axes_[1], at(axes_[1], row, rows_));
  }
}

void RewardField::FillRow(int row) {
  const RewardSpec& spec = reward_.spec();
  const auto n = static_cast<size_t>(columns_);
  const auto repeat = [n](const std::vector<double>& one) {
    std::vector<double> all;
    for (size_t i = 0; i < n; ++i) all.insert(all.end(), one.begin(), one.end());
    return all;
  };
  std::vector<double> action = repeat(action_), memory = repeat(memory_),
                      task_memory = repeat(task_memory_);
  std::vector<double> term(n * spec.terms.size()), phi(n), before(n, phi_before_), total(n),
      reward(n), metric(n * task_.spec().metrics.size());
  std::vector<uint8_t> flags(n), terminated(n), success(n), fault(n);
  std::vector<int16_t> cause(n, -1);
  const std::vector<int32_t> step(n, step_);
  const std::vector<uint64_t> seed(n, world_seed_);

  TransitionBatch rows;
  rows.end = columns_;
  rows.next = batch_.next();
  rows.prev = batch_.prev();
  rows.action = action.data();
  rows.step = step.data();
  rows.world_seed = seed.data();
  rows.terminated = terminated.data();
  rows.memory = task_memory.data();
  Vary(row);
  task_evaluator_->Evaluate(
      rows, {terminated.data(), success.data(), cause.data(), metric.data(), fault.data()});
  Vary(row);  // a varied field may be a derived one
  rows.memory = memory.data();
  const RewardColumns out{term.data(), spec.has_potential ? phi.data() : nullptr, total.data(),
                          reward.data(), flags.data()};
  evaluator_->Evaluate(rows, out);
  CombineTerms(spec, settings_.weights, 0, columns_, spec.has_potential ? before.data() : nullptr,
               terminated.data(), out, evaluator_.get());
  (void)evaluator_->TakeErrors();  // states that no simulation reaches: the flags say which
  (void)task_evaluator_->TakeErrors();
  for (size_t x = 0; x < n; ++x) {
    if (!there_[x] || (flags[x] & (kRowNonFinite | kRowTermError))) continue;
    values_[static_cast<size_t>(row) * n + x] = reward[x];
    const bool first = low_ > high_;
    low_ = first ? reward[x] : std::min(low_, reward[x]);
    high_ = first ? reward[x] : std::max(high_, reward[x]);
  }
}

}  // namespace carrot
