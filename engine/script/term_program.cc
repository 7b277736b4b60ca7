#include "engine/script/term_program.h"

#include <fmt/format.h>

#include <algorithm>
#include <lua.hpp>

#include "engine/base/check.h"
#include "engine/base/rng.h"
#include "engine/script/term_codegen.h"
#include "engine/script/term_runner.h"

namespace carrot {
namespace {

Status CheckField(const LuaScript& script, const TermContext& context, const TermDecl& decl) {
  if (decl.field < 0 || decl.field >= context.state.size()) {
    return Fail(script.ErrorAt(
        "R021", fmt::format("{} `{}` has neither a function nor a field", decl.what, decl.name),
        decl.where));
  }
  const FieldSpec& field = context.state[decl.field];
  if (field.size() == 1 && decl.width == 1) return {};
  return Fail(script.ErrorAt(
      "R021",
      fmt::format("{} `{}` names the field `{}`, which has {} elements", decl.what, decl.name,
                  field.name, field.size()),
      decl.where, {fmt::format("write a function: function(s) return s.{}[1] end", field.name)}));
}

// Splits a phase's function terms into loops of at most four. Terms that touch memory stay
// together, so that a row's memory passes through them in order; a term that reads a field which an
// earlier one computes starts a new loop.
class Grouper {
 public:
  explicit Grouper(ProgramPlan* plan) : plan_(*plan) {}

  void Run() {
    int phases = 0;
    for (const auto& decl : plan_.terms) phases = std::max(phases, decl.phase + 1);
    plan_.phases.resize(phases);
    for (int t = 0; t < static_cast<int>(plan_.terms.size()); ++t) Add(t);
  }

 private:
  bool Reads(int term, int field) const {
    const auto& reads = plan_.reads[term];
    return std::binary_search(reads.begin(), reads.end(), field);
  }
  void Add(int t) {
    const TermDecl& decl = plan_.terms[t];
    PhasePlan& phase = plan_.phases[decl.phase];
    const int column = phase.columns++;
    if (decl.function < 0) {
      // A field by name may be one that this phase computes: it is copied after the loops.
      phase.copies.push_back({t, column});
      return;
    }
    const bool memory = plan_.needs[t].uses_memory;
    phase.writes_memory |= memory && !decl.memory_read_only;
    LoopPlan* open = nullptr;
    for (auto& loop : phase.loops) {
      if (loop.memory == memory && loop.terms.size() < kTermsPerLoop) open = &loop;
      for (int other : loop.terms) {
        const int output = plan_.terms[other].output_field;
        if (output >= 0 && Reads(t, output)) open = nullptr;  // computed there: come after it
      }
    }
    if (open == nullptr) {
      phase.loops.push_back({});
      open = &phase.loops.back();
      open->memory = memory;
    }
    open->terms.push_back(t);
    open->columns.push_back(column);
    open->needs.Merge(plan_.needs[t]);
  }
  ProgramPlan& plan_;
};

std::vector<int> FieldsOf(const TermNeeds& needs) {
  std::set<int> fields;
  for (const auto& [f, need] : needs.next) fields.insert(f);
  for (const auto& [f, need] : needs.prev) fields.insert(f);
  return {fields.begin(), fields.end()};
}

class ProgramImpl : public TermProgram {
 public:
  explicit ProgramImpl(ProgramPlan plan)
      : plan_(std::make_shared<const ProgramPlan>(std::move(plan))) {}
  Result<std::unique_ptr<TermRunner>> NewRunner() const override {
    return MakeTermRunner(plan_, /*trace=*/false);
  }
  Result<std::unique_ptr<TermRunner>> NewTracingRunner() const override {
    return MakeTermRunner(plan_, /*trace=*/true);
  }
  const std::vector<int>& fields_read() const override { return plan_->all_reads; }
  const std::vector<int>& fields_read(int term) const override { return plan_->reads[term]; }
  bool uses_memory(int term) const override { return plan_->needs[term].uses_memory; }
  const std::vector<TermDecl>& terms() const override { return plan_->terms; }

 private:
  std::shared_ptr<const ProgramPlan> plan_;
};

}  // namespace

Result<std::shared_ptr<const TermProgram>> TermProgram::Compile(
    std::shared_ptr<const LuaScript> script, TermContext context, std::vector<TermDecl> terms) {
  ProgramPlan plan;
  Diagnostics errors;
  std::set<int> all;
  for (const TermDecl& decl : terms) {
    TermNeeds needs;
    if (decl.function >= 0) {
      needs = CheckTerm(*script, context, decl, &errors);
    } else if (Status status = CheckField(*script, context, decl); !status) {
      for (auto& d : status.error()) errors.push_back(std::move(d));
    } else {
      needs.next[decl.field].whole = true;
    }
    plan.reads.push_back(FieldsOf(needs));
    all.insert(plan.reads.back().begin(), plan.reads.back().end());
    plan.all_needs.Merge(needs);
    plan.needs.push_back(std::move(needs));
  }
  if (HasError(errors)) return Fail(std::move(errors));
  for (const auto& unit : script->internals().units)
    plan.uses_random |= unit->analysis->uses_random;
  plan.all_reads.assign(all.begin(), all.end());
  plan.script = std::move(script);
  plan.context = std::move(context);
  plan.terms = std::move(terms);
  Grouper(&plan).Run();
  return std::make_shared<const ProgramImpl>(std::move(plan));
}

}  // namespace carrot
