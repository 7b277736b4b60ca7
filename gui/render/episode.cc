#include "gui/render/episode.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <system_error>

#include "gui/render/canvas.h"
#include "gui/render/episode_rows.h"
#include "gui/render/offscreen.h"
#include "gui/render/png.h"

namespace carrot {
namespace {

constexpr int kStripWidth = 480;  // of one moment, logical units

int HeightFor(const SceneView& view, int width, int height) {
  if (height > 0) return height;
  return std::max(1, static_cast<int>(std::lround(width / view.aspect())));
}

Result<std::pair<int, int>> StepsOf(const EpisodeRows& rows, const FrameOptions& options) {
  const int from = std::max(options.from, rows.first_step());
  const int to = options.to < 0 ? rows.last_step() : std::min(options.to, rows.last_step());
  if (from > to || options.every < 1) {
    return Fail(
        MakeError("G013",
                  fmt::format("no frame to draw: from step {} to {}, every {}", options.from,
                              options.to < 0 ? rows.last_step() : options.to, options.every),
                  {fmt::format("the episode was recorded from step {} to {}", rows.first_step(),
                               rows.last_step())}));
  }
  return std::pair(from, to);
}

Status DrawStep(SceneView& view, const Task& task, const EpisodeRows& rows, int step,
                Framebuffer& target) {
  const std::vector<void*> columns = rows.SceneColumns(task, step);
  return view.Draw({.columns = columns, .row = 0}, target);
}

}  // namespace

Result<TraceEpisodeRows> FindEpisode(const Trace& trace, std::optional<int> env,
                                     std::optional<int64_t> episode) {
  const std::vector<TraceEpisodeRows> all = trace.EpisodeRows();
  const TraceEpisodeRows* found = nullptr;
  for (const TraceEpisodeRows& rows : all) {
    if ((env && rows.env != *env) || (episode && rows.episode != *episode)) continue;
    if (found == nullptr || (rows.ended && !found->ended)) found = &rows;
  }
  if (found != nullptr) return *found;
  Diagnostic diagnostic = MakeError("G013", "the recording has no such episode");
  if (all.empty()) {
    diagnostic.message = "the recording holds no steps";
  } else {
    int last_env = 0;
    int64_t last_episode = 0;
    for (const TraceEpisodeRows& rows : all) {
      last_env = std::max(last_env, rows.env);
      last_episode = std::max(last_episode, rows.episode);
    }
    diagnostic.help.push_back(fmt::format("it has {} episodes: env 0 to {}, episode 0 to {}",
                                          all.size(), last_env, last_episode));
  }
  return Fail(std::move(diagnostic));
}

Status DrawFrames(SceneView& view, const Task& task, const Trace& trace,
                  const TraceEpisodeRows& episode, const FrameOptions& options,
                  FunctionRef<Result<bool>(int step, const Image& image)> frame) {
  const EpisodeRows rows(trace, episode);
  CARROT_ASSIGN_OR_RETURN(const auto steps, StepsOf(rows, options));
  CARROT_ASSIGN_OR_RETURN(
      Framebuffer target,
      Framebuffer::Create(options.width, HeightFor(view, options.width, options.height)));
  Image image;
  for (int step = steps.first; step <= steps.second; step += options.every) {
    CARROT_RETURN_IF_ERROR(DrawStep(view, task, rows, step, target));
    target.Read(&image);
    CARROT_ASSIGN_OR_RETURN(const bool more, frame(step, image));
    if (!more) break;
  }
  return {};
}

Result<Image> DrawFilmStrip(Canvas& canvas, SceneView& view, const Task& task, const Trace& trace,
                            const TraceEpisodeRows& episode, int count, Theme theme) {
  const EpisodeRows rows(trace, episode);
  const int span = rows.last_step() - rows.first_step();
  count = std::clamp(count, 1, span + 1);
  constexpr int kGap = 10, kCaption = 24;
  const int columns = std::min(count, 3), lines = (count + columns - 1) / columns;
  const int width = std::min(kStripWidth, static_cast<int>(kStripWidth * view.aspect()));
  const int height = HeightFor(view, width, 0);
  std::vector<Framebuffer> moments;
  std::vector<int> steps;
  for (int i = 0; i < count; ++i) {
    steps.push_back(rows.first_step() + (count > 1 ? i * span / (count - 1) : span));
    CARROT_ASSIGN_OR_RETURN(Framebuffer moment, Framebuffer::Create(2 * width, 2 * height));
    CARROT_RETURN_IF_ERROR(DrawStep(view, task, rows, steps.back(), moment));
    moments.push_back(std::move(moment));
  }
  CARROT_ASSIGN_OR_RETURN(Framebuffer target,
                          Framebuffer::Create(2 * (kGap + columns * (width + kGap)),
                                              2 * (kGap + lines * (height + kCaption + kGap))));
  canvas.Draw(target, theme, 2, [&] {
    ImDrawList* list = ImGui::GetWindowDrawList();
    for (int i = 0; i < count; ++i) {
      const int row = i / columns;
      const auto x = static_cast<float>(kGap + i % columns * (width + kGap));
      const auto y = static_cast<float>(kGap + row * (height + kCaption + kGap));
      const ImVec2 end(x + static_cast<float>(width), y + static_cast<float>(height));
      list->AddImage(
          ImTextureRef(static_cast<ImTextureID>(moments[static_cast<size_t>(i)].texture())),
          ImVec2(x, y), end, ImVec2(0, 1), ImVec2(1, 0));
      const int step = steps[static_cast<size_t>(i)];
      const std::string caption = fmt::format("{:.2f} s    step {}", step * trace.spec().dt, step);
      list->AddText(canvas.fonts().regular, 13, ImVec2(x, end.y + 5), PaletteOf(theme).muted,
                    caption.c_str());
    }
  });
  Image image;
  target.Read(&image);
  return image;
}

Result<std::vector<std::string>> WriteEpisodePictures(
    const Task& task, const Trace& trace, const std::filesystem::path& folder,
    const EpisodePictureOptions& options, FunctionRef<bool(int done, int all)> progress) {
  CARROT_ASSIGN_OR_RETURN(const TraceEpisodeRows episode,
                          FindEpisode(trace, options.env, options.episode));
  CARROT_ASSIGN_OR_RETURN(const std::unique_ptr<OffscreenContext> context,
                          OffscreenContext::Create());
  std::error_code error;
  std::filesystem::create_directories(options.frames ? folder / "frames" : folder, error);
  if (error) {
    return Fail(MakeError(
        "I012", fmt::format("cannot make the folder `{}`: {}", folder.string(), error.message()),
        {"choose a folder that may be written to"}));
  }
  Canvas canvas;
  const EpisodeRows rows(trace, episode);
  int all = (options.plot ? 1 : 0) + (options.strip > 0 ? 1 : 0), done = 0;
  if (options.frames) {
    CARROT_ASSIGN_OR_RETURN(const auto steps, StepsOf(rows, options.frame));
    all += (steps.second - steps.first) / options.frame.every + 1;
  }
  std::vector<std::string> written;
  auto write = [&](const std::filesystem::path& path, const Image& image) -> Result<bool> {
    CARROT_RETURN_IF_ERROR(WritePng(path.string(), image));
    written.push_back(path.string());
    return progress(++done, all);
  };
  if (options.plot) {
    CARROT_ASSIGN_OR_RETURN(const Image image, PlotEpisode(canvas, trace, episode,
                                                           {.theme = options.scene.theme,
                                                            .scale = options.plot_scale}));
    CARROT_ASSIGN_OR_RETURN(const bool more, write(folder / "terms.png", image));
    if (!more) return written;
  }
  if (options.strip <= 0 && !options.frames) return written;
  CARROT_ASSIGN_OR_RETURN(const std::unique_ptr<SceneView> view,
                          MakeSceneView(task, options.scene, canvas));
  if (options.strip > 0) {
    CARROT_ASSIGN_OR_RETURN(const Image image, DrawFilmStrip(canvas, *view, task, trace, episode,
                                                             options.strip, options.scene.theme));
    CARROT_ASSIGN_OR_RETURN(const bool more, write(folder / "robot.png", image));
    if (!more) return written;
  }
  if (options.frames) {
    CARROT_RETURN_IF_ERROR(
        DrawFrames(*view, task, trace, episode, options.frame, [&](int step, const Image& image) {
          return write(folder / "frames" / fmt::format("{:06}.png", step), image);
        }));
  }
  return written;
}

}  // namespace carrot
