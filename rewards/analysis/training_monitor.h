// TrainingMonitor: evaluates the alarms while a policy trains, from the episodes that end anyway.
//
//   after each finished episode: Add
//   after each iteration:        EndIteration -> suspicions, which ask for an evaluation
//   after an evaluation:         JudgeEvaluation(evidence of its recording, suspicions) -> alarms
//
// Each code is reported once a run. Saved between iterations, the state survives a resume (ToJson,
// Load), so a resumed run raises the same alarms at the same iterations.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "engine/core/step_sink.h"
#include "rewards/analysis/alarms.h"

namespace carrot {

class TrainingMonitor {
 public:
  // Judges from half of `total_steps` on.
  TrainingMonitor(const RewardSpec& reward, int64_t total_steps);

  // `weights`: those in force while it was played, by term.
  void Add(const EpisodeSummary& episode, std::span<const double> weights);
  Findings EndIteration(int64_t step);
  // Gives the suspicions their frames, adds what the recorded states show, and leaves out what is
  // explained by something else. `evidence` is of the evaluation alone; successes of the training
  // stand in for missing ones.
  Findings JudgeEvaluation(Evidence& evidence, Findings suspicions);

  nlohmann::json ToJson() const;
  bool Load(const nlohmann::json& json);  // false: not such a document

 private:
  Findings New(Findings findings) const;

  const RewardSpec& reward_;
  std::vector<std::string> terms_;
  int64_t total_steps_;
  std::vector<EvidenceEpisode> iteration_, recent_;  // of this iteration; the last ones
  std::vector<Stage> series_;
  double successes_ = 0, success_return_ = 0;  // sum over the run
  std::vector<std::string> raised_;            // codes
};

}  // namespace carrot
