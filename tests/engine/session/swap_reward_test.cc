// A live environment under a script that is swapped: what it pays from then on is what a re-score
// of the recording says.
#include <gmock/gmock.h>

#include "engine/trace/trace_writer.h"
#include "rewards/analysis/rescore.h"
#include "rewards/analysis/running_episodes.h"
#include "rewards/host/lua_reward.h"
#include "tests/support/toy_task.h"

namespace carrot {
namespace {

// The memory, the potential and the derived value of each depend on the whole episode.
constexpr char kRecord[] = R"lua(
return reward {
  params = { gain = 1 },
  memory = { best = function(s) return s.pos.x end, count = 0 },
  derive = { ahead = function(s) return s.pos.x - s.pos.y end },
  terms = {
    term { "record", fn = function(s, a, p, m)
      m.count = m.count + 1
      if s.pos.x > m.best then m.best = s.pos.x return p.gain end
      return 0
    end },
    term { "lean", weight = 0.5, fn = function(s) return s.ahead - s.prev.ahead end },
    term { "noise", weight = 0.1, fn = function() return math.random() end },
  },
  potential = function(s, a, p, m) return m.best + 0.1 * m.count end,
})lua";
constexpr char kPlain[] = R"lua(
return reward { terms = { term { "speed", "speed" } } })lua";
constexpr char kTrail[] = R"lua(
return reward {
  memory = { sum = 0, last = { 0, 0 } },
  terms = {
    term { "sum", fn = function(s, a, p, m) m.sum = m.sum + s.speed return m.sum end },
    term { "turn", weight = -1, fn = function(s, a, p, m)
      local change = math.abs(a[1] - m.last[1])
      m.last = { a[1], a[2] }
      return change
    end },
  },
})lua";

class SwapRewardTest : public ::testing::Test {
 protected:
  static constexpr int kEnvs = 5;
  SwapRewardTest() : task_(testing::MakeToyTask({.horizon = 40})) {
    env_ = *VectorEnv::Create(task_, Load(kPlain), pool_,
                              {.num_envs = kEnvs, .seed = 3, .gamma = 0.9, .shard_size = 2});
    // Without a reward: its columns hold for any script.
    auto spec = *MakeTraceSpec(task_->spec(), nullptr, {});
    spec.gamma = 0.9;
    trace_ = std::make_shared<Trace>(std::move(spec));
    writer_ = std::make_unique<TraceWriter>(trace_, task_->spec().state, kEnvs);
    env_->SetSink(writer_.get());
    env_->Reset();
  }
  std::shared_ptr<const RewardFunction> Load(const std::string& source) const {
    auto reward = LoadRewardSource(source, "toy.lua", task_->spec());
    EXPECT_TRUE(reward.has_value()) << Format(reward.error());
    return *reward;
  }
  void Run(int steps) {
    std::vector<double> action(2 * kEnvs);
    for (int i = 0; i < steps; ++i) {
      // Each env ends its episodes at other times.
      testing::ToyActions(kEnvs, step_++, action.data());
      for (int e = 0; e < kEnvs; ++e) action[2 * e] *= 1 + 0.3 * e;
      env_->Step(action);
    }
  }
  void Swap(const std::shared_ptr<const RewardFunction>& reward, const RewardSettings& settings) {
    writer_->CommitAll();
    auto standing = StandingOf(*trace_, *reward, settings.params, *env_);
    ASSERT_TRUE(standing.has_value()) << Format(standing.error());
    ASSERT_TRUE(env_->SwapReward(reward, *standing).has_value());
    env_->SetWeights(settings.weights);
    env_->SetRewardParams(settings.params);
  }
  // Runs on and compares each step's reward and terms with the re-score, bit for bit.
  void ExpectAsRescored(const std::shared_ptr<const RewardFunction>& reward,
                        const RewardSettings& settings, int steps) {
    struct Paid {
      int64_t episode;
      int step;
      double reward;
      std::vector<double> terms;
    };
    const size_t n = reward->spec().terms.size();
    std::vector<std::vector<Paid>> paid(kEnvs);
    for (int i = 0; i < steps; ++i) {
      const std::vector<int64_t> episode(env_->episode().begin(), env_->episode().end());
      const std::vector<int> step(env_->step().begin(), env_->step().end());
      Run(1);
      for (int e = 0; e < kEnvs; ++e) {
        const auto terms = env_->terms().subspan(e * n, n);
        paid[e].push_back(
            {episode[e], step[e] + 1, env_->reward()[e], {terms.begin(), terms.end()}});
      }
    }
    writer_->CommitAll();
    auto score = Rescore(*trace_, task_->spec().state, *reward, settings, pool_);
    ASSERT_TRUE(score.has_value()) << Format(score.error());
    for (const TraceEpisodeRows& rows : trace_->EpisodeRows()) {
      for (const Paid& row : paid[rows.env]) {
        if (row.episode != rows.episode) continue;
        int64_t at = row.step;
        size_t b = 0;
        while (at >= rows.blocks[b]->rows) at -= rows.blocks[b++]->rows;
        const int64_t r = rows.blocks[b]->first_row + at;
        ASSERT_EQ(score->reward[r], row.reward)
            << "env " << rows.env << " episode " << rows.episode << " step " << row.step;
        for (size_t k = 0; k < n; ++k) ASSERT_EQ(score->term[r * n + k], row.terms[k]) << k;
      }
    }
  }

