// run.json: every value that a run depends on, and how it ended. Written whole (temporary file and
// rename), so a reader never sees half of it.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace carrot {

inline constexpr const char* kRunFormat = "carrot.run/1";

enum class RunStatus : uint8_t { kRunning, kDone, kInterrupted, kFailed };
const char* Name(RunStatus status);

struct RunConfig {
  std::string verb;          // "train", "eval", "demo"
  std::string task, reward;  // names or paths as given
  std::string task_hash, reward_hash;
  std::string build;
  uint64_t seed = 0;
  nlohmann::ordered_json settings =
      nlohmann::ordered_json::object();  // every option with its value
  RunStatus status = RunStatus::kRunning;
  nlohmann::ordered_json result = nlohmann::ordered_json::object();  // set when it ends
  nlohmann::ordered_json timing = nlohmann::ordered_json::object();  // times and host facts only
};

nlohmann::ordered_json ToJson(const RunConfig& config);
// Malformed: I003; another format version: I004. `file` is for the message.
Result<RunConfig> RunConfigFromJson(const std::string& text, const std::string& file);

// What must be equal for a resume to give the same bits: one line a difference ("seed: 1 -> 2",
// "settings.lr: 0.0003 -> 0.001"). Empty if the run may go on. Build, status, result and timing may
// differ; so may the settings named in `may_differ` ("ppo.total_steps", to train on).
std::vector<std::string> Differences(const RunConfig& before, const RunConfig& now,
                                     const std::vector<std::string>& may_differ = {});

}  // namespace carrot
