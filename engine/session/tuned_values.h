// Weights and parameters that were set by hand survive a reload of their script, by name:
//
//   equal to the old default      follows the new default
//   set to something else         stays
//   of a name that is gone        is put aside, and comes back when the name does
#pragma once

#include <limits>
#include <map>
#include <string>

#include "rewards/analysis/rescore.h"

namespace carrot {

// visit(name, the script's own value, the value in `settings`, lowest, highest) for each setting of
// a reward; names as in --set: "w:forward", "w:potential", "p:speed".
template <typename Settings, typename Visit>
void ForSettings(const RewardSpec& reward, Settings& settings, Visit visit) {
  constexpr double kAny = std::numeric_limits<double>::infinity();
  for (size_t k = 0; k < reward.terms.size(); ++k) {
    visit("w:" + reward.terms[k].name, reward.terms[k].weight, settings.weights.weights[k], -kAny,
          kAny);
  }
  if (reward.has_potential) {
    visit("w:potential", reward.potential_weight, settings.weights.potential, -kAny, kAny);
  }
  for (size_t i = 0; i < reward.params.size(); ++i) {
    const ParamSpec& param = reward.params[i];
    visit("p:" + param.name, param.value, settings.params[i], param.low, param.high);
  }
}

class TunedValues {
 public:
  using Values = std::map<std::string, double>;  // by name

  // All of them; and back, by name: others are left as they are, names that the reward has not are
  // left out.
  static Values Of(const RewardSpec& reward, const RewardSettings& settings);
  static void Set(const RewardSpec& reward, const Values& values, RewardSettings* settings);

  // What differs from the script's own values.
  static Values Overrides(const RewardSpec& reward, const RewardSettings& settings);

  // The settings of `now`, which follows `before` with its `settings`. A value outside of its
  // parameter's new range is moved to the nearer end. Changes nothing here: call Keep if the new
  // script is taken.
  RewardSettings Carry(const RewardSpec& before, const RewardSettings& settings,
                       const RewardSpec& now) const;
  void Keep(const RewardSpec& before, const RewardSettings& settings, const RewardSpec& now);

  const Values& aside() const { return aside_; }

 private:
  Values All(const RewardSpec& before, const RewardSettings& settings) const;
  Values aside_;
};

}  // namespace carrot
