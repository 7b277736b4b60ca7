// What an evaluation says: means with 95 % intervals, success, and the term table.
#pragma once

#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/session/evaluate.h"

namespace carrot {

// A mean over episodes with its interval. NaN if there is no episode.
struct Estimate {
  double mean = std::numeric_limits<double>::quiet_NaN();
  double low = mean, high = mean, std = mean;
};

struct TermSummary {
  double weight = 0;
  double sum = 0;         // raw, mean over episodes of the episode's sum
  double mean = 0;        // raw, per step
  double share = 0;       // of sum |weight * value| over all terms
  double activation = 0;  // share of steps with a non-zero value
  double low = 0, high = 0;
};

struct EvaluationSummary {
  int episodes = 0;  // counted: without faults
  int successes = 0;
  Estimate episode_return, length, success;
  std::vector<Estimate> metrics;
  std::vector<TermSummary> terms;
  std::optional<TermSummary> shaping;  // "(potential)", which pays beside the terms
  std::map<std::string, int> causes;   // how episodes ended
};

EvaluationSummary Summarise(const EvaluateResult& result, const TaskSpec& task);
// Several seeds of one reward and policy together: episodes are resampled within seeds.
EvaluationSummary Summarise(std::span<const EvaluateResult* const> seeds, const TaskSpec& task);

}  // namespace carrot
