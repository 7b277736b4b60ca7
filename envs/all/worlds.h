// The list of all worlds. A new world adds one line to worlds.cc.
#pragma once

#include "engine/core/world_factory.h"

namespace carrot {

const WorldRegistry& AllWorlds();

}  // namespace carrot
