// An explained step, for people and for programs.
#pragma once

#include <string>

#include "engine/apps/console.h"
#include "engine/core/reward_function.h"
#include "engine/session/explain.h"

namespace carrot {

// The table of parts and, for each term, its lines with values. With `library`, also the lines of
// modules that the term called.
std::string ExplanationText(const StepExplanation& step, const RewardSpec& reward, bool library,
                            const Stream& stream);
// Why two steps differ: their parts side by side, and the inputs that changed most.
std::string DifferenceText(const StepExplanation& step, const StepExplanation& other,
                           const Stream& stream);
Json ExplanationJson(const StepExplanation& step, const RewardSpec& reward);
Json DifferenceJson(const StepExplanation& step, const StepExplanation& other);

}  // namespace carrot
