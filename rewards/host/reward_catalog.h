// Finding reward scripts. The shipped rewards of a task are rewards/sets/<task name>/*.lua; a new
// reward touches no existing file.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/task.h"

namespace carrot {

struct RewardEntry {
  std::string name, path;
};

// By name. Empty for a task without shipped rewards.
std::vector<RewardEntry> ListRewards(const std::string& task_name);

// The shipped ones and those beside the task's own file: what --reward takes by name.
std::vector<RewardEntry> ListRewards(const TaskSpec& task);

// The path of a reward script. `name` is a shipped reward of the task, a file beside the task's own
// (without .lua), a path, or "" for the task's default. Errors: R003 (unknown, with a suggestion),
// I001 (a path that is not there).
Result<std::string> FindReward(const std::string& name, const TaskSpec& task);

}  // namespace carrot
