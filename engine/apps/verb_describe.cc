// What a task, a reward or a policy is: the facts one needs to write the next script.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/agent/policy.h"
#include "engine/apps/arguments.h"
#include "engine/apps/table.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/core/observed_memory.h"
#include "engine/session/corpus.h"
#include "rewards/host/lua_reward.h"
#include "rewards/host/reward_catalog.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

std::string Joined(const std::vector<std::string>& words, const char* separator) {
  return fmt::format("{}", fmt::join(words, separator));
}

std::string ShapeText(const FieldSpec& field) {
  if (field.is_scalar()) return Name(field.dtype);
  return fmt::format("{}[{}]", Name(field.dtype), fmt::join(field.shape, ","));
}

// Of a parameter; "-" where there is none.
std::string Bound(double value) { return std::isfinite(value) ? Short(value) : "-"; }

Json ParamJson(const ParamSpec& param) {
  Json object = {
      {"name", param.name}, {"value", param.value}, {"unit", param.unit}, {"doc", param.doc}};
  if (std::isfinite(param.low)) object["min"] = param.low;
  if (std::isfinite(param.high)) object["max"] = param.high;
  return object;
}

Json ActionJson(const ActionSpec& action) {
  Json object = {{"size", action.size()}, {"names", action.names}};
  if (action.kind == ActionSpec::Kind::kContinuous) {
    object["kind"] = "continuous";
    object["low"] = action.low;
    object["high"] = action.high;
  } else {
    object["kind"] = "discrete";
    object["choices"] = action.choices;
    object["choice_names"] = action.choice_names;
  }
  return object;
}

std::string ActionText(const ActionSpec& action) {
  if (action.kind == ActionSpec::Kind::kDiscrete) {
    return fmt::format("discrete, {} choices: {}", fmt::join(action.choices, " x "),
                       Joined(action.choice_names, ", "));
  }
  const bool one_range =
      std::equal(action.low.begin() + 1, action.low.end(), action.low.begin()) &&
      std::equal(action.high.begin() + 1, action.high.end(), action.high.begin());
  if (one_range) {
    return fmt::format("{} in [{:g}, {:g}]: {}", action.size(), action.low[0], action.high[0],
                       Joined(action.names, ", "));
  }
  std::vector<std::string> parts;
  for (int i = 0; i < action.size(); ++i) {
    parts.push_back(fmt::format("{} [{:g}, {:g}]", action.names[i], action.low[i], action.high[i]));
  }
  return fmt::format("{}: {}", action.size(), Joined(parts, ", "));
}

// How terms become the total and the total the reward, where that is not the usual way.
std::string ShapingText(const Json& reward) {
  std::string text;
  if (reward["combine"] != "sum") {
    text += fmt::format("combine    {}\n", reward["combine"].get<std::string>());
  }
  std::vector<std::string> stages;
  for (const Json& stage : reward["shape"]) {
    const bool learner = stage["for"] == "learner";
    stages.push_back(stage["stage"].get<std::string>() + (learner ? " (for the learner)" : ""));
  }
  if (!stages.empty()) text += fmt::format("shape      {}\n", Joined(stages, ", "));
  if (reward["potential"].get<bool>()) {
    text += fmt::format("potential  weight {}\n", Short(reward["potential_weight"].get<double>()));
  }
  return text.empty() ? text : "\n" + text;
}

class DescribeVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"name",
             "NAME",
             "a task, TASK/REWARD, a reward script or a .policy folder",
             &name_,
             true,
             {},
             Offer::kName},
            {"--task",
             "TASK",
             "the task that a reward script is for, if it does not say",
             &task_name_,
             false,
             {},
             Offer::kTask}};
  }

  ExitCode Run(Console& console) override {
    Status status = Describe(console);
    return status ? ExitCode::kOk : console.Fail(status.error());
  }

 private:
  Status Describe(Console& console) {
    if (fs::exists(fs::path(name_) / "policy.json")) return DescribePolicy(console);
    const fs::path path(name_);
    if (path.extension() == ".lua" && path.filename() != "task.lua") {
      std::string task_name = task_name_;
      if (task_name.empty()) {
        CARROT_ASSIGN_OR_RETURN(task_name, TaskOfReward(name_));
      }
      return DescribeReward(console, task_name, name_);
    }
    Result<std::shared_ptr<const Task>> task = FindTask(name_);
    if (task) return DescribeTask(console, (*task)->spec());
    const size_t slash = name_.rfind('/');
    if (slash != std::string::npos && FindTask(name_.substr(0, slash))) {
      return DescribeReward(console, name_.substr(0, slash), name_.substr(slash + 1));
    }
    if (!task_name_.empty()) return DescribeReward(console, task_name_, name_);
    return Fail(std::move(task).error());
  }

  static Status DescribeTask(Console& console, const TaskSpec& task);
  static Status DescribeReward(Console& console, const std::string& task_name,
                               const std::string& reward_name);
  Status DescribePolicy(Console& console) const;

  std::string name_, task_name_;
};

Json TaskJson(const TaskSpec& task) {
  Json document = {{"kind", "task"},
                   {"name", task.name},
                   {"aliases", task.aliases},
                   {"doc", task.doc},
                   {"path", task.path},
                   {"hash", task.hash},
                   {"world", task.world.kind},
                   {"dt", task.world.dt},
                   {"horizon", task.horizon},
                   {"default_reward", task.default_reward},
                   {"observation_size", task.observation_size},
                   {"action", ActionJson(task.world.action)},
                   {"success", task.success_doc},
                   {"termination", task.causes}};
  document["fields"] = Json::array();
  for (const FieldSpec& field : task.state.fields()) {
    document["fields"].push_back({{"name", field.name},
                                  {"dtype", Name(field.dtype)},
                                  {"shape", field.shape},
                                  {"names", field.names},
                                  {"units", field.units},
                                  {"role", Name(field.role)},
                                  {"doc", field.doc}});
  }
  document["metrics"] = Json::array();
  for (const MetricSpec& metric : task.metrics) {
    document["metrics"].push_back(
        {{"name", metric.name}, {"unit", metric.unit}, {"doc", metric.doc}});
  }
  document["params"] = Json::array();
  for (const ParamSpec& param : task.params) document["params"].push_back(ParamJson(param));
  document["rewards"] = Json::array();
  for (const RewardEntry& reward : ListRewards(task)) document["rewards"].push_back(reward.name);
  document["policies"] = ShippedPolicyNames(task);
  return document;
}

Status DescribeVerb::DescribeTask(Console& console, const TaskSpec& task) {
  if (console.json()) {
    console.PrintJson(TaskJson(task));
    return {};
  }
  const Stream& out = console.out();
  std::string title = task.name;
  if (!task.aliases.empty()) title += fmt::format(" ({})", Joined(task.aliases, ", "));
  std::string text = Hang(title + ": ", task.doc, out, 2, Style::kBold);
  text += Hang("world        ",
               fmt::format("{}, {} s a step, {}", task.world.kind, Short(task.world.dt),
                           task.horizon > 0 ? fmt::format("{} steps an episode", task.horizon)
                                            : "no time limit"),
               out);
  text += Hang("action       ", ActionText(task.world.action), out);
  text += fmt::format("observation  {} numbers\n", task.observation_size);
  text += Hang("success      ", task.success_doc, out);
  text += Hang("ends by      ", task.causes.empty() ? "time only" : Joined(task.causes, ", "), out);
  std::vector<std::string> names;
  for (const RewardEntry& reward : ListRewards(task)) {
    names.push_back(reward.name + (reward.name == task.default_reward ? " (default)" : ""));
  }
  text += Hang("rewards      ", names.empty() ? "-" : Joined(names, ", "), out);
  names = ShippedPolicyNames(task);
  text += Hang("policies     ", names.empty() ? "-" : Joined(names, ", "), out) + "\n";
  console.Print(text);

  Table fields({{"field", Align::kLeft},
                {"type", Align::kLeft},
                {"unit", Align::kLeft},
                {"", Align::kLeft}});
  for (const FieldSpec& field : task.state.fields()) {
    std::string doc = field.doc;
    if (!field.names.empty()) doc = fmt::format("({}) {}", fmt::join(field.names, ", "), doc);
    fields.Row({"s." + field.name, ShapeText(field), Joined(field.units, ","), doc});
  }
  console.Print(fields.Render(out));
  Table metrics({{"metric", Align::kLeft}, {"unit", Align::kLeft}, {"", Align::kLeft}});
  for (const MetricSpec& metric : task.metrics) metrics.Row({metric.name, metric.unit, metric.doc});
  if (!metrics.empty()) console.Print("\n" + metrics.Render(out));
  return {};
}

