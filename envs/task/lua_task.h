// A task whose derived fields, termination, success and metrics are Lua functions or fields.
#pragma once

#include <memory>
#include <string>

#include "engine/core/task.h"
#include "engine/core/world_factory.h"
#include "engine/script/lua_script.h"
#include "envs/task/task_reader.h"

namespace carrot {

// Binds a read declaration to its world: resolves observation and terms, compiles the functions.
// `name` is the task's name, `decl` what task_reader found in `script`.
Result<std::shared_ptr<const Task>> MakeLuaTask(std::string name, TaskDecl decl,
                                                std::shared_ptr<const LuaScript> script,
                                                std::shared_ptr<const WorldModel> world);

}  // namespace carrot
