#include "rewards/host/expect.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/core/state_batch.h"

namespace carrot {
namespace {

void Store(const FieldSpec& field, void* column, const std::vector<double>& numbers) {
  for (size_t i = 0; i < numbers.size(); ++i) {
    switch (field.dtype) {
      case DType::kF64:
        static_cast<double*>(column)[i] = numbers[i];
        break;
      case DType::kF32:
        static_cast<float*>(column)[i] = static_cast<float>(numbers[i]);
        break;
      case DType::kI32:
        static_cast<int32_t*>(column)[i] = static_cast<int32_t>(numbers[i]);
        break;
      case DType::kU8:
      case DType::kBool:
        static_cast<uint8_t*>(column)[i] = static_cast<uint8_t>(numbers[i]);
        break;
    }
  }
}

// One environment in which examples are evaluated, one after the other.
class Example {
 public:
  Example(const RewardFunction& reward, const LuaScript& script, const Task& task,
          const ExpectDecl& decl)
      : reward_(reward), script_(script), task_(task), decl_(decl), batch_(task.spec().state, 1) {}

  Diagnostics Run() {
    auto world = task_.NewWorld(1);
    auto task_evaluator = task_.NewEvaluator();
    auto reward_evaluator = reward_.NewEvaluator();
    if (!world) return world.error();
    if (!task_evaluator) return task_evaluator.error();
    if (!reward_evaluator) return reward_evaluator.error();
    Prepare(**world, **task_evaluator);
    if (HasError(errors_)) return errors_;
    Evaluate(**reward_evaluator);
    const Diagnostics failed = (*reward_evaluator)->TakeErrors();
    errors_.insert(errors_.end(), failed.begin(), failed.end());
    Compare();
    return errors_;
  }

 private:
  void Error(const char* code, std::string message, const SourceSpan& where,
             std::vector<std::string> help = {}) {
    const bool known = std::any_of(errors_.begin(), errors_.end(), [&](const Diagnostic& d) {
      return d.code == code && d.where.line == where.line && d.where.column == where.column;
    });
    if (known) return;  // a field is written several times while an example is set up
    errors_.push_back(script_.ErrorAt(code, std::move(message), where, std::move(help)));
  }

  // The reset state, the given world fields over it, the task's derived fields from both, and the
  // given derived fields over those. The previous state is the same unless it is given.
  void Prepare(World& world, TaskEvaluator& evaluator) {
    const TaskSpec& spec = task_.spec();
    const int world_fields = spec.world.state.size();
    task_memory_.resize(std::max(1, spec.memory_width));
    metric_.resize(std::max<size_t>(1, spec.metrics.size()));
    action_.assign(std::max(1, spec.world.action.size()), 0.0);
    if (!decl_.action.empty()) SetAction(decl_.action[0]);
    world.ResetNominal(0, batch_);
    Write(decl_.prev.empty() ? decl_.state : decl_.prev, 0, world_fields);
    const TaskColumns out{&terminated_, &success_, &cause_, metric_.data(), &fault_};
    step_ = 0;
    evaluator.Begin(Rows(false, task_memory_), out);
    Write(decl_.prev.empty() ? decl_.state : decl_.prev, world_fields, spec.state.size());
    batch_.Flip();
    batch_.CopyPrevToNext(0);
    Write(decl_.state, 0, world_fields);
    step_ = 1;
    evaluator.Evaluate(Rows(true, task_memory_), out);
    Write(decl_.state, world_fields, spec.state.size());
  }

  void SetAction(const ExpectDecl::Value& value) {
    if (value.numbers.size() != action_.size()) {
      Error("R021",
            fmt::format("the action has {} numbers, not {}", action_.size(), value.numbers.size()),
            value.where);
      return;
    }
    action_ = value.numbers;
  }

