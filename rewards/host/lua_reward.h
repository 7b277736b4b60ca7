// Reward scripts as RewardFunctions.
#pragma once

#include <memory>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "engine/core/reward_function.h"
#include "engine/core/task.h"
#include "engine/script/lua_script.h"
#include "engine/script/term_trace.h"

namespace carrot {

struct RewardLoadOptions {
  int64_t step_ticks = 100'000;            // budget of each term call on a row
  size_t memory_limit = size_t{64} << 20;  // bytes of each Lua state
  bool jit = true;                         // tests and benchmarks: results are the same
  bool instrument = true;                  // false: no budget (benchmarks only)
};

// Loads, checks and compiles a reward script against a task's fields. Errors are those of
// LuaScript::Load, ReadReward and TermProgram::Compile: all that can be found before anything runs.
Result<std::shared_ptr<const RewardFunction>> LoadReward(const std::string& path,
                                                         const TaskSpec& task,
                                                         const RewardLoadOptions& options = {});
// The same for a script that is in no file; `path` names it in messages.
Result<std::shared_ptr<const RewardFunction>> LoadRewardSource(
    const std::string& source, const std::string& path, const TaskSpec& task,
    const RewardLoadOptions& options = {});

// Runs the script's `expect` examples in an environment of the task; one R060 for each value that
// differs. `reward` must come from LoadReward.
Diagnostics RunExpects(const RewardFunction& reward, const Task& task);

// Evaluates one row of a replay (rows.end == rows.begin + 1; its memory row comes before it, as
// carry_memory says) and tells for each function of the script which lines ran, with which values.
// `out` gets what RewardEvaluator::Evaluate would write, to the same bits. `errors` (may be null)
// gets run-time errors. `reward` must come from LoadReward.
Result<std::vector<TermTrace>> TraceReward(const RewardFunction& reward,
                                           std::span<const double> params,
                                           const TransitionBatch& row, const RewardColumns& out,
                                           Diagnostics* errors);

// Terms, params, memory, derived values, fields read, hash.
nlohmann::json DescribeReward(const RewardFunction& reward, const TaskSpec& task);

}  // namespace carrot
