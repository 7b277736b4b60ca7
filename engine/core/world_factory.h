// How envs/task makes worlds without knowing them: each world kind gives one WorldFactory, and the
// list of all kinds is envs/all/worlds.cc.
#pragma once

#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/registry.h"
#include "engine/core/world.h"

namespace carrot {

// A world with its model loaded: knows its WorldSpec and makes worlds of any size. Immutable.
class WorldModel {
 public:
  virtual ~WorldModel() = default;
  const WorldSpec& spec() const { return spec_; }
  virtual std::unique_ptr<World> NewWorld(int num_envs) const = 0;

 protected:
  WorldSpec spec_;
};

// What task.lua says of its world, as data.
struct WorldRequest {
  nlohmann::json
      options;  // the table given to mujoco{...}, grid{...}; array part under "1", "2", ...
  nlohmann::json
      fields;  // ordered list of {name, source, clip?, unit?, names?, doc?, role?, dtype?}:
               // fields with a source string, for worlds that derive fields from a model
  nlohmann::json reset;    // the `reset` table, as data
  std::string task_path;   // folder of task.lua: relative files are looked up there
  std::string asset_root;  // where `asset "gymnasium:..."` was resolved; options hold full paths
};

// For worlds that publish their fields themselves and take only named options: refuses options
// other than `known` (T030, with a suggestion; positional ones are named "1", "2", ...), fields
// with a source string (T033) and a `reset` table (T034).
Status CheckPlainRequest(const WorldRequest& request, const std::string& kind,
                         const std::vector<std::string>& known);

using WorldFactory = std::function<Result<std::shared_ptr<const WorldModel>>(const WorldRequest&)>;
using WorldRegistry = Registry<WorldFactory>;

}  // namespace carrot
