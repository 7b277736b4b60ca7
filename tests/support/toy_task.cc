#include "tests/support/toy_task.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/base/rng.h"

namespace carrot::testing {
namespace {

enum Field { kPos, kVel, kTicks, kCells, kAtGoal, kBig, kSpeed };
constexpr int kActionSize = 2, kCellCount = 12, kBigSize = 80;

template <typename T>
T* At(std::span<void* const> columns, Field field, int64_t row, int width) {
  return static_cast<T*>(columns[field]) + row * width;
}

class ToyWorld : public World {
 public:
  ToyWorld(const ToyTaskOptions& options, int num_envs) : options_(options), envs_(num_envs) {}

  void Reset(int env, uint64_t seed, StateBatch& batch) override {
    envs_[env] = {seed, 0};
    Rng rng(Key(seed, RngDomain::kReset));
    double* pos = At<double>(batch.next(), kPos, env, 2);
    pos[0] = rng.Uniform(-0.5, 0.5);
    pos[1] = rng.Uniform(-0.5, 0.5);
    float* vel = At<float>(batch.next(), kVel, env, 2);
    vel[0] = vel[1] = 0;
    Publish(env, batch);
  }

  void Step(EnvRange envs, const double* action, StateBatch& batch, uint8_t* fault) override {
    for (int env = envs.begin; env < envs.end; ++env) {
      Env& e = envs_[env];
      ++e.ticks;
      const double* a = action + env * kActionSize;
      const bool due = options_.fault_every > 0 && e.ticks == options_.fault_step &&
                       e.seed % options_.fault_every == 0;
      if (due || std::isnan(a[0]) || std::isnan(a[1])) {
        batch.CopyPrevToNext(env);
        fault[env] = 1;
        continue;
      }
      const double* before = At<double>(batch.prev(), kPos, env, 2);
      double* pos = At<double>(batch.next(), kPos, env, 2);
      float* vel = At<float>(batch.next(), kVel, env, 2);
      Rng rng(Key(e.seed, RngDomain::kWorld, e.ticks));
      for (int i = 0; i < 2; ++i) {
        const double move = 0.1 * std::clamp(a[i], -1.0, 1.0) + rng.Uniform(-0.02, 0.02);
        pos[i] = before[i] + move;
        vel[i] = static_cast<float>(move / 0.05);
      }
      double work = pos[0];
      for (int i = 0; i < options_.spin; ++i) work = std::sin(work) + 1e-3;
      pos[1] += 1e-12 * work;
      Publish(env, batch);
    }
  }

  size_t snapshot_bytes() const override { return sizeof(Env); }
  void Save(int env, std::byte* out) const override { std::memcpy(out, &envs_[env], sizeof(Env)); }
  void Load(int env, const std::byte* bytes) override {
    std::memcpy(&envs_[env], bytes, sizeof(Env));
  }
  std::string FaultReason(int) const override { return "the toy world was told to fail"; }

 private:
  struct Env {
    uint64_t seed = 0;
    int64_t ticks = 0;
  };

  void Publish(int env, StateBatch& batch) {
    const double* pos = At<double>(batch.next(), kPos, env, 2);
    *At<int32_t>(batch.next(), kTicks, env, 1) = static_cast<int32_t>(envs_[env].ticks);
    uint8_t* cells = At<uint8_t>(batch.next(), kCells, env, kCellCount);
    for (int i = 0; i < kCellCount; ++i) {
      cells[i] = static_cast<uint8_t>((static_cast<int>(pos[0] * 10) + i) & 7);
    }
    *At<uint8_t>(batch.next(), kAtGoal, env, 1) = pos[0] >= options_.goal;
    double* big = At<double>(batch.next(), kBig, env, kBigSize);
    for (int i = 0; i < kBigSize; ++i) big[i] = pos[0] + i;
  }

  ToyTaskOptions options_;
  std::vector<Env> envs_;
};

class ToyTaskEvaluator : public TaskEvaluator {
 public:
  explicit ToyTaskEvaluator(const ToyTaskOptions& options) : options_(options) {}

  void Begin(const TransitionBatch& rows, const TaskColumns& out) override {
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      *At<double>(rows.next, kSpeed, r, 1) = 0;
      rows.memory[r] = At<double>(rows.next, kPos, r, 2)[0];
      out.terminated[r] = out.success[r] = 0;
      out.cause[r] = -1;
      out.metric[2 * r] = out.metric[2 * r + 1] = 0;
    }
  }

