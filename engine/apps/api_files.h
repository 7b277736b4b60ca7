// The scripts' API as files: stubs for the Lua language server (LuaLS), and a reference page.
// Everything comes from the tables that bind it: StateSpec and ActionSpec of the tasks, the reader
// of reward{...}, the sandbox, the library's own source.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/apps/console.h"
#include "engine/core/task.h"
#include "rewards/host/reward_api.h"

namespace carrot {

using ApiTasks = std::vector<std::shared_ptr<const Task>>;

// carrot.d.lua: with tasks, `s` and `a` have their fields (of any of them); without, any name.
std::string LuaStubs(const RewardApi& api, const ApiTasks& tasks);
// .luarc.json; `library` is the folder of the shipped modules, as the editor shall see it.
std::string LuaRc(const std::string& library);
std::string ApiMarkdown(const RewardApi& api, const ApiTasks& tasks);
Json ApiJson(const RewardApi& api, const ApiTasks& tasks);

// Both stub files of a folder: path, text. The library is named relative to a folder of Carrot's
// own, so that the files can be kept under version control.
std::vector<std::pair<std::string, std::string>> StubFiles(const RewardApi& api,
                                                           const ApiTasks& tasks,
                                                           const std::string& folder);

}  // namespace carrot
