#include "engine/base/thread_pool.h"

#include <immintrin.h>

#include <algorithm>

namespace carrot {
namespace {

// Waits until value != old: first spinning (a loop of 10 us would be doubled by one futex sleep and
// wake), then asleep so that an idle pool costs nothing.
constexpr int kSpins = 2000;  // about 30-60 us

template <typename T>
void WaitWhileEqual(const std::atomic<T>& value, T old) {
  for (int i = 0; i < kSpins; ++i) {
    if (value.load(std::memory_order_acquire) != old) return;
    _mm_pause();
  }
  while (value.load(std::memory_order_acquire) == old) value.wait(old, std::memory_order_acquire);
}

}  // namespace

ThreadPool::ThreadPool(int workers) {
  if (workers <= 0) workers = std::max(1u, std::thread::hardware_concurrency());
  for (int worker = 1; worker < workers; ++worker) {
    threads_.emplace_back([this, worker] { WorkerMain(worker); });
  }
}

ThreadPool::~ThreadPool() {
  stop_.store(true);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void ThreadPool::ParallelFor(int count, FunctionRef<void(int, int)> task) {
  if (threads_.empty() || count <= 1) {
    for (int index = 0; index < count; ++index) task(index, 0);
    return;
  }
  task_ = &task;
  done_.store(0, std::memory_order_relaxed);
  ticket_.store(static_cast<uint64_t>(count) << 32, std::memory_order_release);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  RunTasks(0);
  for (int done = done_.load(std::memory_order_acquire); done != count;
       done = done_.load(std::memory_order_acquire)) {
    WaitWhileEqual(done_, done);
  }
}

void ThreadPool::RunTasks(int worker) {
  const auto index_of = [](uint64_t ticket) { return static_cast<uint32_t>(ticket); };
  const auto count_of = [](uint64_t ticket) { return static_cast<uint32_t>(ticket >> 32); };
  while (true) {
    uint64_t ticket = ticket_.load(std::memory_order_relaxed);
    if (index_of(ticket) >= count_of(ticket)) return;
    // This may already be an index of the next loop; then its task is run, which is as good.
    ticket = ticket_.fetch_add(1, std::memory_order_acq_rel);
    if (index_of(ticket) >= count_of(ticket)) return;
    (*task_)(static_cast<int>(index_of(ticket)), worker);
    const int done = done_.fetch_add(1, std::memory_order_acq_rel) + 1;
    if (done == static_cast<int>(count_of(ticket))) done_.notify_one();
  }
}

void ThreadPool::WorkerMain(int worker) {
  uint32_t seen = 0;
  while (true) {
    WaitWhileEqual(generation_, seen);
    seen = generation_.load(std::memory_order_acquire);
    if (stop_.load()) return;
    RunTasks(worker);
  }
}

}  // namespace carrot
