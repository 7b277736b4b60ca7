// MuJoCo worlds: the recorded pose, drawn by mujoco_scene.
#include "engine/base/check.h"
#include "envs/mujoco/mujoco_model.h"
#include "gui/render/mujoco_scene.h"
#include "gui/render/view_makers.h"

namespace carrot {
namespace {

class MujocoView final : public SceneView {
 public:
  MujocoView(std::unique_ptr<World> world, std::unique_ptr<MujocoScene> scene, int nq)
      : world_(std::move(world)), scene_(std::move(scene)), qpos_(static_cast<size_t>(nq)) {}

  Status Draw(const SceneRow& row, Framebuffer& target) override {
    if (!ReadMujocoPose(*world_, row.columns, row.row, qpos_.data())) {
      return Fail(
          MakeError("G010", "this row cannot be drawn: no part of the pose was recorded",
                    {"declare a field with source \"qpos\" and role \"pose\" in task.lua"}));
    }
    std::vector<std::vector<double>> ghosts;
    for (const SceneRow& ghost : row.ghosts) {
      std::vector<double> qpos(qpos_.size());
      if (ReadMujocoPose(*world_, ghost.columns, ghost.row, qpos.data())) {
        ghosts.push_back(std::move(qpos));
      }
    }
    return scene_->Draw(qpos_, target, ghosts);
  }
  std::vector<std::string> CameraNames() const override { return scene_->CameraNames(); }
  Status SetCamera(const SceneCamera& camera) override { return scene_->SetCamera(camera); }
  SceneCamera Camera() const override { return scene_->Camera(); }
  std::vector<std::string> BodyNames() const override { return scene_->BodyNames(); }
  bool Locate(const SceneRow& row, const ScenePick& point, double out[3]) override {
    std::vector<double> qpos(qpos_.size());
    return ReadMujocoPose(*world_, row.columns, row.row, qpos.data()) &&
           scene_->Locate(qpos, point, out);
  }
  bool Project(const double point[3], double out[2]) const override {
    return scene_->Project(point, out);
  }
  ScenePick Pick(double x, double y) override { return scene_->Pick(x, y); }
  bool Grab(const ScenePick& point) override { return scene_->Grab(point); }
  BodyPull Drag(double dx, double dy, Pull plane, bool turn) override {
    return scene_->Drag(dx, dy, plane, turn);
  }

 private:
  std::unique_ptr<World> world_;  // knows which fields hold the pose
  std::unique_ptr<MujocoScene> scene_;
  std::vector<double> qpos_;
};

}  // namespace

Result<std::unique_ptr<SceneView>> MakeMujocoView(const Task& task, const SceneOptions& options,
                                                  Canvas& /*canvas*/) {
  CARROT_ASSIGN_OR_RETURN(std::unique_ptr<World> world, task.NewWorld(1));
  const mjModel_* model = MjModelOf(*world);
  CARROT_CHECK(model != nullptr);
  CARROT_ASSIGN_OR_RETURN(std::unique_ptr<MujocoScene> scene, MujocoScene::Create(*model, options));
  const int nq = scene->nq();
  return std::make_unique<MujocoView>(std::move(world), std::move(scene), nq);
}

}  // namespace carrot
