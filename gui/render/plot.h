// Pictures of term traces: stacked panels over one time axis, with every number that the lines
// stand for written beside them.
//
//   +--------------------------------------------------------------+
//   | title                                                        |
//   | subtitle                                     marks' legend   |
//   | Reward            |.........lines..........|  name  mean sum |
//   | Weighted terms    |........................|  name  mean  ...|
//   | Share of |reward| |####### stacked ########|  name   61 %    |
//   | Raw terms         |........................|                 |
//   |                    0    1    2    3  time (s)                |
//   +--------------------------------------------------------------+
//
// Input is plain data, so any trace, live run or table can be drawn.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "gui/render/canvas.h"
#include "gui/render/image.h"
#include "gui/render/style.h"

namespace carrot {

struct PlotSeries {
  std::string name;
  Colour colour = 0;          // 0: the term colour of the name (style.h)
  std::span<const double> y;  // one a sample; non-finite samples leave a gap and a red tick below
  double scale = 1;           // multiplied in, e.g. the weight
  std::vector<std::string> notes;  // columns of the legend, under PlotPanel::note_titles
};

struct PlotPanel {
  // lines: one line a series. share: stacked areas of |scale * y| over their sum, 0 to 100 %.
  enum class Kind { kLines, kShare } kind = Kind::kLines;
  std::string title;
  std::string unit;                      // of the y axis, or empty
  std::vector<std::string> note_titles;  // headings of the legend's number columns
  std::vector<PlotSeries> series;        // all of one length, the same in every panel of a picture
  int height = 0;                        // logical units; 0: by the number of series
};

// Something that happened at x; a line through all panels and a symbol above.
struct PlotMark {
  enum class Kind { kSuccess, kTerminated, kTruncated, kFault, kChange, kReset } kind;
  double x = 0;
  std::string text;  // written beside the symbol if there is room, e.g. "fell"
};

struct PlotPicture {
  std::string title, subtitle;
  std::string x_label = "step";
  double x0 = 0, dx = 1;  // x of sample i is x0 + i * dx
  std::vector<PlotPanel> panels;
  std::vector<PlotMark> marks;
  Theme theme = Theme::kLight;
  int width = 1200;  // logical units; the picture's height follows from the panels
  double scale = 1;  // pixels a unit; 2 for fine screens and print
};

// Draws the picture. Needs a current GL context (as `canvas`). The same input gives the same
// pixels. Long series keep spikes of one sample (decimate.h). Errors: G004 (too large).
Result<Image> DrawPlot(Canvas& canvas, const PlotPicture& picture);

// A reward term's recorded columns.
struct TermSeries {
  std::string name, unit;
  double weight = 1;
  std::span<const double> raw;  // unweighted
  // The weighted values, if the weight changed on the way; else empty: weight * raw.
  std::span<const double> weighted = {};
};

// The standard four panels of a reward over `total` (the recorded total, same length as every raw):
// total, weighted terms, shares, raw terms. Spans must outlive the picture. Fills panels only.
void AddTermPanels(std::span<const TermSeries> terms, std::span<const double> total,
                   PlotPicture* picture);
// After AddTermPanels: a line in the first panel for the reward, where stages made it differ from
// the total.
void AddRewardLine(std::span<const double> reward, PlotPicture* picture);

}  // namespace carrot
