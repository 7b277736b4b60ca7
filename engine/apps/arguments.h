// Turns what users type into tasks, rewards, settings and seeds. Each accepts a name or a path.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/apps/console.h"
#include "engine/base/result.h"
#include "engine/core/task.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

// `text` as one word of a POSIX shell, quoted only if it must be: for commands to be copied.
std::string ShellWord(const std::string& text);

// A task's name, alias or path.
Result<std::shared_ptr<const Task>> FindTask(const std::string& name);

// A shipped reward of the task, a file beside the task's own, a path, or "" for the task's default.
Result<std::shared_ptr<const RewardFunction>> OpenReward(const std::string& name,
                                                         const TaskSpec& task);
// The same; warns if the script says that it is for another task.
Result<std::shared_ptr<const RewardFunction>> OpenReward(const std::string& name,
                                                         const TaskSpec& task, Console& console);

// Settings of a reward after `--set name=value` (w:NAME a weight, p:NAME a parameter, NAME either
// if only one has it; w:potential the potential's weight). U002, with a suggestion.
Result<RewardSettings> ParseSettings(const std::vector<std::string>& set, const RewardSpec& reward,
                                     double gamma);

Status ApplySettings(const std::vector<std::string>& set, const RewardSpec& reward,
                     RewardSettings* settings);

// The task that a reward script names (`task = "hopper"`), else the task.lua beside it. R022 if
// there is neither.
Result<std::string> TaskOfReward(const std::string& path);

// The task's name as given, else the task of the reward if that is a script's path. U002 if neither
// says it.
Result<std::string> TaskOrRewards(const std::string& task, const std::string& reward);

// Scripts to keep beside a recording: task.lua, reward.lua and the reward's modules.
std::vector<std::pair<std::string, std::string>> ScriptsOf(const TaskSpec& task,
                                                           const RewardSpec& reward);

// "3", "0,2,5", "0..4" (inclusive), and mixtures. U002.
Result<std::vector<uint64_t>> ParseSeeds(const std::string& text);

// A number of workers as given with -j: 0 is one per hardware thread.
int Workers(int64_t j);

}  // namespace carrot
