#include "envs/task/lua_task.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/core/slice.h"
#include "engine/script/term_program.h"

namespace carrot {
namespace {

// Terms of one phase run together; the phases follow the evaluation order of the step contract.
enum Phase { kFields, kTermination, kOutcome, kMemoryInit, kNumPhases };

struct Layout {
  std::vector<int> derived;  // state index of each derived field, in evaluation order
  int causes = 0, metrics = 0;
  std::vector<std::pair<int, int>> init;  // memory offset and size of each initialiser function
  std::vector<double> constants;          // [memory_width], initial values
  bool any_fields = false, any_init = false;
};

class LuaTaskEvaluator : public TaskEvaluator {
 public:
  LuaTaskEvaluator(const TaskSpec& spec, const Layout& layout, std::unique_ptr<TermRunner> runner)
      : spec_(spec), layout_(layout), runner_(std::move(runner)) {
    columns_[kFields].resize(layout.derived.size());
    columns_[kTermination].resize(layout.causes);
    columns_[kOutcome].resize(1 + layout.metrics);
    columns_[kMemoryInit].resize(layout.init.size());
  }

  // Scratch is indexed by row.
  void Reserve(int64_t rows) override {
    if (static_cast<int64_t>(flags_.size()) >= rows) return;
    flags_.resize(rows);
    fired_.resize(rows * std::max(1, layout_.causes));
  }

  void Begin(const TransitionBatch& rows, const TaskColumns& out) override {
    Reserve(rows.end);
    RunFields(rows, out);
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      std::copy(layout_.constants.begin(), layout_.constants.end(),
                rows.memory + r * spec_.memory_width);
    }
    for (size_t i = 0; i < layout_.init.size(); ++i) {
      columns_[kMemoryInit][i] = {rows.memory + layout_.init[i].first, DType::kF64,
                                  spec_.memory_width};
    }
    Run(kMemoryInit, rows, out);
  }

  void Evaluate(const TransitionBatch& rows, const TaskColumns& out) override {
    Reserve(rows.end);
    TransitionBatch before = rows;
    before.terminated = nullptr;
    RunFields(before, out);
    for (int k = 0; k < layout_.causes; ++k) {
      columns_[kTermination][k] = {fired_.data() + k, DType::kU8, layout_.causes};
    }
    Run(kTermination, before, out);
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      const uint8_t* fired = fired_.data() + r * layout_.causes;
      const uint8_t* first = std::find(fired, fired + layout_.causes, uint8_t{1});
      out.cause[r] = first == fired + layout_.causes ? -1 : static_cast<int16_t>(first - fired);
      out.terminated[r] = out.cause[r] >= 0;
    }
    columns_[kOutcome][0] = {out.success, DType::kBool, 1};
    for (int m = 0; m < layout_.metrics; ++m) {
      columns_[kOutcome][1 + m] = {out.metric + m, DType::kF64, layout_.metrics};
    }
    Run(kOutcome, rows, out);
  }

  Diagnostics TakeErrors() override {
    return runner_->has_errors() ? runner_->TakeErrors() : Diagnostics{};
  }

 private:
  void RunFields(const TransitionBatch& rows, const TaskColumns& out) {
    for (size_t i = 0; i < layout_.derived.size(); ++i) {
      const FieldSpec& field = spec_.state[layout_.derived[i]];
      columns_[kFields][i] = {rows.next[layout_.derived[i]], field.dtype, field.size()};
    }
    Run(kFields, rows, out);
  }

  // A task function that fails makes the row an environment fault: never blamed on the reward.
  void Run(Phase phase, const TransitionBatch& rows, const TaskColumns& out) {
    if (columns_[phase].empty()) return;
    std::fill(flags_.begin() + rows.begin, flags_.begin() + rows.end, 0);
    runner_->Run(phase, rows, columns_[phase], flags_.data());
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      if (flags_[r] & kRowTermError) out.fault[r] = 1;
    }
  }

  const TaskSpec& spec_;
  const Layout& layout_;
  std::unique_ptr<TermRunner> runner_;
  std::vector<TermColumn> columns_[kNumPhases];
  std::vector<uint8_t> flags_, fired_;
};

class LuaTask : public Task {
 public:
  LuaTask(std::string name, TaskDecl decl, std::shared_ptr<const LuaScript> script,
          std::shared_ptr<const WorldModel> world)
      : decl_(std::move(decl)), script_(std::move(script)), world_(std::move(world)) {
    spec_.name = std::move(name);
  }

