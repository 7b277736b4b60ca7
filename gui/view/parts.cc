#include "gui/view/parts.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "gui/widgets/items.h"

namespace carrot {

void CopyButton(Ui& ui, const char* name, const char* label, const std::string& text) {
  if (!widgets::SmallButton(name, label, text.c_str())) return;
  ImGui::SetClipboardText(text.c_str());
  ui.state.Toast("copied: " + text, ui.time + 3);
}

void ProgressBar(Ui& ui, double done, ImVec2 size) {
  const ImVec2 at = ImGui::GetCursorScreenPos() + ImVec2(0, size.y / 2 - 4);
  const float length = static_cast<float>(std::clamp(done, 0.0, 1.0)) * size.x;
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(at, at + ImVec2(size.x, 8), ui.palette.grid, 4);
  if (length > 0)
    draw.AddRectFilled(at, at + ImVec2(length, 8), ImGui::GetColorU32(ImGuiCol_PlotHistogram), 4);
  ImGui::Dummy(size);
  Report("progress", "bar", fmt::format("{:.0f} %", 100 * done));
}

std::string ClockText(double seconds) {
  const auto whole = std::llround(std::max(0.0, seconds));
  return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
                       : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace carrot
