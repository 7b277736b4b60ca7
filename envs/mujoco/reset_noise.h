// ResetNoise: how an episode's first state differs from the model's start, as an ordered list of
// draws.
//
//   {"target": "qpos[2:4]", "dist": "disk", "radius": 0.2, "mode": "set"}
//
//   dist         keys                      one draw gives
//   uniform      low, high                 each element in [low, high)
//   normal       std                       each element, mean 0
//   constant     value                     the value (a number, or a list of one per element)
//   disk         radius                    two elements, uniform in the open disk
//   box_outside  low, high, min_norm       all elements: uniform in the box of the lists low and
//   high,
//                                          redrawn as a whole until their norm exceeds min_norm
//
// mode "add" adds the draw to what is there (the model's start, then earlier draws); "set" replaces
// it. "add" is the default of uniform and normal, "set" that of the others. Targets are qpos, qvel,
// act or ctrl with an optional slice. Draws are taken in the order of the list from one
// counter-based stream, so an episode's start is a pure function of its seed.
#pragma once

#include <mujoco/mujoco.h>

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/rng.h"

namespace carrot {

class ResetNoise {
 public:
  // Errors: T023 (unknown target or distribution, wrong numbers), T004 (slice).
  static Result<ResetNoise> Build(const mjModel* model, const nlohmann::json& reset);

  void Apply(Rng& rng, mjData* data) const;

 private:
  enum class Dist : uint8_t { kUniform, kNormal, kConstant, kDisk, kBoxOutside };
  struct Draw {
    Dist dist = Dist::kUniform;
    bool set = false;
    double* mjData_::*target = nullptr;
    int begin = 0, count = 0;
    double scale = 0;               // normal: std; disk: radius; box_outside: min_norm
    std::vector<double> low, high;  // per element; constant: low
  };
  static Result<Draw> ParseDraw(const mjModel* model, const nlohmann::json& entry);
  static Status ParseNumbers(const nlohmann::json& entry, Draw* draw);

  std::vector<Draw> draws_;
};

}  // namespace carrot
