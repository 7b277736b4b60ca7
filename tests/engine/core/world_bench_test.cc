#include "engine/core/world_bench.h"

#include <gtest/gtest.h>

namespace carrot {
namespace {

// Counts its steps; `third` is set on every third step of an episode.
class Counter final : public World {
 public:
  explicit Counter(int num_envs, int64_t* steps) : age_(num_envs), steps_(steps) {}
  void Reset(int env, uint64_t, StateBatch& batch) override {
    age_[env] = 0;
    batch.Next<uint8_t>(0).data[env] = 0;
  }
  void Step(EnvRange envs, const double* action, StateBatch& batch, uint8_t*) override {
    for (int env = envs.begin; env < envs.end; ++env) {
      EXPECT_TRUE(action[env] == 0 || action[env] == 1);
      batch.Next<uint8_t>(0).data[env] = ++age_[env] % 3 == 0;
      ++*steps_;
    }
  }
  size_t snapshot_bytes() const override { return 0; }
  void Save(int, std::byte*) const override {}
  void Load(int, const std::byte*) override {}

 private:
  std::vector<int> age_;
  int64_t* steps_;
};

class CounterModel final : public WorldModel {
 public:
  CounterModel() {
    EXPECT_TRUE(spec_.state.Add({.name = "third", .dtype = DType::kBool}));
    spec_.action = {.kind = ActionSpec::Kind::kDiscrete, .choices = {2}};
  }
  std::unique_ptr<World> NewWorld(int num_envs) const override {
    return std::make_unique<Counter>(num_envs, &steps);
  }
  mutable int64_t steps = 0;
};

// Without it, the benchmark could time other steps than it says, or never restart an episode.
TEST(WorldBench, StepsAndRestartsAsAsked) {
  CounterModel model;
  WorldBenchResult result = BenchWorld(model, {.num_envs = 4, .steps = 1200, .ends = {"third"}});
  EXPECT_EQ(model.steps, 1200 + 31 * 4) << "300 timed batches after 31 unmeasured ones";
  EXPECT_EQ(result.episodes, 331 / 3 * 4 - 31 / 3 * 4);
  EXPECT_GT(result.ns_per_step, 0);
  result = BenchWorld(model, {.num_envs = 2, .steps = 100, .horizon = 2});
  EXPECT_EQ(result.episodes, 56 / 2 * 2 - 6 / 2 * 2);
}

}  // namespace
}  // namespace carrot
