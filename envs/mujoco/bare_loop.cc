#include "envs/mujoco/bare_loop.h"

#include <mujoco/mjbatch.h>
#include <mujoco/mujoco.h>

#include <chrono>
#include <cstring>
#include <ctime>
#include <memory>

#include "engine/base/check.h"
#include "envs/mujoco/engine_guard.h"
#include "envs/mujoco/mujoco_world.h"

namespace carrot {
namespace {

using Clock = std::chrono::steady_clock;

uint64_t SeedOf(const BareScript& script, int env, int64_t episode) {
  const size_t index = env + static_cast<size_t>(episode) * script.num_envs;
  return script.world_seeds[index % script.world_seeds.size()];
}

const double* ActionRow(const BareScript& script, int64_t step, int nu) {
  const int64_t row = static_cast<int64_t>(script.num_envs) * nu;
  const int64_t rows = static_cast<int64_t>(script.action.size()) / row;
  return script.action.data() + (step % rows) * row;
}

double SumPosition(const mjModel* model, const double* qpos) {
  double sum = 0;
  for (int i = 0; i < model->nq; ++i) sum += qpos[i];
  return sum;
}

tl::unexpected<Diagnostics> EngineFailed(const char* reason) {
  return Fail(MakeError("E001", std::string("the bare loop stopped: ") + reason));
}

Result<BareResult> Loop(const MujocoShared& shared, const BareScript& script, ThreadPool& pool) {
  const mjModel* model = shared.model.get();
  const int n = script.num_envs;
  std::vector<MjDataPtr> data(n);
  std::vector<int64_t> episode(n);
  auto reset = [&](int env) {
    shared.StartEpisode(data[env].get(), SeedOf(script, env, episode[env]++));
    mj_forward(model, data[env].get());
  };
  for (int env = 0; env < n; ++env) {
    data[env].reset(mj_makeData(model));
    reset(env);
  }
  const double cpu = ProcessCpuSeconds();
  const auto start = Clock::now();
  for (int64_t step = 0; step < script.steps; ++step) {
    const double* action = ActionRow(script, step, static_cast<int>(model->nu));
    const uint8_t* ended = script.ended.data() + step * n;
    pool.ParallelFor(n, [&](int env, int) {
      mjData* d = data[env].get();
      std::memcpy(d->ctrl, action + env * model->nu, model->nu * sizeof(double));
      for (int k = 0; k < shared.frame_skip; ++k) mj_step(model, d);
      if (shared.plan.needs_rne()) mj_rnePostConstraint(model, d);
      if (ended[env]) reset(env);
    });
  }
  BareResult result;
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  result.cpu_seconds = ProcessCpuSeconds() - cpu;
  result.env_steps = script.steps * n;
  for (const auto& d : data) result.final_position += SumPosition(model, d->qpos);
  return result;
}

struct BatchDeleter {
  void operator()(mjBatch* batch) const { mjb_deleteBatch(batch); }
};

Result<BareResult> Batch(const MujocoShared& shared, const BareScript& script, int threads) {
  const mjModel* model = shared.model.get();
  const int n = script.num_envs;
  mjBatchConfig config;
  mjb_defaultConfig(&config);
  config.nthread = threads;
  config.persistent = 1;
  char error[512] = "";
  std::unique_ptr<mjBatch, BatchDeleter> batch(
      mjb_makeBatch(model, n, &config, error, sizeof(error)));
  if (batch == nullptr) return EngineFailed(error);

  const MjDataPtr scratch(mj_makeData(model));
  std::vector<int64_t> episode(n);
  std::vector<int> restarted;
  restarted.reserve(n);
  const int row = mjb_nstate(batch.get());
  auto start_episode = [&](int env) {
    shared.StartEpisode(scratch.get(), SeedOf(script, env, episode[env]++));
    mj_getState(model, scratch.get(), mjb_state(batch.get()) + static_cast<int64_t>(env) * row,
                mjSTATE_INTEGRATION);
    restarted.push_back(env);
  };
  for (int env = 0; env < n; ++env) start_episode(env);
  int failed = mjb_forward(batch.get(), nullptr, n, mjSTAGE_ACC);
  double* ctrl = mjb_stateComponent(batch.get(), mjSTATE_CTRL, nullptr);
  const auto step_with_rne = [](const mjModel* m, mjData* d, int, void* arg) {
    const MujocoShared& s = *static_cast<const MujocoShared*>(arg);
    for (int k = 0; k < s.frame_skip; ++k) mj_step(m, d);
    mj_rnePostConstraint(m, d);
  };

  const double cpu = ProcessCpuSeconds();
  const auto start = Clock::now();
  for (int64_t step = 0; step < script.steps; ++step) {
    const double* action = ActionRow(script, step, static_cast<int>(model->nu));
    for (int env = 0; env < n; ++env) {
      std::memcpy(ctrl + static_cast<int64_t>(env) * row, action + env * model->nu,
                  model->nu * sizeof(double));
    }
    failed += shared.plan.needs_rne()
                  ? mjb_apply(batch.get(), nullptr, n, step_with_rne,
                              const_cast<MujocoShared*>(&shared), 1)
                  : mjb_step(batch.get(), nullptr, n, shared.frame_skip, mjSTAGE_NONE);
    restarted.clear();
    for (int env = 0; env < n; ++env) {
      if (script.ended[step * n + env]) start_episode(env);
    }
    if (!restarted.empty()) {
      failed += mjb_forward(batch.get(), restarted.data(), static_cast<int>(restarted.size()),
                            mjSTAGE_ACC);
    }
  }
  BareResult result;
  result.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  result.cpu_seconds = ProcessCpuSeconds() - cpu;
  if (failed > 0) return EngineFailed("MuJoCo's batch API reports a failed simulation");
  result.env_steps = script.steps * n;
  const double* qpos = mjb_stateComponent(batch.get(), mjSTATE_QPOS, nullptr);
  for (int env = 0; env < n; ++env) {
    result.final_position += SumPosition(model, qpos + static_cast<int64_t>(env) * row);
  }
  return result;
}

}  // namespace

double ProcessCpuSeconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double SumOfPositions(const World& world, int num_envs) {
  const auto* mujoco = dynamic_cast<const MujocoWorld*>(&world);
  double sum = 0;
  for (int env = 0; mujoco != nullptr && env < num_envs; ++env) {
    sum += SumPosition(mujoco->shared().model.get(), mujoco->data(env)->qpos);
  }
  return sum;
}

Result<BareResult> RunBareLoop(const WorldModel& model, const BareScript& script, BareEngine engine,
                               ThreadPool& pool) {
  const auto* mujoco = dynamic_cast<const MujocoModel*>(&model);
  if (mujoco == nullptr) {
    return Fail(MakeError("U003", "the bare loop runs MuJoCo worlds only"));
  }
  const MujocoShared& shared = mujoco->shared();
  CARROT_CHECK(!script.world_seeds.empty() && script.num_envs > 0);
  CARROT_CHECK(script.action.size() >= static_cast<size_t>(script.num_envs * shared.model->nu));
  CARROT_CHECK(script.ended.size() >= static_cast<size_t>(script.steps * script.num_envs));
  if (engine == BareEngine::kBatch) return Batch(shared, script, pool.workers());
  return Loop(shared, script, pool);
}

}  // namespace carrot
