// Grid worlds from above: tiles by the tables of envs/grid/grid_codes.h, the agent, and what it
// carries.
#include <imgui.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "envs/grid/grid_codes.h"
#include "gui/render/canvas.h"
#include "gui/render/view_makers.h"

namespace carrot {
namespace {

struct GridLook {
  Colour floor, line, wall, wall_edge, ink;
};
const GridLook& LookOf(Theme theme) {
  static constexpr GridLook kLight{Rgb(0xf6f7f9), Rgb(0xdfe3e8), Rgb(0x8b95a1), Rgb(0x77818d),
                                   Rgb(0x20262e)};
  static constexpr GridLook kDark{Rgb(0x1c2128), Rgb(0x2d343e), Rgb(0x5b6572), Rgb(0x6d7885),
                                  Rgb(0x0d1014)};
  return theme == Theme::kLight ? kLight : kDark;
}
// By GridColor: MiniGrid's six, in shades that keep apart for colour-blind readers as well as they
// can.
constexpr std::array<Colour, kGridColors> kColours = {Rgb(0xd5402f), Rgb(0x009e73), Rgb(0x2f7fd0),
                                                      Rgb(0xa05bc4), Rgb(0xe2b400), Rgb(0x8d949d)};

// Draws into one tile; coordinates are shares of it, y down.
struct Tile {
  ImDrawList* list;
  ImVec2 corner;
  float size;
  ImVec2 At(float x, float y) const { return {corner.x + x * size, corner.y + y * size}; }
  void Rect(float x0, float y0, float x1, float y1, Colour c, float rounding = 0) const {
    list->AddRectFilled(At(x0, y0), At(x1, y1), c, rounding * size);
  }
  void Frame(float x0, float y0, float x1, float y1, Colour c, float width,
             float rounding = 0) const {
    list->AddRect(At(x0, y0), At(x1, y1), c, rounding * size, 0, width * size);
  }
  void Disc(float x, float y, float r, Colour c) const {
    list->AddCircleFilled(At(x, y), r * size, c, 40);
  }
  void Ring(float x, float y, float r, Colour c, float width) const {
    list->AddCircle(At(x, y), r * size, c, 40, width * size);
  }
  void Line(float x0, float y0, float x1, float y1, Colour c, float width) const {
    list->AddLine(At(x0, y0), At(x1, y1), c, width * size);
  }
};

void DrawKey(const Tile& tile, Colour colour) {
  tile.Ring(0.5f, 0.28f, 0.13f, colour, 0.085f);
  tile.Line(0.5f, 0.41f, 0.5f, 0.86f, colour, 0.09f);
  tile.Line(0.5f, 0.66f, 0.66f, 0.66f, colour, 0.08f);
  tile.Line(0.5f, 0.81f, 0.66f, 0.81f, colour, 0.08f);
}

void DrawDoor(const Tile& tile, Colour colour, GridDoor state, const GridLook& look) {
  if (state == GridDoor::kOpen) {  // swung aside
    tile.Rect(0.82f, 0.02f, 0.98f, 0.98f, colour, 0.03f);
    tile.Rect(0.86f, 0.06f, 0.94f, 0.94f, Mix(colour, look.floor, 0.55), 0.02f);
    return;
  }
  tile.Rect(0.02f, 0.02f, 0.98f, 0.98f, colour, 0.04f);
  tile.Rect(0.10f, 0.10f, 0.90f, 0.90f, Mix(colour, look.ink, 0.45), 0.03f);
  tile.Frame(0.17f, 0.17f, 0.83f, 0.83f, colour, 0.035f, 0.03f);
  if (state == GridDoor::kLocked) {
    tile.Disc(0.5f, 0.44f, 0.09f, colour);
    tile.list->AddTriangleFilled(tile.At(0.5f, 0.42f), tile.At(0.59f, 0.68f), tile.At(0.41f, 0.68f),
                                 colour);
  } else {
    tile.Disc(0.72f, 0.5f, 0.06f, colour);
  }
}

void DrawLava(const Tile& tile, const GridLook& look) {
  tile.Rect(0, 0, 1, 1, Rgb(0xe8722a));
  for (const float y : {0.28f, 0.50f, 0.72f}) {
    ImVec2 wave[9];
    for (int i = 0; i < 9; ++i) {
      const float x = 0.1f + 0.1f * static_cast<float>(i);
      wave[i] = tile.At(x, y + (i % 2 == 0 ? 0.045f : -0.045f));
    }
    tile.list->AddPolyline(wave, 9, Mix(Rgb(0xe8722a), look.ink, 0.6), 0, 0.04f * tile.size);
  }
}

void DrawCell(const Tile& tile, CellCode code, const GridLook& look) {
  const CellInfo& info = kCells[code];
  const Colour colour = kColours[static_cast<size_t>(info.color)];
  switch (info.object) {
    case GridObject::kWall:
      tile.Rect(0, 0, 1, 1, info.color == GridColor::kGrey ? look.wall : colour);
      tile.Frame(0.02f, 0.02f, 0.98f, 0.98f, look.wall_edge, 0.03f);
      break;
    case GridObject::kFloor:
      tile.Rect(0.02f, 0.02f, 0.98f, 0.98f, Mix(colour, look.floor, 0.6));
      break;
    case GridObject::kGoal:
      tile.Rect(0.02f, 0.02f, 0.98f, 0.98f, Mix(colour, look.floor, 0.25));
      tile.Frame(0.16f, 0.16f, 0.84f, 0.84f, Mix(colour, look.floor, 0.75), 0.05f, 0.05f);
      break;
    case GridObject::kLava:
      DrawLava(tile, look);
      break;
    case GridObject::kDoor:
      DrawDoor(tile, colour, static_cast<GridDoor>(info.state), look);
      break;
    case GridObject::kKey:
      DrawKey(tile, colour);
      break;
    case GridObject::kBall:
      tile.Disc(0.5f, 0.5f, 0.31f, colour);
      break;
    case GridObject::kBox:
      tile.Frame(0.16f, 0.16f, 0.84f, 0.84f, colour, 0.09f, 0.05f);
      tile.Line(0.16f, 0.5f, 0.84f, 0.5f, colour, 0.09f);
      break;
    case GridObject::kUnseen:
      tile.Rect(0, 0, 1, 1, look.ink);
      break;
    case GridObject::kEmpty:
    case GridObject::kAgent:
      break;
  }
}

// A triangle that points where the agent looks; what it carries is a badge on it.
void DrawAgent(const Tile& tile, int direction, CellCode carrying, const GridLook& look,
               double opacity = 1) {
  constexpr float kShape[3][2] = {{0.36f, 0.0f}, {-0.30f, 0.31f}, {-0.30f, -0.31f}};  // looks right
  const float c = static_cast<float>(kGridDx[direction & 3]),
              s = static_cast<float>(kGridDy[direction & 3]);
  ImVec2 corners[3];
  for (int i = 0; i < 3; ++i) {
    corners[i] = tile.At(0.5f + c * kShape[i][0] - s * kShape[i][1],
                         0.5f + s * kShape[i][0] + c * kShape[i][1]);
  }
  tile.list->AddTriangleFilled(corners[0], corners[1], corners[2], WithAlpha(kColours[0], opacity));
  tile.list->AddTriangle(corners[0], corners[1], corners[2],
                         WithAlpha(Mix(kColours[0], look.ink, 0.5), opacity), 0.035f * tile.size);
  if (opacity < 1 || kCells[carrying].object == GridObject::kEmpty ||
      kCells[carrying].object == GridObject::kUnseen)
    return;
  const Tile badge{tile.list, tile.At(0.5f, -0.04f), 0.56f * tile.size};
  badge.Disc(0.5f, 0.5f, 0.5f, look.floor);
  badge.Ring(0.5f, 0.5f, 0.5f, look.wall_edge, 0.05f);
  DrawCell({badge.list, badge.At(0.14f, 0.14f), 0.72f * badge.size}, carrying, look);
}

class GridView final : public SceneView {
 public:
  GridView(StateSpec spec, int width, int height, SceneOptions options, Canvas& canvas)
      : spec_(std::move(spec)),
        width_(width),
        height_(height),
        options_(std::move(options)),
        canvas_(canvas) {}

