// OffscreenContext: OpenGL without a display or a window (EGL, surfaceless Mesa platform; else the
// default EGL display), a compatibility context as MuJoCo's renderer needs.
#pragma once

#include <memory>
#include <string>

#include "engine/base/result.h"

namespace carrot {

// Threading: the context is current on the thread that made it, and everything that draws
// (SceneView, Canvas, Framebuffer) is made, used and destroyed on that thread, before the context.
// Another thread may have its own context, but two must not draw at the same time (ImGui and the GL
// table are per process).
class OffscreenContext {
 public:
  // Errors: G001 no EGL library, G002 no EGL display or context, G003 a GL too old. Each with the
  // package to install. Never aborts, whatever the drivers do.
  static Result<std::unique_ptr<OffscreenContext>> Create();
  ~OffscreenContext();
  OffscreenContext(const OffscreenContext&) = delete;
  OffscreenContext& operator=(const OffscreenContext&) = delete;

  void MakeCurrent();  // after another context was current on this thread
  const std::string& renderer() const { return renderer_; }  // GL_RENDERER
  // True for a software renderer (llvmpipe, softpipe, swrast): pictures are right but slow.
  bool software() const { return software_; }

 private:
  struct Egl;
  explicit OffscreenContext(std::unique_ptr<Egl> egl);
  std::unique_ptr<Egl> egl_;
  std::string renderer_;
  bool software_ = false;
};

}  // namespace carrot
