#include "engine/apps/offers.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "engine/apps/arguments.h"
#include "engine/base/paths.h"
#include "envs/all/worlds.h"
#include "envs/task/task_catalog.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// Files or folders below `root` that end in `extension`; paths relative to the working folder.
Words Find(const fs::path& root, const std::string& extension, bool stems) {
  Words found;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() != extension) continue;
    found.push_back(stems ? it->path().stem().string() : it->path().string());
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
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

Words OfferRewards(const std::string& task) {
  Words names = Find(HomeFolder() / "rewards/sets" / task, ".lua", true);  // an alias has none
  Append(names, Find(".", ".lua", false));
  return names;
}

Words OfferPolicies() {
  Words names{"random", "zero"};
  Append(names, Find("runs", ".policy", false));
  return names;
}

Words OfferSettings(const std::string& task_name, const std::string& reward_name) {
  Words settings;
  const auto task = FindTask(task_name);
  if (!task) return settings;
  const auto reward = OpenReward(reward_name, (*task)->spec());
  if (!reward) return settings;
  for (const RewardTermSpec& term : (*reward)->spec().terms)
    settings.push_back("w:" + term.name + "=");
  for (const ParamSpec& param : (*reward)->spec().params)
    settings.push_back("p:" + param.name + "=");
  return settings;
}

Words OfferNames() {
  Words names = OfferTasks();
  Append(names, OfferRewards(""));
  Append(names, OfferPolicies());
  return names;
}

}  // namespace carrot
