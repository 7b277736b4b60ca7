// TransitionBatch: rows of (s, a, s') handed to evaluators. The same shape serves the live loop (a
// row is an environment) and the re-score of a recording (a row is a recorded step, prev = the row
// before).
#pragma once

#include <cstdint>
#include <span>

namespace carrot {

// Rows [begin, end). Every pointer is to row 0 of a column whose rows are packed; evaluators index
// base + row * width. prev may equal next (row 0 of an episode: s.prev is s).
struct TransitionBatch {
  int64_t begin = 0;
  int64_t end = 0;
  std::span<void* const> next;  // by StateSpec index; null if the column is not available
  std::span<void* const> prev;
  const double* action = nullptr;        // [rows, action size]; null on row 0
  const int32_t* step = nullptr;         // steps since reset: 0 on row 0
  const uint8_t* terminated = nullptr;   // after termination terms; null while they are evaluated
  const uint64_t* world_seed = nullptr;  // keys math.random
  double* memory = nullptr;              // [rows, memory width]: declared per-episode memory
  // Replay: row r's memory starts as a copy of row r-1's (rows of one episode, in order). Live:
  // memory is updated in place.
  bool carry_memory = false;
};

}  // namespace carrot
