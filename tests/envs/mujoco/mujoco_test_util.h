// Small models as text and worlds made from them, for the tests of this folder.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "engine/core/interactive_world.h"
#include "engine/core/state_batch.h"
#include "envs/mujoco/mujoco_model.h"

namespace carrot {

// A cart with a pole and a ball that rests on a floor: slide, hinge and free joints, contacts, a
// tendon, a site, a sensor, a keyframe; the second motor has no limits.
inline constexpr const char* kTestModel = R"(<mujoco>
  <option timestep="0.005"/>
  <worldbody>
    <geom name="floor" type="plane" size="5 5 .1"/>
    <body name="cart" pos="0 0 2">
      <joint name="slider" type="slide" axis="1 0 0" range="-3 3" limited="true"/>
      <geom name="cart_geom" type="box" size=".2 .1 .1" contype="0" conaffinity="0"/>
      <body name="pole" pos="0 0 .1">
        <joint name="hinge" axis="0 1 0"/>
        <geom name="pole_geom" type="capsule" fromto="0 0 0 0 0 .6" size=".03" contype="0" conaffinity="0"/>
        <site name="tip" pos="0 0 .6"/>
      </body>
    </body>
    <body name="ball" pos="1 0 .1">
      <freejoint name="ball_free"/>
      <geom name="ball_geom" type="sphere" size=".1" density="500"/>
    </body>
  </worldbody>
  <tendon><fixed name="pull"><joint joint="slider" coef="1"/><joint joint="hinge" coef="2"/></fixed></tendon>
  <actuator>
    <motor name="push" joint="slider" gear="10" ctrllimited="true" ctrlrange="-1 1"/>
    <motor joint="hinge" gear="1"/>
  </actuator>
  <sensor><framepos name="tip_pos" objtype="site" objname="tip"/></sensor>
  <keyframe><key name="left" qpos="-1 .5 1 0 .1 1 0 0 0"/></keyframe>
</mujoco>
)";

class MujocoTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto* info = ::testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              (std::string("carrot_mujoco_") + info->name() + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& text) {
    std::ofstream(folder_ / "model.xml") << text;
    return (folder_ / "model.xml").string();
  }
  // {{"name", "source"}, ...} as the loader hands them over.
  static nlohmann::json Fields(std::vector<std::pair<std::string, std::string>> list) {
    auto fields = nlohmann::json::array();
    for (const auto& [name, source] : list) fields.push_back({{"name", name}, {"source", source}});
    return fields;
  }
  Result<std::shared_ptr<const WorldModel>> Load(nlohmann::json fields,
                                                 nlohmann::json reset = nlohmann::json::array(),
                                                 nlohmann::json options = nlohmann::json::object(),
                                                 const char* model = kTestModel) {
    Write(model);
    WorldRequest request;
    request.options = std::move(options);
    if (!request.options.contains("model")) request.options["model"] = "model.xml";
    request.fields = std::move(fields);
    request.reset = std::move(reset);
    request.task_path = folder_.string();
    return MakeMujocoModel(request);
  }
  // The formatted diagnostics of a load that must fail.
  std::string LoadError(nlohmann::json fields, nlohmann::json reset = nlohmann::json::array(),
                        nlohmann::json options = nlohmann::json::object(),
                        const char* model = kTestModel) {
    auto loaded = Load(std::move(fields), std::move(reset), std::move(options), model);
    if (loaded) {
      ADD_FAILURE() << "loaded";
      return "";
    }
    return Format(loaded.error());
  }

  std::filesystem::path folder_;
};

// A world with its state columns.
struct LiveWorld {
  LiveWorld(std::shared_ptr<const WorldModel> from, int num_envs)
      : model(std::move(from)),
        world(model->NewWorld(num_envs)),
        batch(model->spec().state, num_envs),
        fault(num_envs),
        action(num_envs * model->spec().action.size()) {}
  void Reset(int env, uint64_t seed) { world->Reset(env, seed, batch); }
  void Step() {
    batch.Flip();
    world->Step({0, batch.num_envs()}, action.data(), batch, fault.data());
  }
  std::span<double> Row(const char* field, int env = 0) {
    return batch.Next<double>(model->spec().state.Find(field))[env];
  }

  std::shared_ptr<const WorldModel> model;
  std::unique_ptr<World> world;
  StateBatch batch;
  std::vector<uint8_t> fault;
  std::vector<double> action;
};

}  // namespace carrot
