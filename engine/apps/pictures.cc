#include "engine/apps/pictures.h"

#ifdef CARROT_HAS_GL
#include "gui/render/episode.h"
#include "gui/render/offscreen.h"
#endif

namespace carrot {

#ifdef CARROT_HAS_GL

Result<std::vector<std::string>> WritePictures(const Task& task, const Trace& trace,
                                               const std::filesystem::path& folder,
                                               const PictureOptions& options,
                                               const std::function<bool(int, int)>& progress) {
  EpisodePictureOptions pictures;
  pictures.env = options.env;
  pictures.episode = options.episode;
  pictures.plot = options.plot;
  pictures.strip = options.strip;
  pictures.frames = options.frames;
  pictures.frame.from = options.from;
  pictures.frame.to = options.to;
  pictures.frame.every = options.every;
  pictures.frame.width = options.width;
  pictures.frame.height = options.height;
  pictures.scene.theme = options.dark ? Theme::kDark : Theme::kLight;
  pictures.scene.quality = options.fast ? SceneQuality::kFast : SceneQuality::kGood;
  if (!options.camera.empty()) {
    pictures.scene.camera.kind = SceneCamera::Kind::kNamed;
    pictures.scene.camera.name = options.camera;
  }
  return WriteEpisodePictures(task, trace, folder, pictures, progress);
}

Result<std::string> GraphicsName() {
  CARROT_ASSIGN_OR_RETURN(const auto context, OffscreenContext::Create());
  return context->renderer() + (context->software() ? " (software)" : "");
}

#else

namespace {

Diagnostic BuiltWithout() {
  return MakeError("G001", "this carrot was built without graphics",
                   {"./carrot setup installs what is missing, the next ./carrot builds with it",
                    "Debian: apt-get install libegl-dev libgl-dev libgl1-mesa-dri"});
}

}  // namespace

Result<std::vector<std::string>> WritePictures(const Task&, const Trace&,
                                               const std::filesystem::path&, const PictureOptions&,
                                               const std::function<bool(int, int)>&) {
  return Fail(BuiltWithout());
}

Result<std::string> GraphicsName() { return Fail(BuiltWithout()); }

#endif

}  // namespace carrot