  Status Bind() {
    FillSpec();
    for (const auto& derived : decl_.derived) {
      if (auto status = spec_.state.Add(derived.spec); !status) {
        for (Diagnostic& d : status.error()) Error(d.code, d.message, derived.where, d.help);
      }
    }
    if (!HasError(errors_)) BindObservation();
    if (HasError(errors_)) return Fail(std::move(errors_));
    std::vector<size_t> order(decl_.derived.size());
    for (size_t i = 0; i < order.size(); ++i) order[i] = i;
    CARROT_RETURN_IF_ERROR(Compile(order));
    CARROT_ASSIGN_OR_RETURN(const std::vector<size_t> sorted, SortDerived());
    if (sorted != order) CARROT_RETURN_IF_ERROR(Compile(sorted));
    return {};
  }

  Result<std::unique_ptr<World>> NewWorld(int num_envs) const override {
    return world_->NewWorld(num_envs);
  }
  Result<std::unique_ptr<TaskEvaluator>> NewEvaluator() const override {
    CARROT_ASSIGN_OR_RETURN(auto runner, program_->NewRunner());
    return std::make_unique<LuaTaskEvaluator>(spec_, layout_, std::move(runner));
  }
  const WorldModel* world_model() const override { return world_.get(); }

 private:
  void Error(std::string code, std::string message, const SourceSpan& where,
             std::vector<std::string> help = {}) {
    errors_.push_back(script_->ErrorAt(code, std::move(message), where, std::move(help)));
  }

  void FillSpec() {
    spec_.doc = decl_.doc;
    spec_.path = script_->path();
    spec_.source = script_->source();
    spec_.aliases = decl_.aliases;
    spec_.default_reward = decl_.default_reward;
    spec_.world = world_->spec();
    spec_.state = world_->spec().state;
    spec_.horizon = decl_.horizon;
    spec_.params = decl_.params;
    for (const auto& [cause, value] : decl_.termination) spec_.causes.push_back(cause);
    spec_.metrics = decl_.metrics;
    spec_.success_doc = decl_.success_doc;
    spec_.success_when = decl_.success_when;
    spec_.memory = decl_.memory.specs;
    spec_.memory_width = decl_.memory.width;
    std::string identity = script_->hash() + world_->spec().model_hash + spec_.name;
    for (const auto& param : spec_.params)
      identity += fmt::format("/{}={}", param.name, param.value);
    spec_.hash = HashHex(identity);
  }

  int FindField(const std::string& name, const SourceSpan& where) {
    const int index = spec_.state.Find(name);
    if (index >= 0) return index;
    const std::string nearest = spec_.state.Nearest(name);
    Error("R012", fmt::format("`{}` is not a field of task `{}`", name, spec_.name), where,
          {nearest.empty() ? fmt::format("fields: {}", fmt::join(spec_.state.Names(), ", "))
                           : fmt::format("did you mean `{}`?", nearest)});
    return -1;
  }

  void BindObservation() {
    for (const auto& decl : decl_.observation) {
      auto slice = ParseSlicedName(decl.field);
      if (!slice) {
        for (Diagnostic& d : slice.error()) Error(d.code, d.message, decl.where, d.help);
        continue;
      }
      ObservationItem item;
      item.field = FindField(slice->name, decl.where);
      if (item.field < 0) continue;
      auto range = ResolveSlice(*slice, spec_.state[item.field].size());
      if (!range) {
        for (Diagnostic& d : range.error()) Error(d.code, d.message, decl.where, d.help);
        continue;
      }
      item.begin = range->begin;
      item.end = range->end;
      item.clip = decl.clip;
      item.scale = decl.scale;
      item.one_hot = decl.one_hot;
      spec_.observation_size += item.width();
      spec_.observation.push_back(std::move(item));
    }
  }

  TermDecl Term(const std::string& name, const char* what, Phase phase,
                const FunctionOrField& value) {
    TermDecl term;
    term.name = name;
    term.what = what;
    term.phase = phase;
    term.function = value.function;
    if (value.function < 0) term.field = FindField(value.field, value.where);
    term.where = value.where;
    return term;
  }

