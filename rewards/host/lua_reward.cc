#include "rewards/host/lua_reward.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/check.h"
#include "engine/script/term_program.h"
#include "rewards/host/expect.h"
#include "rewards/host/reward_reader.h"

namespace carrot {
namespace {

enum Phase { kDerive, kMemoryInit, kTerms, kPotential, kNumPhases };

// Derived values are state fields of the reward's own, appended to the task's. Their previous
// values live in memory entries of the same names behind the declared ones, because the next step
// of an env may run on another worker.
//
//   memory row:  [declared entries ...][derived values ...]
struct Layout {
  int num_terms = 0;
  int task_fields = 0;  // state fields of the task; derived ones follow
  int num_derived = 0;
  int derived_offset = 0;  // in a memory row
  bool derive_chained =
      false;  // a derived value reads another one's past: rows must run one by one
  bool terms_use_memory = false;
  std::vector<std::pair<int, int>> init;  // memory offset and size of each initialiser function
  std::vector<double> constants;          // [memory_width]
  std::vector<int> combined;              // terms that a combine function sees
};

class LuaRewardEvaluator : public RewardEvaluator {
 public:
  // `combine` is null unless a function of the script combines the terms.
  LuaRewardEvaluator(const RewardSpec& spec, const Layout& layout,
                     std::unique_ptr<TermRunner> runner, std::unique_ptr<TermRunner> combine)
      : spec_(spec), layout_(layout), runner_(std::move(runner)), combine_(std::move(combine)) {
    next_.resize(layout.task_fields + layout.num_derived);
    prev_.resize(next_.size());
    derived_.resize(layout.num_derived);
    derived_prev_.resize(layout.num_derived);
    columns_[kDerive].resize(layout.num_derived);
    columns_[kMemoryInit].resize(layout.init.size());
    columns_[kTerms].resize(layout.num_terms);
    columns_[kPotential].resize(1);
    if (combine_ != nullptr) weighted_.resize(layout.combined.size());
    weighted_pointers_.resize(weighted_.size());
  }

  // Scratch is indexed by row.
  void Reserve(int64_t rows) override {
    for (auto* columns : {&derived_, &derived_prev_, &weighted_}) {
      for (auto& column : *columns) {
        if (static_cast<int64_t>(column.size()) < rows) column.resize(rows);
      }
    }
  }

  void Begin(const TransitionBatch& rows, const RewardColumns& out) override {
    TransitionBatch own = Extend(rows);
    own.carry_memory = false;
    for (int d = 0; d < layout_.num_derived; ++d)
      prev_[layout_.task_fields + d] = next_[layout_.task_fields + d];
    Run(kDerive, own, out.flags);
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      std::copy(layout_.constants.begin(), layout_.constants.end(), MemoryRow(rows, r));
      out.total[r] = out.reward[r] = 0;
      std::fill_n(out.term + r * layout_.num_terms, layout_.num_terms, 0.0);
    }
    for (size_t i = 0; i < layout_.init.size(); ++i) {
      columns_[kMemoryInit][i] = {rows.memory + layout_.init[i].first, DType::kF64,
                                  spec_.memory_width};
    }
    if (!layout_.init.empty()) Run(kMemoryInit, own, out.flags);
    KeepDerived(rows);
    Potential(own, out);
  }

  void Evaluate(const TransitionBatch& rows, const RewardColumns& out) override {
    if (!rows.carry_memory || !layout_.derive_chained) {
      EvaluateRange(rows, out);
      return;
    }
    TransitionBatch row = rows;
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      row.begin = r;
      row.end = r + 1;
      EvaluateRange(row, out);
    }
  }

  // Derived values of the row are those that its memory holds.
  void EvaluatePotential(const TransitionBatch& rows, const RewardColumns& out) override {
    TransitionBatch own = Extend(rows);
    own.carry_memory = false;
    for (int d = 0; d < layout_.num_derived; ++d) {
      for (int64_t r = rows.begin; r < rows.end; ++r) {
        derived_[d][r] = derived_prev_[d][r] = MemoryRow(rows, r)[layout_.derived_offset + d];
      }
    }
    Potential(own, out);
  }

