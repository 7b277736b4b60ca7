#include "engine/apps/arguments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "engine/apps/machine.h"
#include "engine/base/suggest.h"
#include "envs/all/worlds.h"
#include "envs/task/task_catalog.h"
#include "rewards/host/lua_reward.h"
#include "rewards/host/reward_catalog.h"
#include "rewards/host/reward_reader.h"

namespace carrot {
namespace {

Diagnostic BadValue(std::string message, std::string help = "") {
  Diagnostic error = MakeError("U002", std::move(message));
  if (!help.empty()) error.help.push_back(std::move(help));
  return error;
}

template <typename Specs>
int IndexOf(const Specs& specs, const std::string& name) {
  for (size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

Diagnostic UnknownSetting(const std::string& name, const RewardSpec& reward) {
  std::vector<std::string> known;
  for (const RewardTermSpec& term : reward.terms) known.push_back("w:" + term.name);
  for (const ParamSpec& param : reward.params) known.push_back("p:" + param.name);
  if (reward.has_potential) known.push_back("w:potential");
  std::vector<std::string> bare;
  for (const std::string& setting : known) bare.push_back(setting.substr(2));
  const bool prefixed = name.size() > 2 && name[1] == ':';
  const std::string nearest = Suggest(name, prefixed ? known : bare);
  Diagnostic error =
      BadValue(fmt::format("reward `{}` has no term or parameter `{}`", reward.name, name),
               nearest.empty() ? "" : fmt::format("did you mean `{}`?", nearest));
  error.help.push_back(fmt::format("settings: {}", fmt::join(known, ", ")));
  return error;
}

Status ApplySetting(const std::string& text, const RewardSpec& reward, RewardSettings* settings) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) {
    return Fail(BadValue(fmt::format("--set takes NAME=VALUE, not `{}`", text),
                         "for example --set w:forward=2 or --set p:speed=1.5"));
  }
  const std::string name = text.substr(0, equals), number = text.substr(equals + 1);
  char* end = nullptr;
  const double value = std::strtod(number.c_str(), &end);
  if (number.empty() || *end != 0 || !std::isfinite(value)) {
    return Fail(BadValue(fmt::format("`{}` is not a number in --set {}", number, text)));
  }
  const bool weight_only = name.rfind("w:", 0) == 0, param_only = name.rfind("p:", 0) == 0;
  const std::string bare = weight_only || param_only ? name.substr(2) : name;
  const int term = param_only ? -1 : IndexOf(reward.terms, bare);
  const int param = weight_only ? -1 : IndexOf(reward.params, bare);
  if (term >= 0 && param >= 0) {
    return Fail(BadValue(fmt::format("`{}` is a term and a parameter", bare),
                         fmt::format("write w:{0} or p:{0}", bare)));
  }
  if (term >= 0) {
    settings->weights.weights[term] = value;
  } else if (param >= 0) {
    const ParamSpec& spec = reward.params[param];
    if (value < spec.low || value > spec.high) {
      return Fail(BadValue(
          fmt::format("parameter `{}` takes {} to {}, not {}", bare, spec.low, spec.high, value)));
    }
    settings->params[param] = value;
  } else if (weight_only && bare == "potential" && reward.has_potential) {
    settings->weights.potential = value;
  } else {
    return Fail(UnknownSetting(name, reward));
  }
  return {};
}

bool ParseSeed(std::string_view text, uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

// The task.lua in the folder of a reward script, or "".
static std::string TaskBeside(const std::string& path) {
  std::error_code ec;
  const auto beside = std::filesystem::absolute(path, ec).parent_path() / "task.lua";
  return std::filesystem::exists(beside, ec) ? beside.string() : "";
}

// A task as a script at `path` names it: a path is meant from the script's folder.
static std::string TaskFrom(const std::string& path, const std::string& task) {
  if (task.find('/') == std::string::npos && !task.starts_with("task.lua")) return task;
  std::error_code ec;
  const auto there = std::filesystem::absolute(path, ec).parent_path() / task;
  const std::string file = there.string().substr(0, there.string().find('#'));
  return std::filesystem::exists(file, ec) ? there.lexically_normal().string() : task;
}

std::string ShellWord(const std::string& text) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 || std::strchr("_-./:=,+@%", c) != nullptr || c >= 0x80;
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string word = "'";
  for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return word + "'";
}

Result<std::shared_ptr<const Task>> FindTask(const std::string& name) {
  return LoadTask(name, AllWorlds());
}

Result<std::shared_ptr<const RewardFunction>> OpenReward(const std::string& name,
                                                         const TaskSpec& task) {
  CARROT_ASSIGN_OR_RETURN(const std::string path, FindReward(name, task));
  return LoadReward(path, task);
}

Result<std::shared_ptr<const RewardFunction>> OpenReward(const std::string& name,
                                                         const TaskSpec& task, Console& console) {
  CARROT_ASSIGN_OR_RETURN(auto reward, OpenReward(name, task));
  const std::string& path = reward->spec().path;
  const std::string& named = reward->spec().task;
  const std::string meant = named.empty() ? TaskBeside(path) : TaskFrom(path, named);
  std::error_code ec;  // a task may be named in several ways: by its path, too
  const bool own = meant.empty() || meant == task.name ||
                   std::filesystem::equivalent(meant.substr(0, meant.find('#')), task.path, ec) ||
                   std::find(task.aliases.begin(), task.aliases.end(), meant) != task.aliases.end();
  if (!own) {
    console.Warn(
        fmt::format("{} is a reward for task `{}` and is used with `{}`", path, meant, task.name));
  }
  return reward;
}

Result<RewardSettings> ParseSettings(const std::vector<std::string>& set, const RewardSpec& reward,
                                     double gamma) {
  RewardSettings settings = DefaultSettings(reward, gamma);
  CARROT_RETURN_IF_ERROR(ApplySettings(set, reward, &settings));
  return settings;
}

Status ApplySettings(const std::vector<std::string>& set, const RewardSpec& reward,
                     RewardSettings* settings) {
  for (const std::string& text : set) CARROT_RETURN_IF_ERROR(ApplySetting(text, reward, settings));
  return {};
}

Result<std::string> TaskOfReward(const std::string& path) {
  CARROT_ASSIGN_OR_RETURN(const auto script, LuaScript::Load(path, {.makers = RewardMakers()}));
  if (!script->root().is_table()) {
    return Fail(MakeError("R022", fmt::format("{} returns no reward", path),
                          {"begin its last statement with `return reward {`"}));
  }
  const LuaValue* task = script->root().Find("task");
  if (task != nullptr && task->is_string()) return TaskFrom(path, task->string);
  if (std::string beside = TaskBeside(path); task == nullptr && !beside.empty()) return beside;
  Diagnostic error = MakeError("R022", fmt::format("{} does not say which task it is for", path),
                               {"add `task = \"hopper\"` to reward {...}, or give --task"});
  return Fail(std::move(error));
}

Result<std::string> TaskOrRewards(const std::string& task, const std::string& reward) {
  if (!task.empty()) return task;
  std::error_code ec;
  if (reward.ends_with(".lua") || std::filesystem::is_regular_file(reward, ec))
    return TaskOfReward(reward);
  return Fail(MakeError("U002", "no task is given",
                        {"give --task TASK (`carrot tasks` lists them), or the path of a reward "
                         "script, which names its task"}));
}

std::vector<std::pair<std::string, std::string>> ScriptsOf(const TaskSpec& task,
                                                           const RewardSpec& reward) {
  std::vector<std::pair<std::string, std::string>> scripts{{"task.lua", task.source},
                                                           {"reward.lua", reward.source}};
  for (const auto& [name, source] : reward.modules) scripts.emplace_back(name + ".lua", source);
  return scripts;
}

Result<std::vector<uint64_t>> ParseSeeds(const std::string& text) {
  std::vector<uint64_t> seeds;
  const auto bad = [&text] {
    return Fail(BadValue(fmt::format("--seed takes numbers and ranges, not `{}`", text),
                         "for example --seed 3, --seed 0..4 (five seeds) or --seed 0,7"));
  };
  size_t at = 0;
  while (at <= text.size()) {
    const size_t comma = std::min(text.find(',', at), text.size());
    const std::string_view part = std::string_view(text).substr(at, comma - at);
    const size_t dots = part.find("..");
    uint64_t first = 0, last = 0;
    if (!ParseSeed(part.substr(0, dots), first)) return bad();
    last = first;
    if (dots != std::string_view::npos && !ParseSeed(part.substr(dots + 2), last)) return bad();
    if (last < first || last - first >= 100000) return bad();
    for (uint64_t k = 0; k <= last - first; ++k) seeds.push_back(first + k);
    at = comma + 1;
  }
  // A seed given twice would count its episodes twice and make every interval too narrow.
  std::vector<uint64_t> sorted = seeds;
  std::sort(sorted.begin(), sorted.end());
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
  if (twice != sorted.end()) {
    return Fail(BadValue(fmt::format("--seed has {} twice in `{}`", *twice, text)));
  }
  return seeds;
}

int Workers(int64_t j) {
  return j > 0 ? static_cast<int>(std::min<int64_t>(j, 256)) : HardwareThreads();
}

}  // namespace carrot
