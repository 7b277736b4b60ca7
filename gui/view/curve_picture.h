// CurvePicture: the curves of one plot as a texture that is drawn anew only when a curve, what is
// shown of it or the size changed. A frame in which only the cursor moves costs a rectangle.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "gui/render/curve_sheet.h"
#include "gui/render/texture.h"
#include "gui/view/pyramid.h"

namespace carrot {

struct Curve {
  std::string name;
  const Pyramid* pyramid = nullptr;
  double scale = 1;
  Colour colour = 0;
  int64_t first = 0;  // place of the pyramid's first sample
  // At a place; NaN: there is none.
  double At(int64_t place) const {
    return place >= first && place < first + pyramid->size()
               ? pyramid->At(place - first) * scale
               : std::numeric_limits<double>::quiet_NaN();
  }
};

struct CurveView {
  double from = 0, to = 1;  // places at the left and the right edge
  int columns = 64;         // about the pixels between them
  bool envelope = true;     // least and greatest where a pixel has many samples
  bool cumulative = false;  // summed up from place `start`
  double start = 0;
  float opacity = 0.3f;  // of the envelope
  bool mean = true;      // the line between
  bool operator==(const CurveView&) const = default;
};

class CurvePicture {
 public:
  // What is shown next. Cheap if it is as before.
  void Set(const std::vector<Curve>& curves, const CurveView& view);
  // Least and greatest of what is shown, 0..0 if nothing finite is.
  double low() const { return low_; }
  double high() const { return high_; }
  // The texture: `low` at its lower and `high` at its upper edge. `log`: symmetric logarithm.
  unsigned int Draw(int width, int height, double low, double high, bool log);

 private:
  struct Drawn {
    uint64_t stamp = 0;
    double scale = 1;
    Colour colour = 0;
    bool operator==(const Drawn&) const = default;
  };
  struct Frame {
    int width = 0, height = 0;
    double low = 0, high = 0;
    bool log = false;
    bool operator==(const Frame&) const = default;
  };
  void Sum(PyramidPoints& points) const;

  CurveView view_;
  std::vector<Drawn> curves_;
  std::vector<PyramidPoints> points_;  // one a curve
  double low_ = 0, high_ = 0;
  Frame frame_;
  bool fresh_ = false;  // the texture is of what was set
  CurveSheet sheet_;
  Texture texture_;
  std::vector<float> x_, y_, other_;  // in pixels
};

}  // namespace carrot
