// Reads `schedule`, the rules by which a trainer changes weights (rewards/lib/multi.lua).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "engine/core/reward_function.h"
#include "engine/script/lua_script.h"

namespace carrot {

// `list` is { multi.constraint {...}, ... } or null. R020 undeclared key, R022 missing, R023 a term
// with two rules, R024 no such rule or term, R025 out of range.
std::vector<WeightRule> ReadSchedule(const LuaValue* list, const std::vector<RewardTermSpec>& terms,
                                     Combine combine, const LuaScript& script, Diagnostics* errors);

// A reward's rules as data, for run.json and `describe`.
nlohmann::ordered_json ScheduleJson(const RewardSpec& reward);

}  // namespace carrot
