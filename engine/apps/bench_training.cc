#include "engine/apps/bench_training.h"

#include <algorithm>

#include "engine/agent/ppo.h"
#include "engine/agent/update_benchmark.h"
#include "engine/apps/arguments.h"
#include "engine/core/vector_env.h"

namespace carrot {

Result<TrainingSpeed> MeasureTrainingSpeed(const TrainingSpeedOptions& options) {
  CARROT_ASSIGN_OR_RETURN(const auto task, FindTask(options.task));
  CARROT_ASSIGN_OR_RETURN(const auto reward, OpenReward(options.reward, task->spec()));
  ThreadPool pool(options.threads);
  const PpoConfig config;
  CARROT_ASSIGN_OR_RETURN(auto ppo, Ppo::Create(task->spec(), config, pool, &reward->spec()));
  CARROT_ASSIGN_OR_RETURN(
      auto env,
      VectorEnv::Create(task, reward, pool, {.num_envs = config.num_envs, .profile = true}));
  env->Reset();
  for (int i = 0; i < 3; ++i) ppo->Iterate(*env);

  const VectorEnv::Seconds before = env->seconds();
  PpoMetrics sum;
  for (int i = 0; i < options.iterations; ++i) {
    const PpoMetrics metrics = ppo->Iterate(*env);
    sum.seconds += metrics.seconds;
    sum.simulation_seconds += metrics.simulation_seconds;
    sum.inference_seconds += metrics.inference_seconds;
    sum.update_seconds += metrics.update_seconds;
  }
  const VectorEnv::Seconds after = env->seconds();
  // The VectorEnv's clocks are sums over workers; a cheap world runs on one of them only.
  const double phases = after.world + after.task + after.reward + after.record - before.world -
                        before.task - before.reward - before.record;
  const double workers =
      std::max(1.0, std::min(phases / sum.simulation_seconds, 1.0 * options.threads));

  const ActionSpec& action = task->spec().world.action;
  ThreadPool one(1);
  const UpdateBenchmark update = MeasureUpdate(
      env->observation_size(), std::max(action.size(), action.total_choices()), config, one);
  const double steps = 1.0 * options.iterations * config.num_envs * config.rollout_steps;
  const double bound = (after.world - before.world) / options.threads +
                       steps * update.products_us * 1e-6 / options.threads;
  return TrainingSpeed{.steps_per_second = steps / sum.seconds,
                       .bound_per_second = steps / bound,
                       .simulation = sum.simulation_seconds / sum.seconds,
                       .reward = (after.reward - before.reward) / workers / sum.seconds,
                       .inference = sum.inference_seconds / sum.seconds,
                       .update = sum.update_seconds / sum.seconds};
}

}  // namespace carrot
