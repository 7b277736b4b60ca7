#include "envs/all/worlds.h"

#include "envs/cartpole/cartpole.h"
#include "envs/grid/grid_world.h"
#include "envs/mujoco/mujoco_model.h"

namespace carrot {

const WorldRegistry& AllWorlds() {
  static const WorldRegistry registry = [] {
    WorldRegistry worlds("world");
    worlds.Add("cartpole", MakeCartPoleModel);
    worlds.Add("grid", MakeGridModel);
    worlds.Add("mujoco", MakeMujocoModel);
    return worlds;
  }();
  return registry;
}

}  // namespace carrot
