#include "engine/script/lua_version.h"

#include <lua.hpp>

namespace carrot {
std::string LuaVersion() { return std::string(LUAJIT_VERSION).substr(sizeof("LuaJIT")); }
}  // namespace carrot
