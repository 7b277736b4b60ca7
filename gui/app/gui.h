// The window, as `carrot gui` opens it.
#pragma once

#include <string>

#include "engine/session/session.h"
#include "gui/app/app.h"

namespace carrot {

struct GuiOptions {
  AppOptions app;
  std::string script;      // a steps file; "": none
  std::string screenshot;  // of the last frame
  std::string dump_state;  // JSON: the state, and the items of the last frame
  std::string bench;       // JSON: frame times; measured with the real clock
  int64_t frames = 0;      // ends after so many; 0: when the window is closed
  std::function<bool()> interrupted;
};

// Until the window is closed, the script has ended, or it was interrupted. What a failing script
// leaves (picture, state) is written all the same. Errors: those of Surface::Open, RunSteps and
// files.
Status RunGui(SessionConfig session, const GuiOptions& options);

}  // namespace carrot
