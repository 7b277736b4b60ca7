#include "engine/apps/train_setup.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "engine/apps/interrupt.h"
#include "engine/apps/machine.h"
#include "engine/apps/progress.h"
#include "engine/apps/table.h"
#include "engine/base/suggest.h"
#include "engine/session/evaluation_json.h"
#include "rewards/analysis/flip_noise.h"

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

namespace {

Result<Flip> ParseFlip(const std::string& text, const RewardSpec& reward) {
  const size_t equals = text.find('=');
  char* end = nullptr;
  const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
  const double share = std::strtod(number.c_str(), &end);
  if (number.empty() || *end != 0 || !(share > 0 && share <= 1)) {
    return Fail(MakeError("U002", fmt::format("--flip takes TERM=SHARE, not `{}`", text),
                          {"for example --flip upright=0.1: a tenth of its values"}));
  }
  const std::string name = text.substr(0, equals);
  std::vector<std::string> names;
  for (size_t k = 0; k < reward.terms.size(); ++k) {
    const RewardTermSpec& term = reward.terms[k];
    names.push_back(term.name);
    if (term.name != name) continue;
    if (!term.range_low || !term.range_high) {
      return Fail(MakeError("U002", fmt::format("term `{}` has no range to be flipped in", name),
                            {"declare it: term { \"" + name + "\", range = { 0, 1 }, ... }"}));
    }
    return Flip{static_cast<int>(k), share, *term.range_low, *term.range_high};
  }
  const std::string nearest = Suggest(name, names);
  return Fail(MakeError("U002", fmt::format("reward `{}` has no term `{}`", reward.name, name),
                        {nearest.empty() ? fmt::format("terms: {}", fmt::join(names, ", "))
                                         : fmt::format("did you mean `{}`?", nearest)}));
}

}  // namespace

Result<std::shared_ptr<const RewardFunction>> WithFlips(
    std::shared_ptr<const RewardFunction> reward, const std::vector<std::string>& flips,
    uint64_t seed) {
  if (flips.empty()) return reward;
  std::vector<Flip> parsed;
  for (const std::string& text : flips) {
    CARROT_ASSIGN_OR_RETURN(const Flip flip, ParseFlip(text, reward->spec()));
    parsed.push_back(flip);
  }
  return FlippedReward(std::move(reward), std::move(parsed), seed);
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
  callbacks.alarm = [&](int64_t step, const Finding& alarm) {
    progress.Break();
    console.Warn(fmt::format("alarm {} at {} steps: {} (carrot help {})", alarm.code,
                             Thousands(step), alarm.message, alarm.code));
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
                   {"alarms", result.alarms},
                   {"policy", result.policy.string()},
                   {"trace", result.trace.string()}};
  if (result.best.step >= 0) {
    document["best"] = {{"step", result.best.step},
                        {"policy", result.best.policy.string()},
                        {"trace", result.best.trace.string()}};
  }
  if (!result.evaluation.episodes.empty()) {
    document["evaluation"] = EvaluationJson(result.evaluation, task, &config.reward->spec());
  }
  document["timing"] = TimingJson(result.seconds, workers);
  const double steps = static_cast<double>(result.last.step - result.resumed_at);
  document["timing"]["steps_per_second"] = result.seconds > 0 ? steps / result.seconds : 0;
  return document;
}

}  // namespace carrot
