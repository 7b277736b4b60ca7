// Deleted: a reward that cannot tell a success from a near miss could pass as consistent.
#include "rewards/analysis/consistency.h"

#include <gtest/gtest.h>

#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

struct Case {
  testing::ToyRecording recording;
  std::vector<const Trace*> traces;
  Score score;

  // Pays `pay(row has succeeded)`.
  template <typename Pay>
  Consistency Check(Pay pay, const ConsistencyOptions& options = {}) {
    score.reward.assign(recording.trace->num_rows(), 0.0);
    for (int64_t b = 0; b < recording.trace->num_blocks(); ++b) {
      const TraceBlock& block = recording.trace->block(b);
      for (int r = 0; r < block.rows; ++r) {
        const uint8_t flags = *Trace::Row<uint8_t>(block, recording.trace->layout().flags, r);
        score.reward[block.first_row + r] = pay((flags & kRowSuccess) != 0);
      }
    }
    const std::vector<const Score*> scores{&score};
    ThreadPool pool(2);
    return CheckConsistency(traces, scores, pool, options);
  }
};

Case Record() {
  testing::ToyRun run{.task = {.horizon = 60}, .num_envs = 8, .steps = 600};
  Case made;
  made.recording = testing::RecordToy(run);
  made.traces = {made.recording.trace.get()};
  return made;
}

TEST(Consistency, AsksWhetherTheSuccessIsPaidMore) {
  Case recorded = Record();
  const ConsistencyOptions near{.tolerance = 0.5};
  const Consistency seeing = recorded.Check([](bool success) { return success ? 1.0 : 0.0; }, near);
  ASSERT_TRUE(seeing.judged());
  EXPECT_EQ(seeing.right, static_cast<int64_t>(seeing.pairs.size()));
  for (const NearPair& pair : seeing.pairs) {
    EXPECT_TRUE(pair.success.after.flags() & kRowSuccess);
    EXPECT_FALSE(pair.other.after.flags() & kRowSuccess);
    EXPECT_LE(pair.distance, 0.5);
  }
  const Consistency blind = recorded.Check([](bool) { return 1.0; }, near);
  EXPECT_EQ(blind.tied, static_cast<int64_t>(blind.pairs.size()));
  const Consistency turned = recorded.Check([](bool success) { return success ? 0.0 : 1.0; }, near);
  EXPECT_EQ(turned.wrong, static_cast<int64_t>(turned.pairs.size()));
}

TEST(Consistency, WithoutNearPairsIsNotJudged) {
  Case recorded = Record();
  EXPECT_FALSE(recorded.Check([](bool) { return 1.0; }, {.tolerance = 1e-12}).judged());
  testing::ToyRun never{.task = {.horizon = 20, .goal = 1e9}};
  Case without;
  without.recording = testing::RecordToy(never);
  without.traces = {without.recording.trace.get()};
  const Consistency empty = without.Check([](bool) { return 1.0; });
  EXPECT_FALSE(empty.judged());
  EXPECT_EQ(empty.successes, 0);
}

}  // namespace
}  // namespace carrot
