// CartPole: a pole on a cart, pushed left or right. The dynamics, limits and reset are those of
// Gymnasium 1.4.0's CartPole-v1, seed for seed. This is the example of how to add a world:
// README.md.
#pragma once

#include <memory>

#include "engine/core/world_factory.h"

namespace carrot {

// One environment. Angles in rad, 0 is upright, positive leans right; speeds per second.
struct CartPole {
  double x = 0, x_dot = 0;          // cart, m from the middle of the track
  double theta = 0, theta_dot = 0;  // pole

  // uniform(-0.05, 0.05) for each number, from numpy's generator of that seed.
  static CartPole FromSeed(uint64_t seed);
  // One Euler step of 0.02 s under 10 N to the right or to the left.
  void Step(bool push_right);
  bool off_track() const { return x < -2.4 || x > 2.4; }
  bool fallen() const { return theta < -kMaxAngle || theta > kMaxAngle; }

  static constexpr double kMaxAngle = 12 * 2 * 3.141592653589793 / 360;
};

// The WorldFactory of `cartpole {}`. It takes no options: any is an error (T030).
Result<std::shared_ptr<const WorldModel>> MakeCartPoleModel(const WorldRequest& request);

}  // namespace carrot
