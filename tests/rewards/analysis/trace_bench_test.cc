#include "rewards/analysis/trace_bench.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "rewards/analysis/rescore.h"
#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

// `carrot bench` prints these; a measurement that measures nothing would go unnoticed.
// CARROT_BENCH=1 runs the full size and prints. No test asserts a time.
TEST(TraceBench, MeasuresSomething) {
  const bool full = std::getenv("CARROT_BENCH") != nullptr;
  ThreadPool two(2);
  const auto reweight = BenchReweight(full ? 1000000 : 5000, 16, two);
  EXPECT_GT(reweight.seconds, 0);
  EXPECT_GT(reweight.mapped_seconds, 0);
  testing::ToyRun run{.num_envs = 16, .steps = full ? 20000 : 100};
  const auto recording = testing::RecordToy(run);
  const auto rescore =
      BenchRescore(*recording.trace, recording.task->spec().state, *recording.reward, two);
  ASSERT_TRUE(rescore);
  EXPECT_EQ(rescore->rows, recording.trace->num_rows());
  EXPECT_GT(rescore->ns_per_row, 0);
  const auto append = BenchAppend(*recording.task, recording.reward.get(), 8, full ? 100000 : 100);
  EXPECT_GT(append.ns_per_row, 0);
  EXPECT_GT(append.row_bytes, 100u);
  if (!full) return;
  std::printf("reweight %.1f ms (mapped %.1f ms) for %lld rows x %d terms, reading alone %.1f ms\n",
              reweight.seconds * 1e3, reweight.mapped_seconds * 1e3,
              static_cast<long long>(reweight.rows), reweight.terms, reweight.read_seconds * 1e3);
  std::printf("rescore %.1f ns a row (%lld rows)\n", rescore->ns_per_row,
              static_cast<long long>(rescore->rows));
  std::printf("append %.1f ns a row of %zu bytes, memcpy %.1f ns\n", append.ns_per_row,
              append.row_bytes, append.copy_ns);
}

}  // namespace
}  // namespace carrot