  void Combine(const RewardWeights& weights, int64_t begin, int64_t end,
               const RewardColumns& out) override {
    Reserve(end);
    for (size_t i = 0; i < weighted_.size(); ++i) {
      const int k = layout_.combined[i];
      const double weight = weights.weights[k];
      const bool counts = Counts(spec_.terms[k], weight);
      for (int64_t r = begin; r < end; ++r) {
        weighted_[i][r] = counts ? weight * out.term[r * layout_.num_terms + k] : 0.0;
      }
      weighted_pointers_[i] = weighted_[i].data();
    }
    TransitionBatch rows;
    rows.begin = begin;
    rows.end = end;
    rows.next = rows.prev = weighted_pointers_;
    const TermColumn total{out.total, DType::kF64, 1};
    combine_->Run(0, rows, {&total, 1}, out.flags);
  }

  Diagnostics TakeErrors() override {
    Diagnostics errors;
    for (TermRunner* runner : {runner_.get(), combine_.get()}) {
      if (runner == nullptr || !runner->has_errors()) continue;
      for (Diagnostic& error : runner->TakeErrors()) errors.push_back(std::move(error));
    }
    return errors;
  }
  void SetParams(std::span<const double> values) override {
    runner_->SetParams(values);
    if (combine_ != nullptr) combine_->SetParams(values);
  }

 private:
  double* MemoryRow(const TransitionBatch& rows, int64_t row) const {
    return rows.memory + row * spec_.memory_width;
  }

  void EvaluateRange(const TransitionBatch& rows, const RewardColumns& out) {
    const TransitionBatch own = Extend(rows);
    if (layout_.num_derived > 0) {
      LoadPreviousDerived(rows);
      Run(kDerive, own, out.flags);
      if (rows.carry_memory) ShiftDerived(rows);
    }
    if (rows.carry_memory && !layout_.terms_use_memory) {
      for (int64_t r = rows.begin; r < rows.end; ++r) {
        std::copy_n(MemoryRow(rows, r - 1), spec_.memory_width, MemoryRow(rows, r));
      }
    }
    for (int k = 0; k < layout_.num_terms; ++k) {
      columns_[kTerms][k] = {out.term + k, DType::kF64, layout_.num_terms};
    }
    Run(kTerms, own, out.flags);
    KeepDerived(rows);
    Potential(own, out);
  }

  void Potential(TransitionBatch rows, const RewardColumns& out) {
    if (!spec_.has_potential) return;
    rows.carry_memory = false;  // it reads the row's memory as the terms left it
    columns_[kPotential][0] = {out.phi, DType::kF64, 1};
    Run(kPotential, rows, out.flags);
  }

  void Run(Phase phase, const TransitionBatch& rows, uint8_t* flags) {
    if (columns_[phase].empty()) return;
    runner_->Run(phase, rows, columns_[phase], flags);
  }

  // The same rows with the derived columns behind the task's.
  TransitionBatch Extend(const TransitionBatch& rows) {
    if (layout_.num_derived == 0) return rows;
    Reserve(rows.end);
    std::copy_n(rows.next.begin(), layout_.task_fields, next_.begin());
    std::copy_n(rows.prev.begin(), layout_.task_fields, prev_.begin());
    for (int d = 0; d < layout_.num_derived; ++d) {
      next_[layout_.task_fields + d] = derived_[d].data();
      prev_[layout_.task_fields + d] = derived_prev_[d].data();
      columns_[kDerive][d] = {derived_[d].data(), DType::kF64, 1};
    }
    TransitionBatch own = rows;
    own.next = next_;
    own.prev = prev_;
    return own;
  }

  void LoadPreviousDerived(const TransitionBatch& rows) {
    for (int d = 0; d < layout_.num_derived; ++d) {
      const int at = layout_.derived_offset + d;
      const int64_t end = rows.carry_memory ? rows.begin + 1 : rows.end;
      for (int64_t r = rows.begin; r < end; ++r) {
        derived_prev_[d][r] = MemoryRow(rows, rows.carry_memory ? r - 1 : r)[at];
      }
    }
  }

