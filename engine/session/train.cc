#include "engine/session/train.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/json_text.h"
#include "engine/base/monotonic.h"
#include "engine/base/paths.h"
#include "engine/core/vector_env.h"
#include "engine/session/evaluation_json.h"
#include "engine/session/run_store.h"
#include "engine/session/weight_schedule.h"
#include "engine/trace/trace_file.h"
#include "rewards/analysis/training_monitor.h"
#include "rewards/host/schedule_reader.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;
using json = nlohmann::ordered_json;

std::string EnvPart(int env) { return fmt::format("env-{:05}", env); }

// Under scripts/. The reward keeps its name, and its modules lie beside it, where `require` finds
// them.
std::string RewardFile(const std::string& name) { return "reward/" + name + ".lua"; }

class Trainer {
 public:
  Trainer(const TrainConfig& config, ThreadPool& pool, const TrainCallbacks& callbacks)
      : config_(config), pool_(pool), callbacks_(callbacks) {}

  Result<TrainResult> Run() {
    CARROT_RETURN_IF_ERROR(Prepare());
    CARROT_RETURN_IF_ERROR(Log(config_.resume ? "resumed" : "started"));
    Status status = Loop();
    if (status) status = Conclude();
    if (!status) {
      (void)Log("failed: " + Format(status.error()));  // the first error is the one to report
      (void)store_->SetStatus(RunStatus::kFailed);
      return Fail(std::move(status).error());
    }
    result_.seconds = MonotonicSeconds() - start_;
    return std::move(result_);
  }

 private:
  const TaskSpec& task() const { return config_.task->spec(); }
  const RewardSpec& reward() const { return config_.reward->spec(); }

  Status Prepare();
  Status Resume();
  Status Restore(RunState& state);
  Status Loop();
  BestCheckpoint Best() const;
  Status Conclude();
  std::vector<std::pair<std::string, std::string>> Scripts() const {
    std::vector<std::pair<std::string, std::string>> scripts{{"task.lua", task().source},
                                                             {"reward.lua", reward().source}};
    for (const auto& [name, source] : reward().modules) scripts.emplace_back(name + ".lua", source);
    return scripts;
  }
  Status WriteMetrics(const PpoMetrics& metrics);
  Status ApplySchedule(bool begin);
  Status SaveState();
  Status Checkpoint(Findings alarms);
  Status JudgeEvaluation(std::shared_ptr<const Trace> trace, Findings suspicions);
  Status CheckScripts(const Diagnostics& problems);
  RunConfig StoredConfig() const;
  nlohmann::json PolicyNote() const { return {{"step", ppo_->step()}, {"seed", config_.ppo.seed}}; }
  bool Due(int64_t step_before) const;
  PpoMetrics Iterate() {
    return ppo_->Iterate(*env_, [this](const VectorEnv& env) {
      if (!schedule_->empty()) schedule_->Observe(env);
      for (const EpisodeSummary& episode : env.finished()) {
        monitor_->Add(episode, env.weights().weights);
      }
    });
  }
  Status Log(const std::string& text);

  const TrainConfig& config_;
  ThreadPool& pool_;
  const TrainCallbacks& callbacks_;
  std::unique_ptr<RunStore> store_;
  std::unique_ptr<VectorEnv> env_;
  std::unique_ptr<Ppo> ppo_;
  std::optional<WeightSchedule> schedule_;
  std::unique_ptr<TrainingMonitor> monitor_;
  OutputFile log_;
  json evaluations_ = json::array();
  TrainResult result_;
  int64_t checkpoint_step_ = -1;  // of the last evaluation
  double start_ = MonotonicSeconds(), last_state_ = start_;
};

RunConfig Trainer::StoredConfig() const {
  RunConfig run;
  run.verb = "train";
  run.task = config_.task_name;
  run.reward = reward().name;
  run.task_hash = task().hash;
  run.reward_hash = reward().hash;
  run.build = config_.build;
  run.seed = config_.ppo.seed;
  run.settings = {{"task", task().name},
                  {"task_path", task().path},
                  {"reward_path", reward().path},
                  {"reward_file", RewardFile(reward().name)},
                  {"weights", env_->weights().weights},
                  {"potential_weight", env_->weights().potential},
                  {"params", config_.params},
                  {"ppo", ToJson(config_.ppo)},
                  {"eval_every", config_.eval_every},
                  {"eval_episodes", config_.eval_episodes},
                  {"success", task().success_doc}};
  if (!config_.flips.empty()) run.settings["flips"] = config_.flips;
  if (!reward().schedule.empty()) run.settings["schedule"] = ScheduleJson(reward());
  return run;
}

