// What other rewards would have paid for recorded behaviour. Nothing is simulated.
#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/apps/arguments.h"
#include "engine/apps/machine.h"
#include "engine/apps/options.h"
#include "engine/apps/recordings.h"
#include "engine/apps/table.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/base/monotonic.h"
#include "engine/session/evaluation_json.h"
#include "engine/trace/trace_file.h"
#include "rewards/analysis/rescore.h"
#include "rewards/analysis/term_stats.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

// Episodes that ended, less those that are summed up.
int64_t LostSummaries(const Trace& trace) {
  const std::vector<TraceEpisodeRows> rows = trace.EpisodeRows();
  const auto ended = std::count_if(rows.begin(), rows.end(),
                                   [](const TraceEpisodeRows& episode) { return episode.ended; });
  return ended - static_cast<int64_t>(trace.episodes().size());
}

struct Scored {
  std::string trace, reward, reward_hash;
  EpisodeStats stats, recorded;
  std::vector<TermRow> terms;
  std::vector<double> term_sums;  // raw, mean over episodes
  int64_t rows = 0, not_scored = 0, dropped = 0;
  std::string difference;  // --as-recorded: where the recorded reward differs, or ""
  Diagnostics errors;
};

class RescoreVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        TracesOption(&traces_, "recordings", true),
        {"--reward",
         "REWARD",
         "rewards (names or paths); without it the recorded script",
         &rewards_,
         false,
         {},
         Offer::kReward,
         true,
         true},
        RecordedTaskOption(&task_name_),
        SetOption(&set_),
        {"--as-recorded", "", "replay recorded changes; exit 1 unless equal bit for bit",
         &as_recorded_},
        WorkersOption(&workers_),
    };
  }

  ExitCode Run(Console& console) override {
    if (as_recorded_ && (!set_.empty() || rewards_.size() > 1)) {
      return console.Fail(
          {MakeError("U002", "--as-recorded takes no --set and at most one --reward")});
    }
    const double start = MonotonicSeconds();
    ThreadPool pool(Workers(workers_));
    std::vector<Scored> scored;
    for (const std::string& trace : traces_) {
      Status status = ScoreTrace(trace, pool, &scored);
      if (!status) return console.Fail(status.error());
    }
    const double seconds = MonotonicSeconds() - start;
    if (console.json()) {
      PrintAsJson(console, scored, seconds);
    } else {
      PrintAsText(console, scored);
    }
    for (const Scored& score : scored) {
      console.Show(score.errors);
      if (score.dropped > 0) {
        console.Warn(fmt::format("{}: {} steps after the last whole block were dropped",
                                 score.trace, score.dropped));
      }
      if (HasError(score.errors)) return console.CodeOf(score.errors);
      if (!score.difference.empty()) {
        console.Warn(fmt::format("{}: {}", score.trace, score.difference));
        return ExitCode::kNegative;
      }
    }
    return ExitCode::kOk;
  }

 private:
  Status ScoreTrace(const std::string& path, ThreadPool& pool, std::vector<Scored>* scored);
  Status ScoreReward(const std::string& path, const std::string& given, const Task& task,
                     const Trace& trace, ThreadPool& pool, std::vector<Scored>* scored);
  static void PrintAsJson(Console& console, const std::vector<Scored>& scored, double seconds);
  static void PrintAsText(Console& console, const std::vector<Scored>& scored);

  std::vector<std::string> traces_, rewards_, set_;
  std::string task_name_;
  bool as_recorded_ = false;
  int64_t workers_ = 0;
};

Status RescoreVerb::ScoreTrace(const std::string& path, ThreadPool& pool,
                               std::vector<Scored>* scored) {
  CARROT_ASSIGN_OR_RETURN(const auto trace, OpenFilledTrace(path));
  CARROT_ASSIGN_OR_RETURN(const auto task,
                          FindTask(task_name_.empty() ? trace->spec().task : task_name_));
  std::vector<std::string> rewards = rewards_;
  if (rewards.empty()) {
    const fs::path kept = fs::path(path) / "scripts" / "reward.lua";
    rewards.push_back(fs::exists(kept) ? kept.string() : "");
  }
  for (const std::string& reward : rewards) {
    CARROT_RETURN_IF_ERROR(ScoreReward(path, reward, *task, *trace, pool, scored));
  }
  return {};
}

