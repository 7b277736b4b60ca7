// Examples in a reward script: given this state, the terms must be so.
#pragma once

#include <vector>

#include "engine/core/reward_function.h"
#include "engine/core/task.h"
#include "engine/script/lua_script.h"
#include "rewards/host/reward_reader.h"

namespace carrot {

// R060 for each term that differs, R012 for names that do not exist, R021 for wrong sizes.
Diagnostics RunExpects(const RewardFunction& reward, const std::vector<ExpectDecl>& expects,
                       const LuaScript& script, const Task& task);

}  // namespace carrot