  // Replay: the previous value of a row is the value of the row before.
  void ShiftDerived(const TransitionBatch& rows) {
    for (int d = 0; d < layout_.num_derived; ++d) {
      for (int64_t r = rows.begin + 1; r < rows.end; ++r) derived_prev_[d][r] = derived_[d][r - 1];
    }
  }

  void KeepDerived(const TransitionBatch& rows) {
    for (int d = 0; d < layout_.num_derived; ++d) {
      for (int64_t r = rows.begin; r < rows.end; ++r) {
        MemoryRow(rows, r)[layout_.derived_offset + d] = derived_[d][r];
      }
    }
  }

  const RewardSpec& spec_;
  const Layout& layout_;
  std::unique_ptr<TermRunner> runner_;
  std::vector<void*> next_, prev_;
  std::unique_ptr<TermRunner> combine_;
  std::vector<std::vector<double>> derived_, derived_prev_, weighted_;
  std::vector<void*> weighted_pointers_;
  std::vector<TermColumn> columns_[kNumPhases];
};

class LuaReward : public RewardFunction {
 public:
  LuaReward(RewardDecl decl, std::shared_ptr<const LuaScript> script)
      : decl_(std::move(decl)), script_(std::move(script)) {}

  Status Bind(const TaskSpec& task) {
    FillSpec();
    TermContext context;
    context.state = task.state;
    context.action = task.world.action;
    context.params = decl_.params;
    context.memory = decl_.memory.specs;
    context.memory_width = spec_.memory_width;
    context.dt = task.world.dt;
    context.horizon = task.horizon;
    context.task_name = task.name;
    layout_.task_fields = task.state.size();
    CARROT_RETURN_IF_ERROR(AddDerived(&context));
    CARROT_ASSIGN_OR_RETURN(std::vector<TermDecl> terms, Terms(task));
    CARROT_ASSIGN_OR_RETURN(program_, TermProgram::Compile(script_, context, terms));
    Inspect(terms);
    return decl_.combine == Combine::kFunction ? CompileCombine() : Status{};
  }

  Result<std::unique_ptr<RewardEvaluator>> NewEvaluator() const override {
    CARROT_ASSIGN_OR_RETURN(auto runner, program_->NewRunner());
    std::unique_ptr<TermRunner> combine;
    if (combine_program_ != nullptr) {
      CARROT_ASSIGN_OR_RETURN(combine, combine_program_->NewRunner());
    }
    return std::make_unique<LuaRewardEvaluator>(spec_, layout_, std::move(runner),
                                                std::move(combine));
  }

  Result<std::vector<TermTrace>> Trace(std::span<const double> params, const TransitionBatch& row,
                                       const RewardColumns& out, Diagnostics* errors) const {
    CARROT_CHECK(row.end == row.begin + 1 && row.carry_memory);
    CARROT_ASSIGN_OR_RETURN(auto owned, program_->NewTracingRunner());
    TermRunner& runner = *owned;
    LuaRewardEvaluator evaluator(spec_, layout_, std::move(owned), nullptr);
    if (!params.empty()) evaluator.SetParams(params);
    evaluator.Evaluate(row, out);
    if (errors != nullptr) *errors = evaluator.TakeErrors();
    return runner.TakeTraces();
  }

  const RewardDecl& decl() const { return decl_; }
  const LuaScript& script() const { return *script_; }

