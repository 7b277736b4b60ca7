// What `train` and `demo` share: a run's folder, its progress line and its result.
#pragma once

#include <filesystem>
#include <string>

#include "engine/apps/console.h"
#include "engine/base/result.h"
#include "engine/session/train.h"

namespace carrot {

// runs/<task>-<reward>-0007: the first number that is free in ./runs. "/" in names becomes "-".
std::filesystem::path NewRunFolder(const std::string& task, const std::string& reward);

// The reward with a share of some terms' values flipped ("TERM=SHARE"), to see what noise does to
// learning. Which ones depends on the seed. U002: no such term, a share outside of 0..1, or a term
// without a declared range (there is nothing to mirror in).
Result<std::shared_ptr<const RewardFunction>> WithFlips(
    std::shared_ptr<const RewardFunction> reward, const std::vector<std::string>& flips,
    uint64_t seed);

// Train with a progress bar, evaluation lines, warnings and Ctrl+C; adds log.txt to the folder.
Result<TrainResult> TrainWithProgress(Console& console, const TrainConfig& config,
                                      ThreadPool& pool);

Json TrainJson(const TrainConfig& config, const TrainResult& result, int workers);

}  // namespace carrot
