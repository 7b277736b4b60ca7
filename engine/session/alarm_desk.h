// AlarmDesk: lints and alarms of a reward on recordings, on a thread of its own below everything
// else. It reads all of the behaviour several times: ask once a change has settled.
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "engine/core/task.h"
#include "rewards/analysis/evidence.h"
#include "rewards/analysis/finding.h"

namespace carrot {

class AlarmDesk {
 public:
  struct Request {
    std::vector<Recording> recordings;
    std::shared_ptr<const RewardFunction> reward;
    RewardSettings settings;  // gamma is taken from the first recording
  };
  explicit AlarmDesk(std::shared_ptr<const Task> task);
  ~AlarmDesk();  // waits for the judgement in progress

  // Any thread; each returns at once. A request that was not begun is replaced by a newer one.
  void Judge(Request request);
  bool busy() const;
  // What `carrot audit --trace` finds, of the newest finished request; once.
  std::optional<Result<Findings>> Take();

 private:
  void Main();

  std::shared_ptr<const Task> task_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<Request> wanted_;
  std::optional<Result<Findings>> done_;
  bool working_ = false, stop_ = false;
  std::thread thread_;
};

}  // namespace carrot
