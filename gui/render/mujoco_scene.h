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

  // `qpos` has the model's nq numbers, as each of the ghosts (four at most are drawn, those that
  // are not finite are left out). Errors: G010 if a number of qpos is not finite.
  Status Draw(std::span<const double> qpos, Framebuffer& target,
              std::span<const std::vector<double>> ghosts = {});
  int nq() const;
  std::vector<std::string> CameraNames() const;
  Status SetCamera(const SceneCamera& camera);

  // SceneView's, of the picture that was drawn last (mujoco_touch.cc).
  SceneCamera Camera() const;
  std::vector<std::string> BodyNames() const;
  bool Locate(std::span<const double> qpos, const ScenePick& point, double out[3]);
  bool Project(const double point[3], double out[2]) const;
  ScenePick Pick(double x, double y);
  bool Grab(const ScenePick& point);
  BodyPull Drag(double dx, double dy, SceneView::Pull plane, bool turn);

 private:
  bool IsPose(std::span<const double> qpos) const;
  struct Engine;
  explicit MujocoScene(std::unique_ptr<Engine> engine);
  std::unique_ptr<Engine> engine_;
};

}  // namespace carrot
