#include "engine/session/alarm_desk.h"

#include <sys/resource.h>

#include "engine/session/corpus.h"
#include "rewards/analysis/alarms.h"
#include "rewards/analysis/lints.h"

namespace carrot {
namespace {

constexpr int kLowest = 19;

Result<Findings> FindAll(AlarmDesk::Request request, const TaskSpec& task, ThreadPool& pool) {
  request.settings.weights.gamma = request.recordings[0].trace->spec().gamma;
  CARROT_ASSIGN_OR_RETURN(
      const Evidence evidence,
      JudgeReward(std::move(request.recordings), task, *request.reward, request.settings, pool));
  Findings findings = Apply(LintRules(), evidence);
  for (Finding& finding : FindAlarms(evidence, {})) findings.push_back(std::move(finding));
  return findings;
}

}  // namespace

AlarmDesk::AlarmDesk(std::shared_ptr<const Task> task) : task_(std::move(task)) {
  thread_ = std::thread([this] { Main(); });
}

AlarmDesk::~AlarmDesk() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void AlarmDesk::Judge(Request request) {
  {
    const std::lock_guard lock(mutex_);
    wanted_ = std::move(request);
  }
  changed_.notify_one();
}

bool AlarmDesk::busy() const {
  const std::lock_guard lock(mutex_);
  return working_ || wanted_ || done_;
}

std::optional<Result<Findings>> AlarmDesk::Take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, std::nullopt);
}

void AlarmDesk::Main() {
  setpriority(PRIO_PROCESS, 0, kLowest);  // of this thread (Linux)
  ThreadPool pool(1);
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || wanted_; });
    if (stop_) return;
    Request request = std::move(*wanted_);
    wanted_.reset();
    working_ = true;
    lock.unlock();
    Result<Findings> found = FindAll(std::move(request), task_->spec(), pool);
    lock.lock();
    done_ = std::move(found);
    working_ = false;
  }
}

}  // namespace carrot
