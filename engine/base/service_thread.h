// ServiceThread: one thread that serves requests in their order, for whoever must not wait.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

namespace carrot {

template <typename Request, typename Answer>
class ServiceThread {
 public:
  enum class Pending { kAll, kNewest };  // kNewest: a request that was not begun gives way

  // `serve` runs on the thread.
  ServiceThread(Pending pending, std::function<Answer(Request)> serve)
      : pending_(pending), serve_(std::move(serve)), thread_([this] { Main(); }) {}
  // Waits for the request in progress; what was not begun is left.
  ~ServiceThread() {
    {
      const std::lock_guard lock(mutex_);
      stop_ = true;
    }
    news_.notify_one();
    thread_.join();
  }

  // Any thread; each returns at once.
  void Ask(Request request) {
    {
      const std::lock_guard lock(mutex_);
      if (pending_ == Pending::kNewest) wanted_.clear();
      wanted_.push_back(std::move(request));
    }
    news_.notify_one();
  }
  // Something is asked, in progress or not yet taken.
  bool busy() const {
    const std::lock_guard lock(mutex_);
    return working_ || !wanted_.empty() || !done_.empty();
  }
  // The next answer, in order.
  std::optional<Answer> Take() {
    const std::lock_guard lock(mutex_);
    if (done_.empty()) return {};
    std::optional<Answer> answer = std::move(done_.front());
    done_.pop_front();
    return answer;
  }

 private:
  void Main() {
    std::unique_lock lock(mutex_);
    for (;;) {
      news_.wait(lock, [this] { return stop_ || !wanted_.empty(); });
      if (stop_) return;
      Request request = std::move(wanted_.front());
      wanted_.pop_front();
      working_ = true;
      lock.unlock();
      Answer answer = serve_(std::move(request));
      lock.lock();
      if (pending_ == Pending::kNewest) done_.clear();
      done_.push_back(std::move(answer));
      working_ = false;
    }
  }

  const Pending pending_;
  const std::function<Answer(Request)> serve_;
  mutable std::mutex mutex_;
  std::condition_variable news_;
  std::deque<Request> wanted_;
  std::deque<Answer> done_;
  bool working_ = false, stop_ = false;
  std::thread thread_;  // last: it uses the others
};

}  // namespace carrot
