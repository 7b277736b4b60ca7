// A number as a colour that colour-blind eyes tell apart and that grows lighter or darker with it:
// blue - white - orange about 0 if there are both signs, else dark blue to yellow (cividis).
#pragma once

#include "gui/render/style.h"

namespace carrot {

Colour HeatColour(double value, double low, double high);

}  // namespace carrot
