#include "envs/grid/grid_rules.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "engine/base/rng.h"
#include "envs/grid/visibility.h"

namespace carrot {
namespace {

using enum GridColor;

// A board of its own memory, all walls around, the agent at (1, 1) looking right.
struct OwnedBoard {
  OwnedBoard(int width, int height)
      : memory(Board::Bytes({width, height})), board({width, height}, memory.data()) {
    board.Clear(0);
    board.WallBorder();
    board.PutAgent(1, 1, 0);
  }
  void Do(std::initializer_list<GridAction> actions) {
    for (GridAction action : actions) StepBoard(board, action);
  }
  std::vector<std::byte> memory;
  Board board;
};

// Without it, two things could share a code, or a code be shown as another thing.
TEST(GridCodes, EveryThingHasItsOwnCode) {
  int things = 0;
  for (int code = 0; code < 256; ++code) {
    const CellInfo& cell = kCells[code];
    if (cell.object == GridObject::kUnseen) continue;
    ++things;
    const CellCode found =
        CellFromTriple(static_cast<int>(cell.object), static_cast<int>(cell.color), cell.state);
    EXPECT_EQ(kCells[found].object, cell.object);
    EXPECT_EQ(kCells[found].color, cell.color);
    const bool hides =
        cell.object == GridObject::kWall || (cell.object == GridObject::kDoor && cell.state != 0);
    EXPECT_EQ((code & kOpaqueBit) != 0, hides) << code;
  }
  // empty, lava; floor, key, ball, box, goal, wall, three doors in 6 colours; boxes over keys.
  EXPECT_EQ(things, 2 + 9 * 6 + 36);
}

// Without it, the copies of the cells (by rows, by columns, packed) could disagree.
TEST(Board, AllCopiesOfACellAgree) {
  OwnedBoard own(9, 5);
  Rng rng(Key(1, RngDomain::kTest));
  for (int i = 0; i < 200; ++i) {
    own.board.Set(rng.Below(9), rng.Below(5), KeyCell(static_cast<GridColor>(rng.Below(6))));
  }
  for (int y = -kGridPad; y < 5 + kGridPad; ++y) {
    for (int x = -kGridPad; x < 9 + kGridPad; ++x) {
      const bool inside = x >= 0 && x < 9 && y >= 0 && y < 5;
      const CellCode want = inside ? own.board.At(x, y) : WallCell();
      ASSERT_EQ(*own.board.InRows(x, y), want) << x << " " << y;
      ASSERT_EQ(*own.board.InColumns(x, y), want) << x << " " << y;
    }
  }
}

// Without it, a door could open for no key or a wrong one, keep its lock, or use up the key.
TEST(GridRules, ALockedDoorOpensForItsKeyOnly) {
  OwnedBoard own(6, 6);
  Board& board = own.board;
  board.Set(2, 1, DoorCell(kRed, GridDoor::kLocked));
  own.Do({GridAction::kToggle, GridAction::kForward});
  EXPECT_EQ(board.At(2, 1), DoorCell(kRed, GridDoor::kLocked));
  board.state().carrying = KeyCell(kBlue);
  own.Do({GridAction::kToggle});
  EXPECT_EQ(board.At(2, 1), DoorCell(kRed, GridDoor::kLocked));
  EXPECT_EQ(board.state().agent.x, 1);
  board.state().carrying = KeyCell(kRed);
  own.Do({GridAction::kToggle});
  EXPECT_EQ(board.At(2, 1), DoorCell(kRed, GridDoor::kOpen));
  EXPECT_EQ(board.state().carrying, KeyCell(kRed)) << "the key is kept";
  own.Do({GridAction::kToggle});
  EXPECT_EQ(board.At(2, 1), DoorCell(kRed, GridDoor::kClosed)) << "closed, but no longer locked";
  board.state().carrying = kEmptyCell;
  own.Do({GridAction::kToggle, GridAction::kForward});
  EXPECT_EQ(board.state().agent.x, 2);
}

// Without it, things could be stacked, put on goals or floors, or carried two at a time.
TEST(GridRules, HandsHoldOneThingAndDropItOnEmptyCellsOnly) {
  OwnedBoard own(6, 6);
  Board& board = own.board;
  board.Set(2, 1, BallCell(kGreen));
  board.Set(1, 2, KeyCell(kGrey));
  own.Do({GridAction::kPickUp});
  EXPECT_EQ(board.state().carrying, BallCell(kGreen));
  EXPECT_EQ(board.At(2, 1), kEmptyCell);
  own.Do({GridAction::kRight, GridAction::kPickUp, GridAction::kDrop});
  EXPECT_EQ(board.state().carrying, BallCell(kGreen)) << "the hands are full, the cell is not free";
  EXPECT_EQ(board.At(1, 2), KeyCell(kGrey));
  for (CellCode taken :
       {GoalCell(), FloorCell(kBlue), DoorCell(kRed, GridDoor::kOpen), WallCell()}) {
    board.Set(1, 2, taken);
    own.Do({GridAction::kDrop});
    EXPECT_EQ(board.At(1, 2), taken);
  }
  own.Do({GridAction::kLeft, GridAction::kDrop, GridAction::kForward});
  EXPECT_EQ(board.At(2, 1), BallCell(kGreen));
  EXPECT_EQ(board.state().agent.x, 1) << "a ball blocks the way";
}

// Without it, boxes could vanish with what they hold, or give it as another thing.
TEST(GridRules, ABoxIsReplacedByWhatItHolds) {
  OwnedBoard own(6, 6);
  own.board.Set(2, 1, BoxOverKeyCell(kPurple, kYellow));
  own.Do({GridAction::kToggle});
  EXPECT_EQ(own.board.At(2, 1), KeyCell(kYellow));
  own.board.Set(2, 1, BoxCell(kPurple));
  own.Do({GridAction::kToggle});
  EXPECT_EQ(own.board.At(2, 1), kEmptyCell);
}

// Without it, an agent on the border of a map without walls could write outside the cells.
TEST(GridRules, OutsideTheMapAreWalls) {
  OwnedBoard own(4, 4);
  for (int direction = 0; direction < 4; ++direction) {
    own.board.Clear(0);
    const int x = direction == 0 ? 3 : 0, y = direction == 1 ? 3 : 0;
    own.board.PutAgent(x, y, direction);
    own.board.state().carrying = KeyCell(kRed);
    const auto before = own.memory;
    own.Do({GridAction::kForward, GridAction::kToggle, GridAction::kPickUp, GridAction::kDrop});
    EXPECT_TRUE(own.memory == before) << direction;
  }
}

// The reference's walk over the view, one cell at a time, as its rules are written down: the same
// as the table of rows for every view?
std::vector<uint8_t> WalkView(const Board& board, bool see_through) {
  constexpr int n = kGridView;
  const BoardState& state = board.state();
  const int forward_x = kGridDx[state.direction], forward_y = kGridDy[state.direction];
  auto cell_at = [&](int i, int j) -> CellCode {
    const int ahead = n - 1 - j, right = i - n / 2;
    const int x = state.agent.x + forward_x * ahead - forward_y * right;
    const int y = state.agent.y + forward_y * ahead + forward_x * right;
    const bool inside = x >= 0 && x < board.width() && y >= 0 && y < board.height();
    return inside ? board.At(x, y) : WallCell();
  };
  bool seen[n][n] = {};
  seen[n / 2][n - 1] = true;
  for (int j = n - 1; j >= 0; --j) {
    auto spread = [&](int i, int to) {
      if (!seen[i][j] || (cell_at(i, j) & kOpaqueBit)) return;
      seen[to][j] = true;
      if (j > 0) seen[to][j - 1] = seen[i][j - 1] = true;
    };
    for (int i = 0; i < n - 1; ++i) spread(i, i + 1);
    for (int i = n - 1; i > 0; --i) spread(i, i - 1);
  }
  std::vector<uint8_t> image;
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      const bool own = i == n / 2 && j == n - 1;
      const bool shown = see_through || seen[i][j];
      const CellInfo& cell = kCells[own ? state.carrying : cell_at(i, j)];
      for (int value : {static_cast<int>(cell.object), static_cast<int>(cell.color),
                        static_cast<int>(cell.state)}) {
        image.push_back(shown ? static_cast<uint8_t>(value) : 0);
      }
    }
  }
  return image;
}

