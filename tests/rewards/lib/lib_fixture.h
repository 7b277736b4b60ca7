// One recorded episode of a made-up state, and rewards evaluated over it in every way that there
// is: replayed, step by step, with the JIT on and off, and cold (a new Lua state for each step).
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/rng.h"
#include "engine/core/state_batch.h"
#include "rewards/host/lua_reward.h"

namespace carrot::testing {

inline FieldSpec LibField(const char* name, std::vector<int> shape, DType dtype = DType::kF64) {
  FieldSpec field;
  field.name = name;
  field.shape = std::move(shape);
  field.dtype = dtype;
  return field;
}

// x f64, flag bool, pos f64[3], quat f64[4], other f64[4], few u8[5], many u8[20]; three actions.
inline TaskSpec LibTask() {
  TaskSpec task;
  task.name = "lib";
  for (const FieldSpec& field :
       {LibField("x", {}), LibField("flag", {}, DType::kBool), LibField("pos", {3}),
        LibField("quat", {4}), LibField("other", {4}), LibField("few", {5}, DType::kU8),
        LibField("many", {20}, DType::kU8)}) {
    EXPECT_TRUE(task.state.Add(field));
  }
  task.world.action.names = {"a", "b", "c"};
  task.world.action.low = {-1, -1, -1};
  task.world.action.high = {1, 1, 1};
  task.world.dt = 0.5;
  task.horizon = 1000;
  return task;
}

struct Evaluated {
  std::vector<std::vector<double>> term;  // [row][term]; row 0 is the reset row
  std::vector<double> phi, memory;        // memory [rows, width]
  std::vector<uint8_t> flags;
  std::string errors;
};

class Recorded {
 public:
  explicit Recorded(int steps, uint64_t seed = 1)
      : steps_(steps), task_(LibTask()), batch_(task_.state, steps + 1), action_(3 * (steps + 1)) {
    Rng rng(Key(seed, RngDomain::kTest));
    for (int f = 0; f < task_.state.size(); ++f) {
      const FieldSpec& field = task_.state[f];
      for (int i = 0; i < (steps + 1) * field.size(); ++i) {
        if (field.dtype == DType::kF64) {
          static_cast<double*>(batch_.next()[f])[i] = rng.Uniform(-2, 2);
        } else {
          static_cast<uint8_t*>(batch_.next()[f])[i] =
              static_cast<uint8_t>(rng.Below(field.dtype == DType::kBool ? 2 : 4));
        }
      }
    }
    for (double& a : action_) a = rng.Uniform(-1, 1);
  }
  template <typename T>
  T* Row(const char* field, int row) {
    const int f = task_.state.Find(field);
    return static_cast<T*>(batch_.next()[f]) + static_cast<ptrdiff_t>(row) * task_.state[f].size();
  }
  void SetX(const std::vector<double>& x) {
    for (size_t r = 0; r < x.size(); ++r) *Row<double>("x", static_cast<int>(r)) = x[r];
  }
  void SetFlag(const std::vector<int>& flag) {
    for (size_t r = 0; r < flag.size(); ++r) {
      *Row<uint8_t>("flag", static_cast<int>(r)) = static_cast<uint8_t>(flag[r]);
    }
  }
  double* Action(int row) { return action_.data() + 3 * static_cast<ptrdiff_t>(row); }
  int steps() const { return steps_; }

