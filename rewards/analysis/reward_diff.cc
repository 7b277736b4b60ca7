#include "rewards/analysis/reward_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>

#include "engine/base/check.h"

namespace carrot {
namespace {

template <typename Specs>
int IndexOf(const Specs& specs, const std::string& name) {
  for (size_t i = 0; i < specs.size(); ++i) {
    if (specs[i].name == name) return static_cast<int>(i);
  }
  return -1;
}

// Names that only `one` has.
template <typename Specs>
std::vector<std::string> OnlyIn(const Specs& one, const Specs& other) {
  std::vector<std::string> names;
  for (const auto& spec : one) {
    if (IndexOf(other, spec.name) < 0) names.push_back(spec.name);
  }
  return names;
}

template <typename Specs>
void DiffValues(const char* prefix, const Specs& specs_before, const std::vector<double>& before,
                const Specs& specs_after, const std::vector<double>& after, RewardDiff* diff) {
  for (size_t i = 0; i < specs_after.size(); ++i) {
    const int old = IndexOf(specs_before, specs_after[i].name);
    if (old < 0 || before[old] == after[i]) continue;
    diff->values.push_back({prefix + specs_after[i].name, before[old], after[i]});
  }
}

// Of the terms that both have; row by row, as the scores lie in memory.
std::vector<TermChange> CompareTerms(const RewardVersion& before, const RewardVersion& after) {
  const size_t n_before = before.spec.terms.size(), n_after = after.spec.terms.size();
  std::vector<TermChange> changes;
  std::vector<std::pair<int, int>> places;  // of a term before and after
  for (size_t k = 0; k < n_after; ++k) {
    const int old = IndexOf(before.spec.terms, after.spec.terms[k].name);
    if (old < 0) continue;
    changes.emplace_back().name = after.spec.terms[k].name;
    places.emplace_back(old, static_cast<int>(k));
  }
  bool in_place = n_before == n_after;
  for (const auto& [a, b] : places) in_place = in_place && a == b;
  const auto for_rows = [&](const auto& visit) {
    for (size_t s = 0; s < after.scores.size(); ++s) {
      const Score &a = before.scores[s], &b = after.scores[s];
      CARROT_CHECK(a.flags.size() == b.flags.size());
      for (size_t r = 0; r < b.flags.size(); ++r) {
        if (b.flags[r] & (kRowReset | kRowFault)) continue;
        visit(a.term.data() + r * n_before, b.term.data() + r * n_after);
      }
    }
  };
  int64_t rows = 0;
  for_rows([&](const double* xs, const double* ys) {
    ++rows;  // most saves leave most rows as they are
    if (in_place && std::memcmp(xs, ys, n_after * sizeof(double)) == 0) return;
    for (size_t c = 0; c < changes.size(); ++c) {
      const double x = xs[places[c].first], y = ys[places[c].second];
      changes[c].rows += std::bit_cast<uint64_t>(x) != std::bit_cast<uint64_t>(y);
    }
  });
  for (size_t c = 0; c < changes.size(); ++c) {
    TermChange& change = changes[c];
    if (change.rows == 0) continue;
    for_rows([&](const double* xs, const double* ys) {
      change.mean_before += xs[places[c].first];
      change.mean_after += ys[places[c].second];
    });
    change.of = rows;
    change.mean_before /= static_cast<double>(rows);
    change.mean_after /= static_cast<double>(rows);
  }
  std::erase_if(changes, [](const TermChange& change) { return change.rows == 0; });
  return changes;
}

bool SameStages(const RewardSpec& a, const RewardSpec& b) {
  return std::equal(a.stages.begin(), a.stages.end(), b.stages.begin(), b.stages.end(),
                    [](const RewardStage& x, const RewardStage& y) {
                      return x.kind == y.kind && x.a == y.a && x.b == y.b;
                    });
}

}  // namespace

RewardDiff DiffRewards(const RewardVersion& before, const RewardVersion& after) {
  const RewardSpec &a = before.spec, &b = after.spec;
  RewardDiff diff;
  diff.terms_added = OnlyIn(b.terms, a.terms);
  diff.terms_removed = OnlyIn(a.terms, b.terms);
  diff.params_added = OnlyIn(b.params, a.params);
  diff.params_removed = OnlyIn(a.params, b.params);
  DiffValues("w:", a.terms, before.settings.weights.weights, b.terms,
             after.settings.weights.weights, &diff);
  DiffValues("p:", a.params, before.settings.params, b.params, after.settings.params, &diff);
  const double old_weight = before.settings.weights.potential;
  if (a.has_potential && b.has_potential && old_weight != after.settings.weights.potential) {
    diff.values.push_back({"w:potential", old_weight, after.settings.weights.potential});
  }
  const bool comparable = !before.scores.empty() && before.scores.size() == after.scores.size();
  if (comparable) diff.terms_changed = CompareTerms(before, after);
  if (a.combine != b.combine) diff.rules.push_back("another combine");
  if (a.has_potential != b.has_potential) {
    diff.rules.push_back(b.has_potential ? "a potential" : "no potential");
  }
  if (!SameStages(a, b)) diff.rules.push_back("other stages in shape");
  for (size_t k = 0; k < b.terms.size(); ++k) {
    const int old = IndexOf(a.terms, b.terms[k].name);
    if (old >= 0 && a.terms[old].kind != b.terms[k].kind) {
      diff.rules.push_back(fmt::format("kind of {}: {} -> {}", b.terms[k].name,
                                       Name(a.terms[old].kind), Name(b.terms[k].kind)));
    }
  }
  return diff;
}

}  // namespace carrot
