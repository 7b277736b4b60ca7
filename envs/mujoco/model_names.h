// Names of a model's parts, with suggestions for misspelt ones.
#pragma once

#include <mujoco/mujoco.h>

#include <string>
#include <vector>

#include "engine/base/result.h"

namespace carrot {

// Number of objects of a kind (mjtObj) that Carrot's sources can name.
int CountObjects(const mjModel* model, int type);
// Their names in order of id; unnamed ones are left out.
std::vector<std::string> ObjectNames(const mjModel* model, int type);
// The id, or T022 with the nearest name.
Result<int> FindObject(const mjModel* model, int type, const std::string& name);
// "joint" for mjOBJ_JOINT, ...
const char* KindName(int type);
// The name, or "" for an unnamed object.
std::string NameOf(const mjModel* model, int type, int id);
// One name per control: the actuator's, else that of the part it drives, else "ctrl3".
std::vector<std::string> ControlNames(const mjModel* model);

}  // namespace carrot
