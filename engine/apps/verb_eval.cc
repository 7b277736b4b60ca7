// The matrix of rewards x policies x seeds on one task.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/apps/arguments.h"
#include "engine/apps/eval_store.h"
#include "engine/apps/interrupt.h"
#include "engine/apps/machine.h"
#include "engine/apps/options.h"
#include "engine/apps/progress.h"
#include "engine/apps/report.h"
#include "engine/apps/table.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/apps/verdict.h"
#include "engine/base/json_text.h"
#include "engine/session/evaluation_json.h"

namespace carrot {
namespace {

// One (reward, policy): its seeds, in the order given.
struct Row {
  std::string reward_given, policy_given;
  std::shared_ptr<const RewardFunction> reward;
  RewardSettings settings;
  std::string policy_hash;
  std::vector<EvaluateResult> seeds;  // finished ones
  Diagnostics failed;                 // the reward script's errors; the row ends with them
  EvaluationSummary summary;
  int faults = 0;
};

class EvalVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        TaskOption(&task_name_),
        {"--reward",
         "REWARD",
         "rewards (names or paths); without it the task's own",
         &rewards_,
         false,
         {},
         Offer::kReward,
         true,
         true},
        {"--policy",
         "POLICY",
         "policies: random, zero, a shipped one (carrot describe TASK) or .policy folders",
         &policies_,
         true,
         {},
         Offer::kPolicy,
         true,
         true},
        SetOption(&set_),
        {"--episodes", "N", "episodes a seed", &episodes_},
        {"--seed", "SEEDS", "0, 0..4 (five seeds), 1,5,9", &seed_},
        StochasticOption(&stochastic_),
        {"--fail-if",
         "EXPR",
         "exit 1 if a row has e.g. success<0.5, return.low<100, faults>0",
         &fail_if_,
         false,
         {},
         Offer::kNothing,
         false},
        {"--fail-on", "WHAT", "exit 1 if an episode ended by a fault", &fail_on_, false, {"fault"}},
        OutOption(&out_, "keep every finished cell there (cells.jsonl, eval.json)"),
        {"--resume", "", "take finished cells from --out instead of playing them again", &resume_},
        WorkersOption(&workers_),
    };
  }

  ExitCode Run(Console& console) override {
    Status status = Play(console);
    if (!status) return console.Fail(status.error());
    for (Row& row : rows_) {
      std::vector<const EvaluateResult*> results;
      for (const EvaluateResult& result : row.seeds) {
        results.push_back(&result);
        row.faults += result.faults;
      }
      row.summary = Summarise(results, task_->spec());
    }
    const std::vector<std::string> verdicts = Verdicts();
    const Json document = Document(verdicts);
    if (store_) {
      if (Status written = store_->WriteDocument(document); !written) {
        return console.Fail(written.error());
      }
    }
    if (console.json()) {
      Json timed = document;
      timed["timing"] = TimingJson(seconds_, Workers(workers_));
      console.PrintJson(timed);
    } else {
      PrintAsText(console);
    }
    for (const std::string& verdict : verdicts) console.Warn(verdict);
    for (const Row& row : rows_) {
      if (!row.failed.empty()) return console.CodeOf(row.failed);
    }
    if (interrupted_) return ExitCode::kInterrupted;
    return verdicts.empty() ? ExitCode::kOk : ExitCode::kNegative;
  }

 private:
  Status Play(Console& console);
  Status Prepare(Console& console);
  Status PlayRow(Console& console, Row& row, ThreadPool& pool, Progress& progress);
  std::string CellKey(const Row& row, uint64_t seed) const;
  std::vector<std::string> Verdicts() const;
  Json Document(const std::vector<std::string>& verdicts) const;
  void PrintAsText(Console& console) const;

  std::string task_name_, seed_ = "0", out_, fail_on_;
  std::vector<std::string> rewards_, policies_, set_, fail_if_;
  int64_t episodes_ = 16, workers_ = 0;
  bool stochastic_ = false, resume_ = false;

  std::shared_ptr<const Task> task_;
  std::vector<uint64_t> seeds_;
  std::vector<Condition> conditions_;
  std::vector<Row> rows_;
  std::unique_ptr<EvalStore> store_;
  int finished_cells_ = 0;
  bool interrupted_ = false;
  double seconds_ = 0;
};

