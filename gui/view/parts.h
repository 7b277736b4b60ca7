// What several panels draw alike.
#pragma once

#include <imgui.h>

#include <string>

#include "gui/view/ui.h"

namespace carrot {

// A small button that copies `text`; the status bar says so.
void CopyButton(Ui& ui, const char* name, const char* label, const std::string& text);

// How much of something is done (0..1), in the middle of a row of that size, in pixels. Of one's
// own: ImGui's moves the baseline of its row, and writes over its colour.
void ProgressBar(Ui& ui, double done, ImVec2 size);

// A unified diff, a line each: what is added, taken away and stays.
void DrawDiff(Ui& ui, const std::string& diff);

std::string LowerCase(std::string text);  // ASCII; for searches

// "0:07", "12:30", "1:02:03"
std::string ClockText(double seconds);

}  // namespace carrot
