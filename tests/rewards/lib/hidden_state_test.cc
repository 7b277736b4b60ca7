// State that the static checks cannot see is found by evaluating in another order.
#include "rewards/analysis/hidden_state.h"

#include <gmock/gmock.h>

#include "engine/core/vector_env.h"
#include "engine/trace/trace_writer.h"
#include "rewards/host/lua_reward.h"
#include "tests/support/toy_task.h"

namespace carrot {
namespace {

using ::testing::HasSubstr;

Diagnostics Find(const std::string& source) {
  auto task = testing::MakeToyTask();
  auto reward = LoadRewardSource(source, "hidden.lua", task->spec());
  EXPECT_TRUE(reward.has_value()) << Format(reward.error());
  if (!reward) return {};
  ThreadPool pool(1);
  auto env = *VectorEnv::Create(task, *reward, pool, {.num_envs = 3});
  auto trace = std::make_shared<Trace>(*MakeTraceSpec(task->spec(), &(*reward)->spec(), {}));
  TraceWriter writer(trace, task->spec().state, 3);
  env->SetSink(&writer);
  env->Reset();
  std::vector<double> action(6);
  for (int step = 0; step < 20; ++step) {
    testing::ToyActions(3, step, action.data());
    env->Step(action);
  }
  writer.CommitAll();
  return FindHiddenState(*trace, task->spec().state, **reward);
}

// Deleted: a table that a term fills through a function would make results depend on the number of
// workers, and no re-score could show what was paid.
TEST(HiddenState, ATableBehindAFunction) {
  const Diagnostics found = Find(R"lua(
local seen = { 0 }
local function remember(list, x) list[1] = list[1] + x return list[1] end
return reward { terms = {
  term { "fine", fn = function(s) return s.pos[1] end },
  term { "sum", fn = function(s) return remember(seen, s.pos[1]) end },
} })lua");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, "R018");
  EXPECT_EQ(found[0].where.line, 6);
  EXPECT_THAT(found[0].message, HasSubstr("term `sum` depends on"));
  EXPECT_THAT(Format(found), HasSubstr("keep what must be remembered in `memory`"));
}

// Deleted: only terms would be looked at.
TEST(HiddenState, InPotentialAndCombine) {
  const std::string head =
      "local seen = { 0 } local function remember(list) list[1] = list[1] + 1 return list[1] end\n"
      "return reward { terms = { term { 't', 'speed' } }, ";
  EXPECT_THAT(Format(Find(head + "potential = function(s) return remember(seen) end }")),
              HasSubstr("the potential depends on"));
  EXPECT_THAT(Format(Find(head + "combine = function(t) return t.t + remember(seen) end }")),
              HasSubstr("`combine` depends on"));
}

// Deleted: declared memory and math.random would be reported too.
TEST(HiddenState, DeclaredMemoryIsFine) {
  EXPECT_TRUE(Find(R"lua(
return reward { memory = { sum = 0 }, terms = {
  term { "sum", fn = function(s, a, p, m) m.sum = m.sum + s.pos[1] + math.random() return m.sum end },
} })lua")
                  .empty());
}

}  // namespace
}  // namespace carrot
