#include "engine/session/tuned_values.h"

#include <algorithm>

namespace carrot {
namespace {

// visit(name, the script's own value, the value in `settings`, its range) for each setting.
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

}  // namespace

TunedValues::Values TunedValues::Overrides(const RewardSpec& reward,
                                           const RewardSettings& settings) {
  Values values;
  ForSettings(reward, settings,
              [&](const std::string& name, double own, double value, double, double) {
                if (value != own) values[name] = value;
              });
  return values;
}

// Those set aside earlier, and those in force.
TunedValues::Values TunedValues::All(const RewardSpec& before,
                                     const RewardSettings& settings) const {
  Values all = Overrides(before, settings);
  all.insert(aside_.begin(), aside_.end());
  return all;
}

RewardSettings TunedValues::Carry(const RewardSpec& before, const RewardSettings& settings,
                                  const RewardSpec& now) const {
  const Values all = All(before, settings);
  RewardSettings carried = DefaultSettings(now, settings.weights.gamma);
  ForSettings(now, carried,
              [&](const std::string& name, double, double& value, double low, double high) {
                const auto tuned = all.find(name);
                if (tuned != all.end()) value = std::clamp(tuned->second, low, high);
              });
  return carried;
}

void TunedValues::Keep(const RewardSpec& before, const RewardSettings& settings,
                       const RewardSpec& now) {
  Values all = All(before, settings);
  const RewardSettings defaults = DefaultSettings(now, settings.weights.gamma);
  ForSettings(now, defaults,
              [&](const std::string& name, double, double, double, double) { all.erase(name); });
  aside_ = std::move(all);
}

}  // namespace carrot
