// What several panels draw alike.
#pragma once

#include <string>

#include "gui/view/ui.h"

namespace carrot {

// A small button that copies `text`; the status bar says so.
void CopyButton(Ui& ui, const char* name, const char* label, const std::string& text);

// How much of something is done (0..1), `width` pixels wide, as high as a line of text. Of one's
// own: ImGui's moves the baseline of its row, and writes over its colour.
void ProgressBar(Ui& ui, double done, float width);

// "0:07", "12:30", "1:02:03"
std::string ClockText(double seconds);

}  // namespace carrot
