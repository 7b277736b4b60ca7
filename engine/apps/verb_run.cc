// One policy on one task: a line an episode, and a recording if asked for.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/apps/arguments.h"
#include "engine/apps/interrupt.h"
#include "engine/apps/machine.h"
#include "engine/apps/options.h"
#include "engine/apps/progress.h"
#include "engine/apps/report.h"
#include "engine/apps/table.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/session/evaluation_json.h"
#include "engine/session/evaluation_summary.h"
#include "engine/trace/trace_file.h"

namespace carrot {
namespace {

constexpr std::chrono::seconds kUpdatePeriod(1);

class RunVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        TaskOption(&task_name_),
        {"--policy",
         "POLICY",
         "random, zero, a shipped one (carrot describe TASK) or a .policy folder",
         &policy_,
         false,
         {},
         Offer::kPolicy},
        RewardOption(&reward_name_, "name or path; without it the task's own"),
        SetOption(&set_),
        {"--episodes", "N", "episodes to play", &episodes_},
        {"--steps", "N", "give an episode up after N steps (0: never)", &steps_},
        {"--seed", "N", "seed of the episodes", &seed_},
        StochasticOption(&stochastic_),
        {"--record",
         "F.trace",
         "write a recording (a folder of .npy columns)",
         &record_,
         false,
         {},
         Offer::kFile},
        {"--record-fields", "FIELD", "also record these large fields", &record_fields_},
        {"--fail-on", "WHAT", "exit 1 if an episode ended by a fault", &fail_on_, false, {"fault"}},
        WorkersOption(&workers_),
    };
  }

  ExitCode Run(Console& console) override {
    Status status = Play(console);
    if (!status) return console.Fail(status.error());
    if (console.json()) {
      PrintAsJson(console);
    } else {
      PrintAsText(console);
    }
    if (!script_errors_.empty()) return console.CodeOf(script_errors_);
    if (fail_on_ == "fault" && result_.faults > 0) return ExitCode::kNegative;
    return result_.interrupted ? ExitCode::kInterrupted : ExitCode::kOk;
  }

 private:
  Status Play(Console& console);
  Status Record(const TraceSpecOptions& options, const std::shared_ptr<Trace>& trace);
  void PrintAsJson(Console& console) const;
  void PrintAsText(Console& console) const;

  std::string task_name_, policy_ = "random", reward_name_, record_, fail_on_;
  std::vector<std::string> set_, record_fields_;
  int64_t episodes_ = 1, steps_ = 0, seed_ = 0, workers_ = 0;
  bool stochastic_ = false;

  std::shared_ptr<const Task> task_;
  std::shared_ptr<const RewardFunction> reward_;
  std::string policy_hash_;
  EvaluateResult result_;
  Diagnostics script_errors_;
};

