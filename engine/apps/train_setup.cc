#include "engine/apps/train_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/apps/interrupt.h"
#include "engine/apps/machine.h"
#include "engine/apps/progress.h"
#include "engine/apps/table.h"
#include "engine/session/evaluation_json.h"

namespace carrot {

namespace fs = std::filesystem;

fs::path NewRunFolder(const std::string& task, const std::string& reward) {
  std::string stem = task + "-" + reward;
  std::replace(stem.begin(), stem.end(), '/', '-');
  int highest = 0;
  std::error_code error;
  for (fs::directory_iterator it("runs", error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (name.rfind(stem + "-", 0) != 0) continue;
    const std::string number = name.substr(stem.size() + 1);
    const bool digits =
        !number.empty() && number.size() < 9 &&
        std::all_of(number.begin(), number.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits) highest = std::max(highest, std::stoi(number));
  }
  return fs::path("runs") / fmt::format("{}-{:04}", stem, highest + 1);
}

Result<TrainResult> TrainWithProgress(Console& console, const TrainConfig& config,
                                      ThreadPool& pool) {
  Progress progress(console, "train", static_cast<double>(config.ppo.total_steps), "steps");
  TrainCallbacks callbacks;
  callbacks.cancel = &Interrupted();
  callbacks.iteration = [&progress](const PpoMetrics& metrics) {
    std::string detail;
    if (metrics.episodes > 0) {
      detail =
          fmt::format("return {}  success {:.2f}  length {:.0f}", Short(metrics.episode_return),
                      metrics.success_rate, metrics.episode_length);
    }
    progress.Update(static_cast<double>(metrics.step), detail);
  };
  callbacks.evaluation = [&](int64_t step, const EvaluateResult& result) {
    const EvaluationSummary summary = Summarise(result, config.task->spec());
    progress.Break();
    console.Note(fmt::format("eval at {} steps: return {}  success {:.2f}  length {}",
                             Thousands(step), Short(summary.episode_return.mean),
                             summary.success.mean, Short(summary.length.mean)));
  };
  callbacks.warnings = [&](const Diagnostics& problems) {
    progress.Break();
    console.Show(problems);
  };
  return Train(config, pool, callbacks);
}

Json TrainJson(const TrainConfig& config, const TrainResult& result, int workers) {
  const TaskSpec& task = config.task->spec();
  Json document = {{"run", result.folder.string()},
                   {"status", result.interrupted ? "interrupted" : "done"},
                   {"task", task.name},
                   {"task_hash", task.hash},
                   {"reward", config.reward->spec().name},
                   {"reward_hash", config.reward->spec().hash},
                   {"seed", config.ppo.seed},
                   {"steps", result.last.step},
                   {"resumed_at", result.resumed_at},
                   {"faults", result.faults},
                   {"policy", result.policy.string()},
                   {"trace", result.trace.string()}};
  if (!result.evaluation.episodes.empty()) {
    document["evaluation"] = EvaluationJson(result.evaluation, task, &config.reward->spec());
  }
  document["timing"] = TimingJson(result.seconds, workers);
  const double steps = static_cast<double>(result.last.step - result.resumed_at);
  document["timing"]["steps_per_second"] = result.seconds > 0 ? steps / result.seconds : 0;
  return document;
}

}  // namespace carrot