  // Terms in phase order; derived fields in the given order of evaluation.
  Status Compile(const std::vector<size_t>& order) {
    std::vector<TermDecl> terms;
    layout_ = Layout{};
    for (size_t i : order) {
      const DerivedField& derived = decl_.derived[i];
      TermDecl term = Term(derived.spec.name, "field", kFields,
                           {.function = derived.function, .where = derived.where});
      term.width = derived.spec.size();
      term.output_field = spec_.state.Find(derived.spec.name);
      layout_.derived.push_back(term.output_field);
      terms.push_back(std::move(term));
    }
    for (const auto& [cause, value] : decl_.termination) {
      terms.push_back(Term(cause, "termination", kTermination, value));
    }
    terms.push_back(Term("success", "success", kOutcome, decl_.success));
    for (size_t m = 0; m < decl_.metrics.size(); ++m) {
      terms.push_back(Term(decl_.metrics[m].name, "metric", kOutcome, decl_.metric_values[m]));
    }
    layout_.causes = static_cast<int>(decl_.termination.size());
    layout_.metrics = static_cast<int>(decl_.metrics.size());
    AddMemory(&terms);
    if (HasError(errors_)) return Fail(std::move(errors_));
    TermContext context;
    context.state = spec_.state;
    context.action = spec_.world.action;
    context.params = spec_.params;
    context.memory = spec_.memory;
    context.memory_width = spec_.memory_width;
    context.dt = spec_.world.dt;
    context.horizon = spec_.horizon;
    context.task_name = spec_.name;
    CARROT_ASSIGN_OR_RETURN(program_, TermProgram::Compile(script_, context, std::move(terms)));
    return {};
  }

  void AddMemory(std::vector<TermDecl>* terms) {
    layout_.constants.assign(spec_.memory_width, 0.0);
    for (size_t i = 0; i < decl_.memory.specs.size(); ++i) {
      const MemorySpec& memory = decl_.memory.specs[i];
      const MemoryInit& init = decl_.memory.inits[i];
      if (init.function < 0) {
        std::copy(init.constant.begin(), init.constant.end(),
                  layout_.constants.begin() + memory.offset);
        continue;
      }
      TermDecl term = Term(memory.name, "memory", kMemoryInit,
                           {.function = init.function, .where = init.where});
      term.width = memory.size;
      layout_.init.emplace_back(memory.offset, memory.size);
      terms->push_back(std::move(term));
    }
  }

  // A derived field that reads another one must come after it. Keeps the written order otherwise.
  Result<std::vector<size_t>> SortDerived() {
    const size_t n = decl_.derived.size();
    std::vector<std::vector<size_t>> needs(n);
    for (size_t i = 0; i < n; ++i) {
      for (int field : program_->fields_read(static_cast<int>(i))) {
        for (size_t j = 0; j < n; ++j) {
          if (j != i && layout_.derived[j] == field) needs[i].push_back(j);
        }
      }
    }
    std::vector<size_t> order;
    std::vector<uint8_t> placed(n);
    while (order.size() < n) {
      const size_t before = order.size();
      for (size_t i = 0; i < n; ++i) {
        const bool ready =
            std::all_of(needs[i].begin(), needs[i].end(), [&](size_t j) { return placed[j] != 0; });
        if (placed[i] || !ready) continue;
        placed[i] = 1;
        order.push_back(i);
        break;
      }
      if (order.size() > before) continue;
      const size_t first = std::find(placed.begin(), placed.end(), 0) - placed.begin();
      Error("T012",
            fmt::format("derived field `{}` needs itself through other derived fields",
                        decl_.derived[first].spec.name),
            decl_.derived[first].where,
            {"break the circle: compute one of them from world fields"});
      return Fail(std::move(errors_));
    }
    return order;
  }

  TaskDecl decl_;
  std::shared_ptr<const LuaScript> script_;
  std::shared_ptr<const WorldModel> world_;
  std::shared_ptr<const TermProgram> program_;
  Layout layout_;
  Diagnostics errors_;
};

}  // namespace

Result<std::shared_ptr<const Task>> MakeLuaTask(std::string name, TaskDecl decl,
                                                std::shared_ptr<const LuaScript> script,
                                                std::shared_ptr<const WorldModel> world) {
  auto task = std::make_shared<LuaTask>(std::move(name), std::move(decl), std::move(script),
                                        std::move(world));
  CARROT_RETURN_IF_ERROR(task->Bind());
  return task;
}

}  // namespace carrot
