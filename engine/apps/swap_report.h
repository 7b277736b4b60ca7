// What a reload of a reward script did, for people and for programs.
#pragma once

#include <string>

#include "engine/apps/console.h"
#include "engine/session/hot_swap.h"

namespace carrot {

// Diagnostics, or the new totals and what changed.
std::string SwapReportText(const std::string& path, int64_t reload, const SwapReport& report,
                           const TunedValues::Values& aside, const Stream& stream);
Json SwapReportJson(int64_t reload, const SwapReport& report, const TunedValues::Values& aside);

}  // namespace carrot
