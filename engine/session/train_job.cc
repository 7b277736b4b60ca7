#include "engine/session/train_job.h"

#include <fmt/format.h>
#include <sys/resource.h>

#include "engine/base/monotonic.h"
#include "engine/session/tuned_values.h"

namespace carrot {
namespace {

// Below the screen and the live world.
constexpr int kTrainNice = 15;

}  // namespace

TrainJob::TrainJob(int id, TrainConfig config, int workers)
    : config_(std::move(config)), started_(MonotonicSeconds()) {
  const std::string& task = config_.task->spec().name;
  view_.id = id;
  view_.what = fmt::format("train {} steps of {} on {}", config_.ppo.total_steps,
                           config_.reward->spec().name, task);
  view_.folder = config_.out.string();
  view_.command = fmt::format(
      "carrot train --task {} --reward {} --steps {} --seed {} --eval-every {}", config_.task_name,
      config_.reward->spec().path, config_.ppo.total_steps, config_.ppo.seed, config_.eval_every);
  RewardSettings settings = DefaultSettings(config_.reward->spec(), config_.ppo.gamma);
  if (!config_.weights.empty()) settings.weights.weights = config_.weights;
  if (!config_.params.empty()) settings.params = config_.params;
  settings.weights.potential = config_.potential_weight.value_or(settings.weights.potential);
  view_.reward = config_.reward;
  view_.settings = settings;
  view_.steps = config_.ppo.total_steps;
  view_.seed = config_.ppo.seed;
  for (const auto& [name, value] : TunedValues::Overrides(config_.reward->spec(), settings)) {
    view_.command += fmt::format(" --set {}={}", name, value);
  }
  thread_ = std::thread([this, workers] { Main(workers); });
}

void AddToCurve(const PpoMetrics& metrics, std::vector<PpoMetrics>* curve, int64_t* stride) {
  const auto kept = [&](const PpoMetrics& m) { return m.iteration % *stride == 0; };
  if (!curve->empty() && !kept(curve->back())) curve->pop_back();
  curve->push_back(metrics);
  if (curve->size() <= kMostCurvePoints) return;
  *stride *= 2;
  std::erase_if(*curve, [&](const PpoMetrics& m) { return !kept(m); });
  if (!kept(metrics)) curve->push_back(metrics);
}

TrainJob::~TrainJob() {
  Cancel();
  thread_.join();
}

void TrainJob::Cancel() {
  cancel_ = true;
  Pause(false);
}

void TrainJob::Pause(bool on) {
  const std::lock_guard lock(mutex_);
  if (view_.paused == on || view_.state != JobState::kRunning || (on && cancel_)) return;
  view_.paused = on;
  if (on) {
    paused_at_ = MonotonicSeconds();
  } else {
    started_ += MonotonicSeconds() - paused_at_;
    go_on_.notify_all();
  }
}

void TrainJob::WaitWhilePaused() {
  std::unique_lock lock(mutex_);
  go_on_.wait(lock, [this] { return !view_.paused; });
}

bool TrainJob::running() const {
  const std::lock_guard lock(mutex_);
  return view_.state == JobState::kRunning;
}

JobView TrainJob::View() const {
  const std::lock_guard lock(mutex_);
  JobView view = view_;
  if (view.state == JobState::kRunning) {
    view.seconds = (view.paused ? paused_at_ : MonotonicSeconds()) - started_;
    if (view.done > 0.01) view.seconds_left = view.seconds / view.done * (1 - view.done);
  }
  return view;
}

void TrainJob::Main(int workers) {
  setpriority(PRIO_PROCESS, 0, kTrainNice);  // of this thread and those that it starts (Linux)
  ThreadPool pool(workers);
  TrainCallbacks callbacks;
  callbacks.cancel = &cancel_;
  callbacks.iteration = [this](const PpoMetrics& metrics) {
    {
      const std::lock_guard lock(mutex_);
      AddToCurve(metrics, &view_.curve, &curve_stride_);
      view_.done = static_cast<double>(metrics.step) / static_cast<double>(config_.ppo.total_steps);
    }
    WaitWhilePaused();
  };
  callbacks.evaluation = [this](int64_t step, const EvaluateResult& result) {
    const std::lock_guard lock(mutex_);
    view_.evaluations.emplace_back(step, Summarise(result, config_.task->spec()));
    view_.policies.push_back(
        (config_.out / "policies" / fmt::format("{:09}.policy", step)).string());
  };
  callbacks.alarm = [this](int64_t, const Finding& finding) {
    const std::lock_guard lock(mutex_);
    view_.alarms.push_back(finding);
  };
  Result<TrainResult> result = Train(config_, pool, callbacks);
  const std::lock_guard lock(mutex_);
  view_.paused = false;
  view_.seconds = MonotonicSeconds() - started_;
  if (!result) {
    view_.state = JobState::kFailed;
    view_.problems = std::move(result).error();
  } else {
    view_.state = result->interrupted ? JobState::kCancelled : JobState::kDone;
    if (!result->interrupted) view_.done = 1;
  }
}

}  // namespace carrot
