#include "envs/mujoco/mujoco_world.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/base/check.h"
#include "envs/mujoco/engine_guard.h"
#include "envs/mujoco/model_names.h"

namespace carrot {
namespace {

bool HasWarning(const mjData* data) {
  int count = 0;
  for (const mjWarningStat& warning : data->warning) count += warning.number;
  return count != 0;
}

// The joint that owns element `index` of qpos or qvel, for messages.
std::string JointAt(const mjModel* model, int index, bool velocity) {
  int owner = -1;
  for (int j = 0; j < model->njnt; ++j) {
    if ((velocity ? model->jnt_dofadr[j] : model->jnt_qposadr[j]) <= index) owner = j;
  }
  const std::string name = NameOf(model, mjOBJ_JOINT, owner);
  return name.empty() ? "" : fmt::format(" (joint `{}`)", name);
}

std::string Describe(const mjModel* model, int warning, int info) {
  switch (warning) {
    case mjWARN_BADQPOS:
      return fmt::format("position {} is not a usable number{}", info, JointAt(model, info, false));
    case mjWARN_BADQVEL:
      return fmt::format("velocity {} is not a usable number{}", info, JointAt(model, info, true));
    case mjWARN_BADQACC:
      return fmt::format("acceleration {} is not a usable number{}", info,
                         JointAt(model, info, true));
    case mjWARN_BADCTRL:
      return fmt::format("action {} is not a usable number", info);
    case mjWARN_INERTIA:
      return "the inertia matrix became singular";
    case mjWARN_CONTACTFULL:
      return fmt::format("more contacts than the model's memory holds ({})", info);
    case mjWARN_CNSTRFULL:
      return fmt::format("more constraints than the model's memory holds ({})", info);
    default:
      return fmt::format("warning {}", warning);
  }
}

}  // namespace

void MujocoShared::StartEpisode(mjData* data, std::optional<uint64_t> seed) const {
  if (keyframe >= 0) {
    mj_resetDataKeyframe(model.get(), data, keyframe);
  } else {
    mj_resetData(model.get(), data);
  }
  if (!seed) return;
  Rng rng(Key(*seed, RngDomain::kReset));
  noise.Apply(rng, data);
}

void MujocoShared::RunEngine(mjData* data) const {
  for (int i = 0; i < frame_skip; ++i) {
    mj_step(model.get(), data);
    if (HasWarning(data)) return;
  }
  if (plan.needs_rne()) mj_rnePostConstraint(model.get(), data);
}

MujocoModel::MujocoModel(std::shared_ptr<const MujocoShared> shared, WorldSpec spec)
    : shared_(std::move(shared)) {
  spec_ = std::move(spec);
}

std::unique_ptr<World> MujocoModel::NewWorld(int num_envs) const {
  return std::make_unique<MujocoWorld>(shared_, num_envs);
}

MujocoWorld::MujocoWorld(std::shared_ptr<const MujocoShared> shared, int num_envs)
    : shared_(std::move(shared)), envs_(num_envs) {
  for (Env& env : envs_) env.data.reset(mj_makeData(shared_->model.get()));
  scratch_.resize(mj_stateSize(shared_->model.get(), mjSTATE_INTEGRATION));
}

// After an engine error the data may be half written: start from new data.
void MujocoWorld::Refresh(Env& env) {
  if (env.fault.warning == mjNWARNING) {
    env.data.reset(mj_makeData(shared_->model.get()));
    env.error.clear();
  }
  env.fault = {};
  env.pushed = 0;
}

void MujocoWorld::Start(int index, std::optional<uint64_t> seed, StateBatch& batch) {
  Env& env = envs_[index];
  Refresh(env);
  const MujocoShared& shared = *shared_;
  mjData* data = env.data.get();
  const bool ok = GuardedCall([&shared, data, seed] {
    shared.StartEpisode(data, seed);
    mj_forward(shared.model.get(), data);
  });
  if (ok) {
    CheckWarnings(env);
  } else {
    EngineFailed(env);
  }
  shared.plan.Publish(shared.model.get(), env.data.get(), batch.next(), index);
}

void MujocoWorld::Step(EnvRange range, const double* action, StateBatch& batch, uint8_t* fault) {
  const MujocoShared& shared = *shared_;
  const mjModel* model = shared.model.get();
  for (int i = range.begin; i < range.end; ++i) {
    if (StepOne(envs_[i], action + static_cast<int64_t>(i) * model->nu)) {
      shared.plan.Publish(model, envs_[i].data.get(), batch.next(), i);
      continue;
    }
    fault[i] = 1;
    // No number of a diverged state gets out: the row repeats the last good one.
    for (int f = 0; f < shared.plan.spec().size(); ++f) {
      const size_t bytes = shared.plan.spec()[f].bytes();
      std::memcpy(static_cast<std::byte*>(batch.next()[f]) + i * bytes,
                  static_cast<const std::byte*>(batch.prev()[f]) + i * bytes, bytes);
    }
  }
}

bool MujocoWorld::StepOne(Env& env, const double* action) {
  if (env.fault.warning >= 0) return false;
  mjData* data = env.data.get();
  const MujocoShared& shared = *shared_;
  std::memcpy(data->ctrl, action, shared.model->nu * sizeof(double));
  if (!GuardedCall([&shared, data] { shared.RunEngine(data); })) {
    EngineFailed(env);
    return false;
  }
  if (env.pushed != 0) {
    std::fill_n(data->xfrc_applied + 6 * env.pushed, 6, 0.0);
    env.pushed = 0;
  }
  CheckWarnings(env);
  return env.fault.warning < 0;
}

void MujocoWorld::CheckWarnings(Env& env) {
  const mjData* data = env.data.get();
  for (int w = 0; w < mjNWARNING; ++w) {
    if (data->warning[w].number == 0) continue;
    env.fault = {w, data->warning[w].lastinfo, data->time};
    return;
  }
}

void MujocoWorld::EngineFailed(Env& env) {
  env.fault = {mjNWARNING, 0, env.data->time};
  env.error = EngineError();
  env.error.resize(std::min(env.error.find('\n'), env.error.size()));
}

std::string MujocoWorld::FaultReason(int index) const {
  const Env& env = envs_[index];
  if (env.fault.warning < 0) return "";
  const std::string what = env.fault.warning == mjNWARNING
                               ? env.error
                               : Describe(shared_->model.get(), env.fault.warning, env.fault.info);
  return fmt::format("MuJoCo: {} at t = {:.4g} s", what, env.fault.time);
}

std::string MujocoWorld::BodyName(int body) const {
  return NameOf(shared_->model.get(), mjOBJ_BODY, body);
}

// The spring of MuJoCo's viewer, critically damped.
BodyWrench MujocoWorld::WrenchOf(int index, const BodyPull& pull) {
  mjData* data = envs_[index].data.get();
  mjvPerturb hand;
  mjv_defaultPerturb(&hand);
  hand.select = pull.body;
  hand.active = pull.turn ? mjPERT_ROTATE : mjPERT_TRANSLATE;
  hand.localmass = pull.mass;
  std::copy_n(pull.at, 3, hand.localpos);
  std::copy_n(pull.to, 3, hand.refselpos);
  std::copy_n(pull.quat, 4, hand.refquat);
  mjtNum* applied = data->xfrc_applied + 6 * pull.body;
  mjtNum before[6];
  std::copy_n(applied, 6, before);
  mjv_applyPerturbForce(shared_->model.get(), data, &hand);
  BodyWrench wrench{.body = pull.body};
  std::copy_n(applied, 3, wrench.force);
  std::copy_n(applied + 3, 3, wrench.torque);
  std::copy_n(before, 6, applied);
  return wrench;
}

void MujocoWorld::Push(int index, const BodyWrench& wrench) {
  Env& env = envs_[index];
  mjtNum* applied = env.data->xfrc_applied + 6 * wrench.body;
  std::copy_n(wrench.force, 3, applied);
  std::copy_n(wrench.torque, 3, applied + 3);
  env.pushed = wrench.body;
}

size_t MujocoWorld::snapshot_bytes() const {
  return scratch_.size() * sizeof(double) + sizeof(Fault);
}

void MujocoWorld::Save(int index, std::byte* out) const {
  const Env& env = envs_[index];
  std::memcpy(out, &env.fault, sizeof(Fault));
  mj_getState(shared_->model.get(), env.data.get(), scratch_.data(), mjSTATE_INTEGRATION);
  std::memcpy(out + sizeof(Fault), scratch_.data(), scratch_.size() * sizeof(double));
}

void MujocoWorld::Load(int index, const std::byte* bytes) {
  Env& env = envs_[index];
  Refresh(env);
  mj_resetData(shared_->model.get(), env.data.get());
  std::memcpy(&env.fault, bytes, sizeof(Fault));
  std::memcpy(scratch_.data(), bytes + sizeof(Fault), scratch_.size() * sizeof(double));
  mj_setState(shared_->model.get(), env.data.get(), scratch_.data(), mjSTATE_INTEGRATION);
}

void MujocoWorld::SetState(int index, const MujocoState& state, StateBatch& batch) {
  Env& env = envs_[index];
  Refresh(env);
  const mjModel* model = shared_->model.get();
  mjData* data = env.data.get();
  if (state.reset) mj_resetData(model, data);
  auto put = [](std::span<const double> from, double* to, int64_t size) {
    CARROT_CHECK(from.empty() || static_cast<int64_t>(from.size()) == size);
    std::copy(from.begin(), from.end(), to);
  };
  put(state.qpos, data->qpos, model->nq);
  put(state.qvel, data->qvel, model->nv);
  if (state.forward) mj_forward(model, data);
  put(state.warmstart, data->qacc_warmstart, model->nv);
  CheckWarnings(env);
  shared_->plan.Publish(model, data, batch.next(), index);
}

}  // namespace carrot
