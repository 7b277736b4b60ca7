// What exists to be named on a command line, for completions and suggestions. Never fails: what
// cannot be read is not offered.
#pragma once

#include <string>
#include <vector>

namespace carrot {

// Stands for "file names" in an answer of __complete.
inline constexpr const char* kOfferFiles = ":files";

std::vector<std::string> OfferTasks();
// Rewards of `task` (of all shipped tasks if it is empty), then scripts in the current folder.
std::vector<std::string> OfferRewards(const std::string& task);
// random, zero and the like, the shipped ones of `task`, and the policies of runs/ in the current
// folder.
std::vector<std::string> OfferPolicies(const std::string& task);

// What a command line says so far about the reward that --set is meant for; each may be "".
struct SettingContext {
  std::string task, reward, trace;
};
// "w:forward=", "p:speed=" of that reward; where it is not known, of all shipped ones.
std::vector<std::string> OfferSettings(const SettingContext& context);
// Tasks, rewards and policies.
std::vector<std::string> OfferNames();

}  // namespace carrot
