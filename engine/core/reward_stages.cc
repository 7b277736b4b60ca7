#include "engine/core/reward_stages.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"
#include "engine/core/reward_function.h"

namespace carrot {
namespace {

double Sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

}  // namespace

const char* Name(RewardStage::Kind kind) {
  return kind == RewardStage::Kind::kClip ? "clip" : "par";
}

double ApplyStage(const RewardStage& stage, double reward) {
  if (stage.kind == RewardStage::Kind::kClip) return std::clamp(reward, stage.a, stage.b);
  double sum = 0;
  for (double reference : stage.references) sum += Sigmoid((reward - reference) / stage.a);
  return sum / static_cast<double>(stage.references.size());
}

double LearnStages::Apply(double reward, const double* next) const {
  const auto capped = [this](double r) { return cap ? std::min(r, *cap) - *cap : r; };
  const double own = capped(reward);
  return delta && next != nullptr ? own - capped(*next) : own;
}

std::vector<double> RewardLearn(const LearnStages& stages, std::span<const double> reward,
                                std::span<const uint8_t> flags,
                                std::span<const LearnSegment> segments) {
  CARROT_CHECK(reward.size() == flags.size());
  const auto rows = static_cast<int64_t>(reward.size());
  std::vector<double> out(reward.size(), 0.0);
  for (const LearnSegment& segment : segments) {
    for (int64_t r = std::max<int64_t>(0, segment.begin); r < std::min(segment.end, rows); ++r) {
      if (flags[r] & kRowFault) continue;
      // A fault ends its episode one row earlier.
      const bool last = (flags[r] & (kRowTerminated | kRowTruncated)) || r + 1 >= rows ||
                        (flags[r + 1] & kRowFault);
      const double learn = stages.Apply(reward[r], last ? nullptr : &reward[r + 1]);
      out[r] = std::clamp(learn * segment.scale, -segment.clip, segment.clip);
    }
  }
  return out;
}

}  // namespace carrot
