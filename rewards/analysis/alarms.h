// Alarms: signs that a reward is being gamed, in recordings or while a policy trains on it.
//
//   A001 return_up_success_flat  the return rose by a fifth and levelled off more than half of the
//                                run ago without a success; or it rose while success fell by 0.2
//   A002 rank                    returns do not rank successes above failures (95 % sure)
//   A003 follows_length          the return is the episode's length, and success is not
//   A004 ending_pays             failing early earns more than living on
//   A005 loop_farming            failed episodes that live on coming back outscore a success
//
// A002's and A003's correlations with success are Spearman's over its greatest possible value for
// so many successes (= 2 AUC - 1): the plain one cannot pass 0.3 while successes are rarer than
// 3 %, however well a reward ranks. A finding that is only a consequence of another one is left
// out, as the table's last column says.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rewards/analysis/finding.h"

namespace carrot {

// Means over the episodes that ended in one stage of a run (an iteration, an evaluation).
struct Stage {
  double episodes = 0;
  double episode_return = 0, success = 0, length = 0;
  double fallen = 0;         // share that the task ended without a success
  std::vector<double> paid;  // as EvidenceEpisode::paid
};
Stage MakeStage(std::span<const EvidenceEpisode> episodes, size_t terms);

struct AlarmInput {
  std::vector<std::string> terms;             // names, by EvidenceEpisode::paid
  std::span<const EvidenceEpisode> episodes;  // recent ones, or all that are recorded
  std::span<const Stage> series;              // in the order of training; may be empty
  const Evidence* evidence = nullptr;         // recorded states; null: A005 is not judged
};

struct AlarmRule {
  const char* code;
  const char* name;
  void (*find)(const AlarmInput& input, Findings& out);
  const char* explained_by;  // codes that make this one redundant
};
std::span<const AlarmRule> AlarmRules();  // the more specific ones first

// With the script's mutes. Frames are added where there is evidence.
Findings FindAlarms(const AlarmInput& input, const RewardSpec& reward);
// The whole of the evidence. `series` may be that of the training that it comes from, or empty.
Findings FindAlarms(const Evidence& evidence, std::span<const Stage> series);
// One stage a recording: for recordings that are in the order of training.
std::vector<Stage> StagesOf(const Evidence& evidence);

// Drops what another finding, or a code raised earlier, explains.
void DropExplained(std::span<const std::string> earlier, Findings* findings);

// Where the finding's term paid most in a failed episode of the evidence (a successful one if none
// failed).
void AddFrames(const Evidence& evidence, Finding* finding);

// 2 AUC - 1 of `values` as a sign of success: 1 if every success has the larger one, 0 if they tell
// nothing. NaN unless both classes are there.
double RankOfSuccess(std::span<const EvidenceEpisode> episodes,
                     double (*value)(const EvidenceEpisode&));

}  // namespace carrot
