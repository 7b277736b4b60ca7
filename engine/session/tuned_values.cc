#include "engine/session/tuned_values.h"

#include <algorithm>

namespace carrot {

TunedValues::Values TunedValues::Of(const RewardSpec& reward, const RewardSettings& settings) {
  Values values;
  ForSettings(reward, settings, [&](const std::string& name, double, double value, double, double) {
    values[name] = value;
  });
  return values;
}

void TunedValues::Set(const RewardSpec& reward, const Values& values, RewardSettings* settings) {
  ForSettings(reward, *settings,
              [&](const std::string& name, double, double& value, double low, double high) {
                const auto found = values.find(name);
                if (found != values.end()) value = std::clamp(found->second, low, high);
              });
}

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
  RewardSettings carried = DefaultSettings(now, settings.weights.gamma);
  Set(now, All(before, settings), &carried);
  return carried;
}

void TunedValues::Keep(const RewardSpec& before, const RewardSettings& settings,
                       const RewardSpec& now) {
  Values all = All(before, settings);
  for (const auto& [name, value] : Of(now, DefaultSettings(now, settings.weights.gamma))) {
    all.erase(name);
  }
  aside_ = std::move(all);
}

}  // namespace carrot
