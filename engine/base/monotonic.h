// Seconds of a clock that only goes forward, for durations. Any thread.
#pragma once

#include <chrono>

namespace carrot {

inline double MonotonicSeconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace carrot