  std::shared_ptr<const Task> task_;
  ThreadPool pool_{2};
  std::unique_ptr<VectorEnv> env_;
  std::shared_ptr<Trace> trace_;
  std::unique_ptr<TraceWriter> writer_;
  int64_t step_ = 0;
};

// Deleted: after an edit the window would show other totals live than re-scored, until the next
// reset: memory, potential and derived values would begin in the middle of the episode.
TEST_F(SwapRewardTest, LiveValuesEqualTheRescore) {
  Run(25);
  const auto record = Load(kRecord);
  RewardSettings settings = DefaultSettings(record->spec(), 0.9);
  settings.params[0] = 2;
  settings.weights.weights[0] = 3;
  Swap(record, settings);
  ExpectAsRescored(record, settings, 30);  // over the ends of episodes
  const auto trail = Load(kTrail);
  const RewardSettings plain = DefaultSettings(trail->spec(), 0.9);
  Swap(trail, plain);
  ExpectAsRescored(trail, plain, 7);
  Swap(record, settings);  // and back, within the same episodes
  ExpectAsRescored(record, settings, 60);
  EXPECT_TRUE(env_->TakeErrors().empty());
}

// Deleted: a swap on the row of a reset would fail or take the ended episode's memory.
TEST_F(SwapRewardTest, WorksRightAfterAReset) {
  const auto record = Load(kRecord);
  const RewardSettings settings = DefaultSettings(record->spec(), 0.9);
  Swap(record, settings);
  ExpectAsRescored(record, settings, 45);
}

// Deleted: a swap could invent memory for an episode whose beginning nobody recorded.
TEST_F(SwapRewardTest, NeedsTheWholeEpisode) {
  Run(3);  // not committed
  const auto record = Load(kRecord);
  auto standing = StandingOf(*trace_, *record, {}, *env_);
  ASSERT_FALSE(standing.has_value());
  EXPECT_EQ(standing.error()[0].code, "I009");
  EXPECT_EQ(env_->reward_function()->spec().terms[0].name, "speed") << "nothing has changed";
}

class WithoutEvaluator : public RewardFunction {
 public:
  WithoutEvaluator() { spec_.terms.resize(3); }
  Result<std::unique_ptr<RewardEvaluator>> NewEvaluator() const override {
    return Fail(MakeError("R041", "no memory for another state"));
  }
};

// Deleted: a swap that fails half-way would leave columns of one reward under the terms of another.
TEST_F(SwapRewardTest, AFailedSwapChangesNothing) {
  Run(4);
  EXPECT_FALSE(env_->SwapReward(std::make_shared<WithoutEvaluator>(), {}).has_value());
  EXPECT_EQ(env_->terms().size(), static_cast<size_t>(kEnvs));
  Run(1);
  const int speed = task_->spec().state.Find("speed");
  for (int e = 0; e < kEnvs; ++e) {
    EXPECT_EQ(env_->reward()[e], env_->state().Next<double>(speed)[e][0]);
  }
}

}  // namespace
}  // namespace carrot
