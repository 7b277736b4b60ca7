// Surface: where frames go: a window (GLFW), or a picture without a display (EGL). The loop above
// is the same for both.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"
#include "gui/render/image.h"

namespace carrot {

// "1280x720": 320x240 to 8192x8192 pixels.
bool ParseWindowSize(const std::string& text, int* width, int* height);
inline constexpr const char* kWindowSizeText =
    "a size is WIDTHxHEIGHT such as 1280x720, from 320x240 to 8192x8192";

struct SurfaceOptions {
  int width = 1600, height = 900;
  std::string title = "Carrot";
  bool window = true;  // false: EGL, no display
  bool input = true;   // of the window's mouse and keys; false while a script drives
  float scale = 1;
};

// Sets up ImGui's and ImPlot's contexts for its life; one at a time, on one thread.
class Surface {
 public:
  // G001..G005, with what to do: a missing display names xvfb-run and --headless.
  static Result<std::unique_ptr<Surface>> Open(const SurfaceOptions& options);
  virtual ~Surface() = default;

  virtual bool closed() const = 0;
  // Waits up to `seconds` (0: not at all) for input or Wake; whether there was input.
  virtual bool Wait(double seconds) = 0;
  virtual void Wake() = 0;  // from any thread
  // Begins an ImGui frame of `dt` seconds (0: measured).
  virtual void Begin(double dt) = 0;
  // Draws what ImGui was told. `image`, if not null, receives the pixels. Without a display, a
  // frame of a given `dt` that gives no image is not drawn: its state is the same.
  virtual void End(Image* image) = 0;
  virtual void Resize(int width, int height) = 0;
  virtual std::string renderer() const = 0;  // GL_RENDERER
  virtual bool focused() const { return true; }
};

}  // namespace carrot