  void Evaluate(const TransitionBatch& rows, const TaskColumns& out) override {
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      const double* pos = At<double>(rows.next, kPos, r, 2);
      const double* before = At<double>(rows.prev, kPos, r, 2);
      double* speed = At<double>(rows.next, kSpeed, r, 1);
      *speed = std::hypot(pos[0] - before[0], pos[1] - before[1]);
      out.terminated[r] = std::abs(pos[0]) > options_.bound;
      out.cause[r] = out.terminated[r] ? 0 : -1;
      out.success[r] = *At<uint8_t>(rows.next, kAtGoal, r, 1);
      out.metric[2 * r] = pos[0] - rows.memory[r];
      out.metric[2 * r + 1] = *speed;
    }
  }

  Diagnostics TakeErrors() override { return {}; }

 private:
  ToyTaskOptions options_;
};

FieldSpec MakeField(const char* name, DType dtype, std::vector<int> shape, FieldRole role,
                    const char* doc) {
  FieldSpec field;
  field.name = name;
  field.dtype = dtype;
  field.shape = std::move(shape);
  field.role = role;
  field.doc = doc;
  if (field.shape.size() == 1 && field.shape[0] == 2) field.names = {"x", "y"};
  return field;
}

class ToyTask : public Task {
 public:
  explicit ToyTask(const ToyTaskOptions& options) : options_(options) {
    spec_.name = "toy";
    spec_.doc = "a point in the plane";
    spec_.hash = "0123456789abcdef0123456789abcdef";
    spec_.world.kind = "toy";
    spec_.world.dt = 0.05;
    spec_.world.action.names = {"right", "up"};
    spec_.world.action.low = {-1, -1};
    spec_.world.action.high = {1, 1};
    const FieldSpec fields[] = {
        MakeField("pos", DType::kF64, {2}, FieldRole::kPose, "position"),
        MakeField("vel", DType::kF32, {2}, FieldRole::kState, "velocity"),
        MakeField("ticks", DType::kI32, {}, FieldRole::kState, "world's own step counter"),
        MakeField("cells", DType::kU8, {3, 4}, FieldRole::kState, "codes"),
        MakeField("at_goal", DType::kBool, {}, FieldRole::kFlag, "x has reached the goal"),
        MakeField("big", DType::kF64, {kBigSize}, FieldRole::kState, "above 64 numbers"),
    };
    for (const FieldSpec& field : fields) {
      CARROT_CHECK(spec_.world.state.Add(field));
      CARROT_CHECK(spec_.state.Add(field));
    }
    CARROT_CHECK(spec_.state.Add(
        MakeField("speed", DType::kF64, {}, FieldRole::kDerived, "distance of the last step")));
    spec_.observation = {{.field = kPos, .begin = 0, .end = 2},
                         {.field = kVel, .begin = 0, .end = 2}};
    spec_.observation_size = 4;
    spec_.horizon = options.horizon;
    spec_.causes = {"out"};
    spec_.metrics = {{"distance", "m", "from the start", MetricOver::kLast},
                     {"mean_speed", "m", "a step", MetricOver::kMean}};
    spec_.success_doc = "x reaches the goal";
    spec_.success_when = options.success_when;
    spec_.memory = {{.name = "x0", .size = 1, .offset = 0, .is_scalar = true}};
    spec_.memory_width = 1;
  }
  Result<std::unique_ptr<World>> NewWorld(int num_envs) const override {
    return std::make_unique<ToyWorld>(options_, num_envs);
  }
  Result<std::unique_ptr<TaskEvaluator>> NewEvaluator() const override {
    return std::make_unique<ToyTaskEvaluator>(options_);
  }

 private:
  ToyTaskOptions options_;
};

constexpr double kGoal = 1.5;
constexpr int kMemoryWidth = 3;  // best, trail[2]

class ToyRewardEvaluator : public RewardEvaluator {
 public:
  ToyRewardEvaluator(const ToyRewardOptions& options, int terms)
      : options_(options), terms_(terms) {}

