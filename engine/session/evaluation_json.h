// Evaluations as JSON: one shape in eval.json, `carrot eval --json` and `carrot train --json`.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "engine/session/evaluation_summary.h"

namespace carrot {

// object[key] = value; a value that is not finite becomes null and object["nan"] = true.
void PutNumber(nlohmann::ordered_json& object, const std::string& key, double value);

// {episodes, faults, steps, return{mean, low, high, std}, success{count, rate, low, high},
// length{...},
//  metrics{name: {...}}, terms{name: {weight, kind, sum, mean, share, activation, min, max}}}.
// term "sum" is the mean over episodes of the episode's raw sum; "mean" is per step. Intervals are
// 95 % (formats.md 5). Without times.
nlohmann::ordered_json EvaluationJson(const EvaluateResult& result, const TaskSpec& task,
                                      const RewardSpec* reward);
// The same of a summary over several seeds; without `steps`, `faults`, `cut`.
nlohmann::ordered_json SummaryJson(const EvaluationSummary& summary, const TaskSpec& task,
                                   const RewardSpec* reward);
// One line an episode: {seed, return, length, success, cause, metrics{}, term_sums{}}.
nlohmann::ordered_json EpisodeJson(const EpisodeSummary& episode, const TaskSpec& task,
                                   const RewardSpec* reward);

// A whole result, to be read back by a resumed evaluation. Numbers survive exactly.
nlohmann::ordered_json ResultToJson(const EvaluateResult& result);
// False if `json` is not such a document.
bool ResultFromJson(const nlohmann::ordered_json& json, EvaluateResult* result);

}  // namespace carrot
