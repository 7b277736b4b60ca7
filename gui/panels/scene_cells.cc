// A board's cells under the mouse: a brush paints them, and the agent can be dragged.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <cmath>

#include "gui/panels/scene_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

struct BoardCell {
  int x = -1, y = -1;
  bool there = false;
};

BoardCell CellUnder(const ScenePlace& place, const SceneBoard& board) {
  const ImVec2 mouse = (ImGui::GetIO().MousePos - place.at) / place.size;
  const double x = (static_cast<double>(mouse.x) - board.left) / board.cell_width,
               y = (static_cast<double>(mouse.y) - board.top) / board.cell_height;
  BoardCell cell{static_cast<int>(std::floor(x)), static_cast<int>(std::floor(y))};
  cell.there = cell.x >= 0 && cell.x < board.columns && cell.y >= 0 && cell.y < board.rows;
  return cell;
}

void Frame(const Ui& ui, const ScenePlace& place, const SceneBoard& board, const BoardCell& cell) {
  const double from[2] = {board.left + cell.x * board.cell_width,
                          board.top + cell.y * board.cell_height};
  const double to[2] = {from[0] + board.cell_width, from[1] + board.cell_height};
  ImGui::GetWindowDrawList()->AddRect(place.At(from), place.At(to), ui.palette.notice, 0, 0, 2);
}

void ReportCells(const ScenePlace& place, const SceneBoard& board) {
  if (!ItemLog::Get().recording) return;
  for (int y = 0; y < board.rows; ++y) {
    for (int x = 0; x < board.columns; ++x) {
      const double from[2] = {board.left + x * board.cell_width, board.top + y * board.cell_height};
      const double to[2] = {from[0] + board.cell_width, from[1] + board.cell_height};
      ReportRect(fmt::format("cell:{},{}", x, y), "cell", "", place.At(from), place.At(to));
    }
  }
}

// What the mouse does: put the agent somewhere, or paint.
void Brushes(Ui& ui, const ScenePlace& place) {
  SceneState& scene = ui.state.scene;
  const std::vector<SceneBrush> brushes = place.view.Brushes();
  const Scope scope("brushes");
  float y = place.room_at.y + 24 + 4 * ImGui::GetFontSize();  // below the step's numbers
  const auto choose = [&](int index, const std::string& name, const std::string& label) {
    ImGui::SetCursorScreenPos(ImVec2(place.room_at.x + 8, y));
    const bool on = scene.brush == index;
    if (on) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetColorU32(ImGuiCol_ButtonActive));
    if (widgets::SmallButton(name.c_str(), label.c_str())) scene.brush = index;
    if (on) ImGui::PopStyleColor();
    y += ImGui::GetItemRectSize().y + 3;
  };
  choose(-1, "agent", "move agent");
  for (size_t i = 0; i < brushes.size(); ++i)
    choose(static_cast<int>(i), brushes[i].name, brushes[i].name);
}

}  // namespace

void SceneCells(Ui& ui, const ScenePlace& place) {
  const SceneBoard board = place.view.Board();
  if (board.columns == 0) return;
  ReportCells(place, board);
  SceneState& scene = ui.state.scene;
  if (!scene.edit) return;
  const BoardCell cell = CellUnder(place, board);
  const bool over = place.hovered && cell.there;
  if (over) Frame(ui, place, board, cell);
  if (!ImGui::IsMouseDown(0)) {
    if (scene.dragging && cell.there) ui.session.Send(EditCell{cell.x, cell.y, -1});
    scene.dragging = false;
    scene.painted = -1;
  }
  if (over && ImGui::IsMouseClicked(0) && !place.live) {
    SceneNote(ui, ui.view.clock.trace >= 0
                      ? "this is a recording: Enter goes on from here as the live world"
                      : "this is the past: End goes to the newest step");
  }
  if (over && place.live && ImGui::IsMouseDown(0)) {
    const int index = cell.y * board.columns + cell.x;
    if (scene.brush < 0) {
      scene.dragging = scene.dragging || ImGui::IsMouseClicked(0);
    } else if (scene.painted != index) {
      scene.painted = index;
      ui.session.Send(
          EditCell{cell.x, cell.y, place.view.Brushes()[static_cast<size_t>(scene.brush)].cell});
    }
  }
  Brushes(ui, place);
}

}  // namespace carrot
