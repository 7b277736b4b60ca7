// AlarmDesk: lints and alarms of a reward on recordings, on a thread of its own below everything
// else. It reads all of the behaviour several times: ask once a change has settled.
#pragma once

#include <memory>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/service_thread.h"
#include "engine/core/task.h"
#include "rewards/analysis/evidence.h"
#include "rewards/analysis/finding.h"

namespace carrot {

struct AlarmRequest {
  std::vector<Recording> recordings;
  std::shared_ptr<const RewardFunction> reward;
  RewardSettings settings;  // gamma is taken from the first recording
};

// What `carrot audit --trace` finds, of the newest request.
using AlarmDesk = ServiceThread<AlarmRequest, Result<Findings>>;
std::unique_ptr<AlarmDesk> NewAlarmDesk(std::shared_ptr<const Task> task);

}  // namespace carrot
