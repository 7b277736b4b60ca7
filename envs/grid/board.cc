#include "envs/grid/board.h"

#include <algorithm>
#include <cstring>
#include <new>

namespace carrot {
void Board::Clear(uint64_t seed) {
  new (state_) BoardState{};
  state_->rng = NumpyRng(seed);
  state_->agent = kNowhere;
  std::fill(std::begin(state_->landmarks), std::end(state_->landmarks), kNowhere);
  std::memset(rows_, WallCell(), 2 * shape_.padded_cells());
  for (int y = 0; y < shape_.height; ++y) {
    std::memset(rows_ + RowIndex(0, y), kEmptyCell, shape_.width);
  }
  for (int x = 0; x < shape_.width; ++x) {
    std::memset(columns_ + ColumnIndex(x, 0), kEmptyCell, shape_.height);
  }
  std::memset(packed_, kEmptyCell, shape_.cells());
}

void Board::WallBorder() {
  for (int x = 0; x < shape_.width; ++x) {
    Set(x, 0, WallCell());
    Set(x, shape_.height - 1, WallCell());
  }
  VerticalWall(0);
  VerticalWall(shape_.width - 1);
}

void Board::VerticalWall(int x) {
  for (int y = 0; y < shape_.height; ++y) Set(x, y, WallCell());
}

GridPosition Board::FindPlace(int max_x, int max_y) {
  for (;;) {
    const int x = rng().Integers(0, std::min(max_x, shape_.width));
    const int y = rng().Integers(0, std::min(max_y, shape_.height));
    const GridPosition place = {static_cast<uint8_t>(x), static_cast<uint8_t>(y)};
    if (At(x, y) == kEmptyCell && place != state_->agent) return place;
  }
}

GridPosition Board::PlaceObject(CellCode code, int max_x, int max_y) {
  const GridPosition place = FindPlace(max_x, max_y);
  Set(place.x, place.y, code);
  return place;
}

void Board::PlaceAgent(int max_x, int max_y) {
  state_->agent = kNowhere;
  state_->agent = FindPlace(max_x, max_y);
  state_->direction = static_cast<uint8_t>(rng().Integers(0, 4));
}

void Board::PutAgent(int x, int y, int direction) {
  state_->agent = {static_cast<uint8_t>(x), static_cast<uint8_t>(y)};
  state_->direction = static_cast<uint8_t>(direction);
}

}  // namespace carrot
