// Steps: a script of what a person does in the window (gui.md 6.3), one command a line. Only mouse,
// keys, text, waits and looks: it cannot set a value. Targets are addresses of the widget layer.
// `carrot help steps` lists the commands.
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "gui/app/app.h"

namespace carrot {

struct StepsOptions {
  std::string path;  // "-": standard input
  std::function<bool()> cancelled;
};
// Runs the script in the app's window. Errors: U030 a line that cannot be read, U031 an expectation
// that does not hold or a target that is not there, each with file:line:col and what was found
// instead; the caller writes the picture and the item table.
Status RunSteps(App& app, const StepsOptions& options);

}  // namespace carrot