 private:
  void FillSpec() {
    spec_.name = std::filesystem::path(script_->path()).stem().string();
    spec_.doc = decl_.doc;
    spec_.task = decl_.task;
    spec_.path = script_->path();
    spec_.source = script_->source();
    spec_.hash = script_->hash();
    spec_.terms = decl_.terms;
    spec_.params = decl_.params;
    spec_.memory = decl_.memory.specs;
    spec_.observe = decl_.observe;
    spec_.has_potential = decl_.potential.function >= 0;
    spec_.potential_weight = decl_.potential_weight;
    spec_.combine = decl_.combine;
    spec_.stages = decl_.stages;
    spec_.learn = decl_.learn;
    spec_.schedule = decl_.schedule;
    spec_.mutes = decl_.mutes;
    for (const auto& module : script_->modules()) {
      spec_.modules.emplace_back(module.name, module.source);
    }
    layout_.num_terms = static_cast<int>(decl_.terms.size());
    layout_.num_derived = static_cast<int>(decl_.derive.size());
    layout_.derived_offset = decl_.memory.width;
    spec_.memory_width = decl_.memory.width + layout_.num_derived;
    spec_.num_derived = layout_.num_derived;
    for (int d = 0; d < layout_.num_derived; ++d) {
      MemorySpec memory;
      memory.name = decl_.derive[d].name;
      memory.offset = layout_.derived_offset + d;
      spec_.memory.push_back(memory);
    }
    layout_.constants.assign(spec_.memory_width, 0.0);
    for (size_t i = 0; i < decl_.memory.specs.size(); ++i) {
      const auto& init = decl_.memory.inits[i];
      std::copy(init.constant.begin(), init.constant.end(),
                layout_.constants.begin() + decl_.memory.specs[i].offset);
    }
  }

  Status AddDerived(TermContext* context) {
    for (const auto& derive : decl_.derive) {
      FieldSpec field;
      field.name = derive.name;
      field.role = FieldRole::kDerived;
      const bool is_memory =
          std::any_of(decl_.memory.specs.begin(), decl_.memory.specs.end(),
                      [&](const MemorySpec& m) { return m.name == derive.name; });
      if (is_memory || !context->state.Add(field)) {
        return Fail(script_->ErrorAt(
            "R023",
            fmt::format("derive `{}` has the name of a field or a memory entry", derive.name),
            derive.where, {"choose another name"}));
      }
    }
    return {};
  }

  // All functions of the script, in the order of their phases.
  Result<std::vector<TermDecl>> Terms(const TaskSpec& task) {
    std::vector<TermDecl> terms;
    auto add = [&](std::string name, const char* what, Phase phase, const FunctionDecl& function,
                   SourceSpan where) {
      TermDecl term;
      term.name = std::move(name);
      term.what = what;
      term.phase = phase;
      term.function = function.function;
      term.uses = function.uses;
      term.where = std::move(where);
      terms.push_back(term);
      return &terms.back();
    };
    for (size_t d = 0; d < decl_.derive.size(); ++d) {
      const auto& derive = decl_.derive[d];
      TermDecl* term = add(derive.name, "derive", kDerive, {derive.function, {}}, derive.where);
      term->output_field = layout_.task_fields + static_cast<int>(d);
      term->memory_hidden = true;  // it is computed before the step's memory is
    }
    for (size_t i = 0; i < decl_.memory.specs.size(); ++i) {
      const auto& init = decl_.memory.inits[i];
      if (init.function < 0) continue;
      const MemorySpec& memory = decl_.memory.specs[i];
      layout_.init.emplace_back(memory.offset, memory.size);
      TermDecl* term = add(memory.name, "memory", kMemoryInit, {init.function, {}}, init.where);
      term->width = memory.size;
      term->memory_hidden = true;
    }
    for (size_t k = 0; k < decl_.terms.size(); ++k) {
      TermDecl* term =
          add(decl_.terms[k].name, "term", kTerms, decl_.functions[k], decl_.terms[k].where);
      if (decl_.functions[k].function >= 0) continue;
      term->field = task.state.Find(decl_.sources[k]);
      if (term->field < 0) return Fail(UnknownField(decl_.sources[k], *term, task));
    }
    if (decl_.potential.function >= 0) {
      add("potential", "potential", kPotential, decl_.potential, decl_.potential_where)
          ->memory_read_only = true;
    }
    return terms;
  }

  Diagnostic UnknownField(const std::string& name, const TermDecl& term, const TaskSpec& task) {
    const std::string nearest = task.state.Nearest(name);
    return script_->ErrorAt(
        "R012", fmt::format("`{}` is not a field of task `{}`", name, task.name), term.where,
        {nearest.empty() ? fmt::format("fields: {}", fmt::join(task.state.Names(), ", "))
                         : fmt::format("did you mean `{}`?", nearest)});
  }

