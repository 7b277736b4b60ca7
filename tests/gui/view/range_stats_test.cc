// Deleted: the table beside the plots, or an exported file, could say other numbers than the reward
// paid.
#include "gui/view/range_stats.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdlib>
#include <sstream>

#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

class RangeStatsTest : public ::testing::Test {
 protected:
  RangeStatsTest() : recording_(testing::RecordToy({.num_envs = 3, .steps = 150})) {
    trace_.name = "toy";
    trace_.trace = recording_.trace;
    trace_.episodes =
        std::make_shared<const std::vector<TraceEpisodeRows>>(recording_.trace->EpisodeRows());
    reward_.function = recording_.reward;
    reward_.settings = DefaultSettings(recording_.reward->spec(), recording_.trace->spec().gamma);
    reward_.defaults = reward_.settings;
    reward_.settings.weights.weights[0] = -1.0 / 3;
    trace_.terms = trace_.totals =
        std::make_shared<const Score>(*Rescore(*recording_.trace, recording_.task->spec().state,
                                               *recording_.reward, reward_.settings, pool_));
  }
  const TraceEpisodeRows& Episode() const { return (*trace_.episodes)[kEpisode]; }

  static constexpr int kEpisode = 2;
  testing::ToyRecording recording_;
  ThreadPool pool_{1};
  TraceView trace_;
  RewardInfo reward_;
};

TEST_F(RangeStatsTest, AreSumsOverTheSteps) {
  const size_t n = recording_.reward->spec().terms.size();
  const int length = static_cast<int>(Episode().rows) - 1;
  const auto all = RangeStats(trace_, kEpisode, 0, length, reward_, true);
  ASSERT_EQ(all.size(), n + 3);  // and the shaping
  const EpisodeScore& episode = trace_.totals->episodes[kEpisode];
  for (size_t k = 0; k < n; ++k) {
    EXPECT_EQ(all[k].name, recording_.reward->spec().terms[k].name);
    EXPECT_NEAR(all[k].sum, reward_.settings.weights.weights[k] * episode.term_sums[k], 1e-9);
  }
  EXPECT_NEAR(all.back().sum, episode.episode_return, 1e-9);
  double share = 0, paid = 0;
  for (size_t k = 0; k <= n; ++k) {
    share += all[k].share;
    paid += all[k].sum;
  }
  EXPECT_NEAR(share, 1, 1e-12);
  EXPECT_EQ(all[n].name, "(potential)");
  EXPECT_NE(all[n].sum, 0);
  EXPECT_NEAR(paid, all[n + 1].sum, 1e-9) << "the parts are the total";

  const auto part = RangeStats(trace_, kEpisode, 3, 6, reward_, false);
  std::vector<double> raw;
  ForRows(Episode(), [&](const TraceBlock& block, int i, int64_t row) {
    if (row >= 3 && row <= 6) raw.push_back(trace_.terms->term[(block.first_row + i) * n]);
  });
  ASSERT_EQ(raw.size(), 4u);
  EXPECT_EQ(part[0].first, raw[0]);
  EXPECT_EQ(part[0].last, raw[3]);
  EXPECT_NEAR(part[0].mean, (raw[0] + raw[1] + raw[2] + raw[3]) / 4, 1e-12);
  EXPECT_TRUE(RangeStats(trace_, kEpisode, length + 1, length + 5, reward_, true).empty());
  EXPECT_TRUE(RangeStats(trace_, 1000, 0, 5, reward_, true).empty());
}

TEST_F(RangeStatsTest, TheFileHasEveryStepBitForBit) {
  const size_t n = recording_.reward->spec().terms.size();
  std::istringstream csv(RangeCsv(trace_, kEpisode, 2, 9, reward_, 0.02));
  std::string line;
  std::getline(csv, line);
  EXPECT_EQ(line.rfind("recording,env,episode,step,time,raw/", 0), 0u);
  int step = 2;
  const auto rows = [&](int64_t wanted) {
    int64_t found = -1;
    ForRows(Episode(), [&](const TraceBlock& block, int i, int64_t row) {
      if (row == wanted) found = block.first_row + i;
    });
    return found;
  };
  for (; std::getline(csv, line); ++step) {
    std::vector<std::string> cells;
    std::istringstream parts(line);
    for (std::string cell; std::getline(parts, cell, ',');) cells.push_back(cell);
    const size_t columns = n + 1;
    ASSERT_EQ(cells.size(), 5 + 2 * columns + 2);
    EXPECT_EQ(std::stoi(cells[3]), step);
    const int64_t row = rows(step);
    EXPECT_EQ(std::strtod(cells[5].c_str(), nullptr), trace_.terms->term[row * n]);
    const auto number = [&](size_t cell) { return std::strtod(cells[cell].c_str(), nullptr); };
    EXPECT_EQ(number(5 + 2 * columns), trace_.totals->total[row]);
    double paid = 0;
    for (size_t k = 0; k < columns; ++k) paid += number(5 + columns + k);
    EXPECT_NEAR(paid, trace_.totals->total[row], 1e-12);
  }
  EXPECT_EQ(step, 10);
}

}  // namespace
}  // namespace carrot
