#include "envs/grid/visibility.h"

#include <array>

#include "envs/grid/board.h"

namespace carrot {
namespace {

constexpr int kRows = 1 << kGridView;

RowVisibility SpreadRow(int seen, int transparent) {
  int beyond = 0;
  auto spread = [&](int from, int to) {
    if ((seen & transparent) >> from & 1) {
      seen |= 1 << to;
      beyond |= 1 << to | 1 << from;
    }
  };
  for (int i = 0; i + 1 < kGridView; ++i) spread(i, i + 1);
  for (int i = kGridView - 1; i > 0; --i) spread(i, i - 1);
  return {static_cast<uint8_t>(seen), static_cast<uint8_t>(beyond)};
}

std::array<RowVisibility, kRows * kRows> MakeTable() {
  std::array<RowVisibility, kRows * kRows> table;
  for (int seen = 0; seen < kRows; ++seen) {
    for (int transparent = 0; transparent < kRows; ++transparent) {
      table[seen * kRows + transparent] = SpreadRow(seen, transparent);
    }
  }
  return table;
}

}  // namespace

const RowVisibility* VisibilityTable() {
  static const auto table = MakeTable();
  return table.data();
}

uint64_t SeenRows(uint64_t transparent_rows, const RowVisibility* table) {
  uint64_t seen_rows = 0;
  int seen = 1 << kGridView / 2;  // the agent's own cell
  for (int j = kGridView - 1; j >= 0; --j) {
    const RowVisibility row = table[seen * kRows + (transparent_rows >> (8 * j) & (kRows - 1))];
    seen_rows |= static_cast<uint64_t>(row.seen) << (8 * j);
    seen = row.beyond;
  }
  return seen_rows;
}

}  // namespace carrot