Status EvalVerb::Prepare(Console& console) {
  CARROT_ASSIGN_OR_RETURN(task_name_,
                          TaskOrRewards(task_name_, rewards_.empty() ? "" : rewards_[0]));
  CARROT_ASSIGN_OR_RETURN(task_, FindTask(task_name_));
  CARROT_ASSIGN_OR_RETURN(seeds_, ParseSeeds(seed_));
  if (episodes_ < 1) return Fail(MakeError("U002", "--episodes takes 1 or more"));
  if (resume_ && out_.empty()) return Fail(MakeError("U002", "--resume needs --out"));
  for (const std::string& text : fail_if_) {
    CARROT_ASSIGN_OR_RETURN(Condition condition, ParseCondition(text, task_->spec()));
    conditions_.push_back(std::move(condition));
  }
  if (rewards_.empty()) rewards_.push_back("");
  for (const std::string& reward_given : rewards_) {
    CARROT_ASSIGN_OR_RETURN(auto reward, OpenReward(reward_given, task_->spec(), console));
    CARROT_ASSIGN_OR_RETURN(RewardSettings settings, ParseSettings(set_, reward->spec(), 0.99));
    for (const std::string& policy : policies_) {
      CARROT_ASSIGN_OR_RETURN(const Actor actor, Actor::Load(policy, task_->spec()));
      CARROT_RETURN_IF_ERROR(actor.CheckFits(&reward->spec()));
      Row row;
      row.reward_given = reward_given.empty() ? reward->spec().name : reward_given;
      row.policy_given = policy;
      row.policy_hash = actor.hash();
      row.reward = reward;
      row.settings = settings;
      rows_.push_back(std::move(row));
    }
  }
  if (!out_.empty()) {
    CARROT_ASSIGN_OR_RETURN(store_, EvalStore::Open(out_, resume_));
  }
  return {};
}

Status EvalVerb::Play(Console& console) {
  CARROT_RETURN_IF_ERROR(Prepare(console));
  ThreadPool pool(Workers(workers_));
  Progress progress(
      console, "eval",
      static_cast<double>(rows_.size() * seeds_.size()) * static_cast<double>(episodes_),
      "episodes");
  for (Row& row : rows_) {
    if (interrupted_) break;
    CARROT_RETURN_IF_ERROR(PlayRow(console, row, pool, progress));
  }
  return {};
}

// What a cell's result depends on.
std::string EvalVerb::CellKey(const Row& row, uint64_t seed) const {
  Json key = {task_->spec().hash,
              row.reward->spec().hash,
              row.settings.weights.weights,
              row.settings.weights.potential,
              row.settings.params,
              row.policy_hash,
              stochastic_,
              episodes_,
              seed};
  return JsonText(key);
}

Status EvalVerb::PlayRow(Console& console, Row& row, ThreadPool& pool, Progress& progress) {
  for (uint64_t seed : seeds_) {
    const double before = static_cast<double>(finished_cells_) * static_cast<double>(episodes_);
    EvaluateResult result;
    if (store_ && store_->Find(CellKey(row, seed), &result)) {
      row.seeds.push_back(std::move(result));
      progress.Update(before + static_cast<double>(episodes_));
      ++finished_cells_;
      continue;
    }
    CARROT_ASSIGN_OR_RETURN(Actor actor, Actor::Load(row.policy_given, task_->spec()));
    EvaluateOptions options;
    options.episodes = static_cast<int>(std::min<int64_t>(episodes_, 1 << 20));
    options.seed = seed;
    options.stochastic = stochastic_;
    options.weights = row.settings.weights.weights;
    options.potential_weight = row.settings.weights.potential;
    options.params = row.settings.params;
    options.cancel = &Interrupted();
    options.progress = [&](int done) { progress.Update(before + done, row.policy_given); };
    CARROT_ASSIGN_OR_RETURN(result, Evaluate(task_, row.reward, actor, pool, options));
    seconds_ += result.seconds;
    console.Show(result.errors);
    for (const Diagnostic& error : result.errors) {
      const bool script = error.severity == Severity::kError && error.code[0] == 'R';
      if (script) row.failed.push_back(error);
    }
    interrupted_ = result.interrupted;
    // A script that fails ends its row, and a cell that was cut short is not a result; the others
    // go on.
    if (!row.failed.empty() || interrupted_) return {};
    if (store_) CARROT_RETURN_IF_ERROR(store_->Add(CellKey(row, seed), result));
    row.seeds.push_back(std::move(result));
    ++finished_cells_;
  }
  return {};
}

