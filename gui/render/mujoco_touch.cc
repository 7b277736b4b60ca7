// The mouse on a MuJoCo picture: where things are in it, what is under a place, and the pull of a
// hand, as in MuJoCo's own viewer.
#include <mujoco/mujoco.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "gui/render/mujoco_engine.h"

namespace carrot {
namespace {

constexpr double kPerRadian = 180.0 / std::numbers::pi;

// The scene has one for each eye; pictures are drawn from between them.
mjvGLCamera EyeOf(const mjvScene& scene) {
  return mjv_averageCamera(&scene.camera[0], &scene.camera[1]);
}

}  // namespace

SceneCamera MujocoScene::Camera() const {
  const Engine& e = *engine_;
  SceneCamera camera = e.options.camera;
  const bool follows = camera.kind == SceneCamera::Kind::kAutomatic && e.subject.body != 0;
  if (camera.kind != SceneCamera::Kind::kFollow) {
    camera.kind = follows ? SceneCamera::Kind::kFollow : SceneCamera::Kind::kFree;
    camera.body = 0;
  }
  if (e.camera.type == mjCAMERA_FREE) {
    std::copy_n(e.camera.lookat, 3, camera.lookat);
    camera.distance = e.camera.distance;
    camera.azimuth = e.camera.azimuth;
    camera.elevation = e.camera.elevation;
    return camera;
  }
  const mjvGLCamera eye = EyeOf(e.scene);
  double square = 0;
  for (int k = 0; k < 3; ++k) square += std::pow(static_cast<double>(eye.pos[k]) - e.centre[k], 2);
  camera.distance = std::max(std::sqrt(square), 1e-3);
  for (int k = 0; k < 3; ++k) {
    camera.lookat[k] =
        static_cast<double>(eye.pos[k]) + camera.distance * static_cast<double>(eye.forward[k]);
  }
  camera.azimuth = std::atan2(eye.forward[1], eye.forward[0]) * kPerRadian;
  camera.elevation =
      std::asin(std::clamp(static_cast<double>(eye.forward[2]), -1.0, 1.0)) * kPerRadian;
  return camera;
}

std::vector<std::string> MujocoScene::BodyNames() const {
  std::vector<std::string> names;
  for (int i = 0; i < engine_->m->nbody; ++i) {
    const char* name = mj_id2name(engine_->m, mjOBJ_BODY, i);
    names.emplace_back(name == nullptr ? "" : name);
  }
  return names;
}

bool MujocoScene::Locate(std::span<const double> qpos, const ScenePick& point, double out[3]) {
  Engine& e = *engine_;
  if (!IsPose(qpos) || point.body < 0 || point.body >= e.m->nbody) return false;
  int body = point.body;
  if (body == 0) body = e.subject.body != 0 ? e.subject.body : static_cast<int>(e.m->nbody) - 1;
  if (body <= 0) return false;
  std::copy(qpos.begin(), qpos.end(), e.other->qpos);
  mj_kinematics(e.m, e.other);
  mju_mulMatVec3(out, e.other->xmat + 9 * body, point.at);
  mju_addTo3(out, e.other->xpos + 3 * body);
  return true;
}

bool MujocoScene::Project(const double point[3], double out[2]) const {
  const mjvGLCamera eye = EyeOf(engine_->scene);
  double to[3], forward[3], up[3], right[3];
  for (int k = 0; k < 3; ++k) {
    to[k] = point[k] - static_cast<double>(eye.pos[k]);
    forward[k] = static_cast<double>(eye.forward[k]);
    up[k] = static_cast<double>(eye.up[k]);
  }
  mju_cross(right, forward, up);
  const double depth = mju_dot3(to, forward);
  if (depth <= static_cast<double>(eye.frustum_near)) return false;
  const double half = depth * static_cast<double>(eye.frustum_top / eye.frustum_near);
  out[0] = 0.5 + 0.5 * mju_dot3(to, right) / (half * engine_->aspect);
  out[1] = 0.5 - 0.5 * mju_dot3(to, up) / half;
  return true;
}

ScenePick MujocoScene::Pick(double x, double y) {
  Engine& e = *engine_;
  mjtNum at[3];
  int geom = -1, flex = -1, skin = -1;
  ScenePick pick;
  const int body =
      mjv_select(e.m, e.d, &e.option, e.aspect, x, 1 - y, &e.scene, at, &geom, &flex, &skin);
  if (body <= 0) return pick;
  pick.body = body;
  mju_subFrom3(at, e.d->xpos + 3 * body);
  mju_mulMatTVec3(pick.at, e.d->xmat + 9 * body, at);
  return pick;
}

bool MujocoScene::Grab(const ScenePick& point) {
  Engine& e = *engine_;
  if (point.body <= 0 || point.body >= e.m->nbody) return false;
  mjv_defaultPerturb(&e.hand);
  e.hand.select = point.body;
  std::copy_n(point.at, 3, e.hand.localpos);
  mj_makeM(e.m, e.d);  // the mass that is felt at the point
  mj_factorM(e.m, e.d);
  mjv_initPerturb(e.m, e.d, &e.scene, &e.hand);
  return true;
}

BodyPull MujocoScene::Drag(double dx, double dy, SceneView::Pull plane, bool turn) {
  Engine& e = *engine_;
  const bool level = plane == SceneView::Pull::kLevel;
  const int action = turn ? (level ? mjMOUSE_ROTATE_H : mjMOUSE_ROTATE_V)
                          : (level ? mjMOUSE_MOVE_H : mjMOUSE_MOVE_V);
  e.hand.active = turn ? mjPERT_ROTATE : mjPERT_TRANSLATE;
  mjv_movePerturb(e.m, e.d, action, dx, dy, &e.scene, &e.hand);
  BodyPull pull{.body = e.hand.select, .turn = turn, .mass = e.hand.localmass};
  std::copy_n(e.hand.localpos, 3, pull.at);
  std::copy_n(e.hand.refselpos, 3, pull.to);
  std::copy_n(e.hand.refquat, 4, pull.quat);
  return pull;
}

}  // namespace carrot
