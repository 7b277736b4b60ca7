// Finding and loading tasks. A task is a file scripts/tasks/<folder>/task.lua (or any path that the
// user names); a new task touches no existing file.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/task.h"
#include "engine/core/world_factory.h"

namespace carrot {

struct TaskEntry {
  std::string name, path, doc, world, default_reward;
  std::vector<std::string> aliases;
};

struct TaskOptions {
  std::map<std::string, double> params;  // values for the task's declared params (T007 if unknown)
};

// Every shipped task, by name. Reads the scripts, loads no model. A broken task file is an error of
// its own and does not hide the others: its diagnostics are appended to `problems`.
std::vector<TaskEntry> ListTasks(const WorldRegistry& worlds, Diagnostics* problems);

// `name` is a task's name, an alias, the path of a task.lua or of its folder, or PATH#NAME for a
// file with several tasks. Errors: T003 (unknown, with a suggestion), those of the script (R0xx),
// of the declaration (T0xx) and of the world (T02x, T03x, I0xx), each at its place in the file
// where that is known.
Result<std::shared_ptr<const Task>> LoadTask(const std::string& name, const WorldRegistry& worlds,
                                             const TaskOptions& options = {});

}  // namespace carrot
