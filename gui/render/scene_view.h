// SceneView: draws one row of a world (recorded or live) into a picture. One <world>_view.cc a
// world kind; the table of kinds is in scene_view.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/task.h"
#include "gui/render/framebuffer.h"
#include "gui/render/style.h"

namespace carrot {

class Canvas;

// Columns by StateSpec index, as StateBatch::next() and trace columns are; null where a field was
// not recorded. Only fields of role pose are read.
struct SceneRow {
  std::span<void* const> columns;
  int64_t row = 0;
};

// Where a 3D world is seen from. 2D worlds ignore it.
struct SceneCamera {
  // automatic: follows a robot that can move about, else shows the whole model; from the direction
  // of the model's camera "track" if it has one. named: that camera of the model. free: as the
  // numbers say.
  enum class Kind { kAutomatic, kNamed, kFree } kind = Kind::kAutomatic;
  std::string name;
  double lookat[3] = {0, 0, 0};  // m
  double distance = 4;           // m
  double azimuth = 90;           // degrees, as MuJoCo: 90 looks along +y
  double elevation = -15;        // degrees, negative looks down
};

// fast: no shadows, reflections or multisampling (a window under software rendering); good: all of
// them.
enum class SceneQuality { kFast, kGood };

struct SceneOptions {
  Theme theme = Theme::kLight;
  SceneQuality quality = SceneQuality::kGood;
  SceneCamera camera;
};

// Needs the current GL context for its whole life; one thread.
class SceneView {
 public:
  virtual ~SceneView() = default;
  // Fills the whole of `target`. A pure function of the row, the options and the size. Errors: G010
  // the row cannot be drawn (a pose field is missing or not finite).
  virtual Status Draw(const SceneRow& row, Framebuffer& target) = 0;
  // Names for SceneCamera::name.
  virtual std::vector<std::string> CameraNames() const { return {}; }
  // Errors: G011 no such camera, with a suggestion.
  virtual Status SetCamera(const SceneCamera& camera) = 0;
  // Width over height that suits the world, e.g. 16 / 9.
  virtual double aspect() const { return 16.0 / 9.0; }
};

// The view of that task's world. `canvas` draws the 2D worlds and must outlive the view. Errors:
// G012 no view for this kind of world; G010; what Task::NewWorld says.
Result<std::unique_ptr<SceneView>> MakeSceneView(const Task& task, const SceneOptions& options,
                                                 Canvas& canvas);

}  // namespace carrot
