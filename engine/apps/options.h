// Options that several verbs take, written once so that they read alike everywhere.
#pragma once

#include <string>
#include <vector>

#include "engine/apps/verb.h"

namespace carrot {

Option TaskOption(std::string* target);
Option RecordedTaskOption(std::string* target);  // of a verb that reads recordings
Option RewardOption(std::string* target, const char* help);
Option TracesOption(std::vector<std::string>* target, const char* help, bool required);
Option SetOption(std::vector<std::string>* target);
Option OutOption(std::string* target, const char* help);
Option WorkersOption(int64_t* target);
Option StochasticOption(bool* target);

}  // namespace carrot
