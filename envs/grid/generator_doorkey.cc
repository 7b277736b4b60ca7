// MiniGrid-DoorKey-*: a wall with a locked door; the key is on the agent's side, the goal on the
// other.
#include "envs/grid/grid_generator.h"

namespace carrot {
namespace {

enum { kDoorKeySize };

void GenerateDoorKey(Board& board, GridOptionValues) {
  const int size = board.width();
  board.WallBorder();
  board.Set(size - 2, size - 2, GoalCell());
  const int wall = board.rng().Integers(2, size - 2);
  board.VerticalWall(wall);
  board.PlaceAgent(wall, size);
  board.Set(wall, board.rng().Integers(1, size - 2),
            DoorCell(GridColor::kYellow, GridDoor::kLocked));
  board.PlaceObject(KeyCell(GridColor::kYellow), wall, size);
}

}  // namespace

extern const GridGenerator kDoorKeyGenerator;
const GridGenerator kDoorKeyGenerator = {
    .name = "doorkey",
    .doc = "a locked door between the agent and the goal; the key lies on the agent's side",
    .options = {{.name = "size", .value = 8, .low = 5, .high = kMaxGridSize}},
    .shape =
        [](GridOptionValues options) {
          return GridShape{options[kDoorKeySize], options[kDoorKeySize]};
        },
    .landmarks = {{.name = "goal"},
                  {.name = "key", .kind = LandmarkKind::kItem, .object = GridObject::kKey},
                  {.name = "door", .kind = LandmarkKind::kDoor, .object = GridObject::kDoor}},
    .generate = GenerateDoorKey,
};

}  // namespace carrot
