#include "gui/render/episode.h"

#include <filesystem>

#include "gui/render/png.h"
#include "tests/gui/render/fixture.h"
#include "tests/support/toy_recording.h"

namespace carrot::test {
namespace {

using EpisodeTest = DrawingTest;
using testing::RecordToy;
using testing::ToyRecording;

// A recording of cart-poles made by hand: two episodes of env 0 (the first without its end), `rows`
// rows each; the cart drives to the right and the pole leans.
std::shared_ptr<Trace> CartPoleTrace(const Task& task, int rows) {
  TraceSpec spec;
  spec.task = "cartpole";
  spec.dt = 0.02;
  spec.fields = task.spec().state.fields();
  spec.terms = {{.name = "upright"}};
  auto trace = std::make_shared<Trace>(spec);
  for (int episode = 0; episode < 2; ++episode) {
    TraceChunk* chunk = trace->NewChunk(rows);
    const TraceBlock block{.episode = episode, .rows = rows, .chunk = chunk};
    for (int row = 0; row < rows; ++row) {
      auto number = [&](int column) -> double& {
        return *const_cast<double*>(Trace::Row<double>(block, column, row));
      };
      for (int c = 0; c < trace->layout().size(); ++c) {
        std::memset(const_cast<std::byte*>(Trace::Row(block, c, row)), 0,
                    trace->layout().columns[c].row_bytes());
      }
      number(trace->layout().state + task.spec().state.Find("x")) = -2 + 4.0 * row / (rows - 1);
      number(trace->layout().state + task.spec().state.Find("theta")) = 0.1 * episode;
    }
    if (episode == 1) {
      *const_cast<std::byte*>(Trace::Row(block, trace->layout().flags, rows - 1)) =
          std::byte{kRowTerminated};
    }
    trace->Publish(block);
  }
  return trace;
}

double CartX(const Image& image) {
  return Find(image, [](auto p) { return p[0] > 200 && p[1] > 120 && p[1] < 190 && p[2] < 60; }).x;
}

// Without it: `render` could draw another episode than the one asked for, or an unfinished one by
// default.
TEST_F(EpisodeTest, FindsTheEpisode) {
  const auto trace = CartPoleTrace(CartPoleTask(), 11);
  EXPECT_EQ(FindEpisode(*trace)->episode, 1);
  EXPECT_EQ(FindEpisode(*trace, 0, 0)->episode, 0);
  const auto none = FindEpisode(*trace, 3);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error()[0].code, "G013");
  EXPECT_EQ(none.error()[0].help[0], "it has 2 episodes: env 0 to 0, episode 0 to 1");
}

// Without it: frames could show wrong steps, ignore from/to/every, or all show the same row.
TEST_F(EpisodeTest, FramesAreTheChosenSteps) {
  const WorldTask task = CartPoleTask();
  const auto trace = CartPoleTrace(task, 11);
  auto view = View(task);
  std::vector<int> steps;
  std::vector<double> carts;
  const Status drawn = DrawFrames(*view, task, *trace, *FindEpisode(*trace, 0, 0),
                                  {.from = 2, .to = 9, .every = 3, .width = 300},
                                  [&](int step, const Image& image) -> Result<bool> {
                                    EXPECT_EQ(image.width, 300);
                                    EXPECT_EQ(image.height, 150);
                                    steps.push_back(step);
                                    carts.push_back(CartX(image));
                                    return true;
                                  });
  ASSERT_TRUE(drawn) << Explain(drawn.error());
  EXPECT_EQ(steps, (std::vector<int>{2, 5, 8}));
  for (size_t i = 0; i < carts.size(); ++i)
    EXPECT_NEAR(carts[i], 150 + 50 * (-2 + 0.4 * steps[i]), 2);
}

// Without it: a range outside the episode would draw nothing and say nothing.
TEST_F(EpisodeTest, EmptyRangeIsAnError) {
  const WorldTask task = CartPoleTask();
  const auto trace = CartPoleTrace(task, 11);
  auto view = View(task);
  const Status drawn = DrawFrames(*view, task, *trace, *FindEpisode(*trace), {.from = 50},
                                  [](int, const Image&) -> Result<bool> { return true; });
  ASSERT_FALSE(drawn);
  EXPECT_EQ(drawn.error()[0].code, "G013");
  EXPECT_EQ(drawn.error()[0].help[0], "the episode was recorded from step 0 to 10");
}

// Without it: the one call behind `render` and `demo` could miss a file, or name one that is not
// there.
TEST_F(EpisodeTest, WritesAllPictures) {
  const WorldTask task = CartPoleTask();
  const auto trace = CartPoleTrace(task, 11);
  const auto folder = std::filesystem::path(::testing::TempDir()) / "episode_pictures";
  std::filesystem::remove_all(folder);
  int calls = 0, last = 0;
  const auto written = WriteEpisodePictures(task, *trace, folder,
                                            {.frames = true, .frame = {.every = 5, .width = 64}},
                                            [&](int done, int all) {
                                              EXPECT_EQ(done, ++calls);
                                              last = all;
                                              return true;
                                            });
  ASSERT_TRUE(written) << Explain(written.error());
  EXPECT_EQ(last, 5);
  std::vector<std::string> names;
  for (const std::string& path : *written) {
    EXPECT_GT(CountColours(ReadPng(path).value()), 5) << path;
    names.push_back(std::filesystem::relative(path, folder));
  }
  EXPECT_EQ(names, (std::vector<std::string>{"terms.png", "robot.png", "frames/000000.png",
                                             "frames/000005.png", "frames/000010.png"}));
  context_->MakeCurrent();
}

// Without it: a folder that cannot be made would be a crash or a silent loss.
TEST_F(EpisodeTest, FolderThatCannotBeMadeIsAnError) {
  const WorldTask task = CartPoleTask();
  const auto written = WriteEpisodePictures(task, *CartPoleTrace(task, 5), "/proc/pictures", {},
                                            [](int, int) { return true; });
  context_->MakeCurrent();
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error()[0].code, "I012");
}

// Without it: a world without a view would crash instead of saying that the plot still works.
TEST_F(EpisodeTest, WorldWithoutAViewIsAnError) {
  const auto view = MakeSceneView(*testing::MakeToyTask(), {}, *canvas_);
  ASSERT_FALSE(view);
  EXPECT_EQ(view.error()[0].code, "G012");
}

// Without it: the plot of a recording with potential, clipping, faults and a weight change on the
// way could fail, or ignore that change.
TEST_F(EpisodeTest, PlotsARecordingWithEverythingInIt) {
  auto record = [](double weight_later) {
    return RecordToy({.reward = {.clip = 0.5, .non_finite_step = 9},
                      .num_envs = 1,
                      .steps = 60,
                      .before_step = [weight_later](int step, VectorEnv& env, TraceWriter& writer) {
                        if (step != 5) return;
                        RewardWeights weights = env.weights();
                        weights.weights[0] = weight_later;
                        env.SetWeights(weights);
                        writer.RecordWeight("progress", weight_later);
                      }});
  };
  const ToyRecording one = record(1), four = record(4);
  auto plot = [&](const ToyRecording& recording) {
    auto image = PlotEpisode(*canvas_, *recording.trace, *FindEpisode(*recording.trace));
    EXPECT_TRUE(image) << Explain(image.error());
    return std::move(*image);
  };
  const Image image = plot(one);
  EXPECT_GT(CountColours(image), 100);
  EXPECT_EQ(plot(one).rgb, image.rgb);
  EXPECT_NE(plot(four).rgb, image.rgb);
}

}  // namespace
}  // namespace carrot::test
