// FieldPlan: which numbers of the simulation become fields, resolved once when a task is loaded. A
// step then runs a flat list of copies; no name is looked up again.
//
// Sources (each may end in a numpy-like slice; x[i] is one element, x[a:b] is half-open, 0-based):
//   qpos qvel qacc act ctrl time com sensordata     one number per coordinate (time: one; com: x y
//   z qfrc_actuator qfrc_constraint qfrc_passive      of the whole model's centre of mass)
//   actuator_force
//   xpos [nbody,3] xquat [nbody,4] cinert [nbody,10] cvel cfrc_ext [nbody,6]: sliced by body (row),
//     row 0 is the world: cfrc_ext[1:] is every real body, cfrc_ext[1] the six numbers of body 1
//   body:N.pos|quat|mat|vel|angvel|com   frame origin, orientation (w x y z), rotation matrix,
//   linear
//     and angular velocity of the frame origin in world axes, centre of mass of the subtree at N
//   site:N.pos|mat   geom:N.pos|mat   joint:N.pos|vel   sensor:N   actuator:N.force
//   tendon:N.length|velocity
//   contact:A.force|count   contact:A,B.force|count   sum of normal forces [N] / number of active
//     contacts that touch A (and B); A and B are geoms, or bodies (all their geoms)
//
// Everything is read as the integrator left it (envs_robotics rules 1.1): positions derived from
// qpos are one substep old. No forward pass follows the last substep.
#pragma once

#include <mujoco/mujoco.h>

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/slice.h"
#include "engine/core/state_spec.h"

namespace carrot {

enum class SourceKind : uint8_t {
  kArray,
  kTime,
  kBodyVelocity,
  kBodySpin,
  kContactForce,
  kContactCount
};

// A resolved source: `count` numbers, before any clip.
struct Source {
  SourceKind kind = SourceKind::kArray;
  uint32_t member = 0;  // kArray: offset of the `mjtNum*` in mjData
  int begin = 0;        // kArray: first element there; velocities: first component (0..2)
  int count = 1;
  int body = 0;            // velocities
  int contact = 0;         // contact kinds: index into FieldPlan's contact sets
  bool needs_rne = false;  // mj_rnePostConstraint must follow the last substep
  int qpos_begin = -1;     // first element of qpos, if that is what it is
  std::vector<int> shape;
  std::vector<std::string> names;  // component names, when the model has good ones
  std::vector<std::string> units;
};

// Geoms on either side of a contact, as 0/1 per geom. An empty `b` means "anything".
struct ContactSet {
  std::vector<uint8_t> a, b;
};

class FieldPlan {
 public:
  // Resolves `fields` (WorldRequest.fields), in order. Errors: T021 unknown source, T022 unknown
  // part of the model (with a suggestion), T004 slice, T002 dtype, T001 declaration.
  static Result<FieldPlan> Build(const mjModel* model, const nlohmann::json& fields);

  const StateSpec& spec() const { return spec_; }
  bool needs_rne() const { return needs_rne_; }

  // Writes every field's row `env` into `columns` (by field index). No allocation.
  void Publish(const mjModel* model, const mjData* data, std::span<void* const> columns,
               int64_t env) const;

  // Puts what the fields of one row say of qpos into `qpos` (nq numbers, prefilled by the caller
  // with a default pose); false if no field comes from qpos.
  bool ReadPose(std::span<void* const> columns, int64_t row, double* qpos) const;

 private:
  struct Op {
    Source source;
    int field = 0;
    double clip = 0;  // > 0: clamp to [-clip, clip]
  };
  void PublishSpecial(const Op& op, const mjModel* model, const mjData* data, double* out) const;

  StateSpec spec_;
  std::vector<Op> ops_;
  std::vector<ContactSet> contacts_;
  bool needs_rne_ = false;
};

// The model's source called `text`; contact sets are appended to `contacts`.
Result<Source> ResolveSource(const mjModel* model, const std::string& text,
                             std::vector<ContactSet>* contacts);

}  // namespace carrot
