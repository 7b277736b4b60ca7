// Parts of the Plots panel that have a file of their own.
#pragma once

#include <cstdint>
#include <vector>

#include "gui/view/curve_picture.h"
#include "gui/view/ui.h"

namespace carrot {

// In the plot that was begun: the cursors of the clock, of the hovered step, and of A and B.
void DrawPlotCursors(Ui& ui);
// What hovering, clicking, dragging and the keys A and B do there. `step_0`: place of the shown
// episode's step 0 in the curves, which may lie before the first one that was recorded.
void PlotGestures(Ui& ui, int64_t step_0, const std::vector<Curve>& curves);

// The numbers at the cursors A and B, or over the selected steps; `raw`: before weights.
bool PlotTableWanted(const Ui& ui);
void DrawPlotTable(Ui& ui, bool raw);
// Buttons: the curves as a CSV file, and the command that prints their sums; and where to write it.
void DrawPlotExport(Ui& ui);
void DrawPlotExportPath(Ui& ui);

}  // namespace carrot
