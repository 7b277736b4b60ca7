// What terms were worth over a range of steps, and the same range as a table of all its rows: at
// full resolution and in double precision, whatever is drawn.
#pragma once

#include <string>
#include <vector>

#include "engine/session/frame_view.h"

namespace carrot {

struct RangeRow {
  std::string name;            // of the part; "total", "reward"
  double first = 0, last = 0;  // at the two ends
  double mean = 0, sum = 0;    // over the steps of the range, both ends included
  double share = 0;            // of the parts' absolute sums, 0..1; NaN for total and reward
  double deviation = 0;        // standard deviation
};

// Steps `from` to `to` of an episode, under the weights in use (or unweighted). One row a part
// (PaidParts), then total and reward. Empty if nothing is scored or the steps are not there.
std::vector<RangeRow> RangeStats(const TraceView& trace, int episode, int from, int to,
                                 const RewardInfo& reward, bool weighted);

// "recording,env,episode,step,time,raw/TERM,...,weighted/TERM,...,total,reward" and a line a step.
// Numbers read back as the same doubles.
std::string RangeCsv(const TraceView& trace, int episode, int from, int to,
                     const RewardInfo& reward, double dt);

}  // namespace carrot
