// VariantDesk: scores rewards beside the one in use over the recordings, one after the other, on a
// thread of its own. A script is read when it is asked for, and not watched.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/base/service_thread.h"
#include "engine/core/task.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

struct VariantRequest {
  int id = 0;
  std::string path;                                // of the script
  std::shared_ptr<const RewardFunction> function;  // null: the script is read, with its own values
  RewardSettings settings;                         // of `function`
  std::vector<std::shared_ptr<const Trace>> recordings;
};

struct VariantResult {
  int id = 0;
  std::shared_ptr<const RewardFunction> function;  // null: `problems` say why
  RewardSettings settings;
  std::vector<std::vector<EpisodeScore>> episodes;  // by recording
  Diagnostics problems;
};

using VariantDesk = ServiceThread<VariantRequest, VariantResult>;
std::unique_ptr<VariantDesk> NewVariantDesk(std::shared_ptr<const Task> task, int workers);

}  // namespace carrot
