#include "tests/support/small_tasks.h"

#include <algorithm>
#include <cstring>

#include "engine/base/check.h"

namespace carrot::testing {
namespace {

enum Field { kX, kReward, kDone, kMask };

template <typename T>
T* At(std::span<void* const> columns, Field field, int64_t row, int width) {
  return static_cast<T*>(columns[field]) + row * width;
}

class FunctionWorld : public World {
 public:
  FunctionWorld(const SmallWorld& world, int num_envs) : world_(world), envs_(num_envs) {}

  void Reset(int env, uint64_t seed, StateBatch& batch) override {
    envs_[env] = {seed, 0};
    Rng rng(Key(seed, RngDomain::kReset));
    std::fill_n(Mask(env, batch), world_.mask_size, 1);
    world_.reset(rng, At<double>(batch.next(), kX, env, world_.state_size), Mask(env, batch));
    *At<double>(batch.next(), kReward, env, 1) = 0;
    *At<uint8_t>(batch.next(), kDone, env, 1) = 0;
  }
  void Step(EnvRange envs, const double* action, StateBatch& batch, uint8_t*) override {
    for (int env = envs.begin; env < envs.end; ++env) {
      batch.CopyPrevToNext(env);
      Rng rng(Key(envs_[env].seed, RngDomain::kWorld, ++envs_[env].ticks));
      bool done = false;
      *At<double>(batch.next(), kReward, env, 1) = world_.step(
          rng, action + static_cast<size_t>(env) * world_.action.size(),
          At<double>(batch.next(), kX, env, world_.state_size), Mask(env, batch), &done);
      *At<uint8_t>(batch.next(), kDone, env, 1) = done;
    }
  }
  size_t snapshot_bytes() const override { return sizeof(Env); }
  void Save(int env, std::byte* out) const override { std::memcpy(out, &envs_[env], sizeof(Env)); }
  void Load(int env, const std::byte* bytes) override {
    std::memcpy(&envs_[env], bytes, sizeof(Env));
  }

 private:
  struct Env {
    uint64_t seed = 0;
    int64_t ticks = 0;
  };
  uint8_t* Mask(int env, StateBatch& batch) const {
    return world_.mask_size > 0 ? At<uint8_t>(batch.next(), kMask, env, world_.mask_size) : nullptr;
  }
  SmallWorld world_;
  std::vector<Env> envs_;
};

class FlagEvaluator : public TaskEvaluator {
 public:
  explicit FlagEvaluator(const SmallWorld& world) : world_(world) {}
  void Begin(const TransitionBatch& rows, const TaskColumns& out) override {
    for (int64_t r = rows.begin; r < rows.end; ++r) Clear(r, out);
  }
  void Evaluate(const TransitionBatch& rows, const TaskColumns& out) override {
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      Clear(r, out);
      if (!*At<uint8_t>(rows.next, kDone, r, 1)) continue;
      out.terminated[r] = 1;
      out.success[r] =
          !world_.success || world_.success(At<double>(rows.next, kX, r, world_.state_size));
      out.cause[r] = 0;
    }
  }
  Diagnostics TakeErrors() override { return {}; }

