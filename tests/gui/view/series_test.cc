#include "gui/view/series.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

using ::testing::ElementsAre;

// A view of a recording of the toy task, scored.
class SeriesTest : public ::testing::Test {
 protected:
  SeriesTest() : recording_(testing::RecordToy({.num_envs = 3, .steps = 150})) {
    trace_.name = "toy";
    trace_.path = "toy.trace";
    trace_.trace = recording_.trace;
    trace_.episodes =
        std::make_shared<const std::vector<TraceEpisodeRows>>(recording_.trace->EpisodeRows());
    settings_ = DefaultSettings(recording_.reward->spec(), recording_.trace->spec().gamma);
    trace_.terms = trace_.totals = Scored(settings_);
  }
  std::shared_ptr<const Score> Scored(const RewardSettings& settings) {
    return std::make_shared<const Score>(*Rescore(*recording_.trace, recording_.task->spec().state,
                                                  *recording_.reward, settings, pool_));
  }

  void NextFrame(SeriesCache* cache) {
    FrameView view;
    view.reward.function = recording_.reward;
    view.reward.settings = view.reward.defaults = settings_;
    view.open = {trace_};
    cache->BeginFrame(view);
  }

  testing::ToyRecording recording_;
  ThreadPool pool_{1};
  TraceView trace_;
  RewardSettings settings_;
  SeriesCache cache_;
};

// Deleted: a curve could be drawn over the wrong step, or over another episode's.
TEST_F(SeriesTest, PlacesAreEpisodesOneAfterTheOther) {
  const SeriesOrder& order = cache_.Order(trace_);
  const auto& episodes = *trace_.episodes;
  ASSERT_GT(episodes.size(), 3u);
  ASSERT_EQ(order.starts.size(), episodes.size() + 1);
  EXPECT_EQ(order.rows.size(), static_cast<size_t>(recording_.trace->num_rows()));
  const auto width = static_cast<int64_t>(recording_.reward->spec().terms.size());
  for (int e = 0; e < static_cast<int>(episodes.size()); ++e) {
    ForRows(episodes[e], [&](const TraceBlock& block, int i, int64_t step) {
      const int64_t place = order.Place(e, static_cast<int>(step));
      const int64_t row = block.first_row + i;
      ASSERT_EQ(order.rows[place], row);
      ASSERT_EQ(order.Episode(place), e);
      if (step == 0) {  // nothing is paid for a reset
        ASSERT_TRUE(std::isnan(cache_.Raw(trace_, 1).At(place)));
        ASSERT_TRUE(std::isnan(cache_.Reward(trace_).At(place)));
        return;
      }
      ASSERT_EQ(cache_.Raw(trace_, 1).At(place),
                static_cast<float>(trace_.terms->term[row * width + 1]));
      ASSERT_EQ(cache_.Total(trace_).At(place), static_cast<float>(trace_.totals->total[row]));
      ASSERT_EQ(cache_.Reward(trace_).At(place), static_cast<float>(trace_.totals->reward[row]));
      ASSERT_EQ(
          cache_.Field(trace_, 0, 1).At(place),
          static_cast<float>(Trace::Row<double>(block, recording_.trace->layout().state, i)[1]));
    });
  }
}

// Deleted: a weight could be dragged and the curves stay.
TEST_F(SeriesTest, NewColumnsMakeNewCurves) {
  const float before = cache_.Total(trace_).At(5), raw = cache_.Raw(trace_, 0).At(5);
  settings_.weights.weights[0] = 100;
  trace_.totals = Scored(settings_);
  EXPECT_EQ(cache_.Total(trace_).At(5), before);  // a frame shows one thing
  NextFrame(&cache_);
  EXPECT_NE(cache_.Total(trace_).At(5), before);
  EXPECT_EQ(cache_.Raw(trace_, 0).At(5), raw);
  settings_.params[0] = 3;
  trace_.terms = Scored(settings_);
  NextFrame(&cache_);
  EXPECT_EQ(cache_.Raw(trace_, 0).At(5), 3 * raw);
}

// Deleted: a frame could wait for a million rows, or the last curves could vanish meanwhile.
TEST_F(SeriesTest, MuchDataIsMadeOnAThreadWhileTheLastCurvesStay) {
  SeriesCache cache(0);
  const auto settle = [&] {
    do {
      NextFrame(&cache);
      (void)cache.Order(trace_);
    } while (cache.busy());
  };
  NextFrame(&cache);
  EXPECT_EQ(cache.Raw(trace_, 0).size(), 0);
  EXPECT_TRUE(cache.busy());
  settle();
  const float raw = cache.Raw(trace_, 0).At(5);
  EXPECT_EQ(cache.Total(trace_).At(5), cache_.Total(trace_).At(5));
  settings_.params[0] = 3;
  trace_.terms = Scored(settings_);
  NextFrame(&cache);
  EXPECT_EQ(cache.Raw(trace_, 0).At(5), raw);
  settle();
  EXPECT_EQ(cache.Raw(trace_, 0).At(5), 3 * raw);
}