// Without it, the fast observation could differ from the walk on boards that no recording shows.
TEST(GridRules, ViewEqualsTheCellByCellWalk) {
  Rng rng(Key(7, RngDomain::kTest));
  std::vector<CellCode> things;
  for (int code = 0; code < 256; ++code) {
    if (kCells[code].object != GridObject::kUnseen) things.push_back(code);
  }
  for (int round = 0; round < 4000; ++round) {
    const int width = 3 + rng.Below(12), height = 3 + rng.Below(12);
    OwnedBoard own(width, height);
    const double density = rng.Uniform();
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        if (rng.Uniform() > density) continue;
        own.board.Set(x, y, rng.Below(2) ? WallCell() : things[rng.Below(things.size())]);
      }
    }
    own.board.PutAgent(rng.Below(width), rng.Below(height), rng.Below(4));
    own.board.state().carrying = rng.Below(2) ? kEmptyCell : things[rng.Below(things.size())];
    std::vector<uint8_t> image(kGridImageBytes + 1, 0xee);
    for (bool see_through : {false, true}) {
      ObserveBoard(own.board, see_through, image.data());
      ASSERT_EQ(image.back(), 0xee) << "wrote past the image";
      ASSERT_EQ(std::vector<uint8_t>(image.begin(), image.end() - 1),
                WalkView(own.board, see_through))
          << "round " << round;
    }
  }
}

}  // namespace
}  // namespace carrot
