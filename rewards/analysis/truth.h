// The truth about recorded episodes, by which rewards are judged: the task's own success, or labels
// that a person gave. A reward never sees either.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/trace/labels.h"
#include "rewards/analysis/ranking.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

// A finished episode of one of several recordings, without environment faults and recorded from its
// first row on.
struct JudgedEpisode {
  int recording = 0;
  int index = 0;  // in Trace::EpisodeRows and Score::episodes
  int env = 0;
  int64_t episode = 0;
  int length = 0;
  bool success = false;
  double truth = 0;  // 1 good, 0 bad: the label if there is one, else the success
  bool labelled = false;
};
// `labels`: by recording (ReadLabels), or empty. "good" and "bad" count instead of the success.
std::vector<JudgedEpisode> JudgeEpisodes(std::span<const Trace* const> traces,
                                         std::span<const RecordingLabels> labels = {});

// Two episodes of which a person said which is better; indices into the judged ones.
struct Preference {
  size_t better = 0, worse = 0;
};
// Labels of kind "better" both of whose episodes are judged.
std::vector<Preference> Preferences(std::span<const JudgedEpisode> episodes,
                                    std::span<const RecordingLabels> labels);
// How the returns of one reward order them.
PairCounts CountPreferences(std::span<const Preference> preferences,
                            std::span<const double> returns);

// `scores` are one reward's, by recording.
std::vector<double> Returns(std::span<const JudgedEpisode> episodes,
                            std::span<const Score* const> scores);
std::vector<double> Truths(std::span<const JudgedEpisode> episodes);
// Episodes of each recording, for stratified intervals.
std::vector<int> Strata(std::span<const JudgedEpisode> episodes, int recordings);

// Every good episode against every bad one: the share that the reward orders right. A tie is not
// right. With one side empty there is nothing to order: "not judged", never a pass.
struct PairAccuracy {
  int64_t good = 0, bad = 0;
  PairCounts pairs;
  Interval share;  // 95 % bootstrap over episodes, good and bad ones apart; NaN if not judged
  bool judged() const { return good > 0 && bad > 0; }
};
// `truth` 1 or 0; entries that are NaN on either side are left out.
PairAccuracy JudgePairs(std::span<const double> truth, std::span<const double> score,
                        uint64_t seed = 0, int resamples = kBootstrapResamples);

}  // namespace carrot
