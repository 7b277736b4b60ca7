// What the parts of MujocoScene share: mujoco_scene.cc draws, mujoco_touch.cc answers the mouse.
#pragma once

#include <mujoco/mujoco.h>

#include <vector>

#include "gui/render/mujoco_scene.h"

namespace carrot {

// What the automatic camera shows: the robot (or everything, if nothing can leave) in its start
// pose.
struct MujocoSubject {
  struct Ball {
    double centre[3];
    double radius;
  };
  int body = 0;             // followed; 0: the camera stands still
  std::vector<Ball> balls;  // around its geoms; never empty
  double centre[3] = {0, 0, 0};
  double radius = 1;  // of a ball around all of them
  bool flat = false;  // lies in a horizontal plane
};

struct MujocoScene::Engine {
  mjModel* m = nullptr;
  mjData* d = nullptr;      // of the row drawn last
  mjData* other = nullptr;  // of ghosts and of other rows
  mjvScene scene;
  mjvOption option;
  mjvCamera camera;
  mjrContext context;
  SceneOptions options;
  MujocoSubject subject;
  double start_com_z = 0;
  double centre[3] = {0, 0, 0};  // of the subject, now

  mjvPerturb hand;    // that a person pulls with
  double aspect = 1;  // of the picture drawn last

  ~Engine();
  // Only what drawing reads: no dynamics, so a recorded pose costs microseconds.
  void Pose(std::span<const double> qpos, mjData* data) const;
  void AddGhost(std::span<const double> qpos);
  void Aim();
  void SetFog();
};

}  // namespace carrot
