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
    return scene_->Draw(qpos_, target);
  }
  std::vector<std::string> CameraNames() const override { return scene_->CameraNames(); }
  Status SetCamera(const SceneCamera& camera) override { return scene_->SetCamera(camera); }

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
