// The corpus: recorded behaviour of a task that every reward can be judged on, without training.
//
// It is assets/recordings/TASK/*.trace if there are any; else 16 episodes each of the actors
// random, idle and held, and of each shipped policy (assets/policies/TASK/*.policy), in a key
// domain of its own. These are made on first use and kept in the cache folder by the hash of task
// and policies; without a usable cache folder they are made each time, with the same bits.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/core/task.h"
#include "rewards/analysis/evidence.h"

namespace carrot {

inline constexpr int kCorpusEpisodes = 16;

// By name.
std::vector<std::filesystem::path> ShippedPolicies(const TaskSpec& task);
// As --policy takes them: "driver" of driver.policy.
std::vector<std::string> ShippedPolicyNames(const TaskSpec& task);

// `making` is called before episodes are played (it takes seconds in a slow world).
Result<std::vector<Recording>> LoadCorpus(std::shared_ptr<const Task> task, ThreadPool& pool,
                                          const std::function<void()>& making = {});

// Evidence for lints and alarms: GatherEvidence, and the same behaviour at double dt.
Result<Evidence> JudgeReward(std::vector<Recording> recordings, const TaskSpec& task,
                             const RewardFunction& reward, const RewardSettings& settings,
                             ThreadPool& pool);

}  // namespace carrot
