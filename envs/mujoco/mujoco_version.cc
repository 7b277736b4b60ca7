#include "envs/mujoco/mujoco_version.h"

#include <mujoco/mujoco.h>

namespace carrot {
std::string MujocoVersion() { return mj_versionString(); }
}  // namespace carrot
