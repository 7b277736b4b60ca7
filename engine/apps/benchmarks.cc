#include "engine/apps/benchmarks.h"

#include <fmt/format.h>

#include "engine/agent/update_benchmark.h"
#include "engine/apps/arguments.h"
#include "engine/apps/bench_rescore.h"
#include "engine/apps/bench_simulation.h"
#include "engine/apps/bench_training.h"
#include "engine/apps/machine.h"
#include "engine/core/world_bench.h"
#include "engine/script/script_bench.h"
#include "rewards/analysis/trace_bench.h"

namespace carrot {
namespace {

using Rows = std::vector<BenchRow>;

// For values where less is better.
BenchRow Less(std::string name, double value, std::string unit, double baseline,
              std::string against) {
  return {std::move(name),    value,
          std::move(unit),    baseline,
          std::move(against), value > 0 ? baseline / value : 0};
}

Result<Rows> Scripts(const WantedRows&) {
  CARROT_ASSIGN_OR_RETURN(const std::vector<ScriptBenchResult> results, RunScriptBench());
  Rows rows;
  for (const ScriptBenchResult& result : results) {
    rows.push_back(Less(result.name, result.ns, "ns/env-step", result.cpp_ns, "the terms in C++"));
    rows.push_back(Less(result.name + "/protection", result.ns, "ns/env-step",
                        result.unprotected_ns, "without budgets"));
  }
  return rows;
}

// Threads of the simulation and update figures: one, and all.
std::vector<int> ThreadCounts() {
  std::vector<int> counts{1};
  if (HardwareThreads() > 1) counts.push_back(std::min(2, HardwareThreads()));
  return counts;
}

Result<Rows> Simulation(const WantedRows& wanted) {
  Rows rows;
  for (const char* task : {"hopper", "half_cheetah", "ant", "humanoid"}) {
    for (int threads : ThreadCounts()) {
      const std::string name = fmt::format("simulation/{}/{}", task, threads);
      if (!wanted(name)) continue;
      SimulationSpeedOptions options;
      options.task = task;
      options.threads = threads;
      CARROT_ASSIGN_OR_RETURN(const SimulationSpeed speed, MeasureSimulationSpeed(options));
      if (!speed.same_states) {
        return Fail(MakeError("E001", fmt::format("{}: not the states of the bare loop", task)));
      }
      rows.push_back({name, speed.steps_per_second, "env-steps/s", speed.bare_per_second,
                      "bare mj_step loop", speed.bare_ratio});
      rows.push_back({name + "/cpu", speed.steps_per_second, "env-steps/s", speed.bare_per_second,
                      "bare loop, processor time", speed.cpu_ratio});
      rows.push_back({name + "/batch", speed.steps_per_second, "env-steps/s",
                      speed.batch_per_second, "MuJoCo's mjb batch API", speed.batch_ratio});
    }
  }
  return rows;
}

Result<Rows> Training(const WantedRows& wanted) {
  Rows rows;
  for (const char* task : {"hopper", "half_cheetah", "cartpole"}) {
    const std::string name = fmt::format("train/{}", task);
    if (!wanted(name)) continue;
    CARROT_ASSIGN_OR_RETURN(const TrainingSpeed speed,
                            MeasureTrainingSpeed({.task = task, .threads = ThreadCounts().back()}));
    rows.push_back({name, speed.steps_per_second, "steps/s", speed.bound_per_second,
                    "bare simulation + matrix products",
                    speed.steps_per_second / speed.bound_per_second});
    for (const auto& [part, share] : {std::pair{"simulation", speed.simulation},
                                      {"reward", speed.reward},
                                      {"inference", speed.inference},
                                      {"update", speed.update}}) {
      rows.push_back({fmt::format("{}/{}", name, part), 100 * share, "% of wall time", 100,
                      "the whole", share});
    }
  }
  return rows;
}

Result<Rows> Update(const WantedRows&) {
  Rows rows;
  const PpoConfig config;
  for (int threads : ThreadCounts()) {
    ThreadPool pool(threads);
    const UpdateBenchmark bench = MeasureUpdate(11, 3, config, pool);
    const std::string name = fmt::format("update/hopper/{}", threads);
    rows.push_back(Less(name, bench.update_us, "us/step and core", bench.products_us,
                        "its matrix products alone"));
    rows.push_back(
        {fmt::format("inference/hopper/{}", threads), bench.inference_us, "us/row", 0, "", 0});
  }
  return rows;
}

Result<Rows> Reweighting(const WantedRows&) {
  ThreadPool pool(HardwareThreads());
  const ReweightBench bench = BenchReweight(1'000'000, 16, pool);
  return Rows{Less("reweight/1M_rows_16_terms", bench.seconds * 1e3, "ms", bench.read_seconds * 1e3,
                   "reading the columns once")};
}

Result<Rows> Appending(const WantedRows&) {
  Rows rows;
  for (const char* name : {"hopper", "humanoid"}) {
    CARROT_ASSIGN_OR_RETURN(const auto task, FindTask(name));
    CARROT_ASSIGN_OR_RETURN(const auto reward, OpenReward("gym", task->spec()));
    const AppendBench bench = BenchAppend(*task, reward.get(), 16, 20'000);
    rows.push_back(Less(fmt::format("record/{}", name), bench.ns_per_row, "ns/env-step",
                        bench.copy_ns, fmt::format("memcpy of {} bytes", bench.row_bytes)));
  }
  return rows;
}

Result<Rows> Rescoring(const WantedRows&) {
  CARROT_ASSIGN_OR_RETURN(const RescoreSpeed speed, MeasureRescoreSpeed(ThreadCounts().back()));
  const double simulated = 1e3 * speed.terms / speed.simulate_ns;
  const double evaluated = speed.terms_per_second / 1e6;
  return Rows{
      Less("rescore/hopper", speed.gym_ns, "ns/env-step", speed.simulate_ns, "simulating it again"),
      {fmt::format("rescore/edit_{}_terms", speed.terms), evaluated, "M terms/s", simulated,
       "simulating it again", evaluated / simulated}};
}

Result<Rows> Worlds(const WantedRows&) {
  Rows rows;
  for (const char* name : {"cartpole", "minigrid/empty_8x8", "minigrid/doorkey_8x8"}) {
    CARROT_ASSIGN_OR_RETURN(const auto task, FindTask(name));
    if (!task->world_model()) continue;
    WorldBenchOptions options;
    options.horizon = task->spec().horizon;
    const WorldBenchResult result = BenchWorld(*task->world_model(), options);
    rows.push_back({fmt::format("world/{}", name), result.ns_per_step, "ns/env-step", 0, "", 0});
  }
  return rows;
}

constexpr Benchmark kBenchmarks[] = {
    {"script", Scripts},    {"simulation", Simulation}, {"update", Update},
    {"train", Training},    {"reweight", Reweighting},  {"record", Appending},
    {"rescore", Rescoring}, {"world", Worlds},
};

}  // namespace

std::span<const Benchmark> Benchmarks() { return kBenchmarks; }

}  // namespace carrot
