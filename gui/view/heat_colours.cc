#include "gui/view/heat_colours.h"

#include <algorithm>
#include <cmath>

namespace carrot {

Colour HeatColour(double value, double low, double high) {
  constexpr Colour kMiddle = Rgb(0xf7f7f4), kBelow = Rgb(0x0059a5), kAbove = Rgb(0xd55e00);
  if (low < 0 && high > 0) {
    const double most = std::max(-low, high);
    return Mix(kMiddle, value < 0 ? kBelow : kAbove, std::min(1.0, std::abs(value) / most));
  }
  constexpr Colour kCividis[] = {Rgb(0x00224e), Rgb(0x35456c), Rgb(0x666970),
                                 Rgb(0x948e77), Rgb(0xc8b866), Rgb(0xfee838)};
  constexpr int kLast = 5;
  const double place =
      high > low ? kLast * std::clamp((value - low) / (high - low), 0.0, 1.0) : 2.5;
  const int i = std::min(static_cast<int>(place), kLast - 1);
  return Mix(kCividis[i], kCividis[i + 1], place - i);
}

}  // namespace carrot
