// MujocoScene: pictures of a MuJoCo model in a given pose, through mjv and mjr.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "gui/render/scene_view.h"

struct mjModel_;

namespace carrot {

// Needs a current compatibility context for its whole life; one thread. Works on a copy of the
// model.
class MujocoScene {
 public:
  // Errors: G011 (camera).
  static Result<std::unique_ptr<MujocoScene>> Create(const mjModel_& model,
                                                     const SceneOptions& options);
  ~MujocoScene();
  MujocoScene(const MujocoScene&) = delete;
  MujocoScene& operator=(const MujocoScene&) = delete;

  // `qpos` has the model's nq numbers. Errors: G010 if one is not finite.
  Status Draw(std::span<const double> qpos, Framebuffer& target);
  int nq() const;
  std::vector<std::string> CameraNames() const;
  Status SetCamera(const SceneCamera& camera);

 private:
  struct Engine;
  explicit MujocoScene(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace carrot
