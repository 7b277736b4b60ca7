#include "engine/apps/offers.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "engine/apps/arguments.h"
#include "engine/base/paths.h"
#include "engine/script/lua_script.h"
#include "engine/session/actor.h"
#include "engine/session/corpus.h"
#include "engine/trace/trace_file.h"
#include "envs/all/worlds.h"
#include "envs/task/task_catalog.h"
#include "rewards/host/reward_catalog.h"
#include "rewards/host/reward_reader.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

constexpr int kDeep = 4;  // folders below the current one: it may be a home folder

// Files or folders below `root` that end in `extension`; paths relative to the working folder.
Words Find(const fs::path& root, const std::string& extension) {
  Words found;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    const bool match = it->path().extension() == extension;
    if (match) found.push_back(it->path().lexically_normal().string());
    const bool hidden = it->path().filename().string().starts_with(".");
    if (match || hidden || it.depth() >= kDeep) it.disable_recursion_pending();
  }
  std::sort(found.begin(), found.end());
  return found;
}

// The script that --set speaks of, or "".
std::string ScriptOf(const SettingContext& context) {
  std::error_code error;
  if (context.reward.ends_with(".lua")) return context.reward;
  const fs::path kept = fs::path(context.trace) / "scripts/reward.lua";
  if (context.reward.empty() && !context.trace.empty() && fs::exists(kept, error)) return kept;
  std::string name = context.task;
  if (name.empty() && !context.trace.empty()) {
    if (const auto trace = OpenTrace(context.trace)) name = (*trace)->spec().task;
  }
  if (name.empty()) return "";
  const auto task = FindTask(name);
  if (!task) return "";
  return FindReward(context.reward, (*task)->spec()).value_or("");
}

// Names in the script, as they stand there: a script for another task has them too.
void AppendSettings(const std::string& path, Words& settings) {
  const auto script = LuaScript::Load(path, {.makers = RewardMakers()});
  if (!script || !(*script)->root().is_table()) return;
  const LuaValue& root = (*script)->root();
  if (const LuaValue* terms = root.Find("terms"); terms && terms->is_table()) {
    for (const LuaValue& term : terms->array) {
      const bool named = term.is_table() && !term.array.empty() && term.array[0].is_string();
      if (named) settings.push_back("w:" + term.array[0].string + "=");
    }
  }
  if (root.Find("potential") != nullptr) settings.push_back("w:potential=");
  if (const LuaValue* params = root.Find("params"); params && params->is_table()) {
    for (const LuaEntry& param : params->entries) settings.push_back("p:" + param.key + "=");
  }
}

void Append(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

}  // namespace

Words OfferTasks() {
  Words names;
  Diagnostics ignored;
  for (const TaskEntry& task : ListTasks(AllWorlds(), &ignored)) {
    names.push_back(task.name);
    Append(names, task.aliases);
  }
  return names;
}

Words OfferRewards(const std::string& task_name) {
  Words names;
  if (const auto task = FindTask(task_name)) {
    for (const RewardEntry& reward : ListRewards((*task)->spec())) names.push_back(reward.name);
  } else {
    for (const std::string& path : Find(HomeFolder() / "rewards/sets", ".lua")) {
      names.push_back(fs::path(path).stem().string());
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
  }
  for (const std::string& path : Find(".", ".lua")) {
    if (!path.ends_with(".d.lua") && !path.ends_with("task.lua")) names.push_back(path);
  }
  return names;
}

Words OfferPolicies(const std::string& task_name) {
  Words names = Actor::Yardsticks();
  if (const auto task = FindTask(task_name)) Append(names, ShippedPolicyNames((*task)->spec()));
  Append(names, Find("runs", ".policy"));
  return names;
}

Words OfferSettings(const SettingContext& context) {
  Words settings;
  if (const std::string path = ScriptOf(context); !path.empty()) {
    AppendSettings(path, settings);
    return settings;
  }
  for (const std::string& path : Find(HomeFolder() / "rewards/sets", ".lua")) {
    AppendSettings(path, settings);
  }
  std::sort(settings.begin(), settings.end());
  settings.erase(std::unique(settings.begin(), settings.end()), settings.end());
  return settings;
}

Words OfferNames() {
  Words names = OfferTasks();
  Append(names, OfferRewards(""));
  Append(names, OfferPolicies(""));
  return names;
}

}  // namespace carrot
