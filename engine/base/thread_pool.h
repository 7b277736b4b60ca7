// A fixed set of workers for fork-join loops of 10 us to seconds. The caller is worker 0 and takes
// part, so ThreadPool(1) has no threads at all and runs everything inline.
#pragma once

#include <atomic>
#include <cstdint>
#include <thread>
#include <vector>

#include "engine/base/function_ref.h"

namespace carrot {

class ThreadPool {
 public:
  // workers >= 1; 0 means one per hardware thread.
  explicit ThreadPool(int workers);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int workers() const { return static_cast<int>(threads_.size()) + 1; }

  // Calls task(index, worker) once for each index in [0, count) and returns when all are done.
  // Which worker runs which index is not fixed, so tasks must not let results depend on it.
  // `worker` is in [0, workers()) and may be used to pick scratch space. No allocation, no
  // exceptions, not reentrant; one caller at a time.
  void ParallelFor(int count, FunctionRef<void(int index, int worker)> task);

 private:
  void WorkerMain(int worker);
  void RunTasks(int worker);

  std::vector<std::thread> threads_;
  const FunctionRef<void(int, int)>* task_ = nullptr;
  int count_ = 0;
  alignas(64) std::atomic<int> next_{0};
  alignas(64) std::atomic<int> busy_{0};             // workers that have not finished this loop
  alignas(64) std::atomic<uint32_t> generation_{0};  // bumped to start a loop
  std::atomic<bool> stop_{false};
};

}  // namespace carrot
