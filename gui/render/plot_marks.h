// Marks of a plot: what happened when. Symbol, colour and word differ for each kind, so that none
// is told by colour alone.
#pragma once

#include <span>

#include "gui/render/plot.h"

struct ImDrawList;
struct ImVec2;

namespace carrot {

// Inside an ImPlot plot: upright lines, and symbols with texts at the top if `with_symbols`.
void DrawMarkLines(std::span<const PlotMark> marks, const Palette& palette, bool with_symbols);
// One row: symbol, word and count of each kind that occurs.
void DrawMarkLegend(std::span<const PlotMark> marks, const Palette& palette, ImDrawList* list,
                    ImVec2 at);

}  // namespace carrot
