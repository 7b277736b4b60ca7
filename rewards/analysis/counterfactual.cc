#include "rewards/analysis/counterfactual.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstring>

namespace carrot {
namespace {

tl::unexpected<Diagnostics> Cannot(std::string message, std::string help) {
  return Fail(MakeError("I009", std::move(message), {std::move(help)}));
}

}  // namespace

Result<Counterfactuals> Counterfactuals::Create(const RewardFunction& reward,
                                                const StateSpec& state, const std::string& entry) {
  const MemorySpec* machine = nullptr;
  std::vector<std::string> machines;
  for (const MemorySpec& memory : reward.spec().memory) {
    if (memory.states.empty()) continue;
    machines.push_back(memory.name);
    if (entry.empty() || memory.name == entry) machine = &memory;
  }
  if (machine == nullptr || (entry.empty() && machines.size() > 1)) {
    return Cannot(fmt::format("reward `{}` has {}", reward.spec().name,
                              machine == nullptr ? "no such machine" : "several machines"),
                  machines.empty() ? "its memory needs an entry { 1, states = { ... } }"
                                   : fmt::format("name one of {}", fmt::join(machines, ", ")));
  }
  Counterfactuals made(reward, state, *machine);
  CARROT_ASSIGN_OR_RETURN(made.evaluator_, reward.NewEvaluator());
  return made;
}

Status Counterfactuals::GatherMemory(const Trace& trace, const TraceEpisodeRows& episode) {
  const RewardSpec& spec = reward_->spec();
  const auto& recorded = trace.spec().memory;
  const auto same = [](const MemorySpec& a, const MemorySpec& b) {
    return a.name == b.name && a.size == b.size;
  };
  if (!std::equal(recorded.begin(), recorded.end(), spec.memory.begin(), spec.memory.end(), same)) {
    return Cannot(fmt::format("the recording is of reward `{}`, whose memory is another",
                              trace.spec().reward),
                  fmt::format("record under reward `{}`", spec.name));
  }
  recorded_memory_.resize(episode.rows * spec.memory_width);
  int64_t at = 0;
  ForRows(episode, [&](const TraceBlock& block, int row, int64_t) {
    double* to = recorded_memory_.data() + at++ * spec.memory_width;
    for (size_t m = 0; m < spec.memory.size(); ++m) {
      const int column = trace.layout().memory + static_cast<int>(m);
      std::copy_n(Trace::Row<double>(block, column, row), spec.memory[m].size,
                  to + spec.memory[m].offset);
    }
  });
  return {};
}

Status Counterfactuals::Gather(const Trace& trace, const TraceEpisodeRows& episode) {
  if (episode.first_step != 0) {
    return Cannot("the beginning of the episode is not recorded", "record whole episodes");
  }
  CARROT_RETURN_IF_ERROR(GatherMemory(trace, episode));
  columns_.resize(state_->size());
  prev_.assign(state_->size(), nullptr);
  next_.assign(state_->size(), nullptr);
  const auto& fields = trace.spec().fields;
  for (int f : reward_->spec().fields_read) {
    const FieldSpec& field = (*state_)[f];
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const FieldSpec& r) { return r.name == field.name; });
    if (found == fields.end() || found->dtype != field.dtype || found->shape != field.shape) {
      return Cannot(fmt::format("the recording does not hold field `{}`", field.name),
                    fmt::format("record again with --record-fields {}", field.name));
    }
    const int column = trace.layout().state + static_cast<int>(found - fields.begin());
    columns_[f].resize(episode.rows * field.bytes());
    std::byte* to = columns_[f].data();
    ForRows(episode, [&](const TraceBlock& block, int row, int64_t) {
      std::memcpy(to, Trace::Row(block, column, row), field.bytes());
      to += field.bytes();
    });
    prev_[f] = columns_[f].data();
    next_[f] = columns_[f].data() + field.bytes();
  }
  const int actions = trace.spec().action.size();
  action_.clear();
  terminated_.clear();
  step_.clear();
  ForRows(episode, [&](const TraceBlock& block, int row, int64_t) {
    const auto* action = Trace::Row<double>(block, trace.layout().action, row);
    const uint8_t flags = *Trace::Row<uint8_t>(block, trace.layout().flags, row);
    action_.insert(action_.end(), action, action + actions);
    terminated_.push_back(flags & kRowTerminated ? 1 : 0);
    step_.push_back(static_cast<int32_t>(step_.size()));
  });
  world_seed_.assign(episode.rows, episode.world_seed);
  return {};
}

// All steps from one state of the machine. Rows of evaluator columns are steps: row t leads from
// recorded row t to row t + 1.
void Counterfactuals::RunState(int state, const RewardWeights& weights) {
  const RewardSpec& spec = reward_->spec();
  const int64_t steps = rows_.steps;
  memory_.assign(recorded_memory_.begin(), recorded_memory_.begin() + steps * spec.memory_width);
  for (int64_t t = 0; t < steps; ++t) memory_[t * spec.memory_width + entry_->offset] = state;

  TransitionBatch batch;
  batch.end = steps;
  batch.next = batch.prev = prev_;
  batch.step = step_.data();
  batch.world_seed = world_seed_.data();
  batch.memory = memory_.data();
  flags_.assign(steps, 0);
  RewardColumns out{term_.data(), spec.has_potential ? phi_before_.data() : nullptr, total_.data(),
                    out_.data(), flags_.data()};
  if (spec.has_potential) evaluator_->EvaluatePotential(batch, out);

  batch.next = next_;
  batch.action = action_.data() + action_.size() / (steps + 1);
  batch.step = step_.data() + 1;
  batch.terminated = terminated_.data() + 1;
  out.phi = spec.has_potential ? phi_.data() : nullptr;
  evaluator_->Evaluate(batch, out);
  CombineTerms(spec, weights, 0, steps, spec.has_potential ? phi_before_.data() : nullptr,
               batch.terminated, out, evaluator_.get());
  for (int64_t t = 0; t < steps; ++t) {
    const size_t at = rows_.at(t, state);
    rows_.next[at] = static_cast<int>(memory_[t * spec.memory_width + entry_->offset]);
    rows_.total[at] = total_[t];
    rows_.reward[at] = out_[t];
    rows_.flags[at] = flags_[t];
  }
}

Result<const CounterfactualRows*> Counterfactuals::Run(const Trace& trace,
                                                       const TraceEpisodeRows& episode,
                                                       const RewardWeights& weights) {
  CARROT_RETURN_IF_ERROR(Gather(trace, episode));
  rows_.steps = episode.rows - 1;
  rows_.states = static_cast<int>(entry_->states.size());
  const size_t all = static_cast<size_t>(rows_.steps) * rows_.states;
  rows_.next.assign(all, 0);
  rows_.total.assign(all, 0);
  rows_.reward.assign(all, 0);
  rows_.flags.assign(all, 0);
  if (rows_.steps == 0) return &rows_;
  term_.assign(rows_.steps * reward_->spec().terms.size(), 0);
  for (auto* column : {&phi_, &phi_before_, &total_, &out_}) column->assign(rows_.steps, 0);
  evaluator_->Reserve(rows_.steps);
  for (int state = 1; state <= rows_.states; ++state) RunState(state, weights);
  (void)evaluator_->TakeErrors();  // states that the recording never saw: the flags say which
  return &rows_;
}

}  // namespace carrot
