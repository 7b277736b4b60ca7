// A grid cell as one byte, and what each byte means. Rules, observations and pictures read these
// tables; nothing else knows how codes are made.
//
//   bit 7      opaque (walls, closed doors): hides what lies behind
//   bits 3-6   kind (Kind below)
//   bits 0-2   colour
//
// Object, colour and state numbers are MiniGrid's (its encode() triple).
#pragma once

#include <array>
#include <cstdint>

namespace carrot {

enum class GridObject : uint8_t {
  kUnseen,
  kEmpty,
  kWall,
  kFloor,
  kDoor,
  kKey,
  kBall,
  kBox,
  kGoal,
  kLava,
  kAgent
};
enum class GridColor : uint8_t { kRed, kGreen, kBlue, kPurple, kYellow, kGrey };
enum class GridDoor : uint8_t { kOpen, kClosed, kLocked };  // the state of a door; all else has 0
inline constexpr int kGridObjects = 11, kGridColors = 6, kGridStates = 3;

// Directions of the agent: 0 right (+x), 1 down (+y), 2 left, 3 up. y grows downward.
inline constexpr int kGridDx[4] = {1, 0, -1, 0};
inline constexpr int kGridDy[4] = {0, 1, 0, -1};

using CellCode = uint8_t;
inline constexpr CellCode kUnseenCell = 0;
inline constexpr CellCode kEmptyCell = 1;
inline constexpr CellCode kOpaqueBit = 0x80;

constexpr CellCode MakeCell(int kind, GridColor color) {
  return static_cast<CellCode>(kind << 3 | static_cast<int>(color));
}
constexpr CellCode FloorCell(GridColor c) { return MakeCell(1, c); }
constexpr CellCode KeyCell(GridColor c) { return MakeCell(2, c); }
constexpr CellCode BallCell(GridColor c) { return MakeCell(3, c); }
constexpr CellCode BoxCell(GridColor c) { return MakeCell(4, c); }
constexpr CellCode GoalCell(GridColor c = GridColor::kGreen) { return MakeCell(5, c); }
constexpr CellCode LavaCell() { return MakeCell(6, GridColor::kRed); }
constexpr CellCode BoxOverKeyCell(GridColor box, GridColor key) {
  return MakeCell(8 + static_cast<int>(key), box);
}
constexpr CellCode WallCell(GridColor c = GridColor::kGrey) { return kOpaqueBit | MakeCell(0, c); }
constexpr CellCode DoorCell(GridColor c, GridDoor door) {
  return door == GridDoor::kOpen ? MakeCell(7, c)
                                 : kOpaqueBit | MakeCell(door == GridDoor::kClosed ? 1 : 2, c);
}

struct CellInfo {
  GridObject object = GridObject::kUnseen;
  GridColor color = GridColor::kRed;
  uint8_t state = 0;
  bool enter = false;          // the agent may step onto it
  bool pick_up = false;        // the agent may carry it
  CellCode toggled = 0;        // what `toggle` makes of it; itself if nothing
  CellCode key = kUnseenCell;  // what must be carried to toggle it; kUnseenCell: nothing
};

// Codes that no constructor above gives keep GridObject::kUnseen.
constexpr std::array<CellInfo, 256> MakeCellTable() {
  std::array<CellInfo, 256> table{};
  for (int code = 0; code < 256; ++code) table[code].toggled = static_cast<CellCode>(code);
  auto set = [&](CellCode code, CellInfo info) {
    if (info.toggled == 0) info.toggled = code;
    table[code] = info;
  };
  using enum GridObject;
  set(kEmptyCell, {.object = kEmpty, .enter = true});
  set(LavaCell(), {.object = kLava, .enter = true});
  for (int i = 0; i < kGridColors; ++i) {
    const auto c = static_cast<GridColor>(i);
    const CellCode open = DoorCell(c, GridDoor::kOpen), closed = DoorCell(c, GridDoor::kClosed);
    set(FloorCell(c), {.object = kFloor, .color = c, .enter = true});
    set(KeyCell(c), {.object = kKey, .color = c, .pick_up = true});
    set(BallCell(c), {.object = kBall, .color = c, .pick_up = true});
    set(BoxCell(c), {.object = kBox, .color = c, .pick_up = true, .toggled = kEmptyCell});
    for (int k = 0; k < kGridColors; ++k) {
      const auto key = static_cast<GridColor>(k);
      set(BoxOverKeyCell(c, key),
          {.object = kBox, .color = c, .pick_up = true, .toggled = KeyCell(key)});
    }
    set(GoalCell(c), {.object = kGoal, .color = c, .enter = true});
    set(WallCell(c), {.object = kWall, .color = c});
    set(open, {.object = kDoor, .color = c, .state = 0, .enter = true, .toggled = closed});
    set(closed, {.object = kDoor, .color = c, .state = 1, .toggled = open});
    set(DoorCell(c, GridDoor::kLocked),
        {.object = kDoor, .color = c, .state = 2, .toggled = open, .key = KeyCell(c)});
  }
  return table;
}
inline constexpr std::array<CellInfo, 256> kCells = MakeCellTable();

// The code of a MiniGrid triple (a box is taken to be empty), or kUnseenCell if there is none.
constexpr CellCode CellFromTriple(int object, int color, int state) {
  for (int code = 0; code < 256; ++code) {
    const CellInfo& info = kCells[code];
    if (static_cast<int>(info.object) == object && static_cast<int>(info.color) == color &&
        info.state == state) {
      return static_cast<CellCode>(code);
    }
  }
  return kUnseenCell;
}

}  // namespace carrot
