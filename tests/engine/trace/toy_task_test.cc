#include "tests/support/toy_task.h"

#include <gtest/gtest.h>

#include "engine/core/vector_env.h"

namespace carrot {
namespace {

// Everything in this folder stands on the toy task: without this test a toy that never succeeds,
// terminates or fails would leave the other tests checking nothing.
TEST(ToyTask, ReachesEveryOutcome) {
  ThreadPool pool(1);
  auto env =
      VectorEnv::Create(testing::MakeToyTask({.horizon = 35, .bound = 1.8, .fault_every = 5}),
                        testing::MakeToyReward(), pool, {.num_envs = 8});
  ASSERT_TRUE(env);
  (*env)->Reset();
  std::vector<double> action(16);
  int out = 0, time_limit = 0, fault = 0, success = 0;
  for (int step = 0; step < 400; ++step) {
    testing::ToyActions(8, step, action.data());
    (*env)->Step(action);
    for (const EpisodeSummary& episode : (*env)->finished()) {
      out += episode.cause == "out";
      time_limit += episode.cause == "time_limit";
      fault += episode.cause == "fault";
      success += episode.success;
    }
  }
  EXPECT_GT(out, 5);
  EXPECT_GT(time_limit, 5);
  EXPECT_GT(fault, 5);
  EXPECT_GT(success, 5);
}

}  // namespace
}  // namespace carrot
