// TrainJob: a training run on threads of its own, watched from the outside.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "engine/session/frame_view.h"
#include "engine/session/train.h"

namespace carrot {

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
  double started_ = 0, paused_at_ = 0;  // `started_` moves on by the time of pauses
  std::thread thread_;
};

}  // namespace carrot
