// Board: one environment of a gridworld: its cells, its agent, its generator. Plain bytes.
//
// The cells lie three times, and Set() keeps all: padded by walls on every side, so that a view
// never leaves the memory, by rows and by columns, so that a view is seven 8-byte loads in any
// direction; and packed, so that they are published by one copy.
//
//   rows     (height + 12) x (width + 12)    # # # # #
//   columns  (width + 12) x (height + 12)    # . . . #
//   packed   height x width                  # # # # #
#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/base/numpy_rng.h"
#include "envs/grid/grid_codes.h"

namespace carrot {

inline constexpr int kGridView = 7;             // cells a side of what the agent sees
inline constexpr int kGridPad = kGridView - 1;  // farthest cell of a view outside the map
inline constexpr int kMaxLandmarks = 4;

inline constexpr int kMaxGridSize = 100;  // so that positions, and kNowhere, fit a byte

struct GridPosition {
  uint8_t x = 0, y = 0;
  bool operator==(const GridPosition&) const = default;
};

struct GridShape {
  int width = 0, height = 0;

  int row_stride() const { return width + 2 * kGridPad; }
  int column_stride() const { return height + 2 * kGridPad; }
  int padded_cells() const { return row_stride() * column_stride(); }
  int cells() const { return width * height; }
};

inline constexpr GridPosition kNowhere = {255, 255};

// All of an environment but its cells. No padding bytes: it goes into snapshots as it is.
struct BoardState {
  NumpyRng rng;  // the episode's generator
  GridPosition agent;
  uint8_t direction = 0;
  CellCode carrying = kEmptyCell;         // kEmptyCell: nothing
  GridPosition landmarks[kMaxLandmarks];  // of the generator's list; kNowhere if not on this board
  uint8_t carried_landmark = kMaxLandmarks;  // index; kMaxLandmarks: none
  uint8_t reserved[3] = {};
};
static_assert(sizeof(BoardState) == sizeof(NumpyRng) + 16);

class Board {
 public:
  // A view of memory of Bytes(shape) bytes, aligned as BoardState. The memory outlives the view.
  Board(const GridShape& shape, std::byte* memory)
      : shape_(shape),
        state_(reinterpret_cast<BoardState*>(memory)),
        rows_(reinterpret_cast<CellCode*>(memory + sizeof(BoardState))),
        columns_(rows_ + shape.padded_cells()),
        packed_(columns_ + shape.padded_cells()) {}
  static size_t Bytes(const GridShape& shape) {
    const size_t bytes = sizeof(BoardState) + 2 * shape.padded_cells() + shape.cells();
    return (bytes + alignof(BoardState) - 1) / alignof(BoardState) * alignof(BoardState);
  }

  // A new episode: all cells empty, no agent (its position is outside), hands empty, generator
  // seeded.
  void Clear(uint64_t seed);

  const GridShape& shape() const { return shape_; }
  int width() const { return shape_.width; }
  int height() const { return shape_.height; }
  BoardState& state() { return *state_; }
  const BoardState& state() const { return *state_; }
  NumpyRng& rng() { return state_->rng; }

  // 0 <= x < width, 0 <= y < height.
  CellCode At(int x, int y) const { return packed_[y * shape_.width + x]; }
  void Set(int x, int y, CellCode code) {
    rows_[RowIndex(x, y)] = code;
    columns_[ColumnIndex(x, y)] = code;
    packed_[y * shape_.width + x] = code;
  }
  // The cell in the padded rows (neighbour +1 is to the right, + row_stride() below) or columns
  // (neighbour +1 is below, + column_stride() to the right); readable up to kGridPad outside the
  // map.
  const CellCode* InRows(int x, int y) const { return rows_ + RowIndex(x, y); }
  const CellCode* InColumns(int x, int y) const { return columns_ + ColumnIndex(x, y); }
  const CellCode* packed() const { return packed_; }

  // Building blocks of generators, drawing as MiniGrid's helpers of the same name do.
  void WallBorder();
  void VerticalWall(int x);  // the whole column
  // A random free cell with 0 <= x < max_x, 0 <= y < max_y: empty and not the agent's.
  GridPosition FindPlace(int max_x, int max_y);
  GridPosition PlaceObject(CellCode code, int max_x, int max_y);
  void PlaceAgent(int max_x, int max_y);  // anywhere free there, then a random direction
  void PutAgent(int x, int y, int direction);

 private:
  int RowIndex(int x, int y) const { return (y + kGridPad) * shape_.row_stride() + x + kGridPad; }
  int ColumnIndex(int x, int y) const {
    return (x + kGridPad) * shape_.column_stride() + y + kGridPad;
  }

  GridShape shape_;
  BoardState* state_;
  CellCode* rows_;
  CellCode* columns_;
  CellCode* packed_;
};

}  // namespace carrot
