#include "engine/core/observed_memory.h"

#include <fmt/format.h>

#include <algorithm>

namespace carrot {

int ObservedWidth(const RewardSpec& reward) {
  int width = 0;
  for (int index : reward.observe) {
    const MemorySpec& entry = reward.memory[index];
    width += entry.states.empty() ? entry.size : static_cast<int>(entry.states.size());
  }
  return width;
}

std::vector<std::string> ObservedNames(const RewardSpec& reward) {
  std::vector<std::string> names;
  for (int index : reward.observe) {
    const MemorySpec& entry = reward.memory[index];
    for (const auto& state : entry.states)
      names.push_back(fmt::format("m.{}={}", entry.name, state));
    if (!entry.states.empty()) continue;
    for (int i = 1; i <= entry.size; ++i) {
      names.push_back(entry.is_scalar ? "m." + entry.name : fmt::format("m.{}[{}]", entry.name, i));
    }
  }
  return names;
}

void GatherObserved(const RewardSpec& reward, const double* memory, double* out) {
  for (int index : reward.observe) {
    const MemorySpec& entry = reward.memory[index];
    const double* value = memory + entry.offset;
    if (entry.states.empty()) {
      out = std::copy_n(value, entry.size, out);
      continue;
    }
    const auto states = static_cast<int>(entry.states.size());
    for (int state = 1; state <= states; ++state) *out++ = *value == state ? 1.0 : 0.0;
  }
}

}  // namespace carrot
