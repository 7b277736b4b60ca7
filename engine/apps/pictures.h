// Pictures, whether this binary can draw or not.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/task.h"
#include "engine/trace/trace.h"

namespace carrot {

struct PictureOptions {
  std::optional<int> env;
  std::optional<int64_t> episode;
  bool plot = true, frames = false;
  int strip = 6;  // moments of the robot; 0: none
  int from = 0, to = -1, every = 1, width = 960, height = 0;
  std::string camera;
  bool dark = false, fast = false;
};

// The written files. G001 to G004: no OpenGL here, or a binary built without it, with the hint.
Result<std::vector<std::string>> WritePictures(
    const Task& task, const Trace& trace, const std::filesystem::path& folder,
    const PictureOptions& options, const std::function<bool(int done, int all)>& progress);

// "llvmpipe (software)", or why nothing can be drawn.
Result<std::string> GraphicsName();

}  // namespace carrot
