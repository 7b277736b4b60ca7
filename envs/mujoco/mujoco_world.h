// MujocoModel and MujocoWorld: one mjData per env, stepped in place. Internal to envs/mujoco;
// others use mujoco_model.h.
#pragma once

#include <mujoco/mujoco.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/core/interactive_world.h"
#include "envs/mujoco/field_plan.h"
#include "envs/mujoco/mujoco_model.h"
#include "envs/mujoco/reset_noise.h"

namespace carrot {

struct MjModelDeleter {
  void operator()(mjModel* m) const { mj_deleteModel(m); }
};
struct MjDataDeleter {
  void operator()(mjData* d) const { mj_deleteData(d); }
};
using MjModelPtr = std::unique_ptr<mjModel, MjModelDeleter>;
using MjDataPtr = std::unique_ptr<mjData, MjDataDeleter>;

// What all worlds of one model share; immutable once built.
struct MujocoShared {
  MjModelPtr model;
  FieldPlan plan;
  ResetNoise noise;
  int frame_skip = 1;
  int keyframe = -1;  // start state, or -1: qpos0

  // The engine calls of a reset up to (not including) mj_forward.
  // The start state plus noise drawn from `seed`; without a seed the start state itself.
  void StartEpisode(mjData* data, std::optional<uint64_t> seed) const;
  // The engine calls of one control step after ctrl is written; stops at the first warning.
  void RunEngine(mjData* data) const;
};

class MujocoModel final : public WorldModel {
 public:
  MujocoModel(std::shared_ptr<const MujocoShared> shared, WorldSpec spec);
  std::unique_ptr<World> NewWorld(int num_envs) const override;
  const MujocoShared& shared() const { return *shared_; }

 private:
  std::shared_ptr<const MujocoShared> shared_;
};

class MujocoWorld final : public World, public PushableWorld {
 public:
  MujocoWorld(std::shared_ptr<const MujocoShared> shared, int num_envs);

  void Reset(int env, uint64_t seed, StateBatch& batch) override { Start(env, seed, batch); }
  void ResetNominal(int env, StateBatch& batch) override { Start(env, std::nullopt, batch); }
  void Step(EnvRange envs, const double* action, StateBatch& batch, uint8_t* fault) override;
  size_t snapshot_bytes() const override;
  void Save(int env, std::byte* out) const override;
  void Load(int env, const std::byte* bytes) override;
  std::string FaultReason(int env) const override;

  int num_bodies() const override { return static_cast<int>(shared_->model->nbody); }
  std::string BodyName(int body) const override;
  BodyWrench WrenchOf(int env, const BodyPull& pull) override;
  void Push(int env, const BodyWrench& wrench) override;

  void SetState(int env, const MujocoState& state, StateBatch& batch);
  const MujocoShared& shared() const { return *shared_; }
  const mjData* data(int env) const { return envs_[env].data.get(); }

 private:
  void Start(int env, std::optional<uint64_t> seed, StateBatch& batch);
  // Why an env stopped. Plain data: part of a snapshot.
  struct Fault {
    int32_t warning = -1;  // mjtWarning, mjNWARNING: an engine error, or -1: none
    int32_t info = 0;      // of the warning: index of the bad element
    double time = 0;       // simulated seconds
  };
  struct Env {
    MjDataPtr data;
    Fault fault;
    std::string error;  // text of an engine error
    int pushed = 0;     // body that a hand pushes during the next step; 0: none
  };
  bool StepOne(Env& env, const double* action);
  void CheckWarnings(Env& env);
  void EngineFailed(Env& env);
  void Refresh(Env& env);

  std::shared_ptr<const MujocoShared> shared_;
  std::vector<Env> envs_;
  mutable std::vector<double> scratch_;  // one mjSTATE_INTEGRATION: Save and Load never overlap
};

}  // namespace carrot
