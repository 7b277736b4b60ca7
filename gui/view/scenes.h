// SceneCache: the picture of the shown step. Drawn anew only when the step, the size or the camera
// changed.
#pragma once

#include <memory>
#include <optional>

#include "engine/session/frame_view.h"
#include "gui/render/canvas.h"
#include "gui/render/framebuffer.h"
#include "gui/render/scene_view.h"

namespace carrot {

class SceneCache {
 public:
  // The texture of that row in about this size, or 0 with why() set. `quality`: share of the
  // pixels, 0..1.
  unsigned int Draw(const Task& task, const TraceView& trace, int episode, int step, int width,
                    int height, Theme theme, double quality);
  const std::string& why() const { return why_; }

  SceneCamera camera;  // of 3D worlds; set it and call CameraChanged
  void CameraChanged() { changed_ = true; }
  std::vector<std::string> CameraNames() const;
  double aspect() const { return view_ ? view_->aspect() : 16.0 / 9; }

 private:
  struct Key {
    const void* task = nullptr;
    const void* trace = nullptr;
    int episode = -1, step = -1, width = 0, height = 0;
    Theme theme = Theme::kLight;
    bool operator==(const Key&) const = default;
  };
  Canvas canvas_;  // of the 2D worlds
  std::unique_ptr<SceneView> view_;
  const void* task_ = nullptr;
  Theme theme_ = Theme::kLight;
  std::optional<Framebuffer> target_;
  Key drawn_;
  bool changed_ = false;
  std::string why_;
};

}  // namespace carrot