std::vector<std::string> EvalVerb::Verdicts() const {
  std::vector<std::string> verdicts;
  for (const Row& row : rows_) {
    if (row.seeds.empty()) continue;
    const std::string name = row.reward_given + " x " + row.policy_given;
    for (const Condition& condition : conditions_) {
      if (Holds(condition, row.summary, row.faults, task_->spec())) {
        verdicts.push_back(fmt::format("{}: --fail-if {}", name, condition.text));
      }
    }
    if (fail_on_ == "fault" && row.faults > 0) {
      verdicts.push_back(fmt::format("{}: {} episodes ended by a fault", name, row.faults));
    }
  }
  return verdicts;
}

Json EvalVerb::Document(const std::vector<std::string>& verdicts) const {
  const TaskSpec& task = task_->spec();
  Json document = {{"task", task.name}, {"task_hash", task.hash}, {"success", task.success_doc},
                   {"build", kVersion}, {"episodes", episodes_},  {"seeds", seeds_}};
  document["results"] = Json::array();
  document["groups"] = Json::array();
  for (const Row& row : rows_) {
    const Json identity = {{"task", task.name},
                           {"reward", row.reward_given},
                           {"reward_hash", row.reward->spec().hash},
                           {"policy", row.policy_given},
                           {"policy_hash", row.policy_hash}};
    for (size_t i = 0; i < row.seeds.size(); ++i) {
      Json cell = identity;
      cell["seed"] = seeds_[i];
      cell.update(EvaluationJson(row.seeds[i], task, &row.reward->spec()));
      document["results"].push_back(std::move(cell));
    }
    Json group = identity;
    group["seeds"] = row.seeds.size();
    group.update(SummaryJson(row.summary, task, &row.reward->spec()));
    group["faults"] = row.faults;
    for (const Diagnostic& error : row.failed) group["errors"].push_back(Json(ToJson(error)));
    document["groups"].push_back(std::move(group));
  }
  document["interrupted"] = interrupted_;
  document["failed"] = verdicts;
  return document;
}

void EvalVerb::PrintAsText(Console& console) const {
  const TaskSpec& task = task_->spec();
  std::vector<Table::Column> columns{{"reward", Align::kLeft},
                                     {"policy", Align::kLeft},
                                     {"return", Align::kRight, "95 %"},
                                     {"success", Align::kRight, "95 %"},
                                     {"length", Align::kRight, "steps"}};
  for (const MetricSpec& metric : task.metrics) {
    columns.push_back({metric.name, Align::kRight, metric.unit});
  }
  columns.push_back({"faults"});
  Table table(std::move(columns));
  for (const Row& row : rows_) {
    if (row.seeds.empty()) continue;
    const EvaluationSummary& s = row.summary;
    std::vector<std::string> cells{
        row.reward_given, row.policy_given,
        PlusMinus(s.episode_return.mean, s.episode_return.low, s.episode_return.high),
        RateText(s.success), Short(s.length.mean)};
    for (const Estimate& metric : s.metrics) cells.push_back(Short(metric.mean));
    cells.push_back(row.faults > 0 ? fmt::format("{}", row.faults) : "-");
    table.Row(std::move(cells));
  }
  console.Print(table.Render(console.out()));
  console.Print(fmt::format("success: {}\n", task.success_doc));
  if (rows_.size() == 1 && rows_[0].summary.episodes > 0) {
    console.Print("\n" + TermTableText(rows_[0].summary, rows_[0].reward->spec(), console.out()));
  }
  if (!out_.empty()) console.Note(fmt::format("written: {}/eval.json", out_));
}

}  // namespace

std::unique_ptr<Verb> MakeEval() { return std::make_unique<EvalVerb>(); }

}  // namespace carrot
