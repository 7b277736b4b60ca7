// Worlds and pictures for the drawing tests.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "engine/core/state_batch.h"
#include "engine/core/task.h"
#include "engine/core/world_factory.h"
#include "envs/cartpole/cartpole.h"
#include "envs/grid/grid_codes.h"
#include "envs/grid/grid_world.h"
#include "envs/mujoco/mujoco_model.h"
#include "gui/render/canvas.h"
#include "gui/render/offscreen.h"
#include "gui/render/scene_view.h"

namespace carrot::test {

inline std::string Explain(const Diagnostics& errors) { return Format(errors); }

// A task that is nothing but its world: enough to draw.
class WorldTask final : public Task {
 public:
  explicit WorldTask(std::shared_ptr<const WorldModel> model) : model_(std::move(model)) {
    spec_.name = "drawn";
    spec_.world = model_->spec();
    spec_.state = model_->spec().state;
  }
  Result<std::unique_ptr<World>> NewWorld(int num_envs) const override {
    return model_->NewWorld(num_envs);
  }
  Result<std::unique_ptr<TaskEvaluator>> NewEvaluator() const override {
    return Fail(MakeError("T000", "drawing needs no evaluator"));
  }

 private:
  std::shared_ptr<const WorldModel> model_;
};

inline WorldTask GridTask(const char* generator, int size) {
  auto model = MakeGridModel({.options = {{"1", generator}, {"size", size}},
                              .fields = nlohmann::json::array(),
                              .reset = nlohmann::json::array()});
  if (!model) ADD_FAILURE() << Explain(model.error());
  return WorldTask(model.value());
}

inline WorldTask CartPoleTask() {
  auto model = MakeCartPoleModel({.options = nlohmann::json::object(),
                                  .fields = nlohmann::json::array(),
                                  .reset = nlohmann::json::array()});
  if (!model) ADD_FAILURE() << Explain(model.error());
  return WorldTask(model.value());
}

// A red ball that can fly, over a plain floor; MJCF without light, sky or camera.
inline constexpr const char* kBall = R"(<mujoco><worldbody>
  <geom name="floor" type="plane" size="20 20 .1"/>
  <body name="ball" pos="0 0 1"><freejoint name="fly"/><geom size=".3" rgba="1 .1 .1 1"/></body>
  <camera name="above" pos="0 0 6"/>
</worldbody><actuator><motor joint="fly" gear="1 0 0 0 0 0"/></actuator></mujoco>)";

inline WorldTask BallTask(const char* mjcf = kBall) {
  const auto path = std::filesystem::path(testing::TempDir()) / "drawn_ball.xml";
  std::ofstream(path) << mjcf;
  auto model =
      MakeMujocoModel({.options = {{"model", path.string()}},
                       .fields = {{{"name", "qpos"}, {"source", "qpos"}, {"role", "pose"}}},
                       .reset = nlohmann::json::array(),
                       .task_path = testing::TempDir()});
  if (!model) ADD_FAILURE() << Explain(model.error());
  return WorldTask(model.value());
}

// One env of a task, reset, with its columns to write into.
struct Row {
  explicit Row(const Task& task, uint64_t seed = 1)
      : batch(task.spec().state, 1), world(*task.NewWorld(1)) {
    world->Reset(0, seed, batch);
  }
  template <typename T>
  T* Field(const char* name) {
    return batch.Next<T>(batch.spec().Find(name)).data;
  }
  SceneRow scene() const { return {.columns = batch.next(), .row = 0}; }
  StateBatch batch;
  std::unique_ptr<World> world;
};

inline int CountColours(const Image& image) {
  std::set<std::array<uint8_t, 3>> colours;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) colours.insert(image.At(x, y));
  }
  return static_cast<int>(colours.size());
}

// Pixels that are about `colour` (each channel within `tolerance`), and their mean place.
struct Found {
  int count = 0;
  double x = 0, y = 0;
};
template <typename Predicate>
Found Find(const Image& image, Predicate is_it) {
  Found found;
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x) {
      if (!is_it(image.At(x, y))) continue;
      ++found.count;
      found.x += x;
      found.y += y;
    }
  }
  if (found.count > 0) {
    found.x /= found.count;
    found.y /= found.count;
  }
  return found;
}
inline Found FindRed(const Image& image) {
  return Find(image, [](auto p) { return p[0] > 90 && p[0] > 2 * p[1] && p[0] > 2 * p[2]; });
}

// Tests that draw share one context, as a program does.
class DrawingTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    auto made = OffscreenContext::Create();
    ASSERT_TRUE(made) << Explain(made.error());
    context_ = std::move(*made);
    canvas_ = std::make_unique<Canvas>();
  }
  static void TearDownTestSuite() {
    canvas_.reset();
    context_.reset();
  }
  static Image DrawScene(SceneView& view, const SceneRow& row, int width = 320, int height = 200) {
    auto target = Framebuffer::Create(width, height);
    EXPECT_TRUE(target);
    const Status drawn = view.Draw(row, *target);
    EXPECT_TRUE(drawn) << Explain(drawn.error());
    Image image;
    target->Read(&image);
    return image;
  }
  static std::unique_ptr<SceneView> View(const Task& task, const SceneOptions& options = {}) {
    auto view = MakeSceneView(task, options, *canvas_);
    EXPECT_TRUE(view) << Explain(view.error());
    return std::move(*view);
  }
  static inline std::unique_ptr<OffscreenContext> context_;
  static inline std::unique_ptr<Canvas> canvas_;
};

}  // namespace carrot::test
