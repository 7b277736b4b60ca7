#include "envs/cartpole/cartpole.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "engine/base/thread_pool.h"

namespace carrot {
namespace {

std::shared_ptr<const WorldModel> Model() { return MakeCartPoleModel({}).value(); }

double Field(const StateBatch& batch, const char* name, int env) {
  return batch.Next<double>(batch.spec().Find(name)).data[env];
}
bool Flag(const StateBatch& batch, const char* name, int env) {
  return batch.Next<uint8_t>(batch.spec().Find(name)).data[env] != 0;
}

// Without it, the world could drift from Gymnasium's CartPole-v1: start state, dynamics, limits,
// rewards' end of episode. Every recorded step is replayed, whole episodes from the seed alone.
TEST(CartPole, EqualsGymnasium) {
  std::ifstream file(CARROT_SOURCE_DIR "/tests/parity/data/parity_cartpole/cartpole.json");
  const auto recording = nlohmann::json::parse(file);
  double largest = 0;
  int steps = 0, off_track = 0, fallen = 0, full = 0;
  for (const auto& episode : recording["episodes"]) {
    SCOPED_TRACE(episode["policy"].get<std::string>() + " " + episode["seed"].dump());
    CartPole state = CartPole::FromSeed(episode["seed"]);
    const auto& states = episode["state"];
    const size_t length = episode["action"].size();
    for (size_t t = 0; t <= length; ++t) {
      const double mine[] = {state.x, state.x_dot, state.theta, state.theta_dot};
      for (int i = 0; i < 4; ++i) {
        const double difference = std::abs(mine[i] - states[t][i].get<double>());
        largest = std::max(largest, difference);
        if (t == 0) {
          ASSERT_EQ(difference, 0);
        }
        ASSERT_LT(difference, 1e-9) << "step " << t << " number " << i;
      }
      const bool ended = state.off_track() || state.fallen();
      ASSERT_EQ(ended, t == length && episode["terminated"].get<bool>()) << "step " << t;
      if (t < length) state.Step(episode["action"][t] == 1);
    }
    ASSERT_EQ(length == 500, episode["truncated"].get<bool>());
    steps += static_cast<int>(length);
    off_track += state.off_track();
    fallen += state.fallen();
    full += length == 500;
  }
  RecordProperty("steps", steps);
  RecordProperty("largest_difference", std::to_string(largest));
  std::printf("%d steps, largest difference %g\n", steps, largest);
  EXPECT_TRUE(off_track > 0 && fallen > 0 && full > 0) << "the recording must reach every end";
}

// Without it, a worker count or an env's place in the batch could change results, or the columns
// could be in another order than the fields.
TEST(CartPole, BatchEqualsSingleSteps) {
  const auto model = Model();
  constexpr int kEnvs = 37;
  StateBatch batch(model->spec().state, kEnvs);
  const auto world = model->NewWorld(kEnvs);
  std::vector<CartPole> alone;
  for (int env = 0; env < kEnvs; ++env) {
    world->Reset(env, 100 + env, batch);
    alone.push_back(CartPole::FromSeed(100 + env));
  }
  ThreadPool pool(3);
  std::vector<double> action(kEnvs);
  std::vector<uint8_t> fault(kEnvs);
  for (int t = 0; t < 50; ++t) {
    for (int env = 0; env < kEnvs; ++env) {
      action[env] = (t * 7 + env * 3) % 5 < 2;
      alone[env].Step(action[env] == 1);
    }
    batch.Flip();
    pool.ParallelFor(kEnvs, [&](int env, int) {
      world->Step({env, env + 1}, action.data(), batch, fault.data());
    });
    for (int env = 0; env < kEnvs; ++env) {
      ASSERT_EQ(Field(batch, "x", env), alone[env].x);
      ASSERT_EQ(Field(batch, "x_dot", env), alone[env].x_dot);
      ASSERT_EQ(Field(batch, "theta", env), alone[env].theta);
      ASSERT_EQ(Field(batch, "theta_dot", env), alone[env].theta_dot);
      ASSERT_EQ(Flag(batch, "off_track", env), alone[env].off_track());
      ASSERT_EQ(Flag(batch, "fallen", env), alone[env].fallen());
      ASSERT_EQ(fault[env], 0);
    }
  }
}

// Without it, a restored env could continue differently.
TEST(CartPole, SnapshotContinuesExactly) {
  const auto model = Model();
  StateBatch batch(model->spec().state, 2);
  const auto world = model->NewWorld(2);
  world->Reset(0, 1, batch);
  world->Reset(1, 2, batch);
  std::vector<std::byte> bytes(world->snapshot_bytes());
  world->Save(0, bytes.data());
  world->Load(1, bytes.data());
  const double action[] = {1, 1};
  uint8_t fault[] = {0, 0};
  world->Step({0, 2}, action, batch, fault);
  for (const char* name : {"x", "x_dot", "theta", "theta_dot"}) {
    EXPECT_EQ(Field(batch, name, 0), Field(batch, name, 1)) << name;
  }
}

// Without it, examples in reward scripts would start from a random lean.
TEST(CartPole, NominalStartIsUprightAndAtRest) {
  const auto model = Model();
  StateBatch batch(model->spec().state, 1);
  model->NewWorld(1)->ResetNominal(0, batch);
  for (const char* name : {"x", "x_dot", "theta", "theta_dot"}) EXPECT_EQ(Field(batch, name, 0), 0);
}

// Without it, an action that is no choice (a script's, a file's) could be taken as `left` silently.
TEST(CartPole, AnImpossibleActionIsAFault) {
  const auto model = Model();
  StateBatch batch(model->spec().state, 3);
  const auto world = model->NewWorld(3);
  for (int env = 0; env < 3; ++env) world->Reset(env, 5, batch);
  const double before = Field(batch, "x_dot", 0);
  const double action[] = {2, std::nan(""), 0};
  uint8_t fault[] = {0, 0, 0};
  world->Step({0, 3}, action, batch, fault);
  EXPECT_EQ(fault[0], 1);
  EXPECT_EQ(fault[1], 1);
  EXPECT_EQ(fault[2], 0);
  EXPECT_EQ(Field(batch, "x_dot", 0), before) << "a faulted env stays as it is";
  EXPECT_EQ(world->FaultReason(0), "an action is 0 (left) or 1 (right)");
}

// Without it, a misspelt or misplaced setting in task.lua would be ignored.
TEST(CartPole, RefusesWhatItCannotUse) {
  WorldRequest request;
  request.options = {{"pole_length", 2}};
  auto error = MakeCartPoleModel(request).error()[0];
  EXPECT_EQ(error.code, "T030");
  EXPECT_EQ(error.message, "`cartpole` has no option `pole_length`");
  request = {};
  request.fields = {{{"name", "angle"}, {"source", "qpos[1]"}}};
  EXPECT_EQ(MakeCartPoleModel(request).error()[0].code, "T033");
  request = {};
  request.reset = {{"x", 1}};
  EXPECT_EQ(MakeCartPoleModel(request).error()[0].code, "T034");
}

}  // namespace
}  // namespace carrot
