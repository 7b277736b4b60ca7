// What `carrot compare` prints: for people, and as JSON.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/apps/recordings.h"
#include "engine/apps/terminal.h"
#include "engine/session/overoptimisation.h"
#include "rewards/analysis/comparison.h"
#include "rewards/analysis/flip_noise.h"

namespace carrot {

struct ComparedRecordings {
  Recordings recordings;
  std::vector<std::unique_ptr<ScoredReward>> rewards;
  Comparison comparison;
  std::vector<std::vector<FlipEffect>> noise;  // by reward; empty if not asked for
};

std::string CompareText(const ComparedRecordings& compared, const Stream& out);
Json CompareJson(const ComparedRecordings& compared);

std::string CurveText(const std::filesystem::path& run, const Task& task,
                      const OveroptimisationCurve& curve, const Stream& out);
Json CurveJson(const std::filesystem::path& run, const Task& task,
               const OveroptimisationCurve& curve);

}  // namespace carrot
