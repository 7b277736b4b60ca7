// SceneCache: the picture of the shown step. Drawn anew only when the step, the size or the camera
// changed.
#pragma once

#include <memory>
#include <optional>

#include "engine/core/state_batch.h"
#include "engine/session/frame_view.h"
#include "gui/render/canvas.h"
#include "gui/render/framebuffer.h"
#include "gui/render/scene_view.h"

namespace carrot {

// What is drawn with a row.
struct SceneExtras {
  std::shared_ptr<const StateBatch> instead;  // of the recorded row, if not null: its only row
  // The agent of another episode, translucent, if not null.
  std::shared_ptr<const Trace> ghost;
  int ghost_episode = 0, ghost_step = 0;
  bool operator==(const SceneExtras&) const = default;
};

class SceneCache {
 public:
  // The texture of that row in about this size, or 0 with why() set. `quality`: share of the
  // pixels, 0..1.
  unsigned int Draw(const Task& task, const TraceView& trace, int episode, int step, int width,
                    int height, Theme theme, double quality, const SceneExtras& extras = {});
  const std::string& why() const { return why_; }

  // Of each side of the picture, 0..1: less while frames take too long.
  double resolution = 1;
  SceneCamera camera;  // of 3D worlds; set it and call CameraChanged
  void CameraChanged() { changed_ = true; }
  std::vector<std::string> CameraNames() const;
  // Another picture beside this one, made on first use.
  SceneCache& Beside() {
    if (!beside_) beside_ = std::make_unique<SceneCache>();
    return *beside_;
  }
  SceneView* view() { return view_.get(); }  // null: nothing has been drawn yet
  double aspect() const { return view_ ? view_->aspect() : 16.0 / 9; }

 private:
  struct Key {
    const void* task = nullptr;
    const void* trace = nullptr;
    int episode = -1, step = -1, width = 0, height = 0;
    Theme theme = Theme::kLight;
    SceneExtras extras;
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
  std::unique_ptr<SceneCache> beside_;
};

}  // namespace carrot
