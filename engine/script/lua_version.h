// The version of the Lua engine that is built in.
#pragma once

#include <string>

namespace carrot {
std::string LuaVersion();  // "2.1.0-beta3"
}