Status Trainer::Prepare() {
  VectorEnvOptions options;
  options.num_envs = config_.ppo.num_envs;
  options.seed = config_.ppo.seed;
  options.gamma = config_.ppo.gamma;
  CARROT_ASSIGN_OR_RETURN(env_, VectorEnv::Create(config_.task, config_.reward, pool_, options));
  RewardWeights weights = env_->weights();
  if (!config_.weights.empty()) weights.weights = config_.weights;
  if (config_.potential_weight) weights.potential = *config_.potential_weight;
  schedule_.emplace(reward(), weights.weights);
  env_->SetWeights(std::move(weights));
  if (!config_.params.empty()) env_->SetRewardParams(config_.params);
  CARROT_ASSIGN_OR_RETURN(ppo_, Ppo::Create(task(), config_.ppo, pool_, &reward()));
  monitor_ = std::make_unique<TrainingMonitor>(reward(), config_.ppo.total_steps);
  if (config_.resume) return Resume();

  CARROT_ASSIGN_OR_RETURN(store_, RunStore::Create({.out = config_.out}, StoredConfig()));
  CARROT_RETURN_IF_ERROR(store_->AddScript("task.lua", task().source));
  CARROT_RETURN_IF_ERROR(store_->AddScript(RewardFile(reward().name), reward().source));
  for (const auto& [name, source] : reward().modules) {
    CARROT_RETURN_IF_ERROR(store_->AddScript(RewardFile(name), source));
  }
  env_->Reset();
  CARROT_RETURN_IF_ERROR(ApplySchedule(true));
  return SaveState();
}

Status Trainer::Resume() {
  CARROT_ASSIGN_OR_RETURN(store_, RunStore::Open(config_.out));
  CARROT_ASSIGN_OR_RETURN(std::optional<RunState> state, store_->LoadState());
  for (const std::string& difference :
       Differences(store_->config(), StoredConfig(),
                   {"ppo.total_steps", "eval_every", "task_path", "reward_path"})) {
    return Fail(MakeError("I005",
                          fmt::format("{} cannot go on: {}", config_.out.string(), difference),
                          {"what a run was started with must not change; start a new run"}));
  }
  if (state) {
    CARROT_RETURN_IF_ERROR(Restore(*state));
    CARROT_RETURN_IF_ERROR(store_->TruncateTo(ppo_->iteration()));
  } else if (fs::exists(config_.out / "metrics.jsonl") &&
             fs::file_size(config_.out / "metrics.jsonl") > 0) {
    return Fail(MakeError(
        "I005",
        fmt::format("{} has been trained, but its state in resume/ is gone", config_.out.string()),
        {"restore that folder from a copy, or start a new run with another --out"}));
  } else {  // it was killed before its first state: from the start, then
    env_->Reset();
    CARROT_RETURN_IF_ERROR(store_->TruncateTo(-1));
    CARROT_RETURN_IF_ERROR(ApplySchedule(true));
  }
  RunConfig config = store_->config();
  config.settings["ppo"] = StoredConfig().settings["ppo"];
  config.settings["eval_every"] = config_.eval_every;
  config.status = RunStatus::kRunning;
  return store_->Update(std::move(config));
}

Status Trainer::Restore(RunState& state) {
  const auto& counter_bytes = state.parts["counters"];
  const auto* text = reinterpret_cast<const char*>(counter_bytes.data());
  const json counters = TryParseJson<json>({text, counter_bytes.size()});
  if (!counters.is_object()) {
    return Fail(MakeError("I005", fmt::format("the state in {} is damaged", config_.out.string())));
  }
  CARROT_RETURN_IF_ERROR(ppo_->Load(state.parts["learner"]));
  for (int i = 0; i < env_->num_envs(); ++i) {
    CARROT_RETURN_IF_ERROR(env_->Load(i, state.parts[EnvPart(i)]));
  }
  try {
    RewardWeights weights = env_->weights();
    weights.weights = counters.at("weights").get<std::vector<double>>();
    env_->SetWeights(std::move(weights));
    schedule_->Load(counters.at("schedule"));
  } catch (const json::exception& error) {
    return Fail(MakeError("I005", fmt::format("the state in {} is damaged: {}",
                                              config_.out.string(), JsonProblem(error))));
  }
  evaluations_ = counters.value("evaluations", json::array());
  checkpoint_step_ = counters.value("checkpoint_step", int64_t{-1});
  result_.faults = counters.value("faults", int64_t{0});
  result_.alarms = counters.value("alarms", json::array());
  if (counters.contains("monitor") && !monitor_->Load(counters["monitor"])) {
    return Fail(MakeError("I005", fmt::format("the state in {} is damaged", config_.out.string())));
  }
  result_.resumed_at = result_.last.step = ppo_->step();
  return {};
}

