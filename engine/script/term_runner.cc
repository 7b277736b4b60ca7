#include "engine/script/term_runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <lua.hpp>

#include "engine/base/check.h"
#include "engine/base/rng.h"
#include "engine/script/line_tracer.h"
#include "engine/script/term_codegen.h"
#include "engine/script/term_columns.h"

namespace carrot {
namespace {

constexpr int kChunk = 1024;    // rows handed to a loop at once
constexpr int kMaxGroups = 64;  // kinds of run-time errors kept apart

class Runner : public TermRunner {
 public:
  Runner(std::shared_ptr<const ProgramPlan> plan, bool trace)
      : plan_(std::move(plan)),
        trace_(trace),
        host_(Options(*plan_->script, trace),
              [this](const std::string& name, std::string* error) { return Unit(name, error); }) {}

  Status Init() {
    const auto& script = *plan_->script;
    const auto& units = script.internals().units;
    CARROT_RETURN_IF_ERROR(host_.Init());
    CARROT_RETURN_IF_ERROR(host_.RunScript(units));
    std::vector<int> ids;
    CARROT_ASSIGN_OR_RETURN(const LuaValue value, host_.ReadValue(units, &ids));
    if (ids != script.internals().function_ids) {
      return Fail(
          script.ErrorAt("R026", "the script returns something else each time that it runs", {}));
    }
    host_.Seal();
    for (const TermDecl& decl : plan_->terms) term_hash_.push_back(HashName(decl.name));
    const StateSpec& state = plan_->context.state;
    io_.assign(LoopIo::Size(state), 0);
    flags_.assign(kChunk, 0);
    zero_flags_.assign(kChunk, 0);
    zero_step_.assign(kChunk, 0);
    zero_action_.assign(std::max(1, plan_->context.action.size()), 0.0);
    int width = 1;
    for (const auto& decl : plan_->terms) width = std::max(width, decl.width);
    for (auto& scratch : scratch_) scratch.assign(static_cast<size_t>(kChunk) * width, 0.0);
    if (trace_) tracer_ = std::make_unique<LineTracer>(host_.state(), script.internals());
    return CompileLoops();
  }

  void Run(int phase, const TransitionBatch& rows, std::span<const TermColumn> columns,
           uint8_t* flags) override {
    if (phase >= static_cast<int>(plan_->phases.size())) return;
    const PhasePlan& plan = plan_->phases[phase];
    CARROT_CHECK(static_cast<int>(columns.size()) == plan.columns);
    const bool carry = rows.carry_memory && plan.writes_memory;
    for (int64_t begin = rows.begin; begin < rows.end; begin += kChunk) {
      const int64_t end = std::min<int64_t>(rows.end, begin + kChunk);
      Point(rows, begin, flags);
      bool memory_done = false;
      for (size_t l = 0; l < plan.loops.size(); ++l) {
        if (carry && plan.loops[l].memory) {
          if (!memory_done) RunMemoryByRow(phase, rows, columns, begin, end);
          memory_done = true;
        } else {
          RunLoop(phase, static_cast<int>(l), columns, begin, 0, static_cast<int>(end - begin));
        }
      }
      for (const auto& [term, column] : plan.copies) Copy(term, rows, columns[column], begin, end);
    }
  }

  Diagnostics TakeErrors() override {
    Diagnostics out;
    for (auto& group : groups_) {
      group.diagnostic.repeats = static_cast<int>(group.count - 1);
      out.push_back(std::move(group.diagnostic));
    }
    groups_.clear();
    return out;
  }
  bool has_errors() const override { return !groups_.empty(); }

  void SetParams(std::span<const double> values) override {
    CARROT_CHECK(values.size() == plan_->context.params.size());
    lua_State* lua = host_.state();
    lua_rawgeti(lua, LUA_REGISTRYINDEX, objects_ref_);
    lua_getfield(lua, -1, "p");
    for (size_t i = 0; i < values.size(); ++i) {
      const std::string& name = plan_->context.params[i].name;
      lua_pushlstring(lua, name.data(), name.size());
      lua_pushnumber(lua, values[i]);
      lua_rawset(lua, -3);
    }
    lua_pop(lua, 2);
  }

