#include "gui/render/mujoco_scene.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>

#include "engine/base/suggest.h"
#include "gui/render/gl_api.h"
#include "gui/render/mujoco_engine.h"
#include "gui/render/mujoco_look.h"

namespace carrot {
namespace {

constexpr int kMostGhosts = 4;
constexpr double kDegrees = 180.0 / std::numbers::pi;

// A robot that can move about: a free joint, or a slide joint without limits, on a body of the
// world.
bool CanLeave(const mjModel& m, int body) {
  if (m.body_parentid[body] != 0) return false;
  for (int j = m.body_jntadr[body]; j < m.body_jntadr[body] + m.body_jntnum[body]; ++j) {
    if (m.jnt_type[j] == mjJNT_FREE) return true;
    if (m.jnt_type[j] == mjJNT_SLIDE && !m.jnt_limited[j]) return true;
  }
  return false;
}

int RobotOf(const mjModel& m) {
  int robot = 0;
  for (int body = 1; body < m.nbody; ++body) {
    if (!CanLeave(m, body)) continue;
    if (robot == 0 || m.body_subtreemass[body] > m.body_subtreemass[robot]) robot = body;
  }
  return robot;
}

MujocoSubject FindSubject(const mjModel& m, const mjData& d) {
  MujocoSubject subject;
  subject.body = RobotOf(m);
  for (int g = 0; g < m.ngeom; ++g) {
    const bool wanted = subject.body == 0 || m.body_rootid[m.geom_bodyid[g]] == subject.body;
    if (!wanted || m.geom_type[g] == mjGEOM_PLANE || m.geom_type[g] == mjGEOM_HFIELD) continue;
    const mjtNum* p = d.geom_xpos + 3 * g;
    subject.balls.push_back({{p[0], p[1], p[2]}, m.geom_rbound[g]});
  }
  if (subject.balls.empty()) {
    const mjtNum* p = m.stat.center;
    subject.balls.push_back({{p[0], p[1], p[2]}, m.stat.extent});
  }
  double square = 0, spread[3];
  for (int k = 0; k < 3; ++k) {
    double low = 1e9, high = -1e9, lowest = 1e9, highest = -1e9;
    for (const MujocoSubject::Ball& ball : subject.balls) {
      low = std::min(low, ball.centre[k] - ball.radius);
      high = std::max(high, ball.centre[k] + ball.radius);
      lowest = std::min(lowest, ball.centre[k]);
      highest = std::max(highest, ball.centre[k]);
    }
    subject.centre[k] = 0.5 * (low + high);
    spread[k] = highest - lowest;
    square += (high - low) * (high - low);
  }
  subject.radius = std::max(0.5 * std::sqrt(square), 1e-3);
  subject.flat = spread[2] < 0.1 * std::min(spread[0], spread[1]);
  return subject;
}

// How far a camera that looks at the middle must be to see all of the subject, with room to move.
double FittingDistance(const MujocoSubject& subject, double azimuth, double elevation,
                       double fovy) {
  constexpr double kRoom = 1.3, kAspect = 4.0 / 3.0;  // wider pictures only gain
  const double a = azimuth / kDegrees, e = elevation / kDegrees;
  const double right[3] = {std::sin(a), -std::cos(a), 0};
  const double up[3] = {-std::cos(a) * std::sin(e), -std::sin(a) * std::sin(e), std::cos(e)};
  const double towards[3] = {-std::cos(a) * std::cos(e), -std::sin(a) * std::cos(e), -std::sin(e)};
  double half_width = 0, half_height = 0, depth = 0;
  for (const MujocoSubject::Ball& ball : subject.balls) {
    double x = 0, y = 0, z = 0;
    for (int k = 0; k < 3; ++k) {
      x += right[k] * (ball.centre[k] - subject.centre[k]);
      y += up[k] * (ball.centre[k] - subject.centre[k]);
      z += towards[k] * (ball.centre[k] - subject.centre[k]);
    }
    half_width = std::max(half_width, std::abs(x) + ball.radius);
    half_height = std::max(half_height, std::abs(y) + ball.radius);
    depth = std::max(depth, z);  // what is nearer looks larger
  }
  return depth +
         kRoom * std::max(half_height, half_width / kAspect) / std::tan(0.5 * fovy / kDegrees);
}

// mjr finds OpenGL through the function that this variable names. Ours is always EGL (or a window's
// context, which EGL's lookup serves as well), whatever the user set for other programs.
void PointMujocoAtEgl() { ::setenv("MUJOCO_GL", "egl", 1); }

}  // namespace

MujocoScene::Engine::~Engine() {
  mjr_freeContext(&context);
  mjv_freeScene(&scene);
  mj_deleteData(other);
  mj_deleteData(d);
  mj_deleteModel(m);
}

MujocoScene::MujocoScene(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}
MujocoScene::~MujocoScene() = default;

Result<std::unique_ptr<MujocoScene>> MujocoScene::Create(const mjModel_& model,
                                                         const SceneOptions& options) {
  auto engine = std::make_unique<Engine>();
  mjr_defaultContext(&engine->context);
  mjv_defaultScene(&engine->scene);
  mjv_defaultOption(&engine->option);
  mjv_defaultCamera(&engine->camera);
  engine->options = options;
  mjModel* m = engine->m = mj_copyModel(nullptr, &model);
  engine->d = mj_makeData(m);
  engine->other = mj_makeData(m);
  mjv_defaultPerturb(&engine->hand);
  const bool good = options.quality == SceneQuality::kGood;
  m->vis.quality.offsamples = good ? 4 : 0;
  m->vis.quality.shadowsize = good ? 2048 : 0;
  // Normals are smooth: only outlines show the difference, a software renderer's time all of it.
  m->vis.quality.numslices = good ? 32 : 18;
  m->vis.quality.numstacks = good ? 18 : 10;
  m->vis.global.offwidth = m->vis.global.offheight = 64;  // resized by Draw
  engine->Pose(std::span<const double>(m->qpos0, static_cast<size_t>(m->nq)), engine->d);
  engine->subject = FindSubject(*m, *engine->d);
  engine->start_com_z = engine->d->subtree_com[3 * engine->subject.body + 2];
  ApplyStudioLook(*m, options.theme, engine->subject.radius);
  mjv_makeScene(m, &engine->scene, 2000 + (1 + kMostGhosts) * m->ngeom);
  PointMujocoAtEgl();
  mjr_makeContext(m, &engine->context, mjFONTSCALE_100);
  engine->scene.flags[mjRND_SHADOW] = good;
  engine->scene.flags[mjRND_REFLECTION] = 0;
  engine->scene.flags[mjRND_SKYBOX] = 0;
  engine->scene.flags[mjRND_HAZE] = 0;
  engine->scene.flags[mjRND_FOG] = 1;
  std::unique_ptr<MujocoScene> scene(new MujocoScene(std::move(engine)));
  CARROT_RETURN_IF_ERROR(scene->SetCamera(options.camera));
  return scene;
}

void MujocoScene::Engine::Pose(std::span<const double> qpos, mjData* data) const {
  std::copy(qpos.begin(), qpos.end(), data->qpos);
  mj_kinematics(m, data);
  mj_comPos(m, data);
  mj_camlight(m, data);
  mj_flex(m, data);
  mj_tendon(m, data);
}

int MujocoScene::nq() const { return static_cast<int>(engine_->m->nq); }

std::vector<std::string> MujocoScene::CameraNames() const {
  std::vector<std::string> names;
  for (int i = 0; i < engine_->m->ncam; ++i) {
    if (const char* name = mj_id2name(engine_->m, mjOBJ_CAMERA, i); name != nullptr && *name != 0) {
      names.emplace_back(name);
    }
  }
  return names;
}

Status MujocoScene::SetCamera(const SceneCamera& camera) {
  Engine& e = *engine_;
  mjvCamera& view = e.camera;
  mjv_defaultCamera(&view);
  e.options.camera = camera;
  if (camera.kind == SceneCamera::Kind::kNamed) {
    const int id = mj_name2id(e.m, mjOBJ_CAMERA, camera.name.c_str());
    if (id < 0) {
      const std::vector<std::string> names = CameraNames();
      std::vector<std::string> help;
      const std::string nearest = Suggest(camera.name, names);
      if (!nearest.empty()) help.push_back(fmt::format("did you mean `{}`?", nearest));
      help.push_back(names.empty() ? "this model has no named camera"
                                   : fmt::format("known: {}", fmt::join(names, ", ")));
      return Fail(
          MakeError("G011", fmt::format("the model has no camera `{}`", camera.name), help));
    }
    view.type = mjCAMERA_FIXED;
    view.fixedcamid = id;
    return {};
  }
  view.type = mjCAMERA_FREE;
  std::copy_n(camera.lookat, 3, view.lookat);
  view.distance = std::max(camera.distance, 1e-3);
  view.azimuth = camera.azimuth;
  view.elevation = camera.elevation;
  if (camera.kind != SceneCamera::Kind::kAutomatic) return {};
  if (e.subject.flat) view.elevation = -60;  // an arm over a table
  if (const int track = mj_name2id(e.m, mjOBJ_CAMERA, "track"); track >= 0) {
    // The camera looks along its -z axis. A little from above shows the ground under the feet.
    const mjtNum* frame = e.d->cam_xmat + 9 * track;
    view.azimuth = std::atan2(-frame[5], -frame[2]) * kDegrees;
    view.elevation = std::asin(std::clamp(-frame[8], -1.0, 1.0)) * kDegrees;
    view.elevation = std::min(view.elevation, -12.0);
  }
  view.distance = FittingDistance(e.subject, view.azimuth, view.elevation,
                                  static_cast<double>(e.m->vis.global.fovy));
  return {};
}

// The camera keeps to the robot over the ground but follows only half of its height, so that a hop
// is seen as a hop.
void MujocoScene::Engine::Aim() {
  std::copy_n(subject.centre, 3, centre);
  if (subject.body != 0) {
    const mjtNum* com = d->subtree_com + 3 * subject.body;
    centre[0] = com[0];
    centre[1] = com[1];
    centre[2] += 0.5 * (com[2] - start_com_z);
  }
  const SceneCamera::Kind kind = options.camera.kind;
  if (kind == SceneCamera::Kind::kFollow && options.camera.body > 0) {
    std::copy_n(d->xpos + 3 * options.camera.body, 3, camera.lookat);
  } else if (kind == SceneCamera::Kind::kFollow || kind == SceneCamera::Kind::kAutomatic) {
    std::copy_n(centre, 3, camera.lookat);
  }
}

// Everything near the subject is clear, the far floor fades, wherever the camera is.
void MujocoScene::Engine::SetFog() {
  double square = 0;
  for (int k = 0; k < 3; ++k) {
    const double along = static_cast<double>(scene.camera[0].pos[k]) - centre[k];
    square += along * along;
  }
  const double distance = std::max(std::sqrt(square), subject.radius);
  // mjr sets these once, when its context is made.
  Gl().Fogf(GL_FOG_START, static_cast<float>(2 * distance + 3 * subject.radius));
  Gl().Fogf(GL_FOG_END, static_cast<float>(10 * distance + 10 * subject.radius));
}

bool MujocoScene::IsPose(std::span<const double> qpos) const {
  return static_cast<int>(qpos.size()) == nq() &&
         std::all_of(qpos.begin(), qpos.end(), [](double q) { return std::isfinite(q); });
}

// What moves in that pose, translucent and grey.
void MujocoScene::Engine::AddGhost(std::span<const double> qpos) {
  Pose(qpos, other);
  const int first = scene.ngeom;
  mjv_addGeoms(m, other, &option, nullptr, mjCAT_DYNAMIC, &scene);
  for (int g = first; g < scene.ngeom; ++g) {
    mjvGeom& geom = scene.geoms[g];
    for (int k = 0; k < 3; ++k) geom.rgba[k] = 0.35f * geom.rgba[k] + 0.35f;
    geom.rgba[3] *= 0.35f;
    geom.matid = -1;
    geom.transparent = 1;
  }
}

Status MujocoScene::Draw(std::span<const double> qpos, Framebuffer& target,
                         std::span<const std::vector<double>> ghosts) {
  Engine& e = *engine_;
  if (!IsPose(qpos)) {
    return Fail(
        MakeError("G010", "this row cannot be drawn: its pose is not finite or not of this model"));
  }
  e.Pose(qpos, e.d);
  e.Aim();
  e.aspect = static_cast<double>(target.width()) / target.height();
  mjv_updateScene(e.m, e.d, &e.option, nullptr, &e.camera, mjCAT_ALL, &e.scene);
  for (size_t g = 0; g < ghosts.size() && g < kMostGhosts; ++g) {
    if (IsPose(ghosts[g])) e.AddGhost(ghosts[g]);
  }
  LightStudio(e.scene, e.centre, e.subject.radius);
  e.SetFog();
  if (e.context.offWidth != target.width() || e.context.offHeight != target.height()) {
    mjr_resizeOffscreen(target.width(), target.height(), &e.context);
  }
  const GlApi& gl = Gl();
  ScopedBind keep(target);
  mjr_setBuffer(mjFB_OFFSCREEN, &e.context);
  const mjrRect all{0, 0, target.width(), target.height()};
  mjr_render(all, &e.scene, &e.context);
  DrawStudioSky(e.scene, e.options.theme);
  gl.BindFramebuffer(GL_READ_FRAMEBUFFER, e.context.offFBO);
  gl.BindFramebuffer(GL_DRAW_FRAMEBUFFER, target.id());
  gl.BlitFramebuffer(0, 0, target.width(), target.height(), 0, 0, target.width(), target.height(),
                     GL_COLOR_BUFFER_BIT, GL_NEAREST);
  return {};
}

}  // namespace carrot
