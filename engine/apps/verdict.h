// --fail-if: a condition on the figures of an evaluation, such as "success<0.5" or
// "return.low<100".
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/session/evaluation_summary.h"

namespace carrot {

struct Condition {
  std::string text;
  std::string name;   // return, success, length, faults or a metric
  std::string bound;  // "", "low" or "high": the mean or an end of its interval
  std::string op;     // < <= > >= == !=
  double value = 0;
};

// U002: malformed, or no such figure.
Result<Condition> ParseCondition(const std::string& text, const TaskSpec& task);
// NaN (no episode) fulfils every condition: what was not shown is not a pass.
bool Holds(const Condition& condition, const EvaluationSummary& summary, int faults,
           const TaskSpec& task);

}  // namespace carrot
