// One recorded step's reward, down to the Lua line with the values that it read.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/apps/arguments.h"
#include "engine/apps/explain_text.h"
#include "engine/apps/options.h"
#include "engine/apps/recordings.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/trace/trace_file.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

class ExplainVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        {"--trace", "F.trace", "the recording", &trace_, true, {}, Offer::kFile},
        {"--episode", "N", "episode: as carrot run counts them or, with --env, of that environment",
         &episode_},
        {"--step", "K", "step of the episode, from 1", &step_},
        {"--env", "E", "environment of the recording", &env_},
        {"--against", "K2", "say why the step differs from this one of the episode", &against_},
        RewardOption(&reward_name_,
                     "another reward (name or path); without it the recorded script"),
        RecordedTaskOption(&task_name_),
        SetOption(&set_),
        {"--library", "", "also show the lines of the modules that a term calls", &library_},
    };
  }

  ExitCode Run(Console& console) override {
    Status status = Explain();
    if (!status) return console.Fail(status.error());
    const RewardSpec& spec = reward_->spec();
    if (console.json()) {
      Json document = ExplanationJson(*explained_, spec);
      if (other_) document["difference"] = DifferenceJson(*explained_, *other_);
      console.PrintJson(document);
    } else {
      std::string text = ExplanationText(*explained_, spec, library_, console.out());
      if (other_) text += "\n" + DifferenceText(*explained_, *other_, console.out());
      console.Print(text);
    }
    console.Show(explained_->errors);
    return HasError(explained_->errors) ? console.CodeOf(explained_->errors) : ExitCode::kOk;
  }

 private:
  Status Explain() {
    trace_ = NewestRecordingIn(trace_);
    CARROT_ASSIGN_OR_RETURN(const auto trace, OpenFilledTrace(trace_));
    CARROT_ASSIGN_OR_RETURN(const auto task,
                            FindTask(task_name_.empty() ? trace->spec().task : task_name_));
    std::string name = reward_name_;
    const fs::path kept = fs::path(trace_) / "scripts" / "reward.lua";
    if (name.empty() && fs::exists(kept)) name = kept.string();
    if (name.empty() && !trace->spec().reward.empty()) {
      return Fail(MakeError("I001",
                            fmt::format("the script of `{}` that was recorded is missing: {}",
                                        trace->spec().reward, kept.string()),
                            {"restore it from a copy, or choose a reward: --reward NAME or FILE"}));
    }
    CARROT_ASSIGN_OR_RETURN(reward_, OpenReward(name, task->spec()));
    std::optional<RewardSettings> settings;
    if (!reward_name_.empty()) settings = DefaultSettings(reward_->spec(), trace->spec().gamma);
    if (!set_.empty()) {
      if (!settings) settings = RecordedSettings(reward_->spec(), trace->spec());
      CARROT_RETURN_IF_ERROR(ApplySettings(set_, reward_->spec(), &*settings));
    }
    CARROT_RETURN_IF_ERROR(FindEpisode(*trace));
    const auto explain = [&](int64_t step) -> Result<StepExplanation> {
      constexpr int64_t kMost = std::numeric_limits<int>::max();
      if (std::max({step, env_, -step}) > kMost)
        return Fail(
            MakeError("I014", fmt::format("there is no step {} of environment {}", step, env_)));
      return ExplainStep(*trace, task->spec().state, *reward_, settings ? &*settings : nullptr,
                         {static_cast<int>(env_), episode_, static_cast<int>(step)});
    };
    CARROT_ASSIGN_OR_RETURN(explained_, explain(step_));
    if (against_ > 0) {
      CARROT_ASSIGN_OR_RETURN(other_, explain(against_));
    }
    return {};
  }

  // Without an environment, the episodes of one after those of the other.
  Status FindEpisode(const Trace& trace) {
    if (env_ >= 0) return {};
    std::vector<std::pair<int, int64_t>> all;
    for (const TraceEpisodeRows& rows : trace.EpisodeRows())
      all.emplace_back(rows.env, rows.episode);
    std::sort(all.begin(), all.end());
    const auto count = static_cast<int64_t>(all.size());
    if (episode_ < 0 || episode_ >= count) {
      return Fail(
          MakeError("I014", fmt::format("the recording has no episode {}", episode_),
                    {count == 0 ? "it has none"
                                : fmt::format("it has {} episodes: 0 to {}", count, count - 1)}));
    }
    std::tie(env_, episode_) = all[static_cast<size_t>(episode_)];
    return {};
  }

  std::string trace_, reward_name_, task_name_;
  std::vector<std::string> set_;
  int64_t episode_ = 0, step_ = 1, env_ = -1, against_ = 0;
  bool library_ = false;
  std::shared_ptr<const RewardFunction> reward_;
  std::optional<StepExplanation> explained_, other_;
};

}  // namespace

std::unique_ptr<Verb> MakeExplain() { return std::make_unique<ExplainVerb>(); }

}  // namespace carrot