// Deleted: rows that were not scored yet could be read beyond the score's end.
TEST_F(SeriesTest, RowsWithoutAScoreAreGaps) {
  auto part = std::make_shared<Score>(*trace_.terms);
  const size_t terms = recording_.reward->spec().terms.size();
  part->term.resize(10 * terms);
  part->total.resize(10);
  part->reward.resize(10);
  trace_.terms = trace_.totals = part;
  const SeriesOrder& order = cache_.Order(trace_);
  for (size_t place = 0; place < order.rows.size(); ++place) {
    if (std::find(order.starts.begin(), order.starts.end(), place) != order.starts.end())
      continue;  // a reset has no reward
    const bool scored = order.rows[place] < 10;
    ASSERT_EQ(std::isnan(cache_.Total(trace_).At(static_cast<int64_t>(place))), !scored);
    ASSERT_EQ(std::isnan(cache_.Raw(trace_, 0).At(static_cast<int64_t>(place))), !scored);
  }
  trace_.terms = trace_.totals = nullptr;
  NextFrame(&cache_);
  EXPECT_EQ(cache_.Total(trace_).size(), 0);
  EXPECT_EQ(cache_.Raw(trace_, 0).size(), 0);
}

// Deleted: the shares beside the sliders could belong to other weights.
TEST_F(SeriesTest, SharesAddUpToTheEpisode) {
  RewardInfo reward;
  reward.function = recording_.reward;
  reward.settings = reward.defaults = settings_;
  for (const double weight : {1.0, -3.0}) {
    reward.settings.weights.weights[0] = weight;
    trace_.totals = Scored(reward.settings);
    const SeriesCache::Shares& shares = cache_.EpisodeShares(trace_, 1, reward);
    double sum = 0, total = 0;
    for (size_t k = 0; k < shares.paid.size(); ++k) {
      sum += shares.paid[k];
      EXPECT_GE(shares.absolute[k], std::abs(shares.paid[k]) - 1e-12);
    }
    ForRows((*trace_.episodes)[1], [&](const TraceBlock& block, int i, int64_t) {
      total += trace_.totals->total[block.first_row + i];
    });
    EXPECT_NEAR(sum, total, 1e-9);
  }
}

// Deleted: a recording that was closed could keep its memory, and another take its curves.
TEST_F(SeriesTest, ClosedRecordingsAreForgotten) {
  FrameView view;
  view.open = {trace_};
  cache_.BeginFrame(view);
  EXPECT_GT(cache_.Total(trace_).size(), 0);
  view.open.clear();
  cache_.BeginFrame(view);
  TraceView other = trace_;
  other.totals = nullptr;
  EXPECT_EQ(cache_.Total(other).size(), 0);
}

TEST(SeriesOrderTest, EveryPlaceHasAnEpisode) {
  const SeriesOrder order{.rows = std::vector<int64_t>(10), .starts = {0, 4, 10}};
  std::vector<int> episodes;
  for (const int64_t place : {-1, 0, 3, 4, 9, 10, 99}) episodes.push_back(order.Episode(place));
  EXPECT_THAT(episodes, ElementsAre(0, 0, 0, 1, 1, 1, 1));
}

// Deleted: while a weight is dragged, the plots could show the episode's old totals, or others than
// those that the recording gets a moment later.
TEST_F(SeriesTest, AnEpisodesSumsAreThoseTheRecordingWillHave) {
  RewardInfo reward;
  reward.function = recording_.reward;
  reward.settings = reward.defaults = settings_;
  reward.settings.weights.weights[0] = 3.5;
  trace_.fresh = false;  // the totals are those of the weights before
  SeriesCache after;
  TraceView later = trace_;
  later.totals = Scored(reward.settings);
  later.fresh = true;
  for (int e = 0; e < 4; ++e) {
    SCOPED_TRACE(e);
    const SeriesCache::Sums ahead = cache_.EpisodeSums(trace_, e, reward);
    const SeriesCache::Sums whole = after.EpisodeSums(later, e, reward);
    const SeriesOrder& order = cache_.Order(trace_);
    ASSERT_EQ(ahead.first, order.starts[e]);
    ASSERT_EQ(ahead.total->size(), order.starts[e + 1] - order.starts[e]);
    EXPECT_EQ(whole.first, 0);
    for (int64_t i = 1; i < ahead.total->size(); ++i) {  // the first is a reset
      ASSERT_EQ(ahead.total->At(i), whole.total->At(ahead.first + i)) << i;
      ASSERT_EQ(ahead.reward->At(i), whole.reward->At(ahead.first + i)) << i;
    }
  }
}

}  // namespace
}  // namespace carrot
