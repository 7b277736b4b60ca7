#include "engine/session/reward_desk.h"

#include <gmock/gmock.h>

#include <chrono>
#include <thread>

#include "tests/support/script_folder.h"
#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

using testing::ScriptFolder;

constexpr char kWatched[] = R"lua(
return reward {
  params = { gain = param { 1, min = 0, max = 4 } },
  terms = {
    term { "right", weight = 2, fn = function(s, a, p) return p.gain * (s.pos.x - s.prev.pos.x) end },
  },
})lua";

class RewardDeskTest : public ::testing::Test {
 protected:
  RewardDeskTest() : recording_(testing::RecordToy({.num_envs = 3, .steps = 200})) {
    folder_.Write("toy.lua", kWatched);
    auto desk = RewardDesk::Create(recording_.task, 2);
    EXPECT_TRUE(desk) << Format(desk.error());
    desk_ = std::move(*desk);
  }
  // The next result, within a minute.
  DeskResult Next() {
    for (int i = 0; i < 60'000; ++i) {
      if (auto result = desk_->Take()) return std::move(*result);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    ADD_FAILURE() << "no result";
    return {};
  }
  DeskResult Load() {
    desk_->Load(folder_.Path("toy.lua"), {recording_.trace});
    return Next();
  }

  ScriptFolder folder_;
  testing::ToyRecording recording_;
  ThreadPool pool_{1};
  std::unique_ptr<RewardDesk> desk_;
};

// Deleted: a dragged weight could end with the totals of a value that it passed on its way.
TEST_F(RewardDeskTest, TheNewestTuningIsTheLastResult) {
  DeskResult result = Load();
  ASSERT_TRUE(result.report && result.report->swapped);
  ASSERT_EQ(result.totals.size(), 1u);
  RewardSettings settings = result.live->settings;
  for (int i = 0; i < 200; ++i) {
    settings.weights.weights[0] = i;
    if (i % 50 == 0) settings.params[0] = 1 + i / 100.0;
    desk_->Tune(settings);
  }
  int results = 0;
  for (; result.live->settings.weights.weights[0] != 199; ++results) result = Next();
  EXPECT_LE(results, 200);
  EXPECT_EQ(result.live->settings.params, settings.params);
  settings.weights.gamma = recording_.trace->spec().gamma;
  const Score score = *Rescore(*recording_.trace, recording_.task->spec().state,
                               *result.live->function, settings, pool_);
  EXPECT_EQ(result.totals[0]->total, score.total);
  EXPECT_EQ((*result.live->scores)[0].term, score.term);
}

// Deleted: totals that a panel still shows could be written over by the next ones.
TEST_F(RewardDeskTest, AResultStaysAsItWas) {
  DeskResult first = Load();
  RewardSettings settings = first.live->settings;
  settings.weights.weights[0] = 3;
  desk_->Tune(settings);
  const DeskResult held = Next();
  const std::vector<double> totals = held.totals[0]->total;
  for (int i = 4; i < 20; ++i) {
    settings.weights.weights[0] = i;
    desk_->Tune(settings);
    EXPECT_NE(Next().totals[0]->total, totals);
  }
  EXPECT_EQ(held.totals[0]->total, totals);
}

// Deleted: a save could go by unnoticed, or one that is broken could be taken for good.
TEST_F(RewardDeskTest, SavesAreNoticed) {
  const DeskResult good = Load();
  std::string script = kWatched;
  folder_.Replace("toy.lua", script + " nonsense");
  DeskResult result = Next();
  ASSERT_TRUE(result.report);
  EXPECT_FALSE(result.report->swapped);
  EXPECT_EQ(result.report->diagnostics[0].code, "R001");
  EXPECT_EQ(result.live->function, good.live->function);
  EXPECT_EQ(result.totals[0]->total, good.totals[0]->total);
  folder_.Replace("toy.lua", script.replace(script.find("weight = 2"), 10, "weight = 5"));
  do {
    result = Next();
  } while (!result.report || !result.report->swapped);
  EXPECT_EQ(result.live->settings.weights.weights[0], 5);
  EXPECT_NEAR(result.mean_return, good.mean_return * 2.5, 1e-9);
}

// Deleted: a weight that is dragged while the script is saved could jump back.
TEST_F(RewardDeskTest, ASaveDoesNotLoseTheNewestTuning) {
  DeskResult result = Load();
  RewardSettings settings = result.live->settings;
  for (int i = 1; i <= 20; ++i) {
    SCOPED_TRACE(i);
    settings.params[0] = 1 + i / 100.0;  // scores for a while
    desk_->Tune(settings);
    std::string script = kWatched;
    folder_.Replace("toy.lua", script.replace(script.find("p.gain *"), 8,
                                              "p.gain * " + std::to_string(i) + " *"));
    settings.weights.weights[0] = 100 + i;
    desk_->Tune(settings);
    desk_->Reload();
    while (result.live->version <= i || desk_->busy()) {
      if (auto next = desk_->Take()) result = std::move(*next);
    }
    ASSERT_EQ(result.live->settings.weights.weights[0], 100 + i);
  }
}

// Deleted: whoever waits for the scores could wait for ever, or not at all.
TEST_F(RewardDeskTest, IsBusyUntilItsResultIsTaken) {
  EXPECT_FALSE(desk_->busy());
  desk_->Reload();  // nothing to reload: no result, and no wait
  for (int i = 0; i < 60'000 && desk_->busy(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_FALSE(desk_->busy());
  desk_->Load(folder_.Path("toy.lua"), {recording_.trace});
  EXPECT_TRUE(desk_->busy());
  Next();
  for (int i = 0; i < 60'000 && desk_->busy(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_FALSE(desk_->busy());
}

}  // namespace
}  // namespace carrot
