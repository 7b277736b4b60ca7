// Recordings of the toy task for tests of traces, re-scores and statistics.
#pragma once

#include <functional>
#include <memory>

#include "engine/core/vector_env.h"
#include "engine/trace/trace_writer.h"
#include "tests/support/toy_task.h"

namespace carrot::testing {

struct ToyRun {
  ToyTaskOptions task;
  ToyRewardOptions reward;
  int num_envs = 4;
  int steps = 300;
  int workers = 1;
  int shard_size = 0;
  uint64_t seed = 1;
  TraceWriterOptions writer;
  std::vector<std::string> record_fields;
  // Called at the barrier before step `step`.
  std::function<void(int step, VectorEnv&, TraceWriter&)> before_step;
};

struct ToyRecording {
  std::shared_ptr<const Task> task;
  std::shared_ptr<const RewardFunction> reward;
  std::shared_ptr<Trace> trace;
  std::vector<EpisodeSummary> finished;  // as VectorEnv reported them
};

// Runs the toy under a writer and commits everything.
inline ToyRecording RecordToy(const ToyRun& run) {
  ToyRecording out;
  out.task = MakeToyTask(run.task);
  out.reward = MakeToyReward(run.reward);
  ThreadPool pool(run.workers);
  VectorEnvOptions options;
  options.num_envs = run.num_envs;
  options.seed = run.seed;
  options.shard_size = run.shard_size;
  auto env = *VectorEnv::Create(out.task, out.reward, pool, options);
  TraceSpecOptions spec_options;
  spec_options.record_fields = run.record_fields;
  spec_options.run_seed = run.seed;
  spec_options.weights = &env->weights();
  out.trace =
      std::make_shared<Trace>(*MakeTraceSpec(out.task->spec(), &out.reward->spec(), spec_options));
  TraceWriter writer(out.trace, out.task->spec().state, run.num_envs, run.writer);
  env->SetSink(&writer);
  env->Reset();
  std::vector<double> action(2 * run.num_envs);
  for (int step = 0; step < run.steps; ++step) {
    if (run.before_step) run.before_step(step, *env, writer);
    ToyActions(run.num_envs, step, action.data());
    env->Step(action);
    for (const auto& episode : env->finished()) out.finished.push_back(episode);
  }
  writer.CommitAll();
  return out;
}

}  // namespace carrot::testing
