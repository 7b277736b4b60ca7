#include "engine/script/lua_version.h"

#include <lua.hpp>

namespace carrot {
std::string LuaVersion() { return LUAJIT_VERSION; }
}  // namespace carrot
