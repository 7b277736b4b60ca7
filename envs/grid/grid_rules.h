// MiniGrid's rules (version 3.2.0) of one step and of what the agent sees. Checked step for step
// against recordings of the reference by tests/parity.
#pragma once

#include <cstdint>

#include "envs/grid/board.h"

namespace carrot {

enum class GridAction : uint8_t { kLeft, kRight, kForward, kPickUp, kDrop, kToggle, kDone };
inline constexpr int kGridActions = 7;
inline constexpr int kGridImageBytes = kGridView * kGridView * 3;

// left/right   turn.
// forward      enters the cell ahead if it is empty, floor, goal, lava or an open door.
// pick up      takes the key, ball or box ahead into empty hands.
// drop         puts what is carried onto an empty cell ahead.
// toggle       opens or closes the door ahead; a locked one opens (and stays unlocked) only for a
// carried
//              key of its colour, which is kept; a box is replaced by what it holds.
// done         nothing.
void StepBoard(Board& board, GridAction action);

// Writes the agent's view, u8 [7][7][3] as [column left to right][row far to near][object, colour,
// state]. The agent stands at column 3 of the last row and looks towards row 0; its own cell shows
// what it carries. Unless `see_through`, walls and closed doors hide what lies behind: hidden cells
// are (0, 0, 0). Outside the map there are walls.
void ObserveBoard(const Board& board, bool see_through, uint8_t* image);

}  // namespace carrot
