// What one version of a reward changed against another, in the words of its author: terms, weights,
// parameters, and on which recorded steps a term's values differ.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "rewards/analysis/rescore.h"

namespace carrot {

// A reward with its settings and what it gave on some recordings (may be empty).
struct RewardVersion {
  const RewardSpec& spec;
  const RewardSettings& settings;
  std::span<const Score> scores;
};

// A setting that both have, by its name in --set: "w:forward", "w:potential", "p:speed".
struct ValueChange {
  std::string name;
  double before = 0, after = 0;
};
// A term that both have and whose raw values differ.
struct TermChange {
  std::string name;
  int64_t rows = 0;  // transitions with another value, of `of` scored ones
  int64_t of = 0;
  double mean_before = 0, mean_after = 0;
};

struct RewardDiff {
  std::vector<std::string> terms_added, terms_removed, params_added, params_removed;
  std::vector<ValueChange> values;
  std::vector<TermChange> terms_changed;
  std::vector<std::string> rules;  // combine, stages, potential: "combine sum -> product"
  bool empty() const {
    return terms_added.empty() && terms_removed.empty() && params_added.empty() &&
           params_removed.empty() && values.empty() && terms_changed.empty() && rules.empty();
  }
};

// Both versions' scores must be of the same recordings, in the same order, or either be empty.
RewardDiff DiffRewards(const RewardVersion& before, const RewardVersion& after);

}  // namespace carrot
