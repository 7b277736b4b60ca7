// What a person may do to a world besides acting in it. A World that can be touched derives from
// one of these beside World (dynamic_cast finds it); no world has to. Nothing here is used unless a
// person asks for it, so results without a hand are what they always were.
//
// Threading: as Step, for one env.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "engine/base/result.h"
#include "engine/core/state_batch.h"

namespace carrot {

// A spring between a point of a body and a point in space, as in MuJoCo's viewer.
struct BodyPull {
  int body = 0;                   // the world's own index; 0: none
  bool turn = false;              // a torque towards `quat` instead of a force towards `to`
  double at[3] = {0, 0, 0};       // the held point, in the body's frame, m
  double to[3] = {0, 0, 0};       // where it is pulled, world frame, m
  double quat[4] = {1, 0, 0, 0};  // how the body's inertial frame is to be turned
  double mass = 0;                // felt at that point, kg: the spring is as strong as it is heavy
};

// What acts on a body during one control step: world frame, at its centre of mass.
struct BodyWrench {
  int body = 0;
  double force[3] = {0, 0, 0};   // N
  double torque[3] = {0, 0, 0};  // N m
};

class PushableWorld {
 public:
  virtual ~PushableWorld() = default;
  virtual int num_bodies() const = 0;  // bodies are [1, num_bodies())
  virtual std::string BodyName(int body) const = 0;
  // What the spring exerts on env as it stands.
  virtual BodyWrench WrenchOf(int env, const BodyPull& pull) = 0;
  // Acts during the next Step, and no longer.
  virtual void Push(int env, const BodyWrench& wrench) = 0;
};

// A cell becomes `cell`, a code of the world's; kPutAgent: the agent is put there.
struct CellChange {
  static constexpr int kPutAgent = -1;
  int x = 0, y = 0;
  int cell = kPutAgent;
};

class EditableWorld {
 public:
  virtual ~EditableWorld() = default;
  // At once; rows that were published before stay as they are. Errors: U002 there is no such cell
  // or code, or the agent could not stand there.
  virtual Status Edit(int env, const CellChange& change) = 0;
  // The world's fields of env as it stands, into batch.next().
  virtual void PublishRow(int env, StateBatch& batch) const = 0;

  virtual int columns() const = 0;  // cells from left to right
  virtual int rows() const = 0;
  // Puts env into a recorded row, but with the agent in cell (x, y), and publishes it. False: the
  // agent cannot stand there, or a field is missing. `recorded`: by StateSpec index.
  virtual bool Imagine(int env, std::span<void* const> recorded, int64_t row, int x, int y,
                       StateBatch& batch) = 0;
};

}  // namespace carrot
