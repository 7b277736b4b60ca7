#include "engine/script/script_bench.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <ctime>

#include "engine/base/rng.h"
#include "engine/core/state_batch.h"
#include "engine/script/term_program.h"

namespace carrot {
namespace {

constexpr int kWarmUp = 500;  // batches: the JIT has compiled all of its traces by then
constexpr int kRounds = 20;
constexpr int kCopies = 6;  // of each program: which traces the JIT finds is partly luck

// Twelve values: two scalars, two vectors of three, one of four.
struct Row {
  double height, pitch;
  double pos[3], vel[3], joints[4];
};
using Term = double (*)(const Row& s, double k);

// One kind of term: Lua text with {k} for the number of the copy, and the same in C++.
struct Kind {
  std::string lua;
  Term cpp;
};

double Loop(const Row& s, double k) {
  double sum = k;
  for (int i = 0; i < 4; ++i) sum += s.joints[i] * s.joints[i];
  return sum;
}

const Kind kStraight[] = {
    {"return s.height - 0.5 * s.pos.x * s.pos.x + {k}",
     [](const Row& s, double k) { return s.height - 0.5 * s.pos[0] * s.pos[0] + k; }},
    {"return s.vel.x * s.vel.x + s.vel.y * s.vel.y + s.vel.z * s.vel.z + {k}",
     [](const Row& s, double k) {
       return s.vel[0] * s.vel[0] + s.vel[1] * s.vel[1] + s.vel[2] * s.vel[2] + k;
     }},
    {"return 1 - math.abs(s.pitch) * {k}",
     [](const Row& s, double k) { return 1 - std::abs(s.pitch) * k; }},
    {"return s.pos.y * s.vel.y - s.pos.z * s.height + {k}",
     [](const Row& s, double k) { return s.pos[1] * s.vel[1] - s.pos[2] * s.height + k; }},
    {"return s.joints[1] + s.joints[2] - s.joints[3] * s.joints[4] + {k}",
     [](const Row& s, double k) {
       return s.joints[0] + s.joints[1] - s.joints[2] * s.joints[3] + k;
     }},
};
const Kind kBranchy[] = {
    {"if s.height > {k} / 8 then return s.pos.x elseif s.pitch > 0 then return s.vel.x end return "
     "0",
     [](const Row& s, double k) {
       return s.height > k / 8 ? s.pos[0] : s.pitch > 0 ? s.vel[0] : 0.0;
     }},
    {"local r = s.pos.y + {k} / 8 if r < 0 then r = -r end if s.vel.y > 0 then return r end return "
     "0.5 * r",
     [](const Row& s, double k) {
       const double r = std::abs(s.pos[1] + k / 8);
       return s.vel[1] > 0 ? r : 0.5 * r;
     }},
};
const Kind kLooping[] = {
    {"local sum = {k} for i = 1, #s.joints do sum = sum + s.joints[i] * s.joints[i] end return sum",
     &Loop},
};
// What needs a tick: loops without a count, calls of what may be any function.
const Kind kTicking[] = {
    {"local sum, i = {k}, 1 while i <= 4 do sum = sum + s.joints[i] * s.joints[i] i = i + 1 end "
     "return sum",
     &Loop},
    {"return s.pos:dot(s.vel) + {k}",
     [](const Row& s, double k) {
       return s.pos[0] * s.vel[0] + s.pos[1] * s.vel[1] + s.pos[2] * s.vel[2] + k;
     }},
};

StateSpec BenchState() {
  StateSpec state;
  const auto add = [&](const char* name, std::vector<int> shape, std::vector<std::string> names) {
    FieldSpec field;
    field.name = name;
    field.shape = std::move(shape);
    field.names = std::move(names);
    (void)state.Add(std::move(field));
  };
  add("height", {}, {});
  add("pitch", {}, {});
  add("pos", {3}, {"x", "y", "z"});
  add("vel", {3}, {"x", "y", "z"});
  add("joints", {4}, {});
  return state;
}

class Bench {
 public:
  Bench(int rows, double seconds)
      : seconds_(seconds), batch_(BenchState(), rows), step_(rows), seeds_(rows) {
    Rng rng(Key(1, RngDomain::kTest));
    for (int f = 0; f < batch_.spec().size(); ++f) {
      auto* column = static_cast<double*>(batch_.next()[f]);
      for (int i = 0; i < rows * batch_.spec()[f].size(); ++i) column[i] = rng.Uniform(-1, 1);
    }
  }

