// CurveSheet: curves into pixels by arithmetic, not by triangles. A software renderer sets up two
// triangles for every piece of a line: 24 curves of a thousand pieces took it 50 ms a frame. Here a
// curve costs its pixels, and the sheet is a texture that stands until the curves change.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "gui/render/style.h"

namespace carrot {

class CurveSheet {
 public:
  // Transparent, of that size; both at least 1.
  void Clear(int width, int height);
  int width() const { return width_; }
  int height() const { return height_; }

  // Points in pixels from the upper left corner, x ascending, spans of one length. A point that is
  // not finite leaves a gap. In each column of pixels the line covers all that the curve reaches in
  // it, so that a point that stands out is seen however many share its column.
  void Line(std::span<const float> x, std::span<const float> y, float thickness, Colour colour);
  // All between two curves, with an opacity of 0..1.
  void Band(std::span<const float> x, std::span<const float> low, std::span<const float> high,
            Colour colour, float opacity);

  // RGBA, 8 bits each, alpha not multiplied in, rows from the top. Valid until the next call.
  const std::vector<uint32_t>& Pixels();

 private:
  struct Extent {
    float top, bottom;  // top > bottom: the curve is not in this column
  };
  void Reach(std::span<const float> x, std::span<const float> y);
  void Fill(float margin, Colour colour, float opacity);

  int width_ = 0, height_ = 0;
  std::vector<Extent> extents_;                    // one a column, of the curve that is being drawn
  std::vector<float> red_, green_, blue_, alpha_;  // column after column; alpha multiplied in
  std::vector<uint32_t> pixels_;
};

}  // namespace carrot
