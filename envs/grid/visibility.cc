#include "envs/grid/visibility.h"

#include <array>

#include "envs/grid/board.h"

namespace carrot {
namespace {

static_assert(kViewRows == 1 << kGridView && kAgentRowSeen == 1 << kGridView / 2);

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

std::array<RowVisibility, kViewRows * kViewRows> MakeTable() {
  std::array<RowVisibility, kViewRows * kViewRows> table;
  for (int seen = 0; seen < kViewRows; ++seen) {
    for (int transparent = 0; transparent < kViewRows; ++transparent) {
      table[seen * kViewRows + transparent] = SpreadRow(seen, transparent);
    }
  }
  return table;
}

}  // namespace

const RowVisibility* VisibilityTable() {
  static const auto table = MakeTable();
  return table.data();
}

}  // namespace carrot
