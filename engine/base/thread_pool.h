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
  // The loop in progress. A worker claims an index by adding 1 to `ticket_`; only after that may it
  // read task_, which stays until every claimed index is done. Nobody waits for a worker that has
  // not claimed anything: on a busy machine a thread may take milliseconds to be scheduled.
  const FunctionRef<void(int, int)>* task_ = nullptr;
  alignas(64) std::atomic<uint64_t> ticket_{0};      // count << 32 | next index
  alignas(64) std::atomic<int> done_{0};             // indices finished
  alignas(64) std::atomic<uint32_t> generation_{0};  // bumped to start a loop
  std::atomic<bool> stop_{false};
};

}  // namespace carrot
