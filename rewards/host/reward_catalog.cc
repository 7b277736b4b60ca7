#include "rewards/host/reward_catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "engine/base/paths.h"
#include "engine/base/suggest.h"

namespace carrot {
namespace fs = std::filesystem;
namespace {

Diagnostic UnknownReward(const std::string& name, const TaskSpec& task,
                         const std::vector<std::string>& known) {
  const std::string nearest = Suggest(name, known);
  std::vector<std::string> help;
  if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
  if (!known.empty()) help.push_back(fmt::format("rewards: {}", fmt::join(known, ", ")));
  help.push_back("a path to a .lua file works as well");
  return MakeError("R003", fmt::format("there is no reward `{}` for task `{}`", name, task.name),
                   std::move(help));
}

void SortByName(std::vector<RewardEntry>* entries) {
  std::sort(entries->begin(), entries->end(),
            [](const RewardEntry& a, const RewardEntry& b) { return a.name < b.name; });
}

// Told from tasks and modules without running them.
bool ReturnsReward(const fs::path& path) {
  std::error_code ec;
  if (!fs::is_regular_file(path, ec)) return false;
  std::ifstream in(path);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  return text.find("return reward") != std::string::npos;
}

}  // namespace

std::vector<RewardEntry> ListRewards(const TaskSpec& task) {
  std::vector<RewardEntry> entries = ListRewards(task.name);
  std::error_code ec;
  for (const auto& file : fs::directory_iterator(fs::path(task.path).parent_path(), ec)) {
    if (file.path().extension() != ".lua" || !ReturnsReward(file.path())) continue;
    entries.push_back({file.path().stem().string(), file.path().string()});
  }
  SortByName(&entries);
  return entries;
}

std::vector<RewardEntry> ListRewards(const std::string& task_name) {
  std::vector<RewardEntry> entries;
  std::error_code ec;
  for (const auto& file : fs::directory_iterator(HomeFolder() / "rewards/sets" / task_name, ec)) {
    if (file.path().extension() != ".lua") continue;
    entries.push_back({file.path().stem().string(), file.path().string()});
  }
  SortByName(&entries);
  return entries;
}

Result<std::string> FindReward(const std::string& name, const TaskSpec& task) {
  const std::string wanted = name.empty() ? task.default_reward : name;
  if (wanted.empty()) {
    return Fail(MakeError("R003", fmt::format("task `{}` names no default reward", task.name),
                          {"give one with --reward PATH"}));
  }
  std::vector<std::string> known;
  for (const auto& entry : ListRewards(task)) {
    if (entry.name == wanted) return entry.path;
    known.push_back(entry.name);
  }
  std::error_code ec;
  const fs::path beside = fs::path(task.path).parent_path() / (wanted + ".lua");
  if (fs::is_regular_file(beside, ec)) return beside.string();
  if (!wanted.ends_with(".lua") && wanted.find('/') == std::string::npos) {
    return Fail(UnknownReward(wanted, task, known));
  }
  if (fs::is_regular_file(wanted, ec)) return wanted;
  return Fail(MakeError("I001", fmt::format("there is no reward script {}", wanted),
                        {"make one with: carrot new reward NAME --task " + task.name}));
}

}  // namespace carrot
