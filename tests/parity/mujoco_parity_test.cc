// Step-for-step agreement with recorded episodes of Gymnasium's MuJoCo v5 tasks. Criterion
// (relative to max(1, |reference|)): whole episodes 1e-6, one-step replay with warm start 1e-10,
// flags exact. On the machine that made the recordings the states are equal to the last bit.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "engine/base/paths.h"
#include "envs/mujoco/mujoco_model.h"
#include "tests/parity/mujoco_recordings.h"

namespace carrot {
namespace {

constexpr double kWhole = 1e-6, kOneStep = 1e-10;

// The planar point whose difference gives the velocity, for the tasks that use one.
std::string ReferencePoint(const std::string& id) {
  if (id == "Ant-v5") return "body:torso.pos[0:2]";
  if (id == "Humanoid-v5") return "com[0:2]";
  return "qpos[0]";
}

struct Bare {
  std::shared_ptr<const WorldModel> model;
  std::unique_ptr<World> world;
  std::unique_ptr<StateBatch> batch;
};

// The model of a recording as a world of one env that publishes qpos, qvel and the reference point.
Bare MakeBare(const MujocoRecording& recording) {
  WorldRequest request;
  const std::string file = recording.meta.at("model_file");
  request.options = {{"model", (DepsFolder() / "gymnasium" / file).string()},
                     {"frame_skip", recording.meta.at("frame_skip")}};
  request.fields =
      nlohmann::json::array({{{"name", "qpos"}, {"source", "qpos"}},
                             {{"name", "qvel"}, {"source", "qvel"}},
                             {{"name", "reference"}, {"source", ReferencePoint(recording.id)}},
                             {{"name", "contact"}, {"source", "cfrc_ext"}}});
  auto model = MakeMujocoModel(request);
  if (!model) {
    ADD_FAILURE() << Format(model.error());
    return {};
  }
  Bare bare{*model, (*model)->NewWorld(1), nullptr};
  bare.batch = std::make_unique<StateBatch>((*model)->spec().state, 1);
  return bare;
}

struct Worst {
  double state = 0, reference = 0;
  void Add(const Bare& bare, const MujocoRecording& recording, int64_t row) {
    const StateBatch& batch = *bare.batch;
    state = std::max({state,
                      RelativeDifference(batch.Next<double>(0)[0], recording.at("qpos").row(row)),
                      RelativeDifference(batch.Next<double>(1)[0], recording.at("qvel").row(row))});
    if (recording.has("ref_xy_after")) {
      reference = std::max(reference, RelativeDifference(batch.Next<double>(2)[0],
                                                         recording.at("ref_xy_after").row(row)));
    }
  }
};

// Breaks if the engine calls of a reset or a step, their order, or the numbers handed out change.
TEST(MujocoWorldParity, WholeEpisodes) {
  const auto folders = FindMujocoRecordings();
  CARROT_NEED_RECORDINGS(folders);
  for (const auto& folder : folders) {
    const MujocoRecording recording = LoadMujocoRecording(folder);
    SCOPED_TRACE(recording.id);
    Bare bare = MakeBare(recording);
    ASSERT_NE(bare.world, nullptr);
    Worst worst;
    int64_t row = 0;
    uint8_t fault = 0;
    for (int e = 0; e < recording.episodes(); ++e) {
      SetMujocoState(*bare.world, 0,
                     {recording.at("init_qpos").row(e), recording.at("init_qvel").row(e), {}},
                     *bare.batch);
      for (int t = 0; t < recording.lengths[e]; ++t, ++row) {
        bare.batch->Flip();
        bare.world->Step({0, 1}, recording.at("action").row(row).data(), *bare.batch, &fault);
        worst.Add(bare, recording, row);
      }
    }
    fmt::print("{:28} whole episodes: {:5} steps, state {:.1e}, reference point {:.1e}\n",
               recording.id, row, worst.state, worst.reference);
    EXPECT_EQ(fault, 0);
    EXPECT_EQ(row, static_cast<int64_t>(recording.at("reward").data.size()));
    EXPECT_LE(worst.state, kWhole);
    EXPECT_LE(worst.reference, kWhole);
  }
}

// Breaks if a step depends on anything but position, velocity, warm start and action.
TEST(MujocoWorldParity, OneStepReplay) {
  const auto folders = FindMujocoRecordings();
  CARROT_NEED_RECORDINGS(folders);
  for (const auto& folder : folders) {
    const MujocoRecording recording = LoadMujocoRecording(folder);
    SCOPED_TRACE(recording.id);
    Bare bare = MakeBare(recording);
    ASSERT_NE(bare.world, nullptr);
    Worst worst;
    int64_t row = 0;
    uint8_t fault = 0;
    for (int e = 0; e < recording.episodes(); ++e) {
      for (int t = 0; t < recording.lengths[e]; ++t, ++row) {
        const std::string init = t == 0 ? "init_" : "";
        const int64_t from = t == 0 ? e : row - 1;
        SetMujocoState(
            *bare.world, 0,
            {recording.at(init + "qpos").row(from), recording.at(init + "qvel").row(from),
             recording.at(init + "qacc_warmstart").row(from)},
            *bare.batch);
        bare.batch->Flip();
        bare.world->Step({0, 1}, recording.at("action").row(row).data(), *bare.batch, &fault);
        worst.Add(bare, recording, row);
      }
    }
    fmt::print("{:28} one-step replay: {:4} steps, state {:.1e}, reference point {:.1e}\n",
               recording.id, row, worst.state, worst.reference);
    EXPECT_EQ(fault, 0);
    EXPECT_LE(worst.state, kOneStep);
    EXPECT_LE(worst.reference, kOneStep);
  }
}

}  // namespace
}  // namespace carrot
