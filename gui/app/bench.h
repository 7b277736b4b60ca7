// How the window feels: frame times while it plays and while it trains, how long a dragged weight
// or a saved script takes to the screen, what an idle window costs.
#pragma once

#include <string>
#include <vector>

#include "gui/app/app.h"

namespace carrot {

struct GuiMeasure {
  std::string name;  // frame_p95, weight_drag, ...
  double value = 0;
  std::string unit;   // ms or %
  double target = 0;  // at most; 0: none
};

struct GuiBench {
  std::string renderer;  // GL_RENDERER
  int64_t rows = 0;      // of the shown recording
  int terms = 0;         // of the reward: as many curves, and two for totals
  std::vector<GuiMeasure> measures;
};

// The session must be started; `folder` is for a copy of its script. Takes `frames` frames for each
// of the two frame times, and a few seconds for the rest. Training is measured only in a session
// with a folder.
GuiBench MeasureWindow(App& app, Session& session, int64_t frames, double opened_at,
                       const std::string& folder);
Status WriteGuiBench(const GuiBench& bench, const std::string& path);

}  // namespace carrot
