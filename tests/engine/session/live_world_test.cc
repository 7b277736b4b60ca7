#include "engine/session/live_world.h"

#include <gmock/gmock.h>

#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

using ::testing::IsEmpty;

class LiveWorldTest : public ::testing::Test {
 protected:
  std::unique_ptr<LiveWorld> Make(uint64_t seed = 1) {
    auto live = LiveWorld::Create(task_, pool_, seed);
    EXPECT_TRUE(live) << Format(live.error());
    return std::move(*live);
  }
  // The states of the newest episode, as bytes, and its actions.
  struct Episode {
    uint64_t seed = 0;
    std::vector<std::string> states;
    std::vector<double> actions;
  };
  static Episode Newest(LiveWorld& live) {
    const auto trace = live.Commit();
    const TraceEpisodeRows rows = trace->EpisodeRows().back();
    Episode episode{.seed = rows.world_seed, .states = {}, .actions = {}};
    ForRows(rows, [&](const TraceBlock& block, int i, int64_t row) {
      std::string bytes;
      for (size_t f = 0; f < trace->spec().fields.size(); ++f) {
        const int column = trace->layout().state + static_cast<int>(f);
        bytes.append(reinterpret_cast<const char*>(Trace::Row(block, column, i)),
                     trace->spec().fields[f].bytes());
      }
      episode.states.push_back(bytes);
      const auto* action = Trace::Row<double>(block, trace->layout().action, i);
      if (row > 0) episode.actions.insert(episode.actions.end(), action, action + 2);
    });
    return episode;
  }
  // The score that a re-score of the recording gives.
  void ExpectScored(LiveWorld& live, const RewardFunction& reward, const RewardSettings& settings,
                    const char* when) {
    SCOPED_TRACE(when);
    const auto trace = live.Commit();
    const Score score = *Rescore(*trace, task_->spec().state, reward, settings, pool_);
    EXPECT_EQ(live.score().term, score.term);
    ASSERT_EQ(live.score().total.size(), score.total.size());
    for (size_t row = 0; row < score.total.size(); ++row) {
      EXPECT_EQ(live.score().total[row], score.total[row]) << "row " << row;
    }
    EXPECT_EQ(live.score().reward, score.reward);
  }

  ThreadPool pool_{1};
  std::shared_ptr<const Task> task_ = testing::MakeToyTask();
};

// Deleted: what was done again could be another episode than the one that was recorded.
TEST_F(LiveWorldTest, ReplayGivesTheSameStates) {
  auto live = Make();
  for (int i = 0; i < 12; ++i) live->Step();
  const Episode first = Newest(*live);
  ASSERT_EQ(first.states.size(), 13u);
  auto other = Make(99);
  ASSERT_TRUE(other->Replay(first.seed, first.actions));
  const Episode again = Newest(*other);
  EXPECT_EQ(again.seed, first.seed);
  EXPECT_EQ(again.states, first.states);
  EXPECT_EQ(again.actions, first.actions);
}

// Deleted: the live world's past could keep the totals of a reward that is no longer in use.
TEST_F(LiveWorldTest, ThePastIsScoredUnderTheRewardInUse) {
  auto live = Make();
  const auto one = testing::MakeToyReward();
  RewardSettings settings = DefaultSettings(one->spec(), 0.99);
  ASSERT_TRUE(live->SetReward(one, settings));
  for (int i = 0; i < 120; ++i) live->Step();  // more than one episode
  ExpectScored(*live, *one, settings, "first");
  settings.weights.weights[0] = 7;
  settings.weights.potential = 0.5;
  ASSERT_TRUE(live->SetReward(one, settings));
  ExpectScored(*live, *one, settings, "other weights");
  settings.params[0] = 0.25;
  ASSERT_TRUE(live->SetReward(one, settings));
  ExpectScored(*live, *one, settings, "another parameter");

  const auto two = testing::MakeToyReward({.potential = false, .reads_big = false});
  const int64_t rows = live->rows();
  const RewardSettings others = DefaultSettings(two->spec(), 0.99);
  ASSERT_TRUE(live->SetReward(two, others));
  EXPECT_EQ(live->rows(), rows) << "a swap keeps the past";
  for (int i = 0; i < 5; ++i) live->Step();
  ExpectScored(*live, *two, others, "another script");
  EXPECT_THAT(live->TakeErrors(), IsEmpty());
}

// Deleted: the step after a parameter was dragged could be paid with the potential of the old
// value.
TEST_F(LiveWorldTest, TheStepAfterAParameterChangeIsPaidUnderTheNewOne) {
  auto live = Make();
  const auto reward = testing::MakeToyReward();
  RewardSettings settings = DefaultSettings(reward->spec(), 0.99);
  ASSERT_TRUE(live->SetReward(reward, settings));
  for (int i = 0; i < 5; ++i) live->Step();
  settings.params[0] = 0.25;
  ASSERT_TRUE(live->SetReward(reward, settings));
  for (int i = 0; i < 5; ++i) live->Step();
  ExpectScored(*live, *reward, settings, "another parameter");
}

// Deleted: a reset to a seed could begin another episode, and every reset the same one.
TEST_F(LiveWorldTest, RestartsBeginNewEpisodes) {
  auto live = Make();
  const uint64_t first = Newest(*live).seed;
  ASSERT_TRUE(live->Restart(42));
  EXPECT_EQ(Newest(*live).seed, 42u);
  EXPECT_EQ(live->rows(), 1);
  ASSERT_TRUE(live->Restart({}));
  const uint64_t second = Newest(*live).seed;
  EXPECT_NE(second, first);
  EXPECT_NE(second, 42u);
  auto same = Make();
  EXPECT_EQ(Newest(*same).seed, first) << "the seed decides";
}

// Deleted: a window that is left alone over night could fill the memory.
TEST_F(LiveWorldTest, ThePastIsBounded) {
  auto live = Make();
  for (int i = 0; i < 20'100; ++i) live->Step();
  EXPECT_LT(live->rows(), 20'060);
  EXPECT_FALSE(live->SetPolicy("nobody.policy"));
  EXPECT_EQ(live->policy(), "random");
}

}  // namespace
}  // namespace carrot