  void Begin(const TransitionBatch& rows, const RewardColumns& out) override {
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      const double x = At<double>(rows.next, kPos, r, 2)[0];
      double* m = rows.memory + r * kMemoryWidth;
      m[0] = x;
      m[1] = m[2] = 0;
      std::fill_n(out.term + r * terms_, terms_, 0.0);
      out.total[r] = out.reward[r] = 0;
      if (options_.potential) out.phi[r] = Potential(x);
    }
  }

  void Evaluate(const TransitionBatch& rows, const RewardColumns& out) override {
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      double* m = rows.memory + r * kMemoryWidth;
      if (rows.carry_memory) std::copy_n(m - kMemoryWidth, kMemoryWidth, m);
      EvaluateRow(rows, r, m, out.term + r * terms_, out.flags[r]);
      if (options_.potential) out.phi[r] = Potential(At<double>(rows.next, kPos, r, 2)[0]);
    }
  }

  Diagnostics TakeErrors() override {
    if (errors_ == 0) return {};
    Diagnostic d = MakeError("R030", "the term `record` failed");
    d.repeats = errors_ - 1;
    errors_ = 0;
    return {d};
  }
  void SetParams(std::span<const double> values) override { gain_ = values[0]; }

 private:
  double Potential(double x) const { return -gain_ * std::abs(kGoal - x); }

  void EvaluateRow(const TransitionBatch& rows, int64_t r, double* m, double* term,
                   uint8_t& flags) {
    const double x = At<double>(rows.next, kPos, r, 2)[0];
    const double before = At<double>(rows.prev, kPos, r, 2)[0];
    const double* a = rows.action + r * kActionSize;
    const int step = rows.step[r];
    term[0] = gain_ * (x - before);
    term[1] = a[0] * a[0] + a[1] * a[1];
    term[2] = 0;
    if (step == options_.error_step) {
      flags |= kRowTermError;
      ++errors_;
    } else if (x > m[0] + 0.05) {
      m[0] = x;
      term[2] = 1 + m[1];  // reads memory, so a wrong carry shows
    }
    m[2] = m[1];
    m[1] = x;
    if (step == options_.non_finite_step) {
      term[3] = 0;
      flags |= kRowNonFinite;
    } else {
      term[3] = Rng(Key(rows.world_seed[r], RngDomain::kTerm, step)).Uniform();
    }
    term[4] = *At<double>(rows.next, kSpeed, r, 1) * (rows.terminated[r] ? 2 : 1);
    if (options_.reads_big) term[5] = At<double>(rows.next, kBig, r, kBigSize)[kBigSize - 1];
  }

  ToyRewardOptions options_;
  int terms_;
  double gain_ = 1;
  int errors_ = 0;
};

class ToyReward : public RewardFunction {
 public:
  explicit ToyReward(const ToyRewardOptions& options) : options_(options) {
    spec_.name = "toy_reward";
    spec_.hash = HashHex(fmt::format("toy reward {} {} {} {}", options.potential, options.reads_big,
                                     static_cast<int>(options.combine), options.clip));
    spec_.source = "-- a reward in C++, for tests\n";
    auto add = [&](const char* name, double weight, TermKind kind) {
      RewardTermSpec term;
      term.name = name;
      term.weight = weight;
      term.kind = kind;
      spec_.terms.push_back(term);
    };
    add("progress", 1.0, TermKind::kDense);
    add("effort", options.effort_weight, TermKind::kPenalty);
    add("record", 0.3, TermKind::kEvent);
    add("noise", 0.01, TermKind::kDense);
    add("speed", 0.2, TermKind::kDense);
    if (options.reads_big) add("big", 1e-3, TermKind::kDense);
    ParamSpec gain;
    gain.name = "gain";
    gain.value = 1;
    spec_.params = {gain};
    spec_.memory = {{.name = "best", .size = 1, .offset = 0, .is_scalar = true},
                    {.name = "trail", .size = 2, .offset = 1, .is_scalar = false}};
    spec_.memory_width = kMemoryWidth;
    spec_.has_potential = options.potential;
    spec_.potential_weight = 0.5;
    spec_.combine = options.combine;
    if (options.clip > 0) {
      spec_.stages = {{RewardStage::Kind::kClip, -options.clip, options.clip, {}}};
    }
    spec_.fields_read = {kPos, kSpeed};
    if (options.reads_big) spec_.fields_read = {kPos, kBig, kSpeed};
  }
  Result<std::unique_ptr<RewardEvaluator>> NewEvaluator() const override {
    return std::make_unique<ToyRewardEvaluator>(options_, static_cast<int>(spec_.terms.size()));
  }

 private:
  ToyRewardOptions options_;
};

}  // namespace

std::shared_ptr<const Task> MakeToyTask(const ToyTaskOptions& options) {
  return std::make_shared<ToyTask>(options);
}

std::shared_ptr<const RewardFunction> MakeToyReward(const ToyRewardOptions& options) {
  return std::make_shared<ToyReward>(options);
}

void ToyActions(int num_envs, int64_t step, double* action) {
  for (int env = 0; env < num_envs; ++env) {
    Rng rng(Key(7, RngDomain::kTest, env, step));
    action[2 * env] = rng.Uniform(-0.6, 1.4);
    action[2 * env + 1] = rng.Uniform(-1, 1);
  }
}

}  // namespace carrot::testing
