// Frame times of a window that shows something, and how long it takes until a dragged weight is on
// the screen.
#pragma once

#include <string>

#include "gui/app/app.h"

namespace carrot {

struct GuiBench {
  double first_frame = 0;                         // seconds from the opening of the window
  double p50 = 0, p95 = 0, p99 = 0, longest = 0;  // seconds a frame, while it plays
  double drag = 0;  // seconds from SetValue to fresh totals, median of 20
  int64_t frames = 0;
  int64_t rows = 0;  // of the shown recording
  int terms = 0;
  std::string renderer;
};

// The session must be started. `frames` frames, then 20 drags of the first term's weight.
GuiBench MeasureFrames(App& app, Session& session, int64_t frames, double opened_at);
Status WriteGuiBench(const GuiBench& bench, const std::string& path);

}  // namespace carrot
