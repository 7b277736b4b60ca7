// Reward distances on small finite tasks, exact up to rounding. They are what the sampled distances
// (distances.h) estimate, and the reference that those are tested against.
#pragma once

#include <vector>

namespace carrot {

// A task as a table. An absorbing state loops onto itself; give it reward 0.
struct TabularTask {
  int states = 0, actions = 0;
  double gamma = 0.99;
  std::vector<double> transition;  // [states, actions, states]: P(s' | s, a)
};
// [states, actions, states]: R(s, a, s').
using TabularReward = std::vector<double>;

// EPIC (Gleave et al. 2021, "Quantifying differences in reward functions"): Pearson distance
// sqrt((1 - rho) / 2) of the canonical rewards
//   C(R)(s,a,s') = R(s,a,s') + E[gamma R(s',A,S') - R(s,A,S') - gamma R(S,A,S')],
// S, A, S' independent and uniform, over the coverage P(s) P(a) P(s' | s, a) with uniform s and a.
// In [0, 1]: 0 for rewards that differ by positive scale and potential shaping, 1 for opposite
// ones. NaN if a canonical reward is constant.
double EpicDistance(const TabularTask& task, const TabularReward& a, const TabularReward& b);

// STARC (Skalse et al. 2024, "STARC: A general framework for quantifying differences between reward
// functions"): canonical rewards are divided by their norm, and the distance is half the L2
// distance of the quotients. The norm is L2 over uniform s and a. Both canonicalisations replace R
// by its mean over s', so redistribution over s' makes no difference either.
enum class Canonical {
  kMinimal,        // the reward of least norm among all that differ by potential shaping
  kValueAdjusted,  // R(s,a) - V(s) + gamma E V(s'), V of the uniformly random policy
};
// In [0, 1]: 0 for rewards that order all policies alike, 1 for opposite ones. A reward that is
// pure shaping has the canonical reward 0: 0 to another such, 1/2 to any other.
double StarcDistance(const TabularTask& task, const TabularReward& a, const TabularReward& b,
                     Canonical canonical = Canonical::kMinimal);

}  // namespace carrot
