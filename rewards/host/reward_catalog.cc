#include "rewards/host/reward_catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/paths.h"
#include "engine/base/suggest.h"

namespace carrot {
namespace fs = std::filesystem;
namespace {

Diagnostic UnknownReward(const std::string& name, const TaskSpec& task,
                         const std::vector<std::string>& shipped) {
  const std::string nearest = Suggest(name, shipped);
  std::vector<std::string> help;
  if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
  if (!shipped.empty()) help.push_back(fmt::format("shipped: {}", fmt::join(shipped, ", ")));
  help.push_back("a path to a .lua file works as well");
  return MakeError("R003", fmt::format("there is no reward `{}` for task `{}`", name, task.name),
                   std::move(help));
}

}  // namespace

std::vector<RewardEntry> ListRewards(const std::string& task_name) {
  std::vector<RewardEntry> entries;
  std::error_code ec;
  for (const auto& file : fs::directory_iterator(HomeFolder() / "rewards/sets" / task_name, ec)) {
    if (file.path().extension() != ".lua") continue;
    entries.push_back({file.path().stem().string(), file.path().string()});
  }
  std::sort(entries.begin(), entries.end(),
            [](const RewardEntry& a, const RewardEntry& b) { return a.name < b.name; });
  return entries;
}

Result<std::string> FindReward(const std::string& name, const TaskSpec& task) {
  const std::string wanted = name.empty() ? task.default_reward : name;
  if (wanted.empty()) {
    return Fail(MakeError("R003", fmt::format("task `{}` names no default reward", task.name),
                          {"give one with --reward PATH"}));
  }
  std::vector<std::string> shipped;
  for (const auto& entry : ListRewards(task.name)) {
    if (entry.name == wanted) return entry.path;
    shipped.push_back(entry.name);
  }
  std::error_code ec;
  const fs::path beside = fs::path(task.path).parent_path() / (wanted + ".lua");
  if (fs::is_regular_file(beside, ec)) return beside.string();
  if (!wanted.ends_with(".lua") && wanted.find('/') == std::string::npos) {
    return Fail(UnknownReward(wanted, task, shipped));
  }
  if (fs::is_regular_file(wanted, ec)) return wanted;
  return Fail(MakeError("I001", fmt::format("there is no reward script {}", wanted),
                        {"make one with: carrot new reward NAME --task " + task.name}));
}

}  // namespace carrot
