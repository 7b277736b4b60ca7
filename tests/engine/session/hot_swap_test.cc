#include "engine/session/hot_swap.h"

#include <gmock/gmock.h>
#include <malloc.h>

#include <atomic>
#include <cmath>
#include <cstdlib>
#include <thread>

#include "tests/support/script_folder.h"
#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ScriptFolder;

constexpr char kOne[] = R"lua(
return reward {
  params = { gain = param { 1, min = 0, max = 4 } },
  terms = { term { "right", weight = 2, fn = function(s, a, p) return p.gain * (s.pos.x - s.prev.pos.x) end } },
})lua";
constexpr char kTwo[] = R"lua(
return reward {
  params = { gain = param { 3, min = 0, max = 4 } },
  memory = { best = 0 },
  terms = {
    term { "effort", weight = -1, kind = "penalty", fn = function(s, a) return a:dot(a) end },
    term { "right", weight = 1, fn = function(s, a, p) return p.gain * (s.pos.x - s.prev.pos.x) end },
    term { "record", fn = function(s, a, p, m)
      if s.pos.x > m.best then m.best = s.pos.x return 1 end
      return 0
    end },
  },
})lua";

class HotSwapTest : public ::testing::Test {
 protected:
  HotSwapTest() : recording_(testing::RecordToy({.num_envs = 3, .steps = 200})) {}
  HotSwap Make(const std::string& source) {
    folder_.Write("toy.lua", source);
    return {recording_.task, folder_.Path("toy.lua"), {recording_.trace}, pool_};
  }
  // Mean over finished episodes of the distance travelled, from the recorded rows themselves.
  double MeanDistance() const {
    double sum = 0;
    int count = 0;
    const Trace& trace = *recording_.trace;
    for (const TraceEpisodeRows& episode : trace.EpisodeRows()) {
      if (!episode.ended) continue;
      const TraceBlock& last = *episode.blocks.back();
      sum += *Trace::Row<double>(last, trace.layout().state, last.rows - 1) -
             *Trace::Row<double>(*episode.blocks[0], trace.layout().state, 0);
      ++count;
    }
    return sum / count;
  }
  ScriptFolder folder_;
  ThreadPool pool_{2};
  testing::ToyRecording recording_;
};

// Deleted: a swap could score with other values than it says, or tell wrongly what changed.
TEST_F(HotSwapTest, ScoresAndTellsWhatChanged) {
  HotSwap swap = Make(kOne);
  const SwapReport first = swap.Reload();
  ASSERT_TRUE(first.swapped) << Format(first.diagnostics);
  EXPECT_EQ(first.before, nullptr);
  EXPECT_EQ(first.now->version, 1);
  EXPECT_GT(first.now->episodes, 3);
  EXPECT_NEAR(first.now->mean_return, 2 * MeanDistance(), 1e-9);
  EXPECT_TRUE(swap.Reload().unchanged);

  folder_.Replace("toy.lua", kTwo);
  const SwapReport second = swap.Reload();
  ASSERT_TRUE(second.swapped) << Format(second.diagnostics);
  EXPECT_EQ(second.now->version, 2);
  EXPECT_EQ(second.before, first.now);
  EXPECT_THAT(second.diff.terms_added, ElementsAre("effort", "record"));
  EXPECT_THAT(second.diff.terms_removed, IsEmpty());
  ASSERT_EQ(second.diff.values.size(), 2u);
  EXPECT_EQ(second.diff.values[0].name, "w:right");
  EXPECT_EQ(second.diff.values[0].before, 2);
  EXPECT_EQ(second.diff.values[0].after, 1);
  EXPECT_EQ(second.diff.values[1].name, "p:gain");
  ASSERT_EQ(second.diff.terms_changed.size(), 1u);
  const TermChange& change = second.diff.terms_changed[0];
  EXPECT_EQ(change.name, "right");
  EXPECT_NEAR(change.mean_after, 3 * change.mean_before, 1e-12);
  EXPECT_EQ(change.rows, change.of) << "every step moves";
  folder_.Replace("toy.lua", kOne);
  EXPECT_THAT(swap.Reload().diff.terms_removed, ElementsAre("effort", "record"));
}

// Deleted: a broken save could take the place of a version that works, or say nothing of it.
TEST_F(HotSwapTest, WhateverFailsTheLastGoodVersionStays) {
  HotSwap swap = Make("return reward {");
  SwapReport report = swap.Reload();
  EXPECT_EQ(report.diagnostics[0].code, "R001");
  EXPECT_EQ(report.diagnostics[0].notes.back(), "no version is in use yet");
  EXPECT_EQ(swap.live(), nullptr);
  folder_.Replace("toy.lua", kOne);
  const auto good = swap.Reload().now;
  ASSERT_NE(good, nullptr);
  const struct {
    const char* expression;  // in place of `s.pos.x - s.prev.pos.x`, which is on line 4
    const char* code;
  } cases[] = {
      {"s.pos.x - s.prev.pos.x) +* (1", "R001"},  // read and compile
      {"s.posx", "R012"},                         // declarations
      {"s.pos.x + missing", "R011"},
      {"({})[1] + 1", "R030"},  // tried
      {"0 / (s.step - s.step)", "R031"},
      {"1 / (s.step - s.step)", "R032"},
      {"(function() while true do end end)()", "R040"},
      // Only a whole episode shows this one: the samples end before.
      {"(s.step == 45 and 0 / 0 or 1)", "R031"},
  };
  for (const auto& wrong : cases) {
    SCOPED_TRACE(wrong.expression);
    std::string source = kOne;
    const std::string place = "s.pos.x - s.prev.pos.x";
    folder_.Replace("toy.lua", source.replace(source.find(place), place.size(), wrong.expression));
    report = swap.Reload();
    EXPECT_FALSE(report.swapped);
    ASSERT_FALSE(report.diagnostics.empty());
    EXPECT_EQ(report.diagnostics[0].code, wrong.code) << Format(report.diagnostics);
    EXPECT_EQ(report.diagnostics[0].where.line, 4) << Format(report.diagnostics);
    EXPECT_THAT(report.diagnostics[0].notes.back(),
                HasSubstr("keeping the last good version (1, hash " +
                          good->function->spec().hash.substr(0, 8)));
    EXPECT_EQ(swap.live(), good);
  }
  std::filesystem::remove(folder_.Path("toy.lua"));
  EXPECT_EQ(swap.Reload().diagnostics[0].code, "R002");
  EXPECT_EQ(swap.live(), good);
}

