#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "engine/apps/arguments.h"
#include "engine/apps/interrupt.h"
#include "engine/apps/options.h"
#include "engine/apps/pictures.h"
#include "engine/apps/progress.h"
#include "engine/apps/recordings.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/trace/trace_file.h"

namespace carrot {
namespace {

class RenderVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        {"--trace", "F.trace", "the recording", &trace_, true, {}, Offer::kFile},
        OutOption(&out_,
                  "where the pictures go [pictures/RECORDING of the run, or beside the recording]"),
        {"--plot", "WHAT", "only the plot of the terms", &plot_, false, {"terms"}},
        {"--frames", "", "a picture a step (frames/000042.png)", &frames_},
        {"--strip", "N", "moments in the picture of the robot (0: none)", &strip_},
        {"--env", "N", "environment of the episode", &env_},
        {"--episode", "N", "episode of that environment [the first that has ended]", &episode_},
        {"--from", "STEP", "first step of the frames", &from_},
        {"--to", "STEP", "last step of the frames [the end]", &to_},
        {"--every", "N", "steps from frame to frame", &every_},
        {"--size", "WxH", "of a frame", &size_},
        {"--camera", "NAME", "a camera of the model", &camera_},
        {"--theme", "NAME", "light or dark", &theme_, false, {"light", "dark"}},
        {"--fast", "", "no shadows and multisampling", &fast_},
        RecordedTaskOption(&task_name_),
    };
  }

  ExitCode Run(Console& console) override {
    Progress progress(console, "render", 1, "pictures");
    Result<std::vector<std::string>> files = Draw(progress);
    progress.Finish();
    if (!files) return console.Fail(files.error());
    if (console.json()) {
      console.PrintJson({{"trace", trace_}, {"files", *files}});
    } else {
      for (const std::string& file : *files) console.Print(file + "\n");
    }
    return ExitCode::kOk;
  }

 private:
  Result<std::vector<std::string>> Draw(Progress& progress) {
    PictureOptions options;
    CARROT_RETURN_IF_ERROR(ParseSize(&options));
    trace_ = NewestRecordingIn(trace_);
    CARROT_ASSIGN_OR_RETURN(const auto trace, OpenTrace(trace_));
    CARROT_ASSIGN_OR_RETURN(const auto task,
                            FindTask(task_name_.empty() ? trace->spec().task : task_name_));
    if (env_ >= 0) options.env = static_cast<int>(env_);
    if (episode_ >= 0) options.episode = episode_;
    options.frames = frames_ && plot_.empty();
    options.strip = plot_.empty() ? static_cast<int>(std::clamp<int64_t>(strip_, 0, 60)) : 0;
    options.from = static_cast<int>(from_);
    options.to = static_cast<int>(to_);
    options.every = static_cast<int>(std::max<int64_t>(1, every_));
    options.camera = camera_;
    options.dark = theme_ == "dark";
    options.fast = fast_;
    const std::filesystem::path folder =
        out_.empty() ? DefaultFolder(trace_) : std::filesystem::path(out_);
    return WritePictures(*task, *trace, folder, options, [&](int done, int all) {
      progress.SetTotal(all);
      progress.Update(done);
      return !Interrupted().load();
    });
  }
  // A run keeps all its pictures in one place, each recording's in a folder of their own: the next
  // one must not write over them.
  static std::filesystem::path DefaultFolder(const std::filesystem::path& trace) {
    const std::filesystem::path whole = std::filesystem::absolute(trace / "").parent_path();
    const std::filesystem::path parent = whole.parent_path();
    const bool in_run = parent.filename() == "traces";
    return (in_run ? parent.parent_path() : parent) / "pictures" / whole.stem();
  }
  Status ParseSize(PictureOptions* options) const {
    if (size_.empty()) return {};
    int width = 0, height = 0, used = 0;
    const bool good = std::sscanf(size_.c_str(), "%dx%d%n", &width, &height, &used) == 2 &&
                      used == static_cast<int>(size_.size()) && width > 0 && height > 0;
    if (!good || width > 16384 || height > 16384) {
      return Fail(
          MakeError("U002", fmt::format("--size takes WxH such as 1280x720, not `{}`", size_)));
    }
    options->width = width;
    options->height = height;
    return {};
  }

  std::string trace_, out_, plot_, size_, camera_, theme_ = "light", task_name_;
  bool frames_ = false, fast_ = false;
  int64_t strip_ = 6, env_ = -1, episode_ = -1, from_ = 0, to_ = -1, every_ = 1;
};

}  // namespace

std::unique_ptr<Verb> MakeRender() { return std::make_unique<RenderVerb>(); }

}  // namespace carrot
