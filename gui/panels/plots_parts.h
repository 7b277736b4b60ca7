// Parts of the Plots panel that have a file of their own.
#pragma once

#include "gui/view/ui.h"

namespace carrot {

// The numbers at the cursors A and B, or over the selected steps; `raw`: before weights.
bool PlotTableWanted(const Ui& ui);
void DrawPlotTable(Ui& ui, bool raw);
// Buttons: the curves as a CSV file, and the command that prints their sums; and where to write it.
void DrawPlotExport(Ui& ui);
void DrawPlotExportPath(Ui& ui);

}  // namespace carrot
