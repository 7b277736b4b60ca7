// `observe`: what a reward shows the policy of its memory. Deleted: a policy could be trained on
// the state of another step, of another episode, or of another entry.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "engine/core/observed_memory.h"
#include "engine/core/vector_env.h"
#include "rewards/host/lua_reward.h"
#include "tests/support/toy_task.h"

namespace carrot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<std::shared_ptr<const RewardFunction>> Load(const std::string& source) {
  return LoadRewardSource(source, std::string(CARROT_SOURCE_DIR) + "/toy.lua",
                          testing::MakeToyTask()->spec(), {});
}

// The state is 1 for two steps, then 2 for two, then 3; `trail` and `count` are plain numbers.
constexpr char kObserving[] = R"lua(
return reward {
  memory = { unseen = 5, u = { 1, states = { "low", "middle", "high" } }, trail = { 7, 8 }, count = 0 },
  observe = { "trail", "u", "count" },
  terms = { term { "walk", fn = function(s, a, p, m)
    m.count = s.step
    m.trail = { s.pos[1], s.pos[2] }
    m.u = math.min(3, 1 + math.floor(s.step / 2))
    return 1
  end } },
}
)lua";
constexpr int kTask = 4;  // observations of the toy task

std::vector<double> Expected(const double* pos, int step) {
  const int u = std::min(3, 1 + step / 2);
  std::vector<double> out{step == 0 ? 7.0 : pos[0], step == 0 ? 8.0 : pos[1]};
  for (int state = 1; state <= 3; ++state) out.push_back(u == state ? 1 : 0);
  out.push_back(step);
  return out;
}

TEST(Observe, FollowsTheTaskAndStartsAnewWithEachEpisode) {
  auto reward = Load(kObserving);
  ASSERT_TRUE(reward.has_value()) << Format(reward.error());
  EXPECT_THAT(ObservedNames((*reward)->spec()), ElementsAre("m.trail[1]", "m.trail[2]", "m.u=low",
                                                            "m.u=middle", "m.u=high", "m.count"));
  ThreadPool pool(2);
  auto env = *VectorEnv::Create(testing::MakeToyTask({.horizon = 6}), *reward, pool,
                                {.num_envs = 3, .seed = 2, .shard_size = 1});
  const int width = env->observation_size();
  ASSERT_EQ(width, kTask + 6);
  env->Reset();
  std::vector<double> action(6), plain(kTask);
  const auto tail = [&](std::span<const double> obs, int i) {
    return std::vector<double>(obs.begin() + i * width + kTask, obs.begin() + (i + 1) * width);
  };
  int ended = 0;
  for (int step = 0; step < 20; ++step) {
    for (int i = 0; i < 3; ++i) {
      const double* pos = env->state().Next<double>(0)[i].data();
      EXPECT_EQ(tail(env->obs(), i), Expected(pos, env->step()[i])) << step;
      GatherObservation(env->task().spec(), env->state().next(), i, plain.data());
      EXPECT_TRUE(std::equal(plain.begin(), plain.end(), env->obs().begin() + i * width));
    }
    testing::ToyActions(3, step, action.data());
    env->Step(action);
    for (const EpisodeSummary& episode : env->finished()) {
      const auto last = tail(env->final_obs(), episode.env);
      EXPECT_EQ(last.back(), episode.length);  // of the ended episode, not of the next
      ++ended;
    }
  }
  EXPECT_GE(ended, 6);
}

TEST(Observe, SurvivesASnapshot) {
  auto reward = *Load(kObserving);
  ThreadPool pool(1);
  const auto make = [&] {
    return *VectorEnv::Create(testing::MakeToyTask(), reward, pool, {.num_envs = 1, .seed = 2});
  };
  auto env = make(), other = make();
  env->Reset();
  other->Reset();
  std::vector<double> action(2);
  for (int step = 0; step < 3; ++step) {
    testing::ToyActions(1, step, action.data());
    env->Step(action);
  }
  ASSERT_TRUE(other->Load(0, env->Save(0)));
  EXPECT_TRUE(std::ranges::equal(env->obs(), other->obs()));
}

std::string Errors(const std::string& fields) {
  auto reward = Load("return reward { " + fields +
                     " terms = { term { \"t\", fn = function() return 1 end } } }");
  return reward ? "" : Format(reward.error());
}

TEST(Observe, SaysWhatIsWrong) {
  EXPECT_THAT(Errors("memory = { count = 0 }, observe = { 'coutn' },"),
              AllOf(HasSubstr("R024"), HasSubstr("did you mean `count`?")));
  EXPECT_THAT(Errors("observe = { 'u' },"), HasSubstr("declare it: memory = { u = 0 }"));
  EXPECT_THAT(Errors("memory = { u = 0 }, observe = { 'u', 'u' },"), HasSubstr("R023"));
  EXPECT_THAT(Errors("memory = { u = 0 }, observe = { u = true },"), HasSubstr("R020"));
  EXPECT_THAT(Errors("memory = { u = { 3, states = { 'a', 'b' } } },"),
              AllOf(HasSubstr("R025"), HasSubstr("the number of its first state, 1 to 2")));
  EXPECT_THAT(Errors("memory = { u = { 1, stats = { 'a' } } },"), HasSubstr("R0"));
}

// Deleted: scripts that read the description would not know what a policy sees.
TEST(Observe, IsDescribed) {
  const auto described = DescribeReward(**Load(kObserving), testing::MakeToyTask()->spec());
  EXPECT_EQ(described["observe"].size(), 6u);
  EXPECT_EQ(described["memory"][1]["states"][2], "high");
}

}  // namespace
}  // namespace carrot
