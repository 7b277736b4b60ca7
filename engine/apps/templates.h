// The files that `carrot new` writes. They work as they are.
#pragma once

#include <string>

#include "engine/core/task.h"

namespace carrot {

// A reward for that task: one term of the task's own, staying alive, effort; its fields as
// comments.
std::string RewardTemplate(const TaskSpec& task, const std::string& task_reference);

// A task of one's own: a cart on a rail that has to stand at a mark.
std::string TaskTemplate(const std::string& name);
std::string ModelTemplate(const std::string& name);
std::string TaskRewardTemplate();

}  // namespace carrot
