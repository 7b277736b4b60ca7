#include "engine/apps/bench_rescore.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "engine/apps/arguments.h"
#include "engine/base/monotonic.h"
#include "engine/session/evaluate.h"
#include "engine/trace/trace_writer.h"
#include "rewards/analysis/trace_bench.h"
#include "rewards/host/lua_reward.h"

namespace carrot {
namespace {

// Sixteen terms as people write them: arithmetic, branches, library calls, a loop, memory, a
// potential-free sum. EDIT changes with each measurement, so nothing can be kept from the last one.
constexpr const char* kScript = R"(
local tolerance = require "tolerance"
local edit = EDIT
return reward {
  task = "hopper",
  params = { speed = param { 2, min = 0, max = 6 } },
  memory = { best = 0 },
  terms = {
    term { "forward", fn = function(s, a, p) return math.min(s.x_velocity / p.speed, 1) end },
    term { "alive", "healthy" },
    term { "effort", weight = -1e-3, fn = function(s, a) return a:dot(a) end },
    term { "height", fn = function(s) return tolerance(s.torso_pos.z, 1.2, 1.6, 0.4) end },
    term { "upright", fn = function(s) return 1 - math.abs(s.torso_pitch) end },
    term { "lean", fn = function(s)
      if s.torso_pitch > 0.1 then return -1 elseif s.torso_pitch < -0.1 then return -2 end
      return 0
    end },
    term { "vertical", fn = function(s) return -s.torso_vel.z * s.torso_vel.z end },
    term { "speed", fn = function(s) return s.torso_vel:norm() end },
    term { "gain", fn = function(s) return s.torso_pos.x - s.prev.torso_pos.x end },
    term { "record", fn = function(s, a, p, m)
      if s.torso_pos.x > m.best + 0.1 then m.best = s.torso_pos.x return 1 end
      return 0
    end },
    term { "joints", fn = function(s)
      local sum = 0
      for i = 3, #s.qpos do sum = sum + s.qpos[i] * s.qpos[i] end
      return sum
    end },
    term { "thigh", fn = function(s, a) return math.abs(a[1]) end },
    term { "leg", fn = function(s, a) return math.abs(a[2]) end },
    term { "foot", fn = function(s, a) return math.max(a[3], 0) end },
    term { "late", fn = function(s) return s.step > 100 and 1 or 0 end },
    term { "edit", fn = function(s) return s.torso_pos.z * edit end },
  },
}
)";

struct Played {
  std::shared_ptr<Trace> trace;
  double seconds = 0;
};

Result<Played> Play(const std::shared_ptr<const Task>& task,
                    const std::shared_ptr<const RewardFunction>& reward, int episodes,
                    ThreadPool& pool) {
  CARROT_ASSIGN_OR_RETURN(Actor actor, Actor::Load("random", task->spec()));
  CARROT_ASSIGN_OR_RETURN(TraceSpec spec, MakeTraceSpec(task->spec(), &reward->spec(), {}));
  Played played;
  played.trace = std::make_shared<Trace>(std::move(spec));
  std::unique_ptr<TraceWriter> writer;
  EvaluateOptions options;
  options.episodes = episodes;
  options.sink = [&](int num_envs) -> StepSink* {
    writer = std::make_unique<TraceWriter>(played.trace, task->spec().state, num_envs);
    return writer.get();
  };
  CARROT_ASSIGN_OR_RETURN(const EvaluateResult result,
                          Evaluate(task, reward, actor, pool, options));
  writer->CommitAll();
  played.seconds = result.seconds;
  return played;
}

// Seconds from the script's text to the totals of every row.
Result<double> EditAndScore(const Task& task, const Trace& trace, int edit, ThreadPool& pool,
                            int* terms) {
  std::string source = kScript;
  source.replace(source.find("EDIT"), 4, std::to_string(edit));
  const double start = MonotonicSeconds();
  CARROT_ASSIGN_OR_RETURN(const auto reward, LoadRewardSource(source, "bench.lua", task.spec()));
  const RewardSettings settings = DefaultSettings(reward->spec(), trace.spec().gamma);
  CARROT_ASSIGN_OR_RETURN(const Score score,
                          Rescore(trace, task.spec().state, *reward, settings, pool));
  const double seconds = MonotonicSeconds() - start;
  if (!score.errors.empty()) return Fail(score.errors);
  *terms = static_cast<int>(reward->spec().terms.size());
  return seconds;
}

}  // namespace

Result<RescoreSpeed> MeasureRescoreSpeed(int threads, int episodes) {
  CARROT_ASSIGN_OR_RETURN(const auto task, FindTask("hopper"));
  CARROT_ASSIGN_OR_RETURN(const auto reward, OpenReward("gym", task->spec()));
  ThreadPool pool(threads);
  CARROT_ASSIGN_OR_RETURN(const Played played, Play(task, reward, episodes, pool));
  CARROT_ASSIGN_OR_RETURN(const RescoreBench bench,
                          BenchRescore(*played.trace, task->spec().state, *reward, pool));
  RescoreSpeed speed;
  speed.rows = bench.rows;
  speed.gym_ns = bench.ns_per_row;
  speed.simulate_ns = played.seconds / static_cast<double>(bench.rows) * 1e9;
  speed.edit_seconds = 1e300;
  constexpr int kEdits = 5;
  for (int edit = 1; edit <= kEdits; ++edit) {
    CARROT_ASSIGN_OR_RETURN(const double seconds,
                            EditAndScore(*task, *played.trace, edit, pool, &speed.terms));
    speed.edit_seconds = std::min(speed.edit_seconds, seconds);
  }
  speed.terms_per_second = static_cast<double>(speed.rows) * speed.terms / speed.edit_seconds;
  return speed;
}

}  // namespace carrot