  void Write(const std::vector<ExpectDecl::Value>& values, int first_field, int last_field) {
    const StateSpec& state = task_.spec().state;
    for (const auto& value : values) {
      const int f = state.Find(value.name);
      if (f < 0) {
        const std::string nearest = state.Nearest(value.name);
        Error("R012",
              fmt::format("`{}` is not a field of task `{}`", value.name, task_.spec().name),
              value.where,
              {nearest.empty() ? fmt::format("fields: {}", fmt::join(state.Names(), ", "))
                               : fmt::format("did you mean `{}`?", nearest)});
        return;
      }
      if (static_cast<int>(value.numbers.size()) != state[f].size()) {
        Error("R021",
              fmt::format("`{}` has {} numbers, not {}", value.name, state[f].size(),
                          value.numbers.size()),
              value.where);
        return;
      }
      if (f >= first_field && f < last_field) Store(state[f], batch_.next()[f], value.numbers);
    }
  }

  TransitionBatch Rows(bool step, std::vector<double>& memory) {
    TransitionBatch rows;
    rows.end = 1;
    rows.next = batch_.next();
    rows.prev = step ? batch_.prev() : batch_.next();
    rows.action = step ? action_.data() : nullptr;
    rows.step = &step_;
    rows.terminated = &terminated_;
    rows.world_seed = &seed_;
    rows.memory = memory.data();
    return rows;
  }

  void Evaluate(RewardEvaluator& evaluator) {
    const RewardSpec& spec = reward_.spec();
    term_.resize(spec.terms.size());
    memory_.resize(std::max(1, spec.memory_width));
    const RewardColumns out{term_.data(), &phi_, &total_, &value_, &flags_};
    batch_.Flip();  // row 0 is the previous state
    step_ = 0;
    TransitionBatch first = Rows(false, memory_);
    const uint8_t terminated = terminated_;
    terminated_ = 0;
    evaluator.Begin(first, out);
    batch_.Flip();
    terminated_ = terminated;
    step_ = 1;
    for (const auto& value : decl_.memory) {
      auto entry = std::find_if(spec.memory.begin(), spec.memory.end(),
                                [&](const MemorySpec& m) { return m.name == value.name; });
      if (entry == spec.memory.end() || static_cast<int>(value.numbers.size()) != entry->size) {
        Error("R021", fmt::format("there is no memory `{}` of that size", value.name), value.where);
        continue;
      }
      std::copy(value.numbers.begin(), value.numbers.end(), memory_.begin() + entry->offset);
    }
    evaluator.Evaluate(Rows(true, memory_), out);
  }

  void Compare() {
    const auto& terms = reward_.spec().terms;
    for (const auto& value : decl_.terms) {
      auto term = std::find_if(terms.begin(), terms.end(),
                               [&](const RewardTermSpec& t) { return t.name == value.name; });
      if (term == terms.end()) {
        Error("R012", fmt::format("there is no term `{}`", value.name), value.where);
        continue;
      }
      const double found = term_[term - terms.begin()];
      const double expected = value.numbers.empty() ? 0 : value.numbers[0];
      if (std::abs(found - expected) <= decl_.within) continue;
      Error("R060",
            fmt::format("example: term `{}` is {:.10g}, expected {:.10g}", value.name, found,
                        expected),
            value.where,
            {fmt::format("correct the term or the example; it may differ by within = {}",
                         decl_.within)});
    }
  }

  const RewardFunction& reward_;
  const LuaScript& script_;
  const Task& task_;
  const ExpectDecl& decl_;
  StateBatch batch_;
  Diagnostics errors_;
  std::vector<double> task_memory_, memory_, metric_, action_, term_;
  double phi_ = 0, total_ = 0, value_ = 0;
  uint8_t terminated_ = 0, success_ = 0, fault_ = 0, flags_ = 0;
  int16_t cause_ = -1;
  int32_t step_ = 0;
  uint64_t seed_ = 0;
};

}  // namespace

Diagnostics RunExpects(const RewardFunction& reward, const std::vector<ExpectDecl>& expects,
                       const LuaScript& script, const Task& task) {
  Diagnostics errors;
  for (const auto& expect : expects) {
    const Diagnostics found = Example(reward, script, task, expect).Run();
    errors.insert(errors.end(), found.begin(), found.end());
  }
  return errors;
}

}  // namespace carrot