  size_t heap_bytes() const override { return host_.heap_bytes(); }
  std::vector<TermTrace> TakeTraces() override {
    return tracer_ ? tracer_->Take() : std::vector<TermTrace>();
  }

 private:
  static ScriptOptions Options(const LuaScript& script, bool trace) {
    ScriptOptions options = script.options();
    options.jit &= !trace;
    return options;
  }
  struct Loop {
    const LoopPlan* plan = nullptr;
    int function = 0;         // registry
    std::vector<int> single;  // registry: one loop per term, made when a term first fails
  };
  struct ErrorGroup {
    int term;
    std::string code, message;
    int line;
    int64_t count;
    Diagnostic diagnostic;
  };

  // --- set-up -----------------------------------------------------------------------------------
  const ScriptUnit* Unit(const std::string& name, std::string* error) const {
    for (const auto& unit : plan_->script->internals().units) {
      if (unit->name == name && unit.get() != plan_->script->internals().units[0].get())
        return unit.get();
    }
    *error = "the script requires another module than when it was read";
    return nullptr;
  }

  Status InternalError(const char* what) {
    const char* message = lua_tostring(host_.state(), -1);
    Diagnostic d =
        MakeError("R009", fmt::format("{}: {}", what, message == nullptr ? "?" : message));
    lua_settop(host_.state(), 0);
    return Fail(std::move(d));
  }

  // Compiles `text` and calls it with what `push` leaves on the stack; the result becomes a
  // registry entry.
  template <typename Push>
  Status RunTrusted(const std::string& text, const char* name, Push push, int* ref) {
    lua_State* lua = host_.state();
    if (luaL_loadbuffer(lua, text.data(), text.size(), name) != 0)
      return InternalError("a generated loop is wrong");
    const int top = lua_gettop(lua);
    push(lua);
    if (!host_.Call(lua_gettop(lua) - top, 1)) {
      Diagnostic d =
          MakeError(host_.error_code() == "R041" ? "R041" : "R009", host_.error_message());
      return Fail(std::move(d));
    }
    *ref = luaL_ref(lua, LUA_REGISTRYINDEX);
    return {};
  }

  Status CompileLoops() {
    const TermContext& context = plan_->context;
    CARROT_RETURN_IF_ERROR(RunTrusted(
        SetupText(context, plan_->all_needs), "=setup",
        [&](lua_State* lua) {
          lua_rawgeti(lua, LUA_REGISTRYINDEX, host_.registry_prelude());
          lua_getfield(lua, -1, "state");
          lua_pushboolean(lua, plan_->uses_random);
          lua_setfield(lua, -2, "random");
          lua_pop(lua, 1);
          lua_getfield(lua, -1, "tools");
          lua_remove(lua, -2);
          lua_pushlightuserdata(lua, io_.data());
          lua_pushlightuserdata(lua, reinterpret_cast<void*>(&Runner::BeginRandom));
          lua_pushlightuserdata(lua, this);
          lua_newtable(lua);
          for (const auto& param : context.params) {
            lua_pushlstring(lua, param.name.data(), param.name.size());
            lua_pushnumber(lua, param.value);
            lua_rawset(lua, -3);
          }
          lua_pushnumber(lua, context.dt);
          lua_pushnumber(lua, context.horizon);
        },
        &objects_ref_));
    for (const auto& phase : plan_->phases) {
      loops_.emplace_back();
      for (const auto& loop : phase.loops) {
        loops_.back().push_back({&loop, 0, {}});
        CARROT_RETURN_IF_ERROR(CompileLoop(loop.terms, loop.needs, &loops_.back().back().function));
      }
    }
    return {};
  }

