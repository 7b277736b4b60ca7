// One maker a world kind; scene_view.cc lists them. A new world adds its <world>_view.cc, a line
// here and a line there.
#pragma once

#include "gui/render/scene_view.h"

namespace carrot {

Result<std::unique_ptr<SceneView>> MakeMujocoView(const Task& task, const SceneOptions& options,
                                                  Canvas& canvas);
Result<std::unique_ptr<SceneView>> MakeGridView(const Task& task, const SceneOptions& options,
                                                Canvas& canvas);
Result<std::unique_ptr<SceneView>> MakeCartPoleView(const Task& task, const SceneOptions& options,
                                                    Canvas& canvas);

// The pose field `name` of a row, `size` elements of type T. Errors: G010 it was not recorded, or
// is of another type or size than this view draws.
template <typename T>
Result<const T*> PoseField(const StateSpec& spec, const SceneRow& row, const char* name, int size);

}  // namespace carrot
