// RewardDesk: keeps a reward script and its tuning scored over recordings, on a thread of its own.
// It watches the script's files; whoever asks never waits. Requests that were not begun are
// replaced by newer ones, so that a dragged weight shows its newest value and not every one in
// between.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/script/script_watcher.h"
#include "engine/session/hot_swap.h"

namespace carrot {

// What a finished request gives.
struct DeskResult {
  std::optional<SwapReport> report;                  // of a reload
  std::shared_ptr<const LiveReward> live;            // in use; null: no version has loaded yet
  std::vector<std::shared_ptr<const Score>> totals;  // by recording, under live->settings
  double mean_return = 0;                            // of finished episodes
  double milliseconds = 0;
};

class RewardDesk {
 public:
  // `workers`: threads that score. `finished` is called on the desk's thread after each result.
  // Errors: I013 (inotify).
  static Result<std::unique_ptr<RewardDesk>> Create(std::shared_ptr<const Task> task, int workers,
                                                    std::function<void()> finished = {});
  ~RewardDesk();

  // Any thread; each returns at once.
  void Load(const std::string& path, std::vector<std::shared_ptr<const Trace>> recordings);
  void Reload();
  void Tune(const RewardSettings& settings);
  bool busy() const;
  // The next finished result, in order.
  std::optional<DeskResult> Take();

 private:
  struct Request {
    std::optional<std::pair<std::string, std::vector<std::shared_ptr<const Trace>>>> load;
    bool reload = false;
    std::optional<RewardSettings> tune;
    bool stop = false;
    bool any() const { return load || reload || tune || stop; }
  };
  RewardDesk(std::shared_ptr<const Task> task, int workers, std::unique_ptr<ScriptWatcher> watcher,
             int wake, std::function<void()> finished);
  void Ask(const std::function<void(Request&)>& change);
  void Main();
  void Serve(Request request);
  void Weigh(const RewardSettings& settings, DeskResult* result);

  std::shared_ptr<const Task> task_;
  int workers_;
  std::optional<ThreadPool> pool_;  // while Main runs
  std::unique_ptr<ScriptWatcher> watcher_;
  int wake_;  // an eventfd
  std::function<void()> finished_;
  std::unique_ptr<HotSwap> swap_;
  std::vector<std::shared_ptr<const Trace>> recordings_;
  // Totals that nobody shows any more are written anew: two or three sets go round.
  std::vector<std::vector<std::shared_ptr<Score>>> spare_;

  mutable std::mutex mutex_;
  Request wanted_;
  bool working_ = false;
  std::deque<DeskResult> done_;
  std::thread thread_;
};

}  // namespace carrot
