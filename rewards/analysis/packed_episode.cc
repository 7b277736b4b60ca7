#include "rewards/analysis/packed_episode.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

namespace carrot {
namespace {

bool IsContiguous(const TraceEpisodeRows& episode) {
  for (size_t b = 1; b < episode.blocks.size(); ++b) {
    const TraceBlock& before = *episode.blocks[b - 1];
    const TraceBlock& block = *episode.blocks[b];
    if (block.chunk != before.chunk || block.offset != before.offset + before.rows) return false;
  }
  return true;
}

}  // namespace

RecordedFields::RecordedFields(const Trace& trace, const StateSpec& state)
    : trace_(trace), state_(state), columns_(state.size(), -1) {
  const TraceSpec& spec = trace.spec();
  for (size_t f = 0; f < spec.fields.size(); ++f) {
    const int index = state.Find(spec.fields[f].name);
    if (index >= 0 && state[index].dtype == spec.fields[f].dtype &&
        state[index].shape == spec.fields[f].shape) {
      columns_[index] = trace.layout().state + static_cast<int>(f);
    }
  }
}

Status RecordedFields::Require(const RewardSpec& reward) {
  std::vector<std::string> missing;
  for (int f : reward.fields_read) {
    if (columns_[f] < 0) missing.push_back(state_[f].name);
  }
  if (!missing.empty()) {
    return Fail(
        MakeError("I009",
                  fmt::format("reward `{}` reads {}, which this recording of `{}` does not hold",
                              reward.name, fmt::join(missing, ", "), trace_.spec().task),
                  {fmt::format("record again with --record-fields {}", fmt::join(missing, ","))}));
  }
  for (int f : reward.fields_read) {
    if (std::find(required_.begin(), required_.end(), f) == required_.end()) required_.push_back(f);
  }
  return {};
}

// Packed rows of one column. Evaluators only read state columns, so a mapped file may be handed on.
void* PackedEpisode::Column(const Trace& trace, const TraceEpisodeRows& episode, int column,
                            bool contiguous) {
  if (contiguous) {
    return const_cast<std::byte*>(Trace::Row(*episode.blocks[0], column, 0));
  }
  const size_t row_bytes = trace.layout().columns[column].row_bytes();
  std::vector<std::byte>& copy = gathered_[column];
  copy.resize(std::max(copy.size(), row_bytes * episode.rows));
  std::byte* to = copy.data();
  for (const TraceBlock* block : episode.blocks) {
    std::memcpy(to, Trace::Row(*block, column, 0), row_bytes * block->rows);
    to += row_bytes * block->rows;
  }
  return copy.data();
}

void PackedEpisode::Load(const RecordedFields& fields, const TraceEpisodeRows& episode) {
  const Trace& trace = fields.trace();
  const StateSpec& state = fields.state();
  rows_ = episode.rows;
  gathered_.resize(trace.layout().size());
  step_.resize(rows_);
  terminated_.resize(rows_);
  flags_.resize(rows_);
  world_seed_.assign(rows_, episode.world_seed);
  int64_t row = 0;
  for (const TraceBlock* block : episode.blocks) {
    const uint8_t* flags = Trace::Row<uint8_t>(*block, trace.layout().flags, 0);
    for (int i = 0; i < block->rows; ++i, ++row) {
      step_[row] = static_cast<int32_t>(episode.first_step + row);
      terminated_[row] = (flags[i] & kRowTerminated) ? 1 : 0;
      flags_[row] = flags[i] & ~(kRowNonFinite | kRowTermError);
    }
  }
  fault_ = flags_.back() & kRowFault;
  success_ = flags_.back() & kRowSuccess;
  const bool contiguous = IsContiguous(episode);
  next_.assign(state.size(), nullptr);
  prev_.assign(state.size(), nullptr);
  for (int f : fields.required()) {
    next_[f] = Column(trace, episode, fields.column(f), contiguous);
    // Row r of prev is row r - 1 of next; row 0 is never read through it.
    prev_[f] = static_cast<std::byte*>(next_[f]) - state[f].bytes();
  }
  action_ = static_cast<const double*>(Column(trace, episode, trace.layout().action, contiguous));
}

TransitionBatch PackedEpisode::Batch(int64_t begin, int64_t end, double* memory) const {
  TransitionBatch batch;
  batch.begin = begin;
  batch.end = end;
  batch.next = next_;
  batch.prev = begin == 0 ? next_ : prev_;
  batch.action = begin == 0 ? nullptr : action_;
  batch.step = step_.data();
  batch.terminated = terminated_.data();
  batch.world_seed = world_seed_.data();
  batch.memory = memory;
  batch.carry_memory = true;
  return batch;
}

}  // namespace carrot
