#include "rewards/analysis/transition_sample.h"

#include <algorithm>
#include <cstring>
#include <map>

#include "engine/base/check.h"
#include "engine/base/rng.h"

namespace carrot {
namespace {

constexpr int kBatch = 256;  // rows evaluated at a time

// Calls visit(transition) for every usable one, in recorded order.
template <typename Visit>
void ForEachTransition(std::span<const Trace* const> traces, Visit visit) {
  int episode = 0;
  for (size_t t = 0; t < traces.size(); ++t) {
    for (const TraceEpisodeRows& rows : traces[t]->EpisodeRows()) {
      if (rows.first_step > 0) continue;
      RowPlace before{traces[t], rows.blocks[0], 0};
      for (const TraceBlock* block : rows.blocks) {
        for (int r = block == rows.blocks[0] ? 1 : 0; r < block->rows; ++r) {
          const RowPlace after{traces[t], block, r};
          if (!(after.flags() & kRowFault)) {
            visit(RecordedTransition{static_cast<int>(t), episode, before, after});
          }
          before = after;
        }
      }
      ++episode;
    }
  }
}

// Packed columns of one batch, as evaluators want them.
class Batch {
 public:
  Batch(const StateSpec& state, const RewardSpec& reward)
      : state_(state), reward_(reward), next_(state.size()), prev_(state.size()) {
    for (int f : reward.fields_read) {
      for (auto* side : {&next_, &prev_}) {
        storage_.emplace_back(state[f].bytes() * kBatch);
        (*side)[f] = storage_.back().data();
      }
    }
    const size_t terms = reward.terms.size();
    term_.resize(kBatch * terms);
    memory_.resize(kBatch * static_cast<size_t>(reward.memory_width));
    for (auto* column : {&phi_, &phi_before_, &total_}) column->resize(kBatch);
    flags_.resize(kBatch);
    step_.resize(kBatch);
    terminated_.resize(kBatch);
    world_seed_.resize(kBatch);
    zero_.resize(kBatch);
  }

  void Load(std::span<const CombinedTransition> transitions,
            const std::map<const Trace*, std::vector<int>>& columns) {
    for (size_t i = 0; i < transitions.size(); ++i) {
      const CombinedTransition& t = transitions[i];
      LoadFields(t.after, columns.at(t.after.trace), next_, i);
      LoadFields(t.before, columns.at(t.before.trace), prev_, i);
      const TraceLayout& layout = t.action.trace->layout();
      const size_t bytes = layout.columns[layout.action].row_bytes();
      action_.resize(kBatch * bytes / sizeof(double));
      std::memcpy(reinterpret_cast<std::byte*>(action_.data()) + i * bytes,
                  Trace::Row(*t.action.block, layout.action, t.action.row), bytes);
      step_[i] = t.after.block->first_step + t.after.row;
      terminated_[i] = (t.after.flags() & kRowTerminated) ? 1 : 0;
      world_seed_[i] = t.after.block->world_seed;
      flags_[i] = 0;
    }
    std::fill(memory_.begin(), memory_.end(), 0.0);
  }

  void Evaluate(int64_t rows, RewardEvaluator& evaluator, const RewardWeights& weights,
                double* out) {
    TransitionBatch batch;
    batch.end = rows;
    batch.next = batch.prev = prev_;
    batch.step = zero_.data();
    batch.terminated = terminated_.data();
    batch.world_seed = world_seed_.data();
    batch.memory = memory_.data();
    const bool potential = reward_.has_potential;
    RewardColumns columns{term_.data(), potential ? phi_before_.data() : nullptr, total_.data(),
                          out, flags_.data()};
    evaluator.Begin(batch, columns);
    batch.next = next_;
    batch.action = action_.data();
    batch.step = step_.data();
    columns.phi = potential ? phi_.data() : nullptr;
    evaluator.Evaluate(batch, columns);
    CombineTerms(reward_, weights, 0, rows, potential ? phi_before_.data() : nullptr,
                 terminated_.data(), columns, &evaluator);
  }

 private:
  void LoadFields(const RowPlace& place, const std::vector<int>& columns,
                  const std::vector<void*>& to, size_t row) const {
    for (int f : reward_.fields_read) {
      const size_t bytes = state_[f].bytes();
      std::memcpy(static_cast<std::byte*>(to[f]) + row * bytes,
                  Trace::Row(*place.block, columns[f], place.row), bytes);
    }
  }

