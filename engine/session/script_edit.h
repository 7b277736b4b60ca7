// Writes tuned values back into a reward script: the smallest edit of its declarations.
#pragma once

#include <string>

#include "engine/base/result.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

// The script's source with the weights and parameters of `settings` as its defaults: only numbers
// change, and a term or potential that has no `weight` gets one. Errors: R027 a value is not
// written as a number there (it is computed, shared by terms of a loop, or comes from a module),
// with its line; nothing is changed then.
Result<std::string> EditDefaults(const RewardSpec& reward, const RewardSettings& settings);

// Line by line, as `diff -u` shows it but without a header: " same", "-before", "+after"; three
// lines of context, "@@ LINE" between pieces. "" if the texts are equal.
std::string LineDiff(const std::string& before, const std::string& after);

}  // namespace carrot
