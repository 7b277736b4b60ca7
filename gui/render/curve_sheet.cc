#include "gui/render/curve_sheet.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

namespace carrot {
namespace {

constexpr float kNowhere = std::numeric_limits<float>::infinity();
constexpr float kFar = 1e6f;  // pixels: what lies further off is cut, so that sums stay exact

}  // namespace

void CurveSheet::Clear(int width, int height) {
  width_ = width;
  height_ = height;
  const size_t count = static_cast<size_t>(width) * static_cast<size_t>(height);
  for (std::vector<float>* plane : {&red_, &green_, &blue_, &alpha_}) plane->assign(count, 0.0f);
  extents_.resize(static_cast<size_t>(width));
}

// Widens the extents by what the curve reaches in each column.
void CurveSheet::Reach(std::span<const float> x, std::span<const float> y) {
  const auto widen = [&](int column, float from, float to) {
    Extent& extent = extents_[column];
    extent.top = std::min({extent.top, from, to});
    extent.bottom = std::max({extent.bottom, from, to});
  };
  const auto column_of = [&](float at) {
    return static_cast<int>(std::floor(std::clamp(at, -1.0f, static_cast<float>(width_))));
  };
  const auto height_of = [&](size_t i) { return std::clamp(y[i], -kFar, kFar); };
  for (size_t i = 0; i < x.size(); ++i) {
    if (!std::isfinite(y[i])) continue;
    const int first = column_of(x[i]);
    if (first >= 0 && first < width_) widen(first, height_of(i), height_of(i));
    if (i + 1 == x.size() || !std::isfinite(y[i + 1]) || x[i + 1] <= x[i]) continue;
    const float slope = (height_of(i + 1) - height_of(i)) / (x[i + 1] - x[i]);
    const int last = std::min(column_of(x[i + 1]), width_ - 1);
    for (int column = std::max(first, 0); column <= last; ++column) {
      const float from = std::max(x[i], static_cast<float>(column));
      const float to = std::min(x[i + 1], static_cast<float>(column + 1));
      widen(column, height_of(i) + slope * (from - x[i]), height_of(i) + slope * (to - x[i]));
    }
  }
}

// Covers the extents and `margin` above and below; the ends of a column in part.
void CurveSheet::Fill(float margin, Colour colour, float opacity) {
  const auto channel = [&](int shift) { return static_cast<float>((colour >> shift) & 0xff); };
  const float red = channel(0), green = channel(8), blue = channel(16);
  opacity *= channel(24) / 255.0f;
  for (int column = 0; column < width_; ++column) {
    const float top = extents_[column].top - margin, bottom = extents_[column].bottom + margin;
    if (!(top < static_cast<float>(height_) && bottom > 0)) continue;  // nowhere, or out of sight
    const int from = static_cast<int>(std::floor(std::max(top, 0.0f)));
    const int to = static_cast<int>(std::ceil(std::min(bottom, static_cast<float>(height_))));
    const size_t start = static_cast<size_t>(column) * static_cast<size_t>(height_);
    const auto blend = [&](int row, float paint) {
      const size_t at = start + static_cast<size_t>(row);
      red_[at] += paint * (red - red_[at]);
      green_[at] += paint * (green - green_[at]);
      blue_[at] += paint * (blue - blue_[at]);
      alpha_[at] += paint * (1 - alpha_[at]);
    };
    const auto edge = [&](int row) {
      const float covered =
          std::min(bottom, static_cast<float>(row + 1)) - std::max(top, static_cast<float>(row));
      blend(row, opacity * covered);
    };
    edge(from);
    if (from + 1 < to) edge(to - 1);
    if (opacity < 1) {
      for (int row = from + 1; row < to - 1; ++row) blend(row, opacity);
    } else if (from + 1 < to - 1) {  // a noisy curve is mostly this: what was there is hidden
      const size_t first = start + static_cast<size_t>(from) + 1;
      const auto count = static_cast<size_t>(to - from - 2);
      std::fill_n(red_.begin() + static_cast<int64_t>(first), count, red);
      std::fill_n(green_.begin() + static_cast<int64_t>(first), count, green);
      std::fill_n(blue_.begin() + static_cast<int64_t>(first), count, blue);
      std::fill_n(alpha_.begin() + static_cast<int64_t>(first), count, 1.0f);
    }
  }
}

void CurveSheet::Line(std::span<const float> x, std::span<const float> y, float thickness,
                      Colour colour) {
  extents_.assign(extents_.size(), {kNowhere, -kNowhere});
  Reach(x, y);
  Fill(thickness / 2, colour, 1);
}

void CurveSheet::Band(std::span<const float> x, std::span<const float> low,
                      std::span<const float> high, Colour colour, float opacity) {
  extents_.assign(extents_.size(), {kNowhere, -kNowhere});
  Reach(x, low);
  Reach(x, high);
  Fill(0.5f, colour, opacity);  // where both are the same, a line
}

const std::vector<uint32_t>& CurveSheet::Pixels() {
  pixels_.assign(alpha_.size(), 0);
  for (int column = 0; column < width_; ++column) {
    for (int row = 0; row < height_; ++row) {
      const size_t from =
          static_cast<size_t>(column) * static_cast<size_t>(height_) + static_cast<size_t>(row);
      if (alpha_[from] <= 0) continue;
      const float scale = 1 / alpha_[from];
      // lrint is one instruction, lround a call.
      const auto byte = [](float value) { return static_cast<uint32_t>(std::lrint(value)); };
      pixels_[static_cast<size_t>(row) * static_cast<size_t>(width_) +
              static_cast<size_t>(column)] =
          byte(red_[from] * scale) | byte(green_[from] * scale) << 8 |
          byte(blue_[from] * scale) << 16 | byte(alpha_[from] * 255) << 24;
    }
  }
  return pixels_;
}

}  // namespace carrot
