// Counts heap allocations of this process (every form of operator new), to prove that a hot loop
// makes none. Link carrot_tests_support; the hooks are in allocations.cc.
#pragma once

#include <cstdint>

namespace carrot::testing {

// Allocations by any thread since the process started.
int64_t AllocationCount();

}  // namespace carrot::testing
