// The Lua text of the loops that run terms, and the memory block through which they see the
// columns. Internal to engine/script.
#pragma once

#include <string>
#include <vector>

#include "engine/script/term_checks.h"

namespace carrot {

inline constexpr int kTermsPerLoop = 4;

// The block, in 8-byte slots, as the loops' ffi struct declares it (StructText).
struct LoopIo {
  enum Slot {
    kRow = 0,                                     // int32 row, int32 k: where the loop is
    kNonFinite,                                   // int32: some value was not finite
    kFlags,                                       // uint8_t*
    kMemory,                                      // double*
    kAction,                                      // const double*
    kActionStride,                                // int32; 0 repeats one row of zeros
    kStep,                                        // const int32_t*
    kTerminated,                                  // const uint8_t*
    kOut,                                         // double*, one a term of the loop
    kOutStride = kOut + kTermsPerLoop,            // int32
    kCount = kOutStride + kTermsPerLoop,          // int32[4]: non-finite values of each term
    kFirstRow = kCount + kTermsPerLoop / 2,       // int32[4]: row of the first one
    kFirstValue = kFirstRow + kTermsPerLoop / 2,  // double[4]
    kFields = kFirstValue + kTermsPerLoop,        // next, prev for each state field
  };
  static int Size(const StateSpec& state) { return kFields + 2 * state.size(); }
};

// Chunk (tools, address of the block, address of begin_random, its context, params, dt, horizon):
// makes the views and returns the table of objects that loops take. `needs` is the union over all
// terms.
std::string SetupText(const TermContext& context, const TermNeeds& needs);

// Chunk (objects, term functions...): returns loop(first row, last row + 1).
struct LoopTerm {
  std::string name;
  int width = 1;
  int number = 0;  // of the term in the program
  bool writes_memory = false, reads_memory = false;
  bool silent = false;  // never charges the budget, so needs none
};
// A budget below 0: none is set, for programs without ticks.
std::string LoopText(const TermContext& context, const std::vector<LoopTerm>& terms,
                     const TermNeeds& needs, int64_t budget, bool uses_random);

}  // namespace carrot