  bool Silent(const TermDecl& decl) const {
    const auto& internals = plan_->script->internals();
    const auto [unit, function] = internals.Locate(internals.function_ids[decl.function]);
    return unit >= 0 && internals.units[unit]->analysis->functions[function].silent;
  }
  Status CompileLoop(const std::vector<int>& terms, const TermNeeds& needs, int* ref) {
    std::vector<LoopTerm> list;
    for (int t : terms) {
      const TermDecl& decl = plan_->terms[t];
      const bool memory = plan_->needs[t].uses_memory;
      list.push_back(
          {decl.name, decl.width, t, memory && !decl.memory_read_only, memory, Silent(decl)});
    }
    const ScriptOptions& options = plan_->script->options();
    const std::string text =
        LoopText(plan_->context, list, needs, options.instrument ? host_.step_budget() : -1,
                 plan_->uses_random);
    return RunTrusted(
        text, "=loop",
        [&](lua_State* lua) {
          lua_rawgeti(lua, LUA_REGISTRYINDEX, objects_ref_);
          lua_rawgeti(lua, LUA_REGISTRYINDEX, host_.registry_functions());
          const int functions = lua_gettop(lua);
          for (int t : terms) lua_rawgeti(lua, functions, plan_->terms[t].function + 1);
          lua_remove(lua, functions);
        },
        ref);
  }

  // Called by loops before each term of a script that uses math.random.
  static void BeginRandom(void* self, int32_t row, int32_t term) {
    auto* runner = static_cast<Runner*>(self);
    const TransitionBatch& rows = *runner->rows_;
    const int64_t r = runner->base_ + row;
    const uint64_t seed = rows.world_seed != nullptr ? rows.world_seed[r] : 0;
    const uint64_t step = rows.step != nullptr ? static_cast<uint64_t>(rows.step[r]) : 0;
    runner->host_.random().key = Key(seed, RngDomain::kTerm, step, runner->term_hash_[term]);
    runner->host_.random().counter = 0;
  }

  // --- hot --------------------------------------------------------------------------------------
  template <typename T>
  void SetPointer(int slot, T* pointer) {
    io_[slot] = reinterpret_cast<uint64_t>(pointer);
  }
  int32_t* Ints(int slot) { return reinterpret_cast<int32_t*>(&io_[slot]); }

  // Points the block at row `begin` of every column.
  void Point(const TransitionBatch& rows, int64_t begin, uint8_t* flags) {
    rows_ = &rows;
    base_ = begin;
    const TermContext& context = plan_->context;
    SetPointer(LoopIo::kFlags, flags != nullptr ? flags + begin : flags_.data());
    SetPointer(LoopIo::kMemory, rows.memory + begin * context.memory_width);
    const bool acts = rows.action != nullptr;
    SetPointer(LoopIo::kAction,
               acts ? rows.action + begin * context.action.size() : zero_action_.data());
    *Ints(LoopIo::kActionStride) = acts ? context.action.size() : 0;
    SetPointer(LoopIo::kStep, rows.step != nullptr ? rows.step + begin : zero_step_.data());
    SetPointer(LoopIo::kTerminated,
               rows.terminated != nullptr ? rows.terminated + begin : zero_flags_.data());
    for (int f : plan_->all_reads) {
      const int64_t offset = begin * static_cast<int64_t>(context.state[f].bytes());
      if (rows.next[f] != nullptr)
        SetPointer(LoopIo::kFields + 2 * f, static_cast<std::byte*>(rows.next[f]) + offset);
      if (rows.prev[f] != nullptr)
        SetPointer(LoopIo::kFields + 2 * f + 1, static_cast<std::byte*>(rows.prev[f]) + offset);
    }
  }

