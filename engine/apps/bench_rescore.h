// How fast a recording is scored again: with a reward as it is, and after an edit of a script with
// 16 terms, from its text to new totals.
#pragma once

#include <string>

#include "engine/base/result.h"

namespace carrot {

struct RescoreSpeed {
  int64_t rows = 0;
  double gym_ns = 0;       // per env-step, the task's own reward
  double simulate_ns = 0;  // per env-step, playing the same episodes again
  int terms = 0;
  double edit_seconds = 0;      // load the script, evaluate all rows, combine
  double terms_per_second = 0;  // rows * terms / edit_seconds
};
Result<RescoreSpeed> MeasureRescoreSpeed(int threads, int episodes = 8000);

}  // namespace carrot