 private:
  static void Clear(int64_t r, const TaskColumns& out) {
    out.terminated[r] = out.success[r] = 0;
    out.cause[r] = -1;
  }
  const SmallWorld& world_;
};

FieldSpec MakeField(const char* name, DType dtype, std::vector<int> shape, FieldRole role) {
  FieldSpec field;
  field.name = name;
  field.dtype = dtype;
  field.shape = std::move(shape);
  field.role = role;
  return field;
}

class SmallTask : public Task {
 public:
  explicit SmallTask(const SmallWorld& world) : world_(world) {
    spec_.name = "small";
    spec_.hash = "5a";
    spec_.world.kind = "small";
    spec_.world.action = world.action;
    std::vector<FieldSpec> fields = {
        MakeField("x", DType::kF64, {world.state_size}, FieldRole::kState),
        MakeField("paid", DType::kF64, {}, FieldRole::kState),
        MakeField("done", DType::kBool, {}, FieldRole::kFlag)};
    if (world.mask_size > 0) {
      fields.push_back(MakeField("mask", DType::kU8, {world.mask_size}, FieldRole::kActionMask));
    }
    for (const FieldSpec& field : fields) {
      CARROT_CHECK(spec_.world.state.Add(field));
      CARROT_CHECK(spec_.state.Add(field));
    }
    spec_.observation = {{.field = kX, .begin = 0, .end = world.state_size}};
    spec_.observation_size = world.state_size;
    spec_.horizon = world.horizon;
    spec_.causes = {"done"};
  }
  Result<std::unique_ptr<World>> NewWorld(int num_envs) const override {
    return std::make_unique<FunctionWorld>(world_, num_envs);
  }
  Result<std::unique_ptr<TaskEvaluator>> NewEvaluator() const override {
    return std::make_unique<FlagEvaluator>(world_);
  }

 private:
  SmallWorld world_;
};

class PaidEvaluator : public RewardEvaluator {
 public:
  void Begin(const TransitionBatch& rows, const RewardColumns& out) override {
    for (int64_t r = rows.begin; r < rows.end; ++r) out.term[r] = out.total[r] = out.reward[r] = 0;
  }
  void Evaluate(const TransitionBatch& rows, const RewardColumns& out) override {
    for (int64_t r = rows.begin; r < rows.end; ++r) {
      out.term[r] = *At<double>(rows.next, kReward, r, 1);
    }
  }
  Diagnostics TakeErrors() override { return {}; }
  void SetParams(std::span<const double>) override {}
};

class PaidReward : public RewardFunction {
 public:
  explicit PaidReward(const LearnStages& learn) {
    spec_.learn = learn;
    spec_.name = "paid";
    spec_.hash = "9d";
    spec_.terms.resize(1);
    spec_.terms[0].name = "paid";
    spec_.fields_read = {kReward};
  }
  Result<std::unique_ptr<RewardEvaluator>> NewEvaluator() const override {
    return std::make_unique<PaidEvaluator>();
  }
};

ActionSpec Discrete(std::vector<int> choices) {
  ActionSpec action;
  action.kind = ActionSpec::Kind::kDiscrete;
  action.choices = std::move(choices);
  action.names.assign(action.choices.size(), "choice");
  return action;
}

}  // namespace

std::shared_ptr<const Task> MakeSmallTask(const SmallWorld& world) {
  return std::make_shared<SmallTask>(world);
}
std::shared_ptr<const RewardFunction> MakeSmallReward(const LearnStages& learn) {
  return std::make_shared<PaidReward>(learn);
}

SmallWorld Bandit() {
  SmallWorld world;
  world.action = Discrete({4});
  world.reset = [](Rng&, double* x, uint8_t*) { x[0] = 1; };
  world.step = [](Rng&, const double* action, double*, uint8_t*, bool* done) {
    *done = true;
    return action[0] == 2 ? 1.0 : 0.0;
  };
  return world;
}

SmallWorld Chain() {
  constexpr int kCells = 5;
  SmallWorld world;
  world.state_size = kCells;
  world.action = Discrete({2});
  world.horizon = 20;
  world.reset = [](Rng&, double* x, uint8_t*) {
    std::fill_n(x, kCells, 0.0);
    x[0] = 1;
  };
  world.step = [](Rng&, const double* action, double* x, uint8_t*, bool* done) {
    const auto cell = std::find(x, x + kCells, 1.0) - x;
    const auto next = action[0] == 1 ? cell + 1 : 0;
    if (next == kCells) {
      *done = true;
      return 1.0;
    }
    x[cell] = 0;
    x[next] = 1;
    return 0.0;
  };
  return world;
}

}  // namespace carrot::testing