  void CarryRow(const TransitionBatch& rows, int64_t r) {
    const int64_t width = plan_->context.memory_width;
    std::copy_n(rows.memory + (r - 1) * width, width, rows.memory + r * width);  // may be nothing
  }
  // A recording: each row continues the one before, so all memory terms finish a row before the
  // next.
  void RunMemoryByRow(int phase, const TransitionBatch& rows, std::span<const TermColumn> columns,
                      int64_t begin, int64_t end) {
    const PhasePlan& plan = plan_->phases[phase];
    for (int64_t r = begin; r < end; ++r) {
      CarryRow(rows, r);
      const int row = static_cast<int>(r - begin);
      for (size_t l = 0; l < plan.loops.size(); ++l) {
        if (plan.loops[l].memory) RunLoop(phase, static_cast<int>(l), columns, begin, row, row + 1);
      }
    }
  }

  static bool Direct(const TermColumn& column) {
    return column.data != nullptr && column.dtype == DType::kF64;
  }

  // Rows [first, last) counted from `begin`.
  void RunLoop(int phase, int index, std::span<const TermColumn> columns, int64_t begin, int first,
               int last) {
    Loop& loop = loops_[phase][index];
    const LoopPlan& plan = *loop.plan;
    const int count = static_cast<int>(plan.terms.size());
    for (int j = 0; j < count; ++j) {
      const TermColumn& column = columns[plan.columns[j]];
      const int width = plan_->terms[plan.terms[j]].width;
      const bool direct = Direct(column);
      SetPointer(LoopIo::kOut + j, direct
                                       ? static_cast<double*>(column.data) + begin * column.stride
                                       : scratch_[j].data());
      *Ints(LoopIo::kOutStride + j) = direct ? static_cast<int32_t>(column.stride) : width;
    }
    for (int row = first; row < last;) {
      if (Call(loop.function, row, last, plan.terms)) break;
      const int failed = Ints(LoopIo::kRow)[0], term = Ints(LoopIo::kRow)[1];
      CARROT_CHECK(failed >= row && failed < last && term < count);
      Failed(plan, term, failed);
      Rest(&loop, term + 1, failed);
      row = failed + 1;
    }
    if (*Ints(LoopIo::kNonFinite) != 0) NoteNonFinite(plan);
    for (int j = 0; j < count; ++j) {
      const TermColumn& column = columns[plan.columns[j]];
      if (column.data != nullptr && !Direct(column))
        Store(j, plan.terms[j], column, begin, first, last);
    }
  }
  // `terms` are the loop's.
  bool Call(int function, int first, int last, std::span<const int> terms) {
    lua_State* lua = host_.state();
    lua_rawgeti(lua, LUA_REGISTRYINDEX, function);
    lua_pushinteger(lua, first);
    lua_pushinteger(lua, last);
    if (tracer_ == nullptr) return host_.Call(2, 0);
    std::vector<const TermDecl*> traced;
    for (int t : terms) traced.push_back(&plan_->terms[t]);
    tracer_->Start(std::move(traced), &Ints(LoopIo::kRow)[1]);
    const bool ok = host_.Call(2, 0);
    tracer_->Stop();
    return ok;
  }
  // The remaining terms of a row whose term failed.
  void Rest(Loop* loop, int from, int row) {
    const LoopPlan& plan = *loop->plan;
    const int count = static_cast<int>(plan.terms.size());
    for (int j = from; j < count; ++j) {
      if (loop->single.empty()) loop->single.assign(count, 0);
      if (loop->single[j] == 0 &&
          !CompileLoop({plan.terms[j]}, plan_->needs[plan.terms[j]], &loop->single[j])) {
        Failed(plan, j, row);
        continue;
      }
      // A single loop writes through the first output.
      const uint64_t out = io_[LoopIo::kOut], stride = io_[LoopIo::kOutStride];
      io_[LoopIo::kOut] = io_[LoopIo::kOut + j];
      io_[LoopIo::kOutStride] = io_[LoopIo::kOutStride + j];
      const int before = Ints(LoopIo::kCount)[0];
      Ints(LoopIo::kCount)[0] = 0;
      const bool ok = Call(loop->single[j], row, row + 1, {&plan.terms[j], 1});
      const int bad = Ints(LoopIo::kCount)[0];
      Ints(LoopIo::kCount)[0] = before;
      if (bad > 0) {
        if (Ints(LoopIo::kCount)[j] == 0) {
          Ints(LoopIo::kFirstRow)[j] = row;
          io_[LoopIo::kFirstValue + j] = io_[LoopIo::kFirstValue];
        }
        Ints(LoopIo::kCount)[j] += bad;
      }
      io_[LoopIo::kOut] = out;
      io_[LoopIo::kOutStride] = stride;
      if (!ok) Failed(plan, j, row);
    }
  }
  void Store(int j, int term, const TermColumn& column, int64_t begin, int first, int last) {
    const int width = plan_->terms[term].width;
    StoreColumn(scratch_[j].data() + static_cast<int64_t>(first) * width, width, column,
                begin + first, last - first);
  }
  void Copy(int term, const TransitionBatch& rows, const TermColumn& column, int64_t begin,
            int64_t end) {
    const int field = plan_->terms[term].field;
    const void* from = rows.next[field];
    double* to = scratch_[0].data();
    const int64_t n = end - begin;
    LoadColumn(from, plan_->context.state[field].dtype, begin, n, to);
    auto* flags = reinterpret_cast<uint8_t*>(io_[LoopIo::kFlags]);
    for (int64_t r = 0; r < n; ++r) {
      if (std::isfinite(to[r])) continue;
      flags[r] |= kRowNonFinite;
      AddNonFinite(term, static_cast<int>(r), to[r], 1);
      to[r] = 0;
    }
    if (column.data != nullptr) StoreColumn(to, 1, column, begin, n);
  }

