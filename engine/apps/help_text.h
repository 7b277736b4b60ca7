// The texts of `carrot`, `carrot help` and `carrot VERB --help`, made from the verbs' data.
#pragma once

#include <string>
#include <vector>

#include "engine/apps/verb.h"

namespace carrot {

// Twelve lines for someone who typed `carrot` alone.
std::string ShortHelp(const Stream& stream);
// All verbs.
std::string FullHelp(const Stream& stream);
std::string VerbHelp(const VerbInfo& info, const std::vector<Option>& options,
                     const Stream& stream);
std::string ExitCodeHelp(const Stream& stream);
// The commands of `carrot gui --script`.
std::string StepsHelp(const Stream& stream);

}  // namespace carrot
