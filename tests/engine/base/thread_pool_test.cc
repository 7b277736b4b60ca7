// Run under ThreadSanitizer as well (preset tsan): that is where a lost barrier would show.
#include "engine/base/thread_pool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <numeric>
#include <set>
#include <vector>

namespace carrot {
namespace {

class ThreadPoolSizes : public ::testing::TestWithParam<int> {};

// Without it an index could be skipped or run twice, and a worker number be out of range. Plain
// ints on purpose: a missing barrier is then a data race that TSan reports.
TEST_P(ThreadPoolSizes, EveryIndexOnceAndAllDoneOnReturn) {
  ThreadPool pool(GetParam());
  ASSERT_EQ(pool.workers(), GetParam());
  for (int count : {0, 1, 2, 7, 64, 1000}) {
    std::vector<int> hits(count, 0);
    std::vector<int> by_worker(pool.workers(), 0);
    pool.ParallelFor(count, [&](int index, int worker) {
      ++hits[index];
      ++by_worker[worker];  // scratch of one worker is never shared
    });
    EXPECT_EQ(hits, std::vector<int>(count, 1));
    EXPECT_EQ(std::accumulate(by_worker.begin(), by_worker.end(), 0), count);
  }
}

// Without it a worker that is late from one loop could run the next loop's task with old bounds.
TEST_P(ThreadPoolSizes, LoopsBackToBackDoNotMix) {
  ThreadPool pool(GetParam());
  std::vector<int64_t> sum(16, 0);
  for (int loop = 0; loop < 3000; ++loop) {
    pool.ParallelFor(1 + loop % 16, [&](int index, int) { sum[index] += loop; });
  }
  int64_t total = 0, expected = 0;
  for (int64_t s : sum) total += s;
  for (int loop = 0; loop < 3000; ++loop) expected += static_cast<int64_t>(loop) * (1 + loop % 16);
  EXPECT_EQ(total, expected);
}

// Without it a pool that slept between loops might never wake, or lose the loop.
TEST_P(ThreadPoolSizes, WakesAfterSleep) {
  ThreadPool pool(GetParam());
  for (int loop = 0; loop < 5; ++loop) {
    std::this_thread::sleep_for(std::chrono::milliseconds(3));  // longer than the workers spin
    std::vector<int> hits(33, 0);
    pool.ParallelFor(33, [&](int index, int) { ++hits[index]; });
    EXPECT_EQ(hits, std::vector<int>(33, 1));
  }
}

// Without it the destructor could hang on workers that never ran, or that have just run.
TEST_P(ThreadPoolSizes, StopsAtAnyTime) {
  for (int i = 0; i < 50; ++i) ThreadPool pool(GetParam());
  for (int i = 0; i < 50; ++i) {
    ThreadPool pool(GetParam());
    int first = 0;
    pool.ParallelFor(4, [&](int index, int) {
      if (index == 0) first = 1;
    });
    EXPECT_EQ(first, 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Workers, ThreadPoolSizes, ::testing::Values(1, 2, 3, 8));

// Without it ThreadPool(1) could start threads and a debugger or profiler would see two.
TEST(ThreadPool, OneWorkerRunsInline) {
  ThreadPool pool(1);
  const auto caller = std::this_thread::get_id();
  int inline_calls = 0;
  pool.ParallelFor(10, [&](int index, int worker) {
    EXPECT_EQ(worker, 0);
    EXPECT_EQ(index, inline_calls);
    inline_calls += std::this_thread::get_id() == caller;
  });
  EXPECT_EQ(inline_calls, 10);
}

// Without it `-j 0` could mean no workers at all.
TEST(ThreadPool, ZeroMeansOnePerHardwareThread) { EXPECT_GE(ThreadPool(0).workers(), 1); }

}  // namespace
}  // namespace carrot
