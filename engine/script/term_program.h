// TermProgram: named Lua functions (terms) compiled into loops over the rows of a TransitionBatch.
// One class serves reward terms, potentials, memory initialisers, derived fields, termination,
// success and metrics.
//
//   TermProgram::Compile(script, context, terms)   once: static checks, fields read
//   program->NewRunner()                           per worker: a Lua state of its own
//   runner->Run(phase, rows, columns, flags)       hot: no allocation outside the Lua heap
//
// A term sees  fn(s, a, p, m):
//   s.field, s.prev.field, s.step, s.t, s.dt, s.horizon, s.terminated   (bool fields are booleans)
//   vectors: s.v.x, s.v[1], #s.v, s.v:dot(u), s.v:norm(); above 16 elements s.v:at(i), #s.v
//   a: action as a vector;  p.name: parameters;  m.name: memory, numbers and fixed vectors
// and returns a number or a boolean (a table of `width` numbers if width > 1).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/action_spec.h"
#include "engine/core/reward_function.h"
#include "engine/core/state_spec.h"
#include "engine/core/transition.h"
#include "engine/script/lua_script.h"
#include "engine/script/term_trace.h"

namespace carrot {

// What terms can see.
struct TermContext {
  // kTransition: fn(s, a, p, m) of a step. kTerms: fn(t, p) of the weighted terms of a step, which
  // are the fields of `state`; there is no past, action or memory.
  enum class View : uint8_t { kTransition, kTerms } view = View::kTransition;
  StateSpec state;
  ActionSpec action;
  std::vector<ParamSpec> params;
  std::vector<MemorySpec> memory;
  int memory_width = 0;
  double dt = 1.0;
  int horizon = 0;
  std::string task_name;  // for messages
};

struct TermDecl {
  std::string name;   // keys math.random and names messages
  std::string what;   // "term", "termination", "metric", "field": for messages
  int phase = 0;      // terms of one phase run together, in order
  int function = -1;  // LuaValue::function, or
  int field = -1;     // the name of a field instead: pure C++ (must be scalar)
  int width = 1;      // numbers returned
  int output_field =
      -1;  // the state field that this term computes, or -1: later terms of the phase may read it
  bool memory_read_only = false;  // true: assigning m.* is an error
  bool memory_hidden = false;     // true: reading m is an error
  // Functions that `function` calls with its own (s, a, p, m) but receives as values, so that no
  // reading of its source finds them. They are checked as if they stood in it.
  std::vector<int> uses;
  SourceSpan where;
};

// Where a term's values go: element (row * stride + i) of `data`, i < width. Row 0 is row 0 of the
// batch.
struct TermColumn {
  void* data = nullptr;  // null: evaluated, not stored
  DType dtype = DType::kF64;
  int64_t stride = 1;
};

class TermRunner {
 public:
  virtual ~TermRunner() = default;
  // Evaluates the phase's terms on rows [begin, end); columns[k] belongs to the phase's k-th term.
  // A term that fails or is not finite gives 0 and sets kRowTermError or kRowNonFinite in
  // flags[row] (flags may be null). memory: rows.memory [rows, context.memory_width]; with
  // carry_memory, a phase whose terms may write memory first copies row r-1's memory to row r (row
  // begin-1 must exist). Not thread-safe. No exceptions.
  virtual void Run(int phase, const TransitionBatch& rows, std::span<const TermColumn> columns,
                   uint8_t* flags) = 0;
  // Grouped run-time errors since the last call.
  virtual Diagnostics TakeErrors() = 0;
  virtual bool has_errors() const = 0;  // cheap
  virtual void SetParams(std::span<const double> values) = 0;
  virtual size_t heap_bytes() const = 0;  // of the Lua state
  // A tracing runner: what each function did in the Runs since the last call.
  virtual std::vector<TermTrace> TakeTraces() { return {}; }
};

class TermProgram {
 public:
  virtual ~TermProgram() = default;
  // Finds every unknown name, wrong component, memory misuse, upvalue or global write at once.
  static Result<std::shared_ptr<const TermProgram>> Compile(std::shared_ptr<const LuaScript> script,
                                                            TermContext context,
                                                            std::vector<TermDecl> terms);
  virtual Result<std::unique_ptr<TermRunner>> NewRunner() const = 0;
  // Gives the same values, and watches every line. It interprets (no JIT) and is meant for one row
  // a Run.
  virtual Result<std::unique_ptr<TermRunner>> NewTracingRunner() const = 0;
  // StateSpec indices that any term reads (s or s.prev), ascending.
  virtual const std::vector<int>& fields_read() const = 0;
  // The same for one term, and whether it touches memory.
  virtual const std::vector<int>& fields_read(int term) const = 0;
  virtual bool uses_memory(int term) const = 0;
  virtual const std::vector<TermDecl>& terms() const = 0;
};

}  // namespace carrot
