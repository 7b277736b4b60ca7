// How far apart two rewards are on recorded behaviour, whatever their scale and potential shaping:
// the sampled kin of tabular.h. 0: alike on this recording; 1: opposite.
//
// Both take a sample of recorded transitions (s, a, s'), so the coverage distribution is the
// recording: what it never visits does not count, and recordings of good and of bad behaviour
// together say more than either. Rows of an environment fault and episodes that could not be scored
// are left out. Intervals are 95 % bootstraps over episodes (within their recording) with the
// canonical rewards held fixed: they say how much the choice of episodes matters, nothing else.
//
//   STARC  canonical reward: what remains of the recorded steps' rewards after the best-fitting
//          shaping gamma phi(s') - phi(s) is taken away (least norm, L2), for potentials phi that
//          are linear in the recorded fields of at most 64 numbers, a constant, or one of the
//          compared rewards' own; phi of a terminal state is 0. Exact for such shaping; other
//          potentials count as a difference. Memory and stages are what they were on the recording.
//   EPIC   canonical reward: R(s,a,s') + gamma m(s') - m(s) with m(s) = mean of R(s,A,S') over
//   pairs
//          of a recorded action A and an independently recorded state S'; m of a terminal state is
//          0. Removes any shaping, also a non-linear one, but asks the reward about transitions
//          that cannot happen; there, fields of s' keep their recorded values (also those that were
//          derived from their own predecessor) and memory is as if the episode had begun in s.
//          Potentials that a reward declares are left out, unless it has stages.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "rewards/analysis/intervals.h"
#include "rewards/analysis/rescore.h"

namespace carrot {

// One reward as it is compared: `scores` are its re-scores of the recordings, in their order.
struct ComparedReward {
  std::shared_ptr<const RewardFunction> reward;
  RewardSettings settings;
  std::vector<const Score*> scores;
};

struct DistanceOptions {
  int starc_transitions = 8192;
  int epic_transitions = 4096;
  int epic_partners = 64;  // pairs (A, S') behind each m(s)
  uint64_t seed = 0;
  int resamples = kBootstrapResamples;
};

// Canonical rewards on the same sampled transitions; empty if there are too few to judge.
struct CanonicalSample {
  std::vector<int> episodes;                // transitions of each sampled episode, in order
  std::vector<int> strata;                  // episodes of each recording
  std::vector<std::vector<double>> reward;  // by reward and transition
  std::vector<bool> trivial;  // by reward: nothing remains (pure shaping, or a constant)
  int potentials = 0;         // STARC: functions that phi is made of
};
// STARC needs eight transitions for each of its potentials; fields beyond that are left out, and
// with fewer than 32 transitions the sample is empty.
CanonicalSample StarcSample(std::span<const Trace* const> traces,
                            std::span<const ComparedReward> rewards,
                            const DistanceOptions& options = {});
// Fails if a reward cannot be evaluated (I009: as Rescore).
Result<CanonicalSample> EpicSample(std::span<const Trace* const> traces, const StateSpec& state,
                                   std::span<const ComparedReward> rewards, ThreadPool& pool,
                                   const DistanceOptions& options = {});

// Half the L2 distance of the normalised canonical rewards; a trivial one is 1/2 from any other.
Interval StarcDistance(const CanonicalSample& sample, int a, int b,
                       const DistanceOptions& options = {});
// sqrt((1 - rho) / 2); NaN if one is trivial.
Interval EpicDistance(const CanonicalSample& sample, int a, int b,
                      const DistanceOptions& options = {});

}  // namespace carrot
