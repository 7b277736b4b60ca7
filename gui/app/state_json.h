// What a steps file may look at, and --dump-state writes.
#pragma once

#include <nlohmann/json.hpp>

#include "gui/app/app.h"

namespace carrot {

// The FrameView and what is chosen in the window, by dotted path without "state.".
nlohmann::ordered_json StateJson(const App& app);

}  // namespace carrot
