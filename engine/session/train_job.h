// TrainJob: a training run on threads of its own, watched from the outside.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/session/frame_view.h"
#include "engine/session/train.h"

namespace carrot {

// What is shown of a training however long it is: at most so many iterations, evenly spread, and
// the newest one.
inline constexpr size_t kMostCurvePoints = 500;
// `*stride`: of the iterations that are kept; 1 before the first.
void AddToCurve(const PpoMetrics& metrics, std::vector<PpoMetrics>* curve, int64_t* stride);

class TrainJob {
 public:
  TrainJob(int id, TrainConfig config, int workers);
  ~TrainJob();  // cancels and waits

  void Cancel();
  void Pause(bool on);  // between two iterations; whoever cancels it ends the pause
  bool running() const;
  JobView View() const;

 private:
  void Main(int workers);
  void WaitWhilePaused();

  TrainConfig config_;
  std::atomic<bool> cancel_{false};
  mutable std::mutex mutex_;
  std::condition_variable go_on_;
  JobView view_;
  int64_t curve_stride_ = 1;
  double started_ = 0, paused_at_ = 0;  // `started_` moves on by the time of pauses
  std::thread thread_;
};

}  // namespace carrot
