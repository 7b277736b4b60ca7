// Source: the reward script as it is on disk, with problems at their lines. Read-only: edit it in
// your own editor, every save is scored.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "gui/panels/panels.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

struct File {
  std::string path;
  std::filesystem::file_time_type time;
  std::vector<std::string> lines;
};

const File& Read(const std::string& path) {
  static File kept;  // one window
  std::error_code ec;
  const auto time = std::filesystem::last_write_time(path, ec);
  if (kept.path == path && kept.time == time) return kept;
  kept = {path, time, {}};
  constexpr uintmax_t kMostBytes = uintmax_t{1} << 20;  // as a script may have
  if (std::filesystem::file_size(path, ec) > kMostBytes || ec) return kept;
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) kept.lines.push_back(line);
  return kept;
}

}  // namespace

void DrawSource(Ui& ui) {
  const RewardInfo& reward = ui.view.reward;
  if (reward.path.empty()) {
    widgets::Muted("none", "no reward is loaded");
    return;
  }
  widgets::Muted("path", reward.path);
  const File& file = Read(reward.path);
  static int shown = 0;  // scrolled to
  const bool scroll = shown != ui.state.source_line;
  shown = ui.state.source_line;
  ImGui::BeginChild("lines", ImVec2(0, 0), 0, ImGuiWindowFlags_HorizontalScrollbar);
  ImGui::PushFont(ui.fonts.mono, 0);
  for (size_t i = 0; i < file.lines.size(); ++i) {
    const int number = static_cast<int>(i) + 1;
    const Diagnostic* problem = nullptr;
    for (const Diagnostic& d : reward.problems) {
      if (d.where.line == number) problem = &d;
    }
    if (number == ui.state.source_line) {
      const ImVec2 at = ImGui::GetCursorScreenPos();
      const ImVec2 end(at.x + ImGui::GetContentRegionAvail().x, at.y + ImGui::GetTextLineHeight());
      ImGui::GetWindowDrawList()->AddRectFilled(at, end, WithAlpha(ui.palette.notice, 0.25), 2);
      if (scroll) ImGui::SetScrollHereY();
    }
    ImGui::TextDisabled("%4d", number);
    ImGui::SameLine();
    const bool comment = file.lines[i].find_first_not_of(' ') != std::string::npos &&
                         file.lines[i].compare(file.lines[i].find_first_not_of(' '), 2, "--") == 0;
    widgets::Text(fmt::format("{}", number).c_str(), file.lines[i],
                  problem   ? ui.palette.bad
                  : comment ? ui.palette.muted
                            : 0);
    if (problem) {
      const std::string before(static_cast<size_t>(5 + std::max(0, problem->where.column - 1)),
                               ' ');
      widgets::Text(fmt::format("problem{}", number).c_str(), before + "^ " + problem->message,
                    ui.palette.bad);
    }
  }
  ImGui::PopFont();
  ImGui::EndChild();
}

}  // namespace carrot