  Status Draw(const SceneRow& row, Framebuffer& target) override {
    CARROT_ASSIGN_OR_RETURN(const uint8_t* cells,
                            PoseField<uint8_t>(spec_, row, "cells", width_ * height_));
    CARROT_ASSIGN_OR_RETURN(const uint8_t* agent, PoseField<uint8_t>(spec_, row, "agent_pos", 2));
    CARROT_ASSIGN_OR_RETURN(const uint8_t* direction,
                            PoseField<uint8_t>(spec_, row, "direction", 1));
    CARROT_ASSIGN_OR_RETURN(const uint8_t* carrying, PoseField<uint8_t>(spec_, row, "carrying", 1));
    // Whole pixels a tile keep the lines crisp.
    const float size =
        std::max(1.0f, std::floor(0.98f * static_cast<float>(std::min(target.width() / width_,
                                                                      target.height() / height_))));
    const ImVec2 corner(
        std::floor(0.5f * (static_cast<float>(target.width()) - size * static_cast<float>(width_))),
        std::floor(0.5f *
                   (static_cast<float>(target.height()) - size * static_cast<float>(height_))));
    const auto across = static_cast<double>(target.width()),
               down = static_cast<double>(target.height());
    board_ = {width_, height_, corner.x / across, corner.y / down, size / across, size / down};
    const GridLook& look = LookOf(options_.theme);
    canvas_.Draw(target, options_.theme, 1, [&] {
      ImDrawList* list = ImGui::GetWindowDrawList();
      auto tile_at = [&](int x, int y) {
        return Tile{list,
                    ImVec2(corner.x + size * static_cast<float>(x),
                           corner.y + size * static_cast<float>(y)),
                    size};
      };
      tile_at(0, 0).Rect(0, 0, static_cast<float>(width_), static_cast<float>(height_), look.floor);
      Lines(tile_at(0, 0), look);
      for (int y = 0; y < height_; ++y) {
        for (int x = 0; x < width_; ++x) DrawCell(tile_at(x, y), cells[y * width_ + x], look);
      }
      for (const SceneRow& ghost : row.ghosts) {
        const auto place = PoseField<uint8_t>(spec_, ghost, "agent_pos", 2);
        const auto looks = PoseField<uint8_t>(spec_, ghost, "direction", 1);
        if (!place || !looks) continue;
        DrawAgent(tile_at((*place)[0], (*place)[1]), **looks, kEmptyCell, look, 0.4);
      }
      DrawAgent(tile_at(agent[0], agent[1]), *direction, *carrying, look);
    });
    return {};
  }
  // The middle of the agent's cell; coordinates are cells, y down.
  bool Locate(const SceneRow& row, const ScenePick&, double out[3]) override {
    const auto place = PoseField<uint8_t>(spec_, row, "agent_pos", 2);
    if (!place) return false;
    out[0] = (*place)[0] + 0.5;
    out[1] = (*place)[1] + 0.5;
    out[2] = 0;
    return true;
  }
  bool Project(const double point[3], double out[2]) const override {
    out[0] = board_.left + point[0] * board_.cell_width;
    out[1] = board_.top + point[1] * board_.cell_height;
    return true;
  }
  SceneBoard Board() const override { return board_; }
  std::vector<SceneBrush> Brushes() const override {
    return {{"empty", kEmptyCell},
            {"wall", WallCell()},
            {"goal", GoalCell()},
            {"lava", LavaCell()},
            {"key", KeyCell(GridColor::kYellow)},
            {"door", DoorCell(GridColor::kYellow, GridDoor::kClosed)},
            {"locked door", DoorCell(GridColor::kYellow, GridDoor::kLocked)},
            {"ball", BallCell(GridColor::kBlue)},
            {"box", BoxCell(GridColor::kPurple)}};
  }
  Status SetCamera(const SceneCamera&) override { return {}; }
  double aspect() const override { return static_cast<double>(width_) / height_; }

