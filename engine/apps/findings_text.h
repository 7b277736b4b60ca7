// Lints and alarms as text: what `check`, `audit` and `train` print of them.
#pragma once

#include <string>

#include "engine/apps/terminal.h"
#include "rewards/analysis/finding.h"

namespace carrot {

// A paragraph a finding at `least` or above: level, code, sentence, numbers, where to look, what to
// do; then a line for what is muted and one for each reason for which something was not judged.
std::string FindingsText(const Findings& findings, Level least, const Stream& stream);

// "not judged: L010, L011 (no successful episode ...)", one line a reason.
std::string NotJudgedText(const Findings& findings, const Stream& stream);

}  // namespace carrot