Status RunVerb::Play(Console& console) {
  CARROT_ASSIGN_OR_RETURN(task_name_, TaskOrRewards(task_name_, reward_name_));
  CARROT_ASSIGN_OR_RETURN(task_, FindTask(task_name_));
  CARROT_ASSIGN_OR_RETURN(reward_, OpenReward(reward_name_, task_->spec(), console));
  CARROT_ASSIGN_OR_RETURN(const RewardSettings settings,
                          ParseSettings(set_, reward_->spec(), 0.99));
  CARROT_ASSIGN_OR_RETURN(Actor actor, Actor::Load(policy_, task_->spec()));
  policy_hash_ = actor.hash();
  if (episodes_ < 1 || seed_ < 0) {
    return Fail(MakeError("U002", "--episodes takes 1 or more, --seed 0 or more"));
  }
  std::error_code ec;
  if (!record_.empty() && std::filesystem::exists(record_, ec)) {
    return Fail(MakeError("I008", fmt::format("{} exists already", record_),
                          {"give another name to --record; recordings are never overwritten"}));
  }
  ThreadPool pool(Workers(workers_));
  EvaluateOptions options;
  options.episodes = static_cast<int>(std::min<int64_t>(episodes_, 1 << 20));
  options.seed = static_cast<uint64_t>(seed_);
  options.stochastic = stochastic_;
  options.max_steps = steps_;
  options.weights = settings.weights.weights;
  options.potential_weight = settings.weights.potential;
  options.params = settings.params;
  options.cancel = &Interrupted();
  Progress progress(console, "run", static_cast<double>(episodes_), "episodes");
  options.progress = [&progress](int done) { progress.Update(done); };

  std::shared_ptr<Trace> trace;
  std::unique_ptr<TraceWriter> writer;
  std::unique_ptr<TraceFolderWriter> folder;
  if (!record_.empty()) {
    CARROT_ASSIGN_OR_RETURN(TraceSpec spec, MakeTraceSpec(task_->spec(), &reward_->spec(),
                                                          {.record_fields = record_fields_,
                                                           .run_seed = options.seed,
                                                           .build = kVersion,
                                                           .weights = &settings.weights,
                                                           .params = settings.params}));
    trace = std::make_shared<Trace>(std::move(spec));
    // Made before the first step: the name is ours from now on, and what is finished outlives a
    // kill.
    CARROT_ASSIGN_OR_RETURN(
        folder, TraceFolderWriter::Create(record_, trace,
                                          {.scripts = ScriptsOf(task_->spec(), reward_->spec())}));
    options.progress = [&, last = std::chrono::steady_clock::now()](int done) mutable {
      progress.Update(done);
      const auto now = std::chrono::steady_clock::now();
      if (now - last < kUpdatePeriod) return;
      last = now;
      (void)folder->Update();  // a failure comes again from Close
    };
    options.sink = [&](int num_envs) -> StepSink* {
      writer = std::make_unique<TraceWriter>(trace, task_->spec().state, num_envs);
      return writer.get();
    };
  }
  Result<EvaluateResult> result = Evaluate(task_, reward_, actor, pool, options);
  progress.Finish();
  if (!result) {
    folder.reset();
    std::error_code ec;
    if (!record_.empty()) std::filesystem::remove_all(record_, ec);  // ours, and empty
    return Fail(std::move(result).error());
  }
  result_ = std::move(*result);
  if (trace) {
    writer->CommitAll();
    CARROT_RETURN_IF_ERROR(folder->Close());
    console.Note(fmt::format("recorded {} steps in {}",
                             trace->num_rows() - static_cast<int64_t>(trace->EpisodeRows().size()),
                             record_));
  }
  console.Show(result_.errors);
  for (const Diagnostic& error : result_.errors) {
    const bool script = error.severity == Severity::kError && error.code[0] == 'R';
    if (script) script_errors_.push_back(error);
  }
  return {};
}

void RunVerb::PrintAsJson(Console& console) const {
  Json document = {{"task", task_->spec().name},
                   {"task_hash", task_->spec().hash},
                   {"reward", reward_->spec().name},
                   {"reward_hash", reward_->spec().hash},
                   {"policy", policy_},
                   {"policy_hash", policy_hash_},
                   {"seed", seed_}};
  if (!record_.empty()) document["trace"] = record_;
  document["summary"] = EvaluationJson(result_, task_->spec(), &reward_->spec());
  document["episodes"] = Json::array();
  for (const EpisodeSummary& episode : result_.episodes) {
    document["episodes"].push_back(EpisodeJson(episode, task_->spec(), &reward_->spec()));
  }
  for (const Diagnostic& error : result_.errors) document["errors"].push_back(Json(ToJson(error)));
  document["interrupted"] = result_.interrupted;
  document["timing"] = TimingJson(result_.seconds, Workers(workers_));
  console.PrintJson(document);
}

void RunVerb::PrintAsText(Console& console) const {
  const TaskSpec& task = task_->spec();
  std::vector<Table::Column> columns{
      {"episode"}, {"steps"}, {"return"}, {"success"}, {"ended", Align::kLeft}};
  for (const MetricSpec& metric : task.metrics) {
    columns.push_back({metric.name, Align::kRight, metric.unit});
  }
  Table table(std::move(columns));
  int index = 0;
  for (const EpisodeSummary& episode : result_.episodes) {
    std::vector<std::string> cells{fmt::format("{}", index++), fmt::format("{}", episode.length),
                                   Short(episode.episode_return), episode.success ? "yes" : "no",
                                   episode.cause};
    for (double value : episode.metrics) cells.push_back(Short(value));
    table.Row(std::move(cells));
  }
  console.Print(table.Render(console.out()));
  if (result_.cut > 0) {
    console.Note(fmt::format("{} episodes were given up after {} steps", result_.cut, steps_));
  }
  const EvaluationSummary summary = Summarise(result_, task);
  if (summary.episodes > 0) {
    console.Print("\n" + TermTableText(summary, reward_->spec(), console.out()));
  }
  if (summary.episodes > 1) {
    console.Print("\n" + EvaluationText(summary, task, result_.faults, console.out()));
  }
}

}  // namespace

std::unique_ptr<Verb> MakeRun() { return std::make_unique<RunVerb>(); }

}  // namespace carrot