// Deleted: tuning would be lost at each save.
TEST_F(HotSwapTest, TunedValuesSurvive) {
  HotSwap swap = Make(kOne);
  RewardSettings settings = swap.Reload().now->settings;
  settings.weights.weights[0] = 10;
  ASSERT_TRUE(swap.Tune(settings).has_value());
  EXPECT_NEAR(swap.live()->mean_return, 10 * MeanDistance(), 1e-9);
  EXPECT_EQ(swap.live()->version, 1);
  folder_.Replace("toy.lua", kTwo);
  const SwapReport report = swap.Reload();
  EXPECT_EQ(report.now->settings.weights.weights, (std::vector<double>{-1, 10, 1}));
  EXPECT_EQ(report.now->settings.params, std::vector<double>{3}) << "follows the new default";
}

// Deleted: an edit of a module would not be noticed as a change of the reward.
TEST_F(HotSwapTest, ModulesBelongToTheScript) {
  folder_.Write("gain.lua", "return 1");
  HotSwap swap = Make(
      "local gain = require \"gain\"\nreturn reward { terms = {\n"
      "  term { \"right\", fn = function(s) return gain * (s.pos.x - s.prev.pos.x) end } } }");
  EXPECT_THAT(swap.Files(), ElementsAre(folder_.Path("toy.lua"), folder_.Path("gain.lua")));
  const double before = swap.Reload().now->mean_return;
  folder_.Replace("gain.lua", "return 2");
  EXPECT_NEAR(swap.Reload().now->mean_return, 2 * before, 1e-9);
  folder_.Replace("gain.lua", "return (");
  const SwapReport broken = swap.Reload();
  EXPECT_FALSE(broken.swapped);
  EXPECT_EQ(broken.diagnostics[0].where.file, folder_.Path("gain.lua"));
}

struct Resources {
  size_t heap = 0, files = 0, mappings = 0;
  static Resources Now() {
    Resources now;
    now.heap = mallinfo2().uordblks;
    for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
      now.files += !entry.path().empty();
    }
    std::ifstream maps("/proc/self/maps");
    for (std::string line; std::getline(maps, line);) ++now.mappings;
    return now;
  }
};

// Deleted: an afternoon of editing could fill the memory, use up the descriptors, or show another
// thread the terms of one version with the weights of another. (tests/bench/reload_soak.py runs
// more reloads, and the same through the watcher for a minute.)
TEST_F(HotSwapTest, SoakLeaksNothingAndNeverShowsHalfASwap) {
  HotSwap swap = Make(kOne);
  ASSERT_TRUE(swap.Reload().swapped);
  std::atomic<bool> stop{false};
  std::atomic<int64_t> torn{0}, looks{0};
  std::thread reader([&] {
    while (!stop) {
      const auto live = swap.live();
      const size_t terms = live->function->spec().terms.size();
      const bool whole = live->settings.weights.weights.size() == terms &&
                         live->settings.params.size() == live->function->spec().params.size() &&
                         live->scores->size() == 1 &&
                         (*live->scores)[0].term.size() == terms * (*live->scores)[0].flags.size();
      torn += !whole;
      ++looks;
      std::this_thread::yield();
    }
  });
  const char* sources[] = {kOne, kTwo, "return reward {", "return 1"};
  Resources warm;
  int swapped = 0;
  const char* wanted = std::getenv("CARROT_SOAK_RELOADS");
  const int reloads = wanted != nullptr ? std::max(200, std::atoi(wanted) / 4 * 4) : 300;
  for (int i = 0; i < reloads; ++i) {
    if (i == 100) warm = Resources::Now();
    folder_.Replace("toy.lua", sources[i % 4]);
    swapped += swap.Reload().swapped;
  }
  const Resources end = Resources::Now();
  stop = true;
  reader.join();
  EXPECT_EQ(torn, 0);
  EXPECT_GT(looks, 0);
  EXPECT_EQ(swapped, reloads / 2 - 1) << "kOne is in use at the start";
  EXPECT_EQ(end.files, warm.files);
  EXPECT_LE(end.mappings, warm.mappings + 8);
  EXPECT_LE(end.heap, warm.heap + (size_t{256} << 10)) << "each version takes about 1 MiB";
}

}  // namespace
}  // namespace carrot