Status Trainer::SaveState() {
  const std::string counters = JsonText(json{{"evaluations", evaluations_},
                                             {"checkpoint_step", checkpoint_step_},
                                             {"weights", env_->weights().weights},
                                             {"schedule", schedule_->Save()},
                                             {"faults", result_.faults},
                                             {"alarms", result_.alarms},
                                             {"monitor", monitor_->ToJson()}});
  const auto bytes = std::as_bytes(std::span(counters.data(), counters.size()));
  RunState state;
  state.iteration = ppo_->iteration();
  state.step = ppo_->step();
  state.parts["counters"].assign(bytes.begin(), bytes.end());
  state.parts["learner"] = ppo_->Save();
  for (int i = 0; i < env_->num_envs(); ++i) state.parts[EnvPart(i)] = env_->Save(i);
  CARROT_RETURN_IF_ERROR(store_->SaveState(state));
  last_state_ = MonotonicSeconds();
  return {};
}

// For people: what happened when. Wall times, so never part of what must be equal.
Status Trainer::Log(const std::string& text) {
  if (log_.path().empty()) {
    CARROT_ASSIGN_OR_RETURN(log_, OutputFile::Open(config_.out / "log.txt", SystemFileOps(), true));
  }
  return log_.Append(
      fmt::format("{:>9} steps {:8.1f} s  {}\n", ppo_->step(), MonotonicSeconds() - start_, text));
}

bool Trainer::Due(int64_t step_before) const {
  if (ppo_->done()) return true;
  return config_.eval_every > 0 &&
         ppo_->step() / config_.eval_every > step_before / config_.eval_every;
}

Status Trainer::Loop() {
  while (!ppo_->done()) {
    const int64_t before = ppo_->step();
    result_.last = Iterate();
    result_.faults += result_.last.faults;
    CARROT_RETURN_IF_ERROR(CheckScripts(env_->TakeErrors()));
    CARROT_RETURN_IF_ERROR(WriteMetrics(result_.last));
    CARROT_RETURN_IF_ERROR(ApplySchedule(false));
    if (callbacks_.iteration) callbacks_.iteration(result_.last);
    Findings alarms = monitor_->EndIteration(ppo_->step());
    if (Due(before) || !alarms.empty()) CARROT_RETURN_IF_ERROR(Checkpoint(std::move(alarms)));
    result_.interrupted = callbacks_.cancel && callbacks_.cancel->load() && !ppo_->done();
    if (result_.interrupted) return {};
    if (MonotonicSeconds() - last_state_ >= config_.state_seconds)
      CARROT_RETURN_IF_ERROR(SaveState());
  }
  return {};
}

// A reward script that fails at run time ends the run: what it would learn is not what was written.
Status Trainer::CheckScripts(const Diagnostics& problems) {
  Diagnostics fatal;
  for (const Diagnostic& problem : problems) {
    if (problem.severity == Severity::kError && problem.code[0] == 'R') fatal.push_back(problem);
  }
  if (!fatal.empty()) return Fail(std::move(fatal));
  if (problems.empty()) return {};
  if (callbacks_.warnings) callbacks_.warnings(problems);
  return Log(Format(problems));
}

// Weights that follow success, costs or trust change here, between iterations. The reward's scale
// is not learnt anew, as it is after an edit: such a change is small and would cost an iteration
// each.
Status Trainer::ApplySchedule(bool begin) {
  if (schedule_->empty()) return {};
  RewardWeights weights = env_->weights();
  const std::vector<WeightChange> changes =
      begin ? schedule_->Begin(weights.weights) : schedule_->Update(ppo_->step(), weights.weights);
  env_->SetWeights(std::move(weights));
  for (const WeightChange& change : changes) {
    CARROT_RETURN_IF_ERROR(store_->AppendEvent({{"iteration", ppo_->iteration()},
                                                {"type", "weight"},
                                                {"step", ppo_->step()},
                                                {"term", reward().terms[change.term].name},
                                                {"before", change.before},
                                                {"weight", change.after},
                                                {"why", change.why}}));
  }
  return {};
}

