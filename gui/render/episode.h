// Pictures of a recorded episode: what `carrot render` and `carrot demo` write, in one call or in
// parts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/function_ref.h"
#include "engine/base/result.h"
#include "engine/core/task.h"
#include "engine/trace/trace.h"
#include "gui/render/plot.h"
#include "gui/render/scene_view.h"

namespace carrot {

// The rows of one episode; by default of the first one that has an end. Errors: G013 there is no
// such episode (says which there are).
Result<TraceEpisodeRows> FindEpisode(const Trace& trace, std::optional<int> env = {},
                                     std::optional<int64_t> episode = {});

// A picture of the episode's reward: the panels of AddTermPanels with the weights in force at each
// step, the reward after its stages where it differs from the total, and marks for success, the end
// and its cause, faults, and changes of weights, parameters and scripts. Non-finite terms leave a
// tick.
struct EpisodePlotOptions {
  Theme theme = Theme::kLight;
  int width = 1200;
  double scale = 1;
};
Result<Image> PlotEpisode(Canvas& canvas, const Trace& trace, const TraceEpisodeRows& episode,
                          const EpisodePlotOptions& options = {});

// Which frames of an episode, and how large.
struct FrameOptions {
  int from = 0;     // step; 0 is the start
  int to = -1;      // last step, included; -1: the end
  int every = 1;    // steps from frame to frame
  int width = 960;  // pixels
  int height = 0;   // 0: as suits the world
};

// Draws the chosen steps in order and hands each picture to `frame`, which may stop by returning
// false. `image` is reused. Errors: G013 (no such step), G004, G010.
Status DrawFrames(SceneView& view, const Task& task, const Trace& trace,
                  const TraceEpisodeRows& episode, const FrameOptions& options,
                  FunctionRef<Result<bool>(int step, const Image& image)> frame);

// One picture of `count` moments of the episode, evenly spaced from start to end, each with its
// time.
Result<Image> DrawFilmStrip(Canvas& canvas, SceneView& view, const Task& task, const Trace& trace,
                            const TraceEpisodeRows& episode, int count, Theme theme);

// All in one: makes a context of its own (afterwards no context is current on this thread) and
// writes into `folder` (made if missing):
//   terms.png            PlotEpisode                       if `plot`
//   robot.png            DrawFilmStrip                     if `strip` > 0 moments
//   frames/000042.png    DrawFrames, named by step          if `frames`
struct EpisodePictureOptions {
  std::optional<int> env;
  std::optional<int64_t> episode;
  bool plot = true;
  int strip = 6;
  bool frames = false;
  FrameOptions frame;
  SceneOptions scene;
  double plot_scale = 2;
};
// The written files, in the order of writing. `progress` gets (done, all) after each picture and
// may stop by returning false (what is written stays). Errors: those above, G001 to G004 (no
// OpenGL), I010, I012 (folder).
Result<std::vector<std::string>> WriteEpisodePictures(
    const Task& task, const Trace& trace, const std::filesystem::path& folder,
    const EpisodePictureOptions& options, FunctionRef<bool(int done, int all)> progress);

}  // namespace carrot
