// Evaluations for people: the term table and the lines above it.
#pragma once

#include <string>

#include "engine/apps/terminal.h"
#include "engine/session/evaluation_summary.h"

namespace carrot {

// One row a term: weight, mean per step, contribution to the return, share, activation, range.
std::string TermTableText(const EvaluationSummary& summary, const RewardSpec& reward,
                          const Stream& stream);
// "return 812.4 ± 9.1   success 0.41 [0.36, 0.47]   length 612", metrics, how episodes ended.
std::string EvaluationText(const EvaluationSummary& summary, const TaskSpec& task, int faults,
                           const Stream& stream);
// "0.41 [0.36, 0.47]"
std::string RateText(const Estimate& rate);

}  // namespace carrot
