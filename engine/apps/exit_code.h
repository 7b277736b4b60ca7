// What the process returns; `carrot help exit-codes` prints this table.
#pragma once

#include <span>

namespace carrot {

enum class ExitCode : int {
  kOk = 0,
  kNegative = 1,
  kUsage = 2,
  kReward = 3,
  kInput = 4,
  kBudget = 5,
  kNoDisplay = 6,
  kOutput = 7,
  kInternal = 70,
  kInterrupted = 130,
};

struct ExitCodeInfo {
  ExitCode code;
  const char* meaning;
};
std::span<const ExitCodeInfo> ExitCodes();

}  // namespace carrot