  // --- errors -----------------------------------------------------------------------------------
  void Failed(const LoopPlan& plan, int j, int row) {
    const int term = plan.terms[j];
    auto* out = reinterpret_cast<double*>(io_[LoopIo::kOut + j]);
    const int64_t stride = *Ints(LoopIo::kOutStride + j);
    for (int i = 0; i < plan_->terms[term].width; ++i) out[row * stride + i] = 0;
    reinterpret_cast<uint8_t*>(io_[LoopIo::kFlags])[row] |= kRowTermError;
    const TermDecl& decl = plan_->terms[term];
    ErrorGroup* group = Group(term, host_.error_code(), host_.error_message(), host_.error_line());
    if (group == nullptr || ++group->count > 1) return;
    Diagnostic d = DescribeError(host_, plan_->script->internals().units);
    if (host_.error_unit() < 0) PlaceAtTerm(decl, &d);
    d.message = fmt::format("{} `{}`: {}", decl.what, decl.name, d.message);
    if (const char* help = HelpFor(d.message)) d.help.push_back(help);
    SetMoment(row, &d);
    d.notes.push_back("the value counts as 0 in this row; the other rows go on");
    group->diagnostic = std::move(d);
  }
  // The usual slips of those who come from other languages; null for the rest.
  static const char* HelpFor(const std::string& message) {
    const auto says = [&](const char* text) { return message.find(text) != std::string::npos; };
    if (says("arithmetic on") && says("boolean"))
      return "make a number of a boolean: (s.healthy and 1 or 0) * 2";
    if (says("arithmetic on") && says("table"))
      return "vectors have no operators: work on elements, v.x or v[1], or use v:dot(u), v:norm()";
    if (says("returned a table, not a number"))
      return "return an element, v.x or v[1], or v:norm()";
    if (says("returned nothing")) return "every path through the function must return a number";
    if (says("dot needs another vector")) return "call it with a colon: v:dot(u)";
    return nullptr;
  }
  void NoteNonFinite(const LoopPlan& plan) {
    for (size_t j = 0; j < plan.terms.size(); ++j) {
      int32_t& count = Ints(LoopIo::kCount)[j];
      double value;
      std::memcpy(&value, &io_[LoopIo::kFirstValue + j], sizeof(value));
      if (count > 0) AddNonFinite(plan.terms[j], Ints(LoopIo::kFirstRow)[j], value, count);
      count = 0;
    }
    *Ints(LoopIo::kNonFinite) = 0;
  }
  void AddNonFinite(int term, int row, double value, int64_t count) {
    const TermDecl& decl = plan_->terms[term];
    const bool nan = std::isnan(value);
    ErrorGroup* group = Group(term, nan ? "R031" : "R032", "", 0);
    if (group == nullptr) return;
    group->count += count;
    if (group->count > count) return;
    Diagnostic d = MakeError(group->code, fmt::format("{} `{}` returned {}", decl.what, decl.name,
                                                      nan         ? "NaN (not a number)"
                                                      : value > 0 ? "infinity"
                                                                  : "-infinity"));
    PlaceAtTerm(decl, &d);
    d.help.push_back(nan ? "look for 0/0, the root or logarithm of a negative number, or inf - inf"
                         : "look for a division by zero or an exponential that overflows");
    SetMoment(row, &d);
    d.notes.push_back("the value counts as 0 in this row and the row is flagged");
    group->diagnostic = std::move(d);
  }
  ErrorGroup* Group(int term, const std::string& code, const std::string& message, int line) {
    for (auto& group : groups_) {
      if (group.term == term && group.line == line && group.code == code &&
          group.message == message)
        return &group;
    }
    if (groups_.size() >= kMaxGroups) return nullptr;
    groups_.push_back({term, code, message, line, 0, {}});
    return &groups_.back();
  }
  // The term's own function, when there is no better place.
  void PlaceAtTerm(const TermDecl& decl, Diagnostic* d) const {
    SourceSpan where = decl.where;
    if (decl.function >= 0) {
      const auto& internals = plan_->script->internals();
      const auto [unit, function] = internals.Locate(internals.function_ids[decl.function]);
      if (unit >= 0) where = internals.units[unit]->analysis->functions[function].where;
    }
    if (where.line == 0) return;
    d->where = where;
    d->excerpt = LineText(plan_->script->internals().units, where.file, where.line);
  }
  void SetMoment(int row, Diagnostic* d) const {
    const int64_t r = base_ + row;
    std::string text = fmt::format("first at row {}", r);
    if (rows_->step != nullptr) text += fmt::format(", step {}", rows_->step[r]);
    if (rows_->world_seed != nullptr) text += fmt::format(", seed {}", rows_->world_seed[r]);
    d->notes.push_back(std::move(text));
    if (rows_->step != nullptr && rows_->world_seed != nullptr) {
      d->moment = Moment{rows_->world_seed[r], rows_->step[r]};
    }
  }

  std::shared_ptr<const ProgramPlan> plan_;
  bool trace_;
  LuaHost host_;
  std::unique_ptr<LineTracer> tracer_;  // null: not traced
  int objects_ref_ = 0;
  std::vector<std::vector<Loop>> loops_;  // by phase
  std::vector<uint64_t> io_;              // never resized after Init: the loops hold its address
  std::vector<uint64_t> term_hash_;
  std::vector<uint8_t> flags_, zero_flags_;
  std::vector<int32_t> zero_step_;
  std::vector<double> zero_action_, scratch_[kTermsPerLoop];
  std::vector<ErrorGroup> groups_;
  const TransitionBatch* rows_ = nullptr;
  int64_t base_ = 0;
};

}  // namespace

Result<std::unique_ptr<TermRunner>> MakeTermRunner(std::shared_ptr<const ProgramPlan> plan,
                                                   bool trace) {
  auto runner = std::make_unique<Runner>(std::move(plan), trace);
  CARROT_RETURN_IF_ERROR(runner->Init());
  return std::unique_ptr<TermRunner>(std::move(runner));
}

}  // namespace carrot
