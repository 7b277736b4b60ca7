// MiniGrid-Empty-*: a room with the goal in the far corner.
#include "envs/grid/grid_generator.h"

namespace carrot {
namespace {

enum { kEmptySize, kEmptyRandomStart };

void GenerateEmpty(Board& board, GridOptionValues options) {
  board.WallBorder();
  board.Set(board.width() - 2, board.height() - 2, GoalCell());
  if (options[kEmptyRandomStart]) {
    board.PlaceAgent(board.width(), board.height());
  } else {
    board.PutAgent(1, 1, 0);
  }
}

}  // namespace

extern const GridGenerator kEmptyGenerator;
const GridGenerator kEmptyGenerator = {
    .name = "empty",
    .doc = "a room; the goal is in the far corner",
    .options = {{.name = "size", .value = 8, .low = 4, .high = kMaxGridSize},
                {.name = "random_start"}},
    .shape =
        [](GridOptionValues options) {
          return GridShape{options[kEmptySize], options[kEmptySize]};
        },
    .see_through = true,
    .landmarks = {{.name = "goal"}},
    .generate = GenerateEmpty,
};

}  // namespace carrot
