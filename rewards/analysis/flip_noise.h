// Noise robustness: what becomes of a reward if a share of one term's values is wrong? A flipped
// value x is mirrored in its range, low + high - x: a flag says the opposite, a distance says near
// for far.
//
// Which values are flipped is keyed by (seed, world seed, step, term), so that a live run and a
// re-score of its recording flip the same ones. `FlipStudy` reads the effect on recorded behaviour;
// `FlippedReward` is a reward to train under (carrot train --flip TERM=SHARE), for the learning
// curve.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "rewards/analysis/rescore.h"
#include "rewards/analysis/truth.h"

namespace carrot {

struct Flip {
  int term = 0;
  double share = 0;          // of the values, in [0, 1]
  double low = 0, high = 1;  // the mirror's ends
};

// The term's declared range; else that of the scores' values (zeros of rows without a transition
// included), which are one reward's by recording.
Flip MakeFlip(const RewardSpec& reward, int term, double share,
              std::span<const Score* const> scores);

// `base` with flipped values; its hash names the flips.
std::shared_ptr<const RewardFunction> FlippedReward(std::shared_ptr<const RewardFunction> base,
                                                    std::vector<Flip> flips, uint64_t seed);

struct FlipStudyOptions {
  std::vector<double> shares = {0.05, 0.1, 0.2};
  int draws = 4;  // independent choices of the flipped values, averaged
  uint64_t seed = 0;
};
struct FlipEffect {
  std::string term;
  double share = 0;
  double spearman = 0;  // of return and truth; NaN as Spearman
  double accuracy = 0;  // of good-bad pairs; NaN if not judged
};
// One row for each term that counts and share, terms in order. `scores` are changed and put back.
// Empty if !CanReweight(reward).
std::vector<FlipEffect> FlipStudy(std::span<const Trace* const> traces, const RewardSpec& reward,
                                  const RewardWeights& weights,
                                  std::span<const JudgedEpisode> episodes, std::span<Score> scores,
                                  ThreadPool& pool, const FlipStudyOptions& options = {});

}  // namespace carrot