  // combine = function(t, p): a program of its own, whose state is the weighted terms.
  Status CompileCombine() {
    TermContext context;
    context.view = TermContext::View::kTerms;
    context.params = decl_.params;
    for (int k = 0; k < layout_.num_terms; ++k) {
      if (decl_.terms[k].kind == TermKind::kMonitor) continue;
      FieldSpec field;
      field.name = decl_.terms[k].name;
      field.role = FieldRole::kDerived;
      std::replace(field.name.begin(), field.name.end(), '/', '_');
      if (!context.state.Add(field)) {
        return Fail(script_->ErrorAt(
            "R025", fmt::format("`combine` cannot name the term `{}`", decl_.terms[k].name),
            decl_.terms[k].where,
            {"use letters, digits and underscores, and no other term's name (/ is read as _)"}));
      }
      layout_.combined.push_back(k);
    }
    TermDecl combine;
    combine.name = "combine";
    combine.what = "function";
    combine.function = decl_.combine_function.function;
    combine.uses = decl_.combine_function.uses;
    combine.where = decl_.combine_where;
    CARROT_ASSIGN_OR_RETURN(combine_program_, TermProgram::Compile(script_, context, {combine}));
    return {};
  }

  void Inspect(const std::vector<TermDecl>& terms) {
    for (size_t i = 0; i < terms.size(); ++i) {
      const int index = static_cast<int>(i);
      if (terms[i].phase == kTerms && program_->uses_memory(index)) layout_.terms_use_memory = true;
      if (terms[i].phase != kDerive) continue;
      for (int field : program_->fields_read(index)) {
        if (field >= layout_.task_fields) layout_.derive_chained = true;
      }
    }
    for (int field : program_->fields_read()) {
      if (field < layout_.task_fields) spec_.fields_read.push_back(field);
    }
  }

  RewardDecl decl_;
  std::shared_ptr<const LuaScript> script_;
  std::shared_ptr<const TermProgram> program_, combine_program_;
  Layout layout_;
};

ScriptOptions ToScriptOptions(const RewardLoadOptions& options) {
  ScriptOptions script;
  script.makers = RewardMakers();
  script.memory_limit = options.memory_limit;
  script.step_ticks = options.step_ticks;
  script.jit = options.jit;
  script.instrument = options.instrument;
  return script;
}

Result<std::shared_ptr<const RewardFunction>> Bind(std::shared_ptr<const LuaScript> script,
                                                   const TaskSpec& task) {
  CARROT_ASSIGN_OR_RETURN(RewardDecl decl, ReadReward(*script));
  auto reward = std::make_shared<LuaReward>(std::move(decl), std::move(script));
  CARROT_RETURN_IF_ERROR(reward->Bind(task));
  return reward;
}

}  // namespace

Result<std::shared_ptr<const RewardFunction>> LoadReward(const std::string& path,
                                                         const TaskSpec& task,
                                                         const RewardLoadOptions& options) {
  CARROT_ASSIGN_OR_RETURN(auto script, LuaScript::Load(path, ToScriptOptions(options)));
  return Bind(std::move(script), task);
}

Result<std::shared_ptr<const RewardFunction>> LoadRewardSource(const std::string& source,
                                                               const std::string& path,
                                                               const TaskSpec& task,
                                                               const RewardLoadOptions& options) {
  CARROT_ASSIGN_OR_RETURN(auto script,
                          LuaScript::FromSource(source, path, ToScriptOptions(options)));
  return Bind(std::move(script), task);
}

Diagnostics RunExpects(const RewardFunction& reward, const Task& task) {
  const auto* lua = dynamic_cast<const LuaReward*>(&reward);
  CARROT_CHECK(lua != nullptr);
  return RunExpects(*lua, lua->decl().expects, lua->script(), task);
}

Result<std::vector<TermTrace>> TraceReward(const RewardFunction& reward,
                                           std::span<const double> params,
                                           const TransitionBatch& row, const RewardColumns& out,
                                           Diagnostics* errors) {
  const auto* lua = dynamic_cast<const LuaReward*>(&reward);
  CARROT_CHECK(lua != nullptr);
  return lua->Trace(params, row, out, errors);
}

}  // namespace carrot
