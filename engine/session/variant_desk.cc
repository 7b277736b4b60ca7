#include "engine/session/variant_desk.h"

#include "engine/session/hot_swap.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

VariantDesk::VariantDesk(std::shared_ptr<const Task> task, int workers)
    : task_(std::move(task)), pool_(workers) {
  thread_ = std::thread([this] { Main(); });
}

VariantDesk::~VariantDesk() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  news_.notify_all();
  thread_.join();
}

void VariantDesk::Score(VariantRequest request) {
  {
    const std::lock_guard lock(mutex_);
    wanted_.push_back(std::move(request));
  }
  news_.notify_all();
}

bool VariantDesk::busy() const {
  const std::lock_guard lock(mutex_);
  return working_ || !wanted_.empty() || !done_.empty();
}

std::optional<VariantResult> VariantDesk::Take() {
  const std::lock_guard lock(mutex_);
  if (done_.empty()) return {};
  VariantResult result = std::move(done_.front());
  done_.pop_front();
  return result;
}

void VariantDesk::Main() {
  for (;;) {
    VariantRequest request;
    {
      std::unique_lock lock(mutex_);
      news_.wait(lock, [this] { return stop_ || !wanted_.empty(); });
      if (stop_) return;
      request = std::move(wanted_.front());
      wanted_.pop_front();
      working_ = true;
    }
    VariantResult result = Serve(std::move(request));
    const std::lock_guard lock(mutex_);
    done_.push_back(std::move(result));
    working_ = false;
  }
}

VariantResult VariantDesk::Serve(VariantRequest request) {
  if (request.function == nullptr) return Load(std::move(request));
  VariantResult result{request.id, nullptr, request.settings, {}, {}};
  for (const auto& trace : request.recordings) {
    request.settings.weights.gamma = trace->spec().gamma;
    auto score = Rescore(*trace, task_->spec().state, *request.function, request.settings, pool_);
    if (!score) {
      result.problems = std::move(score).error();
      return result;
    }
    result.episodes.push_back(std::move(score->episodes));
  }
  result.function = std::move(request.function);
  return result;
}

// As the reward in use is loaded: tried on a few steps first, so that none takes the thread.
VariantResult VariantDesk::Load(VariantRequest request) {
  VariantResult result;
  result.id = request.id;
  HotSwap swap(task_, request.path, std::move(request.recordings), pool_);
  SwapReport report = swap.Reload();
  result.problems = std::move(report.diagnostics);
  if (!report.swapped) return result;
  result.function = report.now->function;
  result.settings = report.now->settings;
  for (const carrot::Score& score : *report.now->scores) {
    result.episodes.push_back(score.episodes);
  }
  return result;
}

}  // namespace carrot
