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
  count_ = count;
  next_.store(0, std::memory_order_relaxed);
  busy_.store(static_cast<int>(threads_.size()), std::memory_order_relaxed);
  generation_.fetch_add(1, std::memory_order_release);
  generation_.notify_all();
  RunTasks(0);
  for (int busy = busy_.load(std::memory_order_acquire); busy != 0;
       busy = busy_.load(std::memory_order_acquire)) {
    WaitWhileEqual(busy_, busy);
  }
}

void ThreadPool::RunTasks(int worker) {
  for (int index = next_.fetch_add(1, std::memory_order_relaxed); index < count_;
       index = next_.fetch_add(1, std::memory_order_relaxed)) {
    (*task_)(index, worker);
  }
}

void ThreadPool::WorkerMain(int worker) {
  uint32_t seen = 0;
  while (true) {
    WaitWhileEqual(generation_, seen);
    seen = generation_.load(std::memory_order_acquire);
    if (stop_.load()) return;
    RunTasks(worker);
    if (busy_.fetch_sub(1, std::memory_order_acq_rel) == 1) busy_.notify_one();
  }
}

}  // namespace carrot
