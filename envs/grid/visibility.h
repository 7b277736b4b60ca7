// Which cells of a 7x7 view are seen, row by row. A row is 7 bits, bit i = column i.
//
// The reference walks each row left to right, then right to left: a seen and transparent cell makes
// its neighbour seen, and in the next row away from the agent that neighbour's cell and its own.
// What a row passes on depends only on (seen, transparent), so it is one table of 128 x 128 entries
// (32 KiB).
#pragma once

#include <cstdint>

namespace carrot {

struct RowVisibility {
  uint8_t seen;    // of this row, after spreading sideways
  uint8_t beyond;  // seen in the next row away from the agent
};

inline constexpr int kViewRows = 1 << 7;      // bit patterns of a row
inline constexpr int kAgentRowSeen = 1 << 3;  // the agent's own cell: where the walk begins

// kViewRows x kViewRows entries, for LookUp; made on first use.
const RowVisibility* VisibilityTable();

// Higher bits of `transparent` are ignored.
inline RowVisibility LookUp(const RowVisibility* table, int seen, int transparent) {
  return table[seen * kViewRows + (transparent & (kViewRows - 1))];
}

}  // namespace carrot
