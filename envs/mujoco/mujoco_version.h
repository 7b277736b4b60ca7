// The version of the MuJoCo library that is loaded.
#pragma once

#include <string>

namespace carrot {
std::string MujocoVersion();  // "4.0.0"
}
