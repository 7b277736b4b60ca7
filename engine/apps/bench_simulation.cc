#include "engine/apps/bench_simulation.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/base/monotonic.h"
#include "engine/base/rng.h"
#include "engine/base/thread_pool.h"
#include "engine/core/vector_env.h"
#include "engine/trace/trace_writer.h"
#include "envs/all/worlds.h"
#include "envs/mujoco/bare_loop.h"
#include "envs/task/task_catalog.h"
#include "rewards/host/lua_reward.h"
#include "rewards/host/reward_catalog.h"

namespace carrot {
namespace {

constexpr int kActionRows = 64;     // random actions are drawn beforehand and repeat
constexpr int kWarmUpSteps = 256;   // the VectorEnv chooses its shards, LuaJIT compiles
constexpr int64_t kRingRows = 512;  // recorded rows kept of each env
constexpr int kSeeds = 4096;

struct Setup {
  std::shared_ptr<const Task> task;
  std::shared_ptr<const RewardFunction> reward;
  BareScript script;
};

Result<Setup> Prepare(const SimulationSpeedOptions& options) {
  Setup setup;
  CARROT_ASSIGN_OR_RETURN(setup.task, LoadTask(options.task, AllWorlds()));
  const TaskSpec& spec = setup.task->spec();
  CARROT_ASSIGN_OR_RETURN(const std::string path, FindReward(options.reward, spec));
  CARROT_ASSIGN_OR_RETURN(setup.reward, LoadReward(path, spec));
  if (spec.world.kind != "mujoco" || setup.task->world_model() == nullptr) {
    return Fail(MakeError(
        "U003", "simulation speed is measured on MuJoCo tasks, and `" + spec.name + "` is none"));
  }
  Rng rng(Key(1, RngDomain::kTest));
  BareScript& script = setup.script;
  script.num_envs = options.num_envs;
  for (int row = 0; row < kActionRows * options.num_envs; ++row) {
    for (int i = 0; i < spec.world.action.size(); ++i) {
      script.action.push_back(rng.Uniform(std::max(-1.0, spec.world.action.low[i]),
                                          std::min(1.0, spec.world.action.high[i])));
    }
  }
  for (int i = 0; i < kSeeds; ++i) script.world_seeds.push_back(rng.Next());
  return setup;
}

// Carrot's part: fields, derived fields, termination, success, metrics, reward terms, recording.
class FullRun {
 public:
  static Result<std::unique_ptr<FullRun>> Create(const Setup& setup, ThreadPool& pool) {
    auto run = std::make_unique<FullRun>();
    VectorEnvOptions options;
    options.num_envs = setup.script.num_envs;
    options.world_seeds = setup.script.world_seeds;
    CARROT_ASSIGN_OR_RETURN(run->env_,
                            VectorEnv::Create(setup.task, setup.reward, pool, std::move(options)));
    CARROT_ASSIGN_OR_RETURN(TraceSpec spec,
                            MakeTraceSpec(setup.task->spec(), &setup.reward->spec(), {}));
    run->writer_ = std::make_unique<TraceWriter>(std::make_shared<Trace>(std::move(spec)),
                                                 setup.task->spec().state, setup.script.num_envs,
                                                 TraceWriterOptions{.ring_rows = kRingRows});
    run->env_->SetSink(run->writer_.get());
    return run;
  }

  struct Time {
    double seconds = 0, cpu_seconds = 0;
  };
  // Time of script.steps steps from a fresh reset; notes in script.ended which envs ended.
  Time Run(BareScript* script) {
    const size_t n = script->num_envs, row = script->action.size() / kActionRows;
    script->ended.resize(script->steps * n);
    env_->Reset();
    const double cpu = ProcessCpuSeconds();
    const double start = MonotonicSeconds();
    for (int64_t t = 0; t < script->steps; ++t) {
      env_->Step({script->action.data() + (t % kActionRows) * row, row});
      for (size_t i = 0; i < n; ++i) {
        script->ended[t * n + i] = env_->terminated()[i] | env_->truncated()[i];
      }
    }
    const double wall = MonotonicSeconds() - start;
    return {wall, ProcessCpuSeconds() - cpu};
  }
  double positions() { return SumOfPositions(env_->world(), env_->num_envs()); }

 private:
  std::unique_ptr<VectorEnv> env_;
  std::unique_ptr<TraceWriter>
      writer_;  // outlived by nothing that steps: env_ is not stepped after
};

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  const double at = q * static_cast<double>(values.size() - 1);
  const size_t below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, values.size() - 1);
  return values[below] + (at - static_cast<double>(below)) * (values[above] - values[below]);
}

}  // namespace

Result<SimulationSpeed> MeasureSimulationSpeed(const SimulationSpeedOptions& options) {
  CARROT_ASSIGN_OR_RETURN(Setup setup, Prepare(options));
  ThreadPool pool(options.threads);
  CARROT_ASSIGN_OR_RETURN(const auto run, FullRun::Create(setup, pool));
  BareScript& script = setup.script;
  const WorldModel& model = *setup.task->world_model();

  script.steps = kWarmUpSteps;
  run->Run(&script);
  const double step_seconds = run->Run(&script).seconds / kWarmUpSteps;
  script.steps = std::max<int64_t>(50, std::llround(options.round_seconds / step_seconds));

  SimulationSpeed speed;
  speed.options = options;
  speed.steps_per_round = script.steps * options.num_envs;
  speed.same_states = true;
  std::vector<double> full, bare, batch, bare_ratio, batch_ratio, cpu_ratio;
  for (int round = 0; round < options.rounds; ++round) {
    const FullRun::Time time = run->Run(&script);
    CARROT_ASSIGN_OR_RETURN(const BareResult loop,
                            RunBareLoop(model, script, BareEngine::kLoop, pool));
    CARROT_ASSIGN_OR_RETURN(const BareResult api,
                            RunBareLoop(model, script, BareEngine::kBatch, pool));
    const double positions = run->positions();
    speed.same_states &= loop.final_position == positions && api.final_position == positions;
    const auto steps = static_cast<double>(speed.steps_per_round);
    full.push_back(steps / time.seconds);
    bare.push_back(steps / loop.seconds);
    batch.push_back(steps / api.seconds);
    bare_ratio.push_back(loop.seconds / time.seconds);
    cpu_ratio.push_back(loop.cpu_seconds / time.cpu_seconds);
    batch_ratio.push_back(api.seconds / time.seconds);
  }
  speed.steps_per_second = Quantile(full, 0.5);
  speed.bare_per_second = Quantile(bare, 0.5);
  speed.batch_per_second = Quantile(batch, 0.5);
  speed.bare_ratio = Quantile(bare_ratio, 0.5);
  speed.batch_ratio = Quantile(batch_ratio, 0.5);
  speed.cpu_ratio = Quantile(cpu_ratio, 0.5);
  speed.ratio_low = Quantile(bare_ratio, 0.25);
  speed.ratio_high = Quantile(bare_ratio, 0.75);
  return speed;
}

}  // namespace carrot
