// Weights and parameters that were set by hand survive a reload of their script, by name:
//
//   equal to the old default      follows the new default
//   set to something else         stays
//   of a name that is gone        is put aside, and comes back when the name does
#pragma once

#include <map>
#include <string>

#include "rewards/analysis/rescore.h"

namespace carrot {

class TunedValues {
 public:
  // Names as in --set: "w:forward", "w:potential", "p:speed".
  using Values = std::map<std::string, double>;

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
