// TrainJob: a training run on threads of its own, watched from the outside.
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "engine/session/frame_view.h"
#include "engine/session/train.h"

namespace carrot {

class TrainJob {
 public:
  TrainJob(int id, TrainConfig config, int workers);
  ~TrainJob();  // cancels and waits

  void Cancel() { cancel_ = true; }
  JobView View() const;

 private:
  void Main(int workers);

  TrainConfig config_;
  std::atomic<bool> cancel_{false};
  mutable std::mutex mutex_;
  JobView view_;
  double started_ = 0;
  std::thread thread_;
};

}  // namespace carrot
