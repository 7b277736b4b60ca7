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

// Seven parallel lines of the view, 8 bytes each: words[k] = the bytes from first + k * stride on.
void LoadLines(const CellCode* first, int stride, bool reverse, uint64_t words[kGridView]) {
  if (reverse) {
    for (int k = 0; k < kGridView; ++k) words[k] = __builtin_bswap64(Load(first + k * stride));
  } else {
    for (int k = 0; k < kGridView; ++k) words[k] = Load(first + k * stride);
  }
}

// Where the lines of a view lie, for an agent that looks along +x, +y, -x, -y. Of the two copies of
// the cells one has the view's columns (cells ahead of each other) contiguous, the other its rows.
struct Lines {
  const CellCode* ahead;   // the agent's cell in the copy whose lines run ahead
  const CellCode* across;  // ... in the copy whose lines run across
  int ahead_stride;        // from a column to the next, left to right
  int across_stride;       // from a row to the next, away from the agent
  bool ahead_is_up;        // the cell ahead is the next one in memory
  bool across_is_up;       // the cell to the right is the next one in memory
};

Lines LinesOf(const Board& board) {
  const auto [x, y] = board.state().agent;
  const int direction = board.state().direction;
  const CellCode* in_rows = board.InRows(x, y);
  const CellCode* in_columns = board.InColumns(x, y);
  const int row = board.shape().row_stride(), column = board.shape().column_stride();
  switch (direction) {
    case 0:
      return {in_rows, in_columns, row, column, true, true};
    case 1:
      return {in_columns, in_rows, -column, row, true, false};
    case 2:
      return {in_rows, in_columns, -row, -column, false, false};
    default:
      return {in_columns, in_rows, column, -row, false, true};
  }
}

// columns[i]: byte j = cell of view column i, row j (0 the farthest). Byte 7 is not part of the
// view.
void LoadColumns(const Lines& lines, uint64_t columns[kGridView]) {
  const CellCode* leftmost = lines.ahead - lines.ahead_stride * (kGridView / 2);
  // Upwards in memory the farthest cell comes last: reversed, byte 7 is the one behind the agent.
  LoadLines(leftmost - (lines.ahead_is_up ? 1 : kGridPad), lines.ahead_stride, lines.ahead_is_up,
            columns);
}

// rows[k]: byte i = cell of the view row k cells ahead of the agent, column i.
void LoadRows(const Lines& lines, uint64_t rows[kGridView]) {
  constexpr int kSide = kGridView / 2;
  LoadLines(lines.across - (lines.across_is_up ? kSide : kSide + 1), lines.across_stride,
            !lines.across_is_up, rows);
}

// Bit j of the result = top bit of byte j.
uint64_t TopBits(uint64_t word) {
  return ((word >> 7 & 0x0101010101010101) * 0x0102040810204080) >> 56;
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

// Byte j of kByteMasks[bits] is 0xff if bit j is set, else 0.
constexpr std::array<uint64_t, 1 << kGridView> MakeByteMasks() {
  std::array<uint64_t, 1 << kGridView> masks{};
  for (size_t bits = 0; bits < masks.size(); ++bits) {
    for (int j = 0; j < kGridView; ++j) {
      if (bits >> j & 1) masks[bits] |= uint64_t{0xff} << (8 * j);
    }
  }
  return masks;
}
constexpr auto kByteMasks = MakeByteMasks();

void HideUnseen(const Lines& lines, uint64_t columns[kGridView]) {
  static const RowVisibility* const table = VisibilityTable();
  uint64_t rows[kGridView];
  LoadRows(lines, rows);
  uint64_t seen_rows = 0;  // byte j: bits of the seen cells of row j
  int seen = kAgentRowSeen;
  for (int k = 0; k < kGridView; ++k) {
    const RowVisibility row = LookUp(table, seen, static_cast<int>(~TopBits(rows[k])));
    seen_rows |= static_cast<uint64_t>(row.seen) << (8 * (kGridView - 1 - k));
    seen = row.beyond;
  }
  const uint64_t seen_columns = TransposeBits(seen_rows);
  for (int i = 0; i < kGridView; ++i) {
    columns[i] &= kByteMasks[seen_columns >> (8 * i) & (kByteMasks.size() - 1)];
  }
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
  const Lines lines = LinesOf(board);
  LoadColumns(lines, columns);
  if (!see_through) HideUnseen(lines, columns);
  // The agent's own cell shows what it carries; this comes after the hiding.
  constexpr int kOwn = 8 * (kGridView - 1);
  uint64_t& own = columns[kGridView / 2];
  own = (own & ~(uint64_t{0xff} << kOwn)) | static_cast<uint64_t>(board.state().carrying) << kOwn;

  // Four bytes are written for each three; the next triple overwrites the fourth, and the last
  // fourth one would be outside the image.
  for (int i = 0; i < kGridView; ++i) {
    uint64_t column = columns[i];
    uint8_t* out = image + i * kGridView * 3;
    for (int j = 0; j < kGridView - 1; ++j, column >>= 8, out += 3) {
      std::memcpy(out, &kTriples[column & 0xff], 4);
    }
    std::memcpy(out, &kTriples[column & 0xff], 3);
  }
}

}  // namespace carrot