 private:
  void Lines(const Tile& origin, const GridLook& look) const {
    const float width = static_cast<float>(width_), height = static_cast<float>(height_);
    const float half = std::max(0.5f, 0.01f * origin.size) / origin.size;
    for (int x = 0; x <= width_; ++x) {
      origin.Rect(static_cast<float>(x) - half, 0, static_cast<float>(x) + half, height, look.line);
    }
    for (int y = 0; y <= height_; ++y) {
      origin.Rect(0, static_cast<float>(y) - half, width, static_cast<float>(y) + half, look.line);
    }
  }

  StateSpec spec_;
  int width_, height_;
  SceneOptions options_;
  Canvas& canvas_;
  SceneBoard board_;  // of the picture drawn last
};

}  // namespace

Result<std::unique_ptr<SceneView>> MakeGridView(const Task& task, const SceneOptions& options,
                                                Canvas& canvas) {
  const StateSpec& spec = task.spec().state;
  const int cells = spec.Find("cells");
  if (cells < 0 || spec[cells].shape.size() != 2) {
    return Fail(MakeError("G010", "this grid world has no `cells` to draw"));
  }
  return std::make_unique<GridView>(spec, spec[cells].shape[1], spec[cells].shape[0], options,
                                    canvas);
}

}  // namespace carrot
