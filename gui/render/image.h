// Image: pixels in memory. RGB, 8 bits a channel, rows from the top, no padding.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace carrot {

struct Image {
  int width = 0;
  int height = 0;
  std::vector<uint8_t> rgb;  // 3 * width * height

  void Resize(int new_width, int new_height) {
    width = new_width;
    height = new_height;
    rgb.resize(size_t{3} * static_cast<size_t>(width) * static_cast<size_t>(height));
  }
  std::array<uint8_t, 3> At(int x, int y) const {
    const uint8_t* p = &rgb[size_t{3} * (static_cast<size_t>(y) * static_cast<size_t>(width) +
                                         static_cast<size_t>(x))];
    return {p[0], p[1], p[2]};
  }
};

}  // namespace carrot
