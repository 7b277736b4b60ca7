#include "envs/mujoco/bare_loop.h"

#include "engine/base/rng.h"
#include "tests/envs/mujoco/mujoco_test_util.h"

namespace carrot {
namespace {

class BareLoopTest : public MujocoTest {};

// Breaks if the baseline of the speed figures passes through other states than the world, i.e. if
// the ratio compares unlike work.
TEST_F(BareLoopTest, BothEnginesPassThroughTheWorldsStates) {
  const auto reset = nlohmann::json::array(
      {{{"target", "qpos[0:2]"}, {"dist", "uniform"}, {"low", -0.1}, {"high", 0.1}}});
  for (const char* source : {"qpos", "cfrc_ext"}) {  // without and with mj_rnePostConstraint
    auto model = Load(Fields({{"qpos", "qpos"}, {"other", source}}), reset, {{"frame_skip", 2}});
    ASSERT_TRUE(model) << Format(model.error());
    constexpr int kEnvs = 3, kSteps = 60;
    BareScript script;
    script.num_envs = kEnvs;
    script.steps = kSteps;
    script.world_seeds = {11, 12, 13, 14, 15};
    Rng rng(Key(1, RngDomain::kTest));
    for (int i = 0; i < 20 * kEnvs * 2; ++i) script.action.push_back(rng.Uniform(-1, 1));
    for (int i = 0; i < kSteps * kEnvs; ++i) script.ended.push_back(rng.Below(10) == 0);

    LiveWorld live(*model, kEnvs);
    int64_t episode[kEnvs] = {};
    auto restart = [&](int env) {
      live.Reset(env, script.world_seeds[(env + episode[env]++ * kEnvs) % 5]);
    };
    for (int env = 0; env < kEnvs; ++env) restart(env);
    for (int t = 0; t < kSteps; ++t) {
      const double* row = script.action.data() + (t % 20) * kEnvs * 2;
      live.action.assign(row, row + kEnvs * 2);
      live.Step();
      for (int env = 0; env < kEnvs; ++env) {
        if (script.ended[t * kEnvs + env]) restart(env);
      }
    }
    double expected = 0;
    for (int env = 0; env < kEnvs; ++env) {
      double sum = 0;
      for (double q : live.Row("qpos", env)) sum += q;
      expected += sum;
    }
    for (int threads : {1, 2}) {
      ThreadPool pool(threads);
      for (BareEngine engine : {BareEngine::kLoop, BareEngine::kBatch}) {
#ifdef __SANITIZE_THREAD__
        // MuJoCo's own pool lives in a library that TSan cannot see into: it would report every
        // hand-over between that pool's threads and ours as a race.
        if (engine == BareEngine::kBatch) continue;
#endif
        auto result = RunBareLoop(**model, script, engine, pool);
        ASSERT_TRUE(result) << Format(result.error());
        EXPECT_EQ(result->final_position, expected) << source << " " << threads;
        EXPECT_EQ(result->env_steps, kSteps * kEnvs);
      }
    }
  }
}

}  // namespace
}  // namespace carrot