Status Trainer::WriteMetrics(const PpoMetrics& metrics) {
  json line = ToJson(metrics);
  json terms = json::object();
  for (size_t k = 0; k < reward().terms.size() && k < metrics.term_sums.size(); ++k) {
    terms[reward().terms[k].name] = metrics.term_sums[k];
  }
  line["term_sums"] = std::move(terms);
  if (!schedule_->empty()) {  // those that the iteration was collected with
    json weights = json::object();
    for (size_t k = 0; k < reward().terms.size(); ++k) {
      weights[reward().terms[k].name] = env_->weights().weights[k];
    }
    line["weights"] = std::move(weights);
  }
  CARROT_RETURN_IF_ERROR(store_->AppendMetrics(line));
  // What reward_learn is recomputed from (RewardLearn).
  const LearnSegment& segment = metrics.segment;
  json event = {{"iteration", metrics.iteration},
                {"type", "segment"},
                {"begin", segment.begin},
                {"end", segment.end}};
  if (config_.ppo.normalize_reward) {
    event["reward_scale"] = segment.scale;
    event["reward_clip"] = segment.clip;
  }
  return store_->AppendEvent(event);
}

// An evaluation; `alarms` are those that asked for it, so that there is a recording to look at.
Status Trainer::Checkpoint(Findings alarms) {
  const int64_t step = ppo_->step();
  checkpoint_step_ = step;
  result_.policy = store_->PolicyFolder(step);
  result_.trace = store_->TraceFolder("eval", step);
  fs::remove_all(result_.policy);  // left by a process that was killed after its last state
  fs::remove_all(result_.trace);
  CARROT_RETURN_IF_ERROR(ppo_->policy().Save(result_.policy, PolicyNote()));

  CARROT_ASSIGN_OR_RETURN(Actor actor,
                          Actor::FromPolicy(std::make_shared<const Policy>(ppo_->policy()),
                                            result_.policy.string(), task()));
  CARROT_ASSIGN_OR_RETURN(TraceSpec spec, MakeTraceSpec(task(), &reward(),
                                                        {.run_seed = config_.ppo.seed,
                                                         .build = config_.build,
                                                         .weights = &env_->weights(),
                                                         .params = config_.params}));
  auto trace = std::make_shared<Trace>(std::move(spec));
  std::unique_ptr<TraceWriter> writer;
  EvaluateOptions options;
  options.episodes = config_.eval_episodes;
  options.seed = config_.ppo.seed;
  options.gamma = config_.ppo.gamma;
  options.weights = env_->weights().weights;
  options.potential_weight = env_->weights().potential;
  options.params = config_.params;
  options.sink = [&](int num_envs) -> StepSink* {
    writer = std::make_unique<TraceWriter>(trace, task().state, num_envs);
    return writer.get();
  };
  CARROT_ASSIGN_OR_RETURN(result_.evaluation,
                          Evaluate(config_.task, config_.reward, actor, pool_, options));
  writer->CommitAll();
  CARROT_ASSIGN_OR_RETURN(std::unique_ptr<TraceFolderWriter> folder,
                          TraceFolderWriter::Create(result_.trace, trace, {.scripts = Scripts()}));
  CARROT_RETURN_IF_ERROR(folder->Close());

  json entry = EvaluationJson(result_.evaluation, task(), &reward());
  entry["step"] = step;
  entry["policy"] = fs::relative(result_.policy, config_.out).string();
  entry["trace"] = fs::relative(result_.trace, config_.out).string();
  evaluations_.push_back(std::move(entry));
  CARROT_RETURN_IF_ERROR(store_->WriteFile("eval.json", JsonText(evaluations_, 2) + "\n"));
  CARROT_RETURN_IF_ERROR(store_->AppendEvent({{"iteration", ppo_->iteration()},
                                              {"type", "checkpoint"},
                                              {"step", step},
                                              {"policy", evaluations_.back()["policy"]}}));
  CARROT_RETURN_IF_ERROR(JudgeEvaluation(trace, std::move(alarms)));
  CARROT_RETURN_IF_ERROR(SaveState());
  CARROT_RETURN_IF_ERROR(CheckScripts(result_.evaluation.errors));
  const EvaluationSummary summary = Summarise(result_.evaluation, task());
  CARROT_RETURN_IF_ERROR(Log(fmt::format("evaluation: return {:.6g}, success {:.2f}",
                                         summary.episode_return.mean, summary.success.mean)));
  if (callbacks_.evaluation) callbacks_.evaluation(step, result_.evaluation);
  return {};
}