Status RescoreVerb::ScoreReward(const std::string& path, const std::string& given, const Task& task,
                                const Trace& trace, ThreadPool& pool, std::vector<Scored>* scored) {
  const double gamma = trace.spec().gamma;
  CARROT_ASSIGN_OR_RETURN(const auto reward, OpenReward(given, task.spec()));
  RewardSettings settings = RecordedSettings(reward->spec(), trace.spec());
  if (!rewards_.empty()) settings = DefaultSettings(reward->spec(), gamma);
  CARROT_RETURN_IF_ERROR(ApplySettings(set_, reward->spec(), &settings));
  Score score;
  Scored row;
  if (as_recorded_) {
    CARROT_ASSIGN_OR_RETURN(score, RescoreAsRecorded(trace, task.spec().state, reward, pool));
    row.difference = CompareWithRecorded(trace, score);
  } else {
    CARROT_ASSIGN_OR_RETURN(score, Rescore(trace, task.spec().state, *reward, settings, pool));
  }
  row.trace = path;
  row.reward = rewards_.empty() ? trace.spec().reward : given;
  row.reward_hash = reward->spec().hash;
  row.rows = trace.num_rows();
  row.not_scored = score.rows_not_scored;
  row.dropped = trace.dropped_steps();
  row.stats = SummariseEpisodes(std::span<const EpisodeScore>(score.episodes));
  const std::vector<EpisodeSummary> recorded = trace.episodes();
  row.recorded = SummariseEpisodes(std::span<const EpisodeSummary>(recorded));
  row.terms = TermTable(reward->spec(), SumTerms(trace, reward->spec(), &score, gamma, pool),
                        settings.weights);
  row.term_sums.assign(reward->spec().terms.size(), 0.0);
  int64_t counted = 0;
  for (const EpisodeScore& episode : score.episodes) {
    if (!episode.ended || episode.fault || !episode.scored) continue;
    ++counted;
    for (size_t k = 0; k < row.term_sums.size(); ++k) row.term_sums[k] += episode.term_sums[k];
  }
  for (double& sum : row.term_sums) sum = counted > 0 ? sum / static_cast<double>(counted) : 0;
  AddExplainCommand(path, trace, given, &score.errors);
  row.errors = std::move(score.errors);
  if (const int64_t lost = LostSummaries(trace); lost > 0) {
    Diagnostic warning = MakeError(
        "I015",
        fmt::format("{} of the ended episodes of {} have no summary in episodes.jsonl: what "
                    "was recorded is not known of them",
                    lost, path));
    warning.severity = Severity::kWarning;
    row.errors.push_back(std::move(warning));
  }
  scored->push_back(std::move(row));
  return {};
}

Json MeanJson(const Interval& interval) {
  Json object = Json::object();
  PutNumber(object, "mean", interval.value);
  PutNumber(object, "low", interval.low);
  PutNumber(object, "high", interval.high);
  return object;
}

void RescoreVerb::PrintAsJson(Console& console, const std::vector<Scored>& scored, double seconds) {
  Json document;
  document["results"] = Json::array();
  for (const Scored& row : scored) {
    Json entry = {{"trace", row.trace},
                  {"reward", row.reward},
                  {"reward_hash", row.reward_hash},
                  {"rows", row.rows},
                  {"rows_not_scored", row.not_scored},
                  {"dropped_steps", row.dropped},
                  {"episodes", row.stats.episodes},
                  {"faults", row.stats.faults},
                  {"return", MeanJson(row.stats.episode_return)},
                  {"recorded_return", MeanJson(row.recorded.episode_return)},
                  {"success", MeanJson(row.stats.success)},
                  {"length", MeanJson(row.stats.length)},
                  {"equals_recorded", row.difference.empty()}};
    entry["terms"] = Json::object();
    for (size_t k = 0; k < row.terms.size(); ++k) {
      const TermRow& term = row.terms[k];
      Json cell = {{"weight", term.weight}};
      if (k < row.term_sums.size()) PutNumber(cell, "sum", row.term_sums[k]);
      PutNumber(cell, "mean", term.mean);
      PutNumber(cell, "std", term.std);
      PutNumber(cell, "share", term.magnitude_share);
      PutNumber(cell, "activation", term.activation);
      entry["terms"][term.name] = std::move(cell);
    }
    for (const Diagnostic& error : row.errors) entry["errors"].push_back(Json(ToJson(error)));
    document["results"].push_back(std::move(entry));
  }
  document["timing"] = TimingJson(seconds, 0);
  console.PrintJson(document);
}

void RescoreVerb::PrintAsText(Console& console, const std::vector<Scored>& scored) {
  Table table({{"trace", Align::kLeft},
               {"reward", Align::kLeft},
               {"return", Align::kRight, "95 %"},
               {"recorded"},
               {"change"},
               {"success"},
               {"episodes"}});
  for (const Scored& row : scored) {
    const Interval& paid = row.stats.episode_return;
    const double before = row.recorded.episode_return.value;
    table.Row({row.trace, row.reward, PlusMinus(paid.value, paid.low, paid.high), Short(before),
               Short(paid.value - before), fmt::format("{:.2f}", row.stats.success.value),
               fmt::format("{}", row.stats.episodes)});
  }
  console.Print(table.Render(console.out()));
  for (const Scored& row : scored) {
    Table terms({{"term", Align::kLeft},
                 {"weight"},
                 {"mean", Align::kRight, "raw/step"},
                 {"std"},
                 {"paid", Align::kRight, "a step"},
                 {"share", Align::kRight, "of |paid|"},
                 {"active", Align::kRight, "of steps"}});
    for (const TermRow& term : row.terms) {
      terms.Row({term.name, Short(term.weight), Short(term.mean), Short(term.std),
                 Short(term.weighted_mean), Percent(term.magnitude_share),
                 Percent(term.activation)});
    }
    console.Print("\n" +
                  Hang("", fmt::format("{} under {}", row.trace, row.reward), console.out(), 2) +
                  terms.Render(console.out()));
  }
}

}  // namespace

std::unique_ptr<Verb> MakeRescore() { return std::make_unique<RescoreVerb>(); }

}  // namespace carrot
