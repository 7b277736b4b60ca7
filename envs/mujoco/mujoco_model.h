// MuJoCo worlds: any MJCF file is a world. A task.lua names the model file, the frame skip, the
// fields (field_plan.h) and the reset noise (reset_noise.h); nothing needs compiling.
//
//   world = mujoco { model = "model.xml", frame_skip = 4, keyframe = "home" }
//
//   model       path of the MJCF file, absolute or relative to the task's folder
//   frame_skip  engine steps per control step (default 1)
//   keyframe    optional: the episode's start state instead of qpos0
//
// One control step: ctrl = action (unclipped; the engine clamps by its control limits), frame_skip
// times mj_step, then mj_rnePostConstraint if a field needs it, and no forward pass. A reset is
// mj_resetData (or the keyframe), the noise, mj_forward: the exact sequence of the Gymnasium v5
// tasks.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "engine/base/result.h"
#include "engine/core/world.h"
#include "engine/core/world_factory.h"

struct mjModel_;
struct mjData_;

namespace carrot {

// Loads the model and resolves every field. Errors: I001 (no such file), T020 (MJCF that does not
// parse or compile, with file and line where MuJoCo tells), T021 T022 (sources), T023 (reset), T024
// (options). Compiler warnings are in spec().warnings.
Result<std::shared_ptr<const WorldModel>> MakeMujocoModel(const WorldRequest& request);

// The compiled model of a MuJoCo world; null for any other world. Lives as long as `model`.
const mjModel_* MjModelOf(const WorldModel& model);
const mjModel_* MjModelOf(const World& world);

// The pose (nq numbers) that a recorded row shows: its qpos fields over the model's start.
// `columns` are by StateSpec index, world fields first. False if the world is no MuJoCo world or
// publishes no part of qpos.
bool ReadMujocoPose(const WorldModel& model, std::span<void* const> columns, int64_t row,
                    double* qpos);
bool ReadMujocoPose(const World& world, std::span<void* const> columns, int64_t row, double* qpos);

// A complete state for SetState; empty spans keep what is there.
struct MujocoState {
  std::span<const double> qpos, qvel, warmstart;
  bool reset = true;    // mj_resetData first (time, ctrl, warm start become 0)
  bool forward = true;  // then mj_forward
};

// For parity and tests: puts env `env` into a state and publishes its row. Clears a fault. The
// sizes of the spans must be those of the model or 0.
void SetMujocoState(World& world, int env, const MujocoState& state, StateBatch& batch);

// The engine's data of one env: tests and drawing only.
const mjData_* MjDataOf(const World& world, int env);

}  // namespace carrot
