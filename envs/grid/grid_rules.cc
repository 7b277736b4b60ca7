#include "envs/grid/grid_rules.h"

#include <array>
#include <bit>
#include <cstring>

#include "envs/grid/visibility.h"

namespace carrot {
namespace {

static_assert(std::endian::native == std::endian::little, "byte i of a word is element i");

// ---- step

// The cell in front of the agent. Outside the map there is a wall, which nothing changes.
struct Ahead {
  GridPosition place;
  CellCode cell;
};

Ahead LookAhead(const Board& board) {
  const BoardState& state = board.state();
  const int x = state.agent.x + kGridDx[state.direction];
  const int y = state.agent.y + kGridDy[state.direction];
  return {{static_cast<uint8_t>(x), static_cast<uint8_t>(y)}, *board.InRows(x, y)};
}

void PickUp(Board& board, const Ahead& ahead) {
  BoardState& state = board.state();
  if (!kCells[ahead.cell].pick_up || state.carrying != kEmptyCell) return;
  state.carrying = ahead.cell;
  board.Set(ahead.place.x, ahead.place.y, kEmptyCell);
  for (uint8_t i = 0; i < kMaxLandmarks; ++i) {
    if (state.landmarks[i] == ahead.place) state.carried_landmark = i;
  }
}

void Drop(Board& board, const Ahead& ahead) {
  BoardState& state = board.state();
  if (state.carrying == kEmptyCell || ahead.cell != kEmptyCell) return;
  board.Set(ahead.place.x, ahead.place.y, state.carrying);
  state.carrying = kEmptyCell;
  if (state.carried_landmark != kMaxLandmarks) {
    state.landmarks[state.carried_landmark] = ahead.place;
    state.carried_landmark = kMaxLandmarks;
  }
}

void Toggle(Board& board, const Ahead& ahead) {
  const CellInfo& info = kCells[ahead.cell];
  if (info.toggled == ahead.cell) return;
  if (info.key != kUnseenCell && info.key != board.state().carrying) return;
  board.Set(ahead.place.x, ahead.place.y, info.toggled);
}

// ---- observation: columns and rows of a view as bytes of 64-bit words

uint64_t Load(const CellCode* cells) {
  uint64_t word;
  std::memcpy(&word, cells, sizeof(word));
  return word;
}

// columns[i]: byte j = cell of view column i, row j. Byte 7 is not part of the view.
//
// In the copy where the cells ahead are contiguous, a view column is one load: forwards it has the
// far cell last and is reversed, backwards the far cell is first.
void LoadColumns(const Board& board, uint64_t columns[kGridView]) {
  const auto [x, y] = board.state().agent;
  const int direction = board.state().direction;
  const bool by_rows = direction % 2 == 0;
  const CellCode* agent = by_rows ? board.InRows(x, y) : board.InColumns(x, y);
  const int stride = by_rows ? board.shape().row_stride() : board.shape().column_stride();
  // To the right of the agent is direction + 1: a greater y if it looks right, a smaller x if down,
  // ...
  const int right = direction == 0 || direction == 3 ? stride : -stride;
  const CellCode* first = agent - right * (kGridView / 2);
  if (direction < 2) {
    for (int i = 0; i < kGridView; ++i) columns[i] = __builtin_bswap64(Load(first + i * right - 1));
  } else {
    for (int i = 0; i < kGridView; ++i) columns[i] = Load(first + i * right - kGridPad);
  }
}

// Bit j of the result = top bit of byte j.
uint64_t TopBits(uint64_t word) {
  return ((word >> 7 & 0x0101010101010101) * 0x0102040810204080) >> 56;
}

// Byte j of the result = 0xff if bit j of `bits` is set, else 0.
uint64_t ByteMask(uint64_t bits) {
  const uint64_t one_each = bits * 0x0101010101010101 & 0x8040201008040201;
  return (((one_each + 0x7f7f7f7f7f7f7f7f) | one_each) >> 7 & 0x0101010101010101) * 0xff;
}

// Bit i of byte j of the result = bit j of byte i.
uint64_t TransposeBits(uint64_t m) {
  uint64_t swap = (m ^ m >> 7) & 0x00aa00aa00aa00aa;
  m ^= swap ^ swap << 7;
  swap = (m ^ m >> 14) & 0x0000cccc0000cccc;
  m ^= swap ^ swap << 14;
  swap = (m ^ m >> 28) & 0x00000000f0f0f0f0;
  return m ^ swap ^ swap << 28;
}

void HideUnseen(uint64_t columns[kGridView]) {
  static const RowVisibility* const table = VisibilityTable();
  uint64_t opaque = 0;  // byte i = column i
  for (int i = 0; i < kGridView; ++i) opaque |= TopBits(columns[i]) << (8 * i);
  const uint64_t seen = TransposeBits(SeenRows(TransposeBits(~opaque), table));
  for (int i = 0; i < kGridView; ++i) columns[i] &= ByteMask(seen >> (8 * i) & 0xff);
}

// Object, colour, state of a code in the low three bytes.
constexpr std::array<uint32_t, 256> MakeTriples() {
  std::array<uint32_t, 256> triples{};
  for (int code = 0; code < 256; ++code) {
    const CellInfo& cell = kCells[code];
    triples[code] = static_cast<uint32_t>(cell.object) | static_cast<uint32_t>(cell.color) << 8 |
                    static_cast<uint32_t>(cell.state) << 16;
  }
  return triples;
}
constexpr std::array<uint32_t, 256> kTriples = MakeTriples();

}  // namespace

void StepBoard(Board& board, GridAction action) {
  BoardState& state = board.state();
  const Ahead ahead = LookAhead(board);
  switch (action) {
    case GridAction::kLeft:
      state.direction = (state.direction + 3) % 4;
      break;
    case GridAction::kRight:
      state.direction = (state.direction + 1) % 4;
      break;
    case GridAction::kForward:
      if (kCells[ahead.cell].enter) state.agent = ahead.place;
      break;
    case GridAction::kPickUp:
      PickUp(board, ahead);
      break;
    case GridAction::kDrop:
      Drop(board, ahead);
      break;
    case GridAction::kToggle:
      Toggle(board, ahead);
      break;
    case GridAction::kDone:
      break;
  }
  // What is carried is where the agent is.
  if (state.carried_landmark != kMaxLandmarks) {
    state.landmarks[state.carried_landmark] = state.agent;
  }
}

void ObserveBoard(const Board& board, bool see_through, uint8_t* image) {
  uint64_t columns[kGridView];
  LoadColumns(board, columns);
  if (!see_through) HideUnseen(columns);
  // The agent's own cell shows what it carries; this comes after the hiding.
  constexpr int kOwn = 8 * (kGridView - 1);
  uint64_t& own = columns[kGridView / 2];
  own = (own & ~(uint64_t{0xff} << kOwn)) | static_cast<uint64_t>(board.state().carrying) << kOwn;

  // Four bytes are written for each three; the next triple overwrites the fourth.
  uint8_t* out = image;
  for (int i = 0; i < kGridView; ++i) {
    for (int j = 0; j < kGridView; ++j, out += 3) {
      const uint32_t triple = kTriples[columns[i] >> (8 * j) & 0xff];
      const bool last = i == kGridView - 1 && j == kGridView - 1;
      std::memcpy(out, &triple, last ? 3 : 4);
    }
  }
}

}  // namespace carrot