  static constexpr int kColdSteps = 25;  // fewer than make the JIT compile a loop (56)
  enum class How { kReplay, kByStep, kNoJit, kCold };
  Evaluated Run(const std::string& source, How how) {
    Evaluated out;
    auto reward = LoadRewardSource(source, std::string(CARROT_SOURCE_DIR) + "/lib_test.lua", task_,
                                   {.jit = how != How::kNoJit});
    if (!reward) {
      out.errors = Format(reward.error());
      return out;
    }
    const RewardSpec& spec = (*reward)->spec();
    const int rows = steps_ + 1, n = static_cast<int>(spec.terms.size()), width = spec.memory_width;
    std::vector<double> term(static_cast<size_t>(rows) * n), total(rows), paid(rows);
    out.phi.resize(rows);
    out.flags.resize(rows);
    out.memory.resize(static_cast<size_t>(rows) * width);
    const RewardColumns columns{term.data(), spec.has_potential ? out.phi.data() : nullptr,
                                total.data(), paid.data(), out.flags.data()};
    const auto evaluate = [&](RewardEvaluator& evaluator, int begin, int end) {
      if (begin == 0) evaluator.Begin(Batch(0, 1, out.memory.data()), columns);
      if (end > 1) evaluator.Evaluate(Batch(std::max(1, begin), end, out.memory.data()), columns);
      for (const Diagnostic& d : evaluator.TakeErrors()) out.errors += Format({d});
    };
    auto evaluator = *(*reward)->NewEvaluator();
    if (how == How::kReplay || how == How::kNoJit) {
      evaluate(*evaluator, 0, rows);
    } else {
      for (int r = 0; r < rows; ++r) {
        const bool renew = how == How::kCold && r % kColdSteps == 0;
        if (renew) evaluator = *(*reward)->NewEvaluator();
        evaluate(*evaluator, r, r + 1);
      }
    }
    for (int r = 0; r < rows; ++r) out.term.emplace_back(&term[r * n], &term[r * n] + n);
    return out;
  }
  // Replayed; the other ways must give the same bits.
  Evaluated Run(const std::string& source) {
    Evaluated first = Run(source, How::kReplay);
    EXPECT_EQ(first.errors, "");
    for (How how : {How::kByStep, How::kNoJit, How::kCold}) {
      const Evaluated other = Run(source, how);
      EXPECT_EQ(other.errors, "");
      EXPECT_TRUE(Same(first, other)) << "way " << static_cast<int>(how);
    }
    return first;
  }
  // Column 0 of a reward with one term.
  std::vector<double> Column(const std::string& fn) {
    std::vector<double> out;
    for (const auto& row : Run(OneTerm(fn)).term) out.push_back(row[0]);
    return out;
  }
  static std::string OneTerm(const std::string& fn) {
    return Libraries() + "return reward { terms = { term { \"t\", fn = " + fn + " } } }";
  }
  static std::string Libraries() {
    return "local shape, score = require 'shape', require 'score'\n"
           "local geometry, graded = require 'geometry', require 'graded'\n";
  }

 private:
  static bool Same(const Evaluated& a, const Evaluated& b) {
    const auto bits = [](const std::vector<double>& x, const std::vector<double>& y) {
      return x.size() == y.size() &&
             (x.empty() || std::memcmp(x.data(), y.data(), 8 * x.size()) == 0);
    };
    if (a.term.size() != b.term.size() || a.flags != b.flags) return false;
    for (size_t r = 0; r < a.term.size(); ++r) {
      if (!bits(a.term[r], b.term[r])) return false;
    }
    return bits(a.phi, b.phi) && bits(a.memory, b.memory);
  }
  // A recording: row r's past is row r - 1, and memory is carried along.
  TransitionBatch Batch(int begin, int end, double* memory) {
    prev_.assign(batch_.next().begin(), batch_.next().end());
    for (int f = 0; begin > 0 && f < task_.state.size(); ++f) {
      prev_[f] = static_cast<std::byte*>(prev_[f]) - task_.state[f].bytes();
    }
    step_.resize(steps_ + 1);
    for (int r = 0; r <= steps_; ++r) step_[r] = r;
    seed_.assign(steps_ + 1, 7);
    terminated_.assign(steps_ + 1, 0);
    TransitionBatch rows;
    rows.begin = begin;
    rows.end = end;
    rows.next = batch_.next();
    rows.prev = prev_;
    rows.action = begin == 0 ? nullptr : action_.data();
    rows.step = step_.data();
    rows.terminated = terminated_.data();
    rows.world_seed = seed_.data();
    rows.memory = memory;
    rows.carry_memory = begin > 0;
    return rows;
  }

  int steps_;
  TaskSpec task_;
  StateBatch batch_;
  std::vector<double> action_;
  std::vector<void*> prev_;
  std::vector<int32_t> step_;
  std::vector<uint64_t> seed_;
  std::vector<uint8_t> terminated_;
};

}  // namespace carrot::testing