// Reports the alarms of this evaluation and of the iterations since the last one.
Status Trainer::JudgeEvaluation(std::shared_ptr<const Trace> trace, Findings suspicions) {
  RewardSettings settings = DefaultSettings(reward(), config_.ppo.gamma);
  settings.weights = env_->weights();
  if (!config_.params.empty()) settings.params = config_.params;
  const std::string name = fs::relative(result_.trace, config_.out).string();
  CARROT_ASSIGN_OR_RETURN(
      Evidence evidence,
      GatherEvidence({{name, std::move(trace)}}, task().state, *config_.reward, settings, pool_));
  for (const Finding& alarm : monitor_->JudgeEvaluation(evidence, std::move(suspicions))) {
    json line = {{"iteration", ppo_->iteration()}, {"type", "alarm"}, {"step", ppo_->step()}};
    line.update(ToJson(alarm));
    CARROT_RETURN_IF_ERROR(store_->AppendEvent(line));
    CARROT_RETURN_IF_ERROR(
        Log(fmt::format("alarm {} {}: {}", alarm.code, alarm.name, alarm.message)));
    if (callbacks_.alarm) callbacks_.alarm(ppo_->step(), alarm);
    result_.alarms.push_back(std::move(line));
  }
  return {};
}

BestCheckpoint Trainer::Best() const {
  const auto number = [](const json& entry, const char* object, const char* key) {
    const json& value = entry.at(object).value(key, json());
    return value.is_number() ? value.get<double>() : -std::numeric_limits<double>::infinity();
  };
  const json* best = nullptr;
  std::pair<double, double> highest;
  for (const json& entry : evaluations_) {
    const std::pair score(number(entry, "success", "rate"), number(entry, "return", "mean"));
    if (best && score < highest) continue;
    best = &entry;
    highest = score;
  }
  if (!best) return {};
  return {.step = best->at("step").get<int64_t>(),
          .policy = config_.out / best->at("policy").get<std::string>(),
          .trace = config_.out / best->at("trace").get<std::string>()};
}

// An interrupted run keeps its newest weights, but has no evaluation there: the resumed run's
// eval.json is then the same as that of a run in one go.
Status Trainer::Conclude() {
  result_.folder = config_.out;
  result_.best = Best();
  if (checkpoint_step_ >= 0 && result_.policy.empty()) {
    result_.policy = store_->PolicyFolder(checkpoint_step_);
    result_.trace = store_->TraceFolder("eval", checkpoint_step_);
  }
  if (result_.interrupted) {
    result_.policy = store_->PolicyFolder(ppo_->step());
    fs::remove_all(result_.policy);
    CARROT_RETURN_IF_ERROR(ppo_->policy().Save(result_.policy, PolicyNote()));
    CARROT_RETURN_IF_ERROR(SaveState());
  }
  CARROT_RETURN_IF_ERROR(Log(result_.interrupted ? "interrupted" : "done"));
  return store_->SetStatus(result_.interrupted ? RunStatus::kInterrupted : RunStatus::kDone);
}

}  // namespace

PpoConfig PpoConfigOf(const RewardSpec& reward) {
  PpoConfig config;
  if (reward.learn.normalize) {
    config.normalize_reward = *reward.learn.normalize;
    config.reward_clip = reward.learn.normalize_clip;
  }
  return config;
}

Result<StoredRun> ReadRun(const fs::path& folder) {
  CARROT_ASSIGN_OR_RETURN(const std::string text, ReadFile(folder / "run.json"));
  CARROT_ASSIGN_OR_RETURN(const RunConfig run,
                          RunConfigFromJson(text, (folder / "run.json").string()));
  const auto malformed = [&] {
    return Fail(MakeError(
        "I003", fmt::format("{} is not a run of carrot train", (folder / "run.json").string())));
  };
  if (run.verb != "train") return malformed();
  StoredRun stored;
  try {  // nlohmann throws on a wrong type; nothing leaves this function
    const json& settings = run.settings;
    stored.config.task_name = run.task;
    stored.config.weights = settings.at("weights").get<std::vector<double>>();
    stored.config.potential_weight = settings.at("potential_weight").get<double>();
    stored.config.params = settings.at("params").get<std::vector<double>>();
    stored.config.eval_every = settings.at("eval_every");
    stored.config.eval_episodes = settings.at("eval_episodes");
    stored.config.flips = settings.value("flips", std::vector<std::string>{});
    stored.reward_file = folder / "scripts" / settings.at("reward_file").get<std::string>();
    CARROT_ASSIGN_OR_RETURN(stored.config.ppo, PpoConfigFromJson(settings.at("ppo")));
  } catch (const std::exception&) {
    return malformed();
  }
  stored.status = run.status;
  stored.config.out = folder;
  stored.config.resume = true;
  return stored;
}

Result<TrainResult> Train(const TrainConfig& config, ThreadPool& pool,
                          const TrainCallbacks& callbacks) {
  return Trainer(config, pool, callbacks).Run();
}

}  // namespace carrot
