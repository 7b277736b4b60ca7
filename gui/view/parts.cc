#include "gui/view/parts.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <sstream>

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

void DrawDiff(Ui& ui, const std::string& diff) {
  ImGui::PushFont(ui.fonts.mono, 0);
  std::istringstream lines(diff);
  int number = 0;
  for (std::string line; std::getline(lines, line);) {
    const Colour colour = line[0] == '+'   ? ui.palette.good
                          : line[0] == '-' ? ui.palette.bad
                          : line[0] == '@' ? ui.palette.muted
                                           : ui.palette.text;
    if (line[0] != '@') {  // the mark in a column of its own: what is indented alike stands alike
      ImGui::PushStyleColor(ImGuiCol_Text, colour);
      ImGui::TextUnformatted(line.data(), line.data() + 1);
      ImGui::PopStyleColor();
      ImGui::SameLine(26);
      line.erase(0, 1);
    }
    widgets::Text(fmt::format("line{}", number++).c_str(), line, colour);
  }
  ImGui::PopFont();
}

std::string LowerCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

std::string ClockText(double seconds) {
  const auto whole = std::llround(std::max(0.0, seconds));
  return whole >= 3600 ? fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60)
                       : fmt::format("{}:{:02}", whole / 60, whole % 60);
}

}  // namespace carrot
