#include "engine/session/reward_desk.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>

#include "engine/base/monotonic.h"

namespace carrot {
namespace {

// Below the screen, which shows the dragged weight's curves first; above a training.
constexpr int kDeskNice = 10;

double MeanReturn(const std::vector<std::shared_ptr<const Score>>& scores) {
  double sum = 0, episodes = 0;
  for (const auto& score : scores) {
    for (const EpisodeScore& episode : score->episodes) {
      if (!episode.ended || episode.fault || !episode.scored) continue;
      sum += episode.episode_return;
      episodes += 1;
    }
  }
  return episodes > 0 ? sum / episodes : 0;
}

}  // namespace

Result<std::unique_ptr<RewardDesk>> RewardDesk::Create(std::shared_ptr<const Task> task,
                                                       int workers,
                                                       std::function<void()> finished) {
  CARROT_ASSIGN_OR_RETURN(auto watcher, ScriptWatcher::Create());
  const int wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (wake < 0) return Fail(MakeError("I013", "the system gives no more descriptors"));
  return std::unique_ptr<RewardDesk>(
      new RewardDesk(std::move(task), workers, std::move(watcher), wake, std::move(finished)));
}

RewardDesk::RewardDesk(std::shared_ptr<const Task> task, int workers,
                       std::unique_ptr<ScriptWatcher> watcher, int wake,
                       std::function<void()> finished)
    : task_(std::move(task)),
      workers_(workers),
      watcher_(std::move(watcher)),
      wake_(wake),
      finished_(std::move(finished)) {
  thread_ = std::thread([this] { Main(); });
}

RewardDesk::~RewardDesk() {
  Ask([](Request& request) { request.stop = true; });
  thread_.join();
  close(wake_);
}

void RewardDesk::Ask(const std::function<void(Request&)>& change) {
  {
    const std::lock_guard lock(mutex_);
    change(wanted_);
  }
  const uint64_t one = 1;
  (void)!write(wake_, &one, sizeof one);
}

void RewardDesk::Load(const std::string& path,
                      std::vector<std::shared_ptr<const Trace>> recordings) {
  Ask([&](Request& request) {
    request.load.emplace(path, std::move(recordings));
    request.tune.reset();
  });
}

void RewardDesk::Reload() {
  Ask([](Request& request) { request.reload = true; });
}

void RewardDesk::Tune(const RewardSettings& settings) {
  Ask([&](Request& request) { request.tune = settings; });
}

bool RewardDesk::busy() const {
  const std::lock_guard lock(mutex_);
  return working_ || wanted_.any() || !done_.empty();
}

std::optional<DeskResult> RewardDesk::Take() {
  const std::lock_guard lock(mutex_);
  if (done_.empty()) return {};
  DeskResult result = std::move(done_.front());
  done_.pop_front();
  return result;
}

void RewardDesk::Main() {
  setpriority(PRIO_PROCESS, 0, kDeskNice);  // of this thread and those that it starts (Linux)
  pool_.emplace(workers_);
  for (;;) {
    Request request;
    {
      const std::lock_guard lock(mutex_);
      std::swap(request, wanted_);
      working_ = request.any();
    }
    if (request.stop) return;
    if (request.any()) {
      Serve(std::move(request));
      continue;
    }
    if (!watcher_->Wait(-1, wake_).empty()) Reload();
    uint64_t count;
    (void)!read(wake_, &count, sizeof count);
  }
}

void RewardDesk::Serve(Request request) {
  const double start = MonotonicSeconds();
  DeskResult result;
  if (request.load) {
    recordings_ = std::move(request.load->second);
    swap_ = std::make_unique<HotSwap>(task_, request.load->first, recordings_, *pool_);
    spare_.clear();
    request.reload = true;
  }
  if (!swap_) return;
  const auto fits = [&] {
    return result.live && request.tune &&
           request.tune->weights.weights.size() == result.live->settings.weights.weights.size() &&
           request.tune->params.size() == result.live->settings.params.size();
  };
  if (request.reload) {
    result.live = swap_->live();
    if (fits()) (void)swap_->Tune(*request.tune);  // what the new version carries on by name
    (void)watcher_->Watch(
        swap_->Files());  // before it is read, so that no save falls between the two
    result.report = swap_->Reload();
  }
  result.live = swap_->live();
  if (fits() && !(result.report && result.report->swapped)) {
    Weigh(*request.tune, &result);
  } else if (result.live) {
    for (const Score& score : *result.live->scores) {
      result.totals.emplace_back(result.live->scores, &score);
    }
    if (result.live->scores && result.report && !result.report->swapped) {
      Weigh(result.live->settings, &result);
    }
  }
  result.mean_return = MeanReturn(result.totals);
  result.milliseconds = 1e3 * (MonotonicSeconds() - start);
  {
    const std::lock_guard lock(mutex_);
    done_.push_back(std::move(result));
    working_ = false;
  }
  if (finished_) finished_();
}

// Only what the change needs: other parameters evaluate the script anew, other weights add up anew.
void RewardDesk::Weigh(const RewardSettings& settings, DeskResult* result) {
  const RewardSpec& spec = result->live->function->spec();
  if (settings.params != result->live->settings.params || !CanReweight(spec)) {
    if (Status tuned = swap_->Tune(settings); !tuned) {
      result->report.emplace();
      result->report->diagnostics = std::move(tuned).error();
    }
    result->live = swap_->live();
    result->totals.clear();
    for (const Score& score : *result->live->scores) {
      result->totals.emplace_back(result->live->scores, &score);
    }
    return;
  }
  swap_->Weigh(settings.weights);
  result->live = swap_->live();
  auto unused = std::find_if(spare_.begin(), spare_.end(), [](const auto& set) {
    return std::all_of(set.begin(), set.end(),
                       [](const auto& score) { return score.use_count() == 1; });
  });
  if (unused == spare_.end()) {
    spare_.emplace_back();
    for (size_t i = 0; i < recordings_.size(); ++i)
      spare_.back().push_back(std::make_shared<Score>());
    unused = spare_.end() - 1;
  }
  result->totals.assign(unused->begin(), unused->end());
  for (size_t i = 0; i < recordings_.size(); ++i) {
    RewardWeights weights = settings.weights;
    weights.gamma = recordings_[i]->spec().gamma;
    Recombine(*recordings_[i], spec, weights, *pool_, (*result->live->scores)[i], *(*unused)[i]);
  }
}

}  // namespace carrot
