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

// [seen * 128 + transparent]; made on first use.
const RowVisibility* VisibilityTable();

// rows: byte j = bits of the transparent cells of row j (row 6 is the agent's). Returns the seen
// cells in the same form.
uint64_t SeenRows(uint64_t transparent_rows, const RowVisibility* table);

}  // namespace carrot