Status DescribeVerb::DescribeReward(Console& console, const std::string& task_name,
                                    const std::string& reward_name) {
  CARROT_ASSIGN_OR_RETURN(const auto task, FindTask(task_name));
  CARROT_ASSIGN_OR_RETURN(const auto reward, OpenReward(reward_name, task->spec()));
  const Json described(carrot::DescribeReward(*reward, task->spec()));
  if (console.json()) {
    Json document = {{"kind", "reward"}};
    document.update(described);
    console.PrintJson(document);
    return {};
  }
  const RewardSpec& spec = reward->spec();
  const Stream& out = console.out();
  std::string text = Hang(fmt::format("{} for {}: ", spec.name, task->spec().name), spec.doc, out,
                          2, Style::kBold) +
                     fmt::format("{}\nhash {}\n\n", spec.path, spec.hash.substr(0, 12));
  Table terms(
      {{"term", Align::kLeft}, {"weight"}, {"kind", Align::kLeft}, {"range"}, {"", Align::kLeft}});
  for (const RewardTermSpec& term : spec.terms) {
    terms.Row({term.name, Short(term.weight), Name(term.kind),
               term.range_low ? Short(*term.range_low) + " .. " + Short(*term.range_high) : "",
               term.doc});
  }
  text += terms.Render(out);
  Table params({{"parameter", Align::kLeft},
                {"value"},
                {"min"},
                {"max"},
                {"unit", Align::kLeft},
                {"", Align::kLeft}});
  for (const ParamSpec& param : spec.params) {
    params.Row({param.name, Short(param.value), Bound(param.low), Bound(param.high), param.unit,
                param.doc});
  }
  if (!params.empty()) text += "\n" + params.Render(out);
  text += ShapingText(described);
  std::vector<std::string> fields;
  for (int field : spec.fields_read) fields.push_back(task->spec().state[field].name);
  text += "\n" + Hang("reads ", Joined(fields, ", "), out);
  if (!spec.observe.empty()) {
    text += Hang("shows the policy ", Joined(ObservedNames(spec), ", "), out, 2);
  }
  for (const WeightRule& rule : spec.schedule) {
    std::vector<std::string> names;
    for (int term : rule.terms) names.push_back(spec.terms[term].name);
    text +=
        fmt::format("training sets the weight of {} by {}\n", Joined(names, ", "), Name(rule.kind));
  }
  console.Print(text);
  return {};
}

Status DescribeVerb::DescribePolicy(Console& console) const {
  CARROT_ASSIGN_OR_RETURN(const Policy policy, Policy::Load(name_));
  const PolicySpec& spec = policy.spec();
  if (console.json()) {
    console.PrintJson({{"kind", "policy"},
                       {"path", name_},
                       {"hash", policy.WeightHash()},
                       {"task", spec.task},
                       {"task_hash", spec.task_hash},
                       {"reward_hash", spec.reward_hash},
                       {"observation_size", spec.observation_size},
                       {"hidden", spec.hidden},
                       {"action", ActionJson(spec.action)}});
    return {};
  }
  console.Print(fmt::format(
      "{}\ntrained on   {}\nnetwork      {} -> {} -> {}\naction       {}\nhash         {}\n", name_,
      spec.task, spec.observation_size, fmt::join(spec.hidden, " -> "), spec.head_size(),
      ActionText(spec.action), policy.WeightHash()));
  return {};
}

}  // namespace

std::unique_ptr<Verb> MakeDescribe() { return std::make_unique<DescribeVerb>(); }

}  // namespace carrot