  const StateSpec& state_;
  const RewardSpec& reward_;
  std::vector<std::vector<std::byte>> storage_;
  std::vector<void*> next_, prev_;
  std::vector<double> action_, term_, memory_, phi_, phi_before_, total_;
  std::vector<uint8_t> flags_, terminated_;
  std::vector<int32_t> step_, zero_;
  std::vector<uint64_t> world_seed_;
};

}  // namespace

uint8_t RowPlace::flags() const { return *Trace::Row<uint8_t>(*block, trace->layout().flags, row); }

std::vector<RecordedTransition> DrawTransitions(std::span<const Trace* const> traces, int64_t limit,
                                                uint64_t key,
                                                FunctionRef<bool(const RecordedTransition&)> keep) {
  int64_t left = 0;
  ForEachTransition(traces, [&](const RecordedTransition& t) { left += keep(t); });
  // Selection sampling (Knuth, volume 2, algorithm 3.4.2 S).
  int64_t wanted = std::min(limit, left);
  std::vector<RecordedTransition> drawn;
  drawn.reserve(wanted);
  Rng rng(key);
  ForEachTransition(traces, [&](const RecordedTransition& transition) {
    if (!keep(transition)) return;
    if (rng.Uniform() * static_cast<double>(left--) < static_cast<double>(wanted)) {
      drawn.push_back(transition);
      --wanted;
    }
  });
  return drawn;
}

std::vector<FieldSpec> SharedFields(std::span<const Trace* const> traces) {
  std::vector<FieldSpec> shared;
  for (const FieldSpec& field : traces[0]->spec().fields) {
    const auto same = [&](const FieldSpec& other) {
      return other.name == field.name && other.dtype == field.dtype && other.shape == field.shape;
    };
    const bool everywhere = std::all_of(traces.begin(), traces.end(), [&](const Trace* trace) {
      const auto& fields = trace->spec().fields;
      return std::any_of(fields.begin(), fields.end(), same);
    });
    if (everywhere && field.size() <= kAlwaysRecordedSize) shared.push_back(field);
  }
  return shared;
}

int FieldColumn(const Trace& trace, const std::string& field) {
  const auto& fields = trace.spec().fields;
  const auto it = std::find_if(fields.begin(), fields.end(),
                               [&](const FieldSpec& f) { return f.name == field; });
  CARROT_CHECK(it != fields.end());
  return trace.layout().state + static_cast<int>(it - fields.begin());
}

double NumberAt(const RowPlace& place, int column, DType dtype, int element) {
  const std::byte* row = Trace::Row(*place.block, column, place.row);
  switch (dtype) {
    case DType::kF64:
      return reinterpret_cast<const double*>(row)[element];
    case DType::kF32:
      return reinterpret_cast<const float*>(row)[element];
    case DType::kI32:
      return reinterpret_cast<const int32_t*>(row)[element];
    default:
      return static_cast<double>(reinterpret_cast<const uint8_t*>(row)[element]);
  }
}

Status EvaluateCombined(std::span<const CombinedTransition> transitions, const StateSpec& state,
                        const RewardFunction& reward, const RewardSettings& settings,
                        ThreadPool& pool, std::span<double> out) {
  CARROT_CHECK(out.size() == transitions.size());
  std::map<const Trace*, std::vector<int>> columns;
  for (const CombinedTransition& t : transitions) {
    for (const Trace* trace : {t.before.trace, t.after.trace}) {
      if (columns.contains(trace)) continue;
      CARROT_ASSIGN_OR_RETURN(columns[trace], FieldColumns(*trace, state, reward.spec()));
    }
  }
  std::vector<std::unique_ptr<RewardEvaluator>> evaluators;
  std::vector<Batch> batches;
  for (int w = 0; w < pool.workers(); ++w) {
    CARROT_ASSIGN_OR_RETURN(auto evaluator, reward.NewEvaluator());
    if (!settings.params.empty()) evaluator->SetParams(settings.params);
    evaluators.push_back(std::move(evaluator));
    batches.emplace_back(state, reward.spec());
  }
  const auto count = static_cast<int64_t>(transitions.size());
  pool.ParallelFor(static_cast<int>((count + kBatch - 1) / kBatch), [&](int index, int worker) {
    const int64_t begin = static_cast<int64_t>(index) * kBatch;
    const int64_t rows = std::min<int64_t>(kBatch, count - begin);
    batches[worker].Load(transitions.subspan(begin, rows), columns);
    batches[worker].Evaluate(rows, *evaluators[worker], settings.weights, out.data() + begin);
  });
  return {};
}

}  // namespace carrot
