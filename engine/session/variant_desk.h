// VariantDesk: scores rewards beside the one in use over the recordings, one after the other, on a
// thread of its own. A script is read when it is asked for, and not watched.
#pragma once

#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/base/thread_pool.h"
#include "engine/core/task.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

struct VariantRequest {
  int id = 0;
  std::string path;                                // of the script
  std::shared_ptr<const RewardFunction> function;  // null: the script is read, with its own values
  RewardSettings settings;                         // of `function`
  std::vector<std::shared_ptr<const Trace>> recordings;
};

struct VariantResult {
  int id = 0;
  std::shared_ptr<const RewardFunction> function;  // null: `problems` say why
  RewardSettings settings;
  std::vector<std::vector<EpisodeScore>> episodes;  // by recording
  Diagnostics problems;
};

class VariantDesk {
 public:
  VariantDesk(std::shared_ptr<const Task> task, int workers);
  ~VariantDesk();  // what was not begun is left

  // Any thread; each returns at once.
  void Score(VariantRequest request);
  bool busy() const;
  std::optional<VariantResult> Take();

 private:
  void Main();
  VariantResult Serve(VariantRequest request);
  VariantResult Load(VariantRequest request);

  std::shared_ptr<const Task> task_;
  ThreadPool pool_;
  mutable std::mutex mutex_;
  std::condition_variable news_;
  std::deque<VariantRequest> wanted_;
  std::deque<VariantResult> done_;
  bool working_ = false, stop_ = false;
  std::thread thread_;
};

}  // namespace carrot
