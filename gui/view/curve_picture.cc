#include "gui/view/curve_picture.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace carrot {
namespace {

constexpr float kThick = 1.5f;

}  // namespace

// Means of what is behind, in place.
void CurvePicture::Sum(PyramidPoints& points) const {
  const double width = points.x.size() > 1 ? points.x[1] - points.x[0] : 1;
  double sum = 0;
  for (size_t i = 0; i < points.x.size(); ++i) {
    if (points.x[i] >= view_.start && std::isfinite(points.mean[i])) sum += points.mean[i] * width;
    points.mean[i] = points.low[i] = points.high[i] = sum;
  }
  points.samples = true;
}

void CurvePicture::Set(const std::vector<Curve>& curves, const CurveView& view) {
  std::vector<Drawn> wanted;
  wanted.reserve(curves.size());
  for (const Curve& curve : curves) {
    wanted.push_back({curve.pyramid->stamp(), curve.scale, curve.colour});
  }
  if (wanted == curves_ && view == view_) return;
  curves_ = std::move(wanted);
  view_ = view;
  fresh_ = false;
  points_.resize(curves.size());
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (size_t k = 0; k < curves.size(); ++k) {
    PyramidPoints& points = points_[k];
    const auto first = static_cast<double>(curves[k].first);
    curves[k].pyramid->Points(view.from - first, view.to - first, view.columns, curves[k].scale,
                              &points);
    for (double& x : points.x) x += first;
    if (view.cumulative) Sum(points);
    const bool means = !view.envelope && view.mean;
    for (const std::vector<double>* values : {&points.low, &points.high, &points.mean}) {
      if (means && values != &points.mean) continue;
      for (const double value : *values) {
        if (!std::isfinite(value)) continue;
        low = std::min(low, value);
        high = std::max(high, value);
      }
    }
  }
  low_ = low <= high ? low : 0;
  high_ = low <= high ? high : 0;
}

unsigned int CurvePicture::Draw(int width, int height, double low, double high, bool log) {
  const Frame frame{width, height, low, high, log};
  if (fresh_ && frame == frame_) return texture_.id();
  frame_ = frame;
  fresh_ = true;
  sheet_.Clear(width, height);
  const auto warp = [&](double value) { return log ? std::asinh(value / 2) : value; };
  const double bottom = warp(low), span = warp(high) - bottom;
  const auto to_pixels = [&](const std::vector<double>& values, std::vector<float>& out) {
    out.clear();
    for (const double value : values)
      out.push_back(static_cast<float>(height * (1 - (warp(value) - bottom) / span)));
  };
  for (size_t k = 0; k < curves_.size(); ++k) {
    const PyramidPoints& points = points_[k];
    x_.clear();
    for (const double x : points.x)
      x_.push_back(static_cast<float>((x - view_.from) / (view_.to - view_.from) * width));
    if (!points.samples && view_.envelope) {
      to_pixels(points.low, y_);
      to_pixels(points.high, other_);
      sheet_.Band(x_, y_, other_, curves_[k].colour, view_.opacity);
    }
    if (!view_.mean && !points.samples) continue;
    to_pixels(points.mean, y_);
    sheet_.Line(x_, y_, kThick, curves_[k].colour);
  }
  texture_.Fill(width, height, sheet_.Pixels());
  return texture_.id();
}

}  // namespace carrot
