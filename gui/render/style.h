// One look for pictures and the window: colours, light and dark, and the colour of a term.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace carrot {

enum class Theme { kLight, kDark };

// 0xAABBGGRR, as ImGui packs colours.
using Colour = uint32_t;
constexpr Colour Rgb(uint32_t rrggbb) {
  return 0xff000000u | ((rrggbb & 0xff) << 16) | (rrggbb & 0xff00) | (rrggbb >> 16);
}
// The colour with an opacity of 0..1.
Colour WithAlpha(Colour colour, double alpha);
// a at t = 0, b at t = 1; opaque.
Colour Mix(Colour a, Colour b, double t);

struct Palette {
  Colour background;  // of the window or the picture
  Colour panel;       // of a plot
  Colour text;
  Colour muted;  // secondary text
  Colour grid;
  Colour border;
  Colour total;   // the line of the total reward
  Colour good;    // success
  Colour bad;     // failure, fault
  Colour notice;  // changes, time limits
};
const Palette& PaletteOf(Theme theme);

// One colour a name, in the order given. The hue is Okabe and Ito's palette (safe for colour
// blindness) by the name's hash; a name whose colour is taken by an earlier one gets the next free
// colour, so appending a name never changes the others. Up to 21 distinct colours, then they
// repeat.
std::vector<Colour> TermColours(std::span<const std::string> names, Theme theme);

// Sets up the current ImGui and ImPlot contexts (fonts are Canvas's business). Sizes are logical
// units.
void ApplyStyle(Theme theme);

}  // namespace carrot
