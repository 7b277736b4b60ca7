// What exists to be named on a command line, for completions and suggestions. Never fails: what
// cannot be read is not offered.
#pragma once

#include <string>
#include <vector>

namespace carrot {

// Stands for "file names" in an answer of __complete.
inline constexpr const char* kOfferFiles = ":files";

std::vector<std::string> OfferTasks();
// Shipped rewards of `task` (all if empty), then file names.
std::vector<std::string> OfferRewards(const std::string& task);
// random, zero, and the policies of runs/ in the current folder.
std::vector<std::string> OfferPolicies();
// "w:forward=", "p:speed=" of the reward.
std::vector<std::string> OfferSettings(const std::string& task, const std::string& reward);
// Tasks, rewards and policies.
std::vector<std::string> OfferNames();

}  // namespace carrot
