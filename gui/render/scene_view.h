// SceneView: draws one row of a world (recorded or live) into a picture. One <world>_view.cc a
// world kind; the table of kinds is in scene_view.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/interactive_world.h"
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
  std::vector<SceneRow> ghosts = {};  // other rows of the same world: their agent, translucent
};

// Where a 3D world is seen from. 2D worlds ignore it.
struct SceneCamera {
  // automatic: follows a robot that can move about, else shows the whole model; from the direction
  // of the model's camera "track" if it has one. named: that camera of the model. follow: looks at
  // `body` (0: as the automatic one) from the direction and distance of the numbers. free: as the
  // numbers say.
  enum class Kind { kAutomatic, kNamed, kFollow, kFree } kind = Kind::kAutomatic;
  std::string name;
  int body = 0;
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

// A point of a body, in the body's frame. Body 0: nothing.
struct ScenePick {
  int body = 0;
  double at[3] = {0, 0, 0};
};

// A board of cells in the picture: shares of its width and height from the top left corner.
struct SceneBoard {
  int columns = 0, rows = 0;  // 0: there is none
  double left = 0, top = 0, cell_width = 0, cell_height = 0;
};
struct SceneBrush {
  std::string name;
  int cell = 0;  // CellChange::cell
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

  // What can be done with the picture that was drawn last. A view may leave out all of it: the
  // scene's gestures, trails and labels then do nothing. Places in the picture are shares of its
  // width and height from the top left corner.

  // The camera that goes on from what is seen when a person takes hold of it.
  virtual SceneCamera Camera() const { return {}; }
  // By body; body 0 is the agent as a whole. Empty: it has no bodies.
  virtual std::vector<std::string> BodyNames() const { return {}; }
  // Where that point of a body is in a row, in the world's coordinates.
  virtual bool Locate(const SceneRow&, const ScenePick&, double[3]) { return false; }
  // Where a point of the world is in the picture; false: behind the camera.
  virtual bool Project(const double[3], double[2]) const { return false; }
  virtual ScenePick Pick(double, double) { return {}; }
  // Takes a body by a point; then the mouse moves by shares of the picture's height.
  virtual bool Grab(const ScenePick&) { return false; }
  enum class Pull { kUpright, kLevel };  // the plane that the mouse moves in
  virtual BodyPull Drag(double, double, Pull, bool) { return {}; }  // dx, dy, plane, turn
  virtual SceneBoard Board() const { return {}; }
  virtual std::vector<SceneBrush> Brushes() const { return {}; }
};

// The view of that task's world. `canvas` draws the 2D worlds and must outlive the view. Errors:
// G012 no view for this kind of world; G010; what Task::NewWorld says.
Result<std::unique_ptr<SceneView>> MakeSceneView(const Task& task, const SceneOptions& options,
                                                 Canvas& canvas);

}  // namespace carrot
