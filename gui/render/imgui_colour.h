// Colours as ImGui's style tables and ImPlot's specs take them.
#pragma once

#include <imgui.h>

#include "gui/render/style.h"

namespace carrot {

inline ImVec4 ToVec4(Colour colour, double alpha = 1) {
  return ImGui::ColorConvertU32ToFloat4(WithAlpha(colour, alpha));
}

}  // namespace carrot
