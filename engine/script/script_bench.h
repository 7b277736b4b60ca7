// What scripts cost per env-step: the same terms in Lua, in Lua without protection, and compiled as
// C++.
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"

namespace carrot {

struct ScriptBenchResult {
  std::string name;           // "script/5_straight", ...
  double ns = 0;              // per env-step (row), protected
  double unprotected_ns = 0;  // without budget ticks
  double cpp_ns = 0;          // the same terms as C++ functions called once a row
  int64_t heap_growth = 0;    // bytes of the Lua heap per 1,000 batches, once compiled
};

// Sets of terms over twelve state values: 5 straight, 5 branchy, 16 branchy, 16 looping, 5 that the
// budget must watch at every turn;
// `rows` envs a batch. Takes the best of several rounds of about `seconds` each.
Result<std::vector<ScriptBenchResult>> RunScriptBench(int rows = 256, double seconds = 0.1);

}  // namespace carrot