  Result<ScriptBenchResult> Run(const std::string& name, std::span<const Kind> kinds, int count) {
    ScriptBenchResult result;
    result.name = name;
    out_.assign(static_cast<size_t>(batch_.num_envs()) * count, 0.0);
    std::vector<std::unique_ptr<TermRunner>> guarded, bare;
    for (int i = 0; i < kCopies; ++i) {
      CARROT_ASSIGN_OR_RETURN(auto runner, Compile(kinds, count, true));
      guarded.push_back(std::move(runner));
      CARROT_ASSIGN_OR_RETURN(auto other, Compile(kinds, count, false));
      bare.push_back(std::move(other));
    }
    const auto batch = [&](TermRunner& runner) { runner.Run(0, Rows(), Columns(count), nullptr); };
    const auto cpp = [&] { RunCpp(kinds, count); };
    result.ns = result.unprotected_ns = result.cpp_ns = 1e300;
    for (int i = 0; i < kWarmUp; ++i) {
      for (int c = 0; c < kCopies; ++c) batch(*guarded[c]), batch(*bare[c]);
    }
    for (int round = 0; round < kRounds; ++round) {  // in turns: a busy machine hits all alike
      for (int c = 0; c < kCopies; ++c) {
        result.ns = std::min(result.ns, Time([&] { batch(*guarded[c]); }));
        result.unprotected_ns = std::min(result.unprotected_ns, Time([&] { batch(*bare[c]); }));
      }
      result.cpp_ns = std::min(result.cpp_ns, Time(cpp));
    }
    batch(*guarded[0]);
    const std::vector<double> lua = out_;
    cpp();
    if (lua != out_) return Fail(MakeError("R009", fmt::format("{}: Lua and C++ differ", name)));
    const size_t heap = guarded[0]->heap_bytes();
    for (int i = 0; i < 1000; ++i) batch(*guarded[0]);
    result.heap_growth =
        static_cast<int64_t>(guarded[0]->heap_bytes()) - static_cast<int64_t>(heap);
    return result;
  }

 private:
  Result<std::unique_ptr<TermRunner>> Compile(std::span<const Kind> kinds, int count,
                                              bool instrument) {
    std::string source = "return {\n";
    for (int k = 0; k < count; ++k) {
      std::string body = kinds[k % kinds.size()].lua;
      for (size_t at; (at = body.find("{k}")) != std::string::npos;)
        body.replace(at, 3, std::to_string(k + 1));
      source += "function(s) " + body + " end,\n";
    }
    ScriptOptions options;
    options.instrument = instrument;
    CARROT_ASSIGN_OR_RETURN(auto script, LuaScript::FromSource(source + "}", "bench.lua", options));
    TermContext context;
    context.state = batch_.spec();
    std::vector<TermDecl> decls(count);
    for (int k = 0; k < count; ++k) {
      decls[k].name = fmt::format("t{}", k);
      decls[k].what = "term";
      decls[k].function = script->root().array[k].function;
    }
    CARROT_ASSIGN_OR_RETURN(auto program, TermProgram::Compile(script, context, decls));
    return program->NewRunner();
  }
  TransitionBatch Rows() {
    TransitionBatch rows;
    rows.end = batch_.num_envs();
    rows.next = batch_.next();
    rows.prev = batch_.prev();
    rows.step = step_.data();
    rows.world_seed = seeds_.data();
    return rows;
  }
  const std::vector<TermColumn>& Columns(int count) {
    columns_.resize(count);
    for (int k = 0; k < count; ++k) columns_[k] = {out_.data() + k, DType::kF64, count};
    return columns_;
  }
  void RunCpp(std::span<const Kind> kinds, int count) {
    const auto column = [&](int f) { return static_cast<const double*>(batch_.next()[f]); };
    for (int r = 0; r < batch_.num_envs(); ++r) {
      Row row{column(0)[r], column(1)[r], {}, {}, {}};
      std::copy_n(column(2) + 3 * r, 3, row.pos);
      std::copy_n(column(3) + 3 * r, 3, row.vel);
      std::copy_n(column(4) + 4 * r, 4, row.joints);
      for (int k = 0; k < count; ++k) out_[r * count + k] = kinds[k % kinds.size()].cpp(row, k + 1);
    }
  }
  // ns a row over one round, of this thread's own time: a busy machine does not count.
  template <typename F>
  double Time(F f) {
    const auto now = [] {
      timespec t{};
      clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
      return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
    };
    const double start = now();
    double elapsed = 0;
    int64_t calls = 0;
    while (elapsed < seconds_ / (kRounds * kCopies)) {
      f();
      ++calls;
      elapsed = now() - start;
    }
    return elapsed * 1e9 / static_cast<double>(calls * batch_.num_envs());
  }

  double seconds_;
  StateBatch batch_;
  std::vector<int32_t> step_;
  std::vector<uint64_t> seeds_;
  std::vector<double> out_;
  std::vector<TermColumn> columns_;
};

}  // namespace

Result<std::vector<ScriptBenchResult>> RunScriptBench(int rows, double seconds) {
  Bench bench(rows, seconds);
  std::vector<ScriptBenchResult> results;
  const std::tuple<const char*, std::span<const Kind>, int> sets[] = {
      {"script/5_straight", kStraight, 5},
      {"script/5_branchy", kBranchy, 5},
      {"script/16_branchy", kBranchy, 16},
      {"script/16_looping", kLooping, 16},
      {"script/5_ticking", kTicking, 5}};
  for (const auto& [name, kinds, count] : sets) {
    CARROT_ASSIGN_OR_RETURN(auto result, bench.Run(name, kinds, count));
    results.push_back(std::move(result));
  }
  return results;
}

}  // namespace carrot
