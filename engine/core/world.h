// World: a C++ simulator that steps a range of environments in place. A world knows nothing of
// rewards, tasks' derived fields, time limits or success.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/core/action_spec.h"
#include "engine/core/state_batch.h"

namespace carrot {

// Environments [begin, end).
struct EnvRange {
  int begin = 0;
  int end = 0;
};

class World {
 public:
  virtual ~World() = default;

  // Threading: Step and Reset may run at the same time for disjoint envs; nothing else may overlap.
  // Both write every field that this world publishes, into row `env` of batch.next(). World fields
  // come first in the batch's spec, in the order of the WorldSpec; derived fields follow and are
  // not the world's to touch.

  // Starts a new episode from `seed` (a pure function of the seed).
  virtual void Reset(int env, uint64_t seed, StateBatch& batch) = 0;

  // The same without reset noise, where the world has such a start (examples in scripts refer to
  // it).
  virtual void ResetNominal(int env, StateBatch& batch) { Reset(env, 0, batch); }

  // One control step of each env in the range. `action` is f64 [num_envs, action size], unclipped.
  // fault[env] is set to 1 (never cleared) if the simulation diverged or failed; that env is then
  // left as it is until its Reset. No allocation, no locks, no logging.
  virtual void Step(EnvRange envs, const double* action, StateBatch& batch, uint8_t* fault) = 0;

  // Snapshots: opaque bytes that restore this env of this world (or of another world made from the
  // same task) exactly, together with the batch rows.
  virtual size_t snapshot_bytes() const = 0;
  virtual void Save(int env, std::byte* out) const = 0;
  virtual void Load(int env, const std::byte* bytes) = 0;

  // Why the last fault of this env happened, in words; "" if none. Called outside the hot loop.
  virtual std::string FaultReason(int /*env*/) const { return ""; }
};

// What is known of a world before any environment exists.
struct WorldSpec {
  std::string kind;  // "mujoco", "grid", "cartpole"
  StateSpec state;   // fields that the world itself publishes
  ActionSpec action;
  double dt = 1.0;         // seconds per step (frame_skip * engine step)
  std::string model_hash;  // hash of model bytes and world version; part of the task hash
  std::vector<std::string> warnings;  // e.g. of the model compiler
};

}  // namespace carrot
