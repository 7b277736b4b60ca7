// CombineTerms is the one place where terms become a reward, live and in a re-score; every expected
// value below is computed by hand from rewards.md section 2.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "engine/core/reward_function.h"

namespace carrot {
namespace {

RewardTermSpec Term(TermKind kind = TermKind::kDense) {
  RewardTermSpec term;
  term.name = "t";
  term.kind = kind;
  return term;
}

// One row through CombineTerms.
struct Row {
  RewardSpec spec;
  RewardWeights weights;
  std::vector<double> terms;
  double phi_prev = 0, phi = 0, total = 0, reward = 0;
  uint8_t terminated = 0, flags = 0;

  Row(Combine combine, std::vector<double> w, std::vector<double> values,
      std::vector<TermKind> kinds = {}) {
    spec.combine = combine;
    for (size_t k = 0; k < w.size(); ++k) {
      spec.terms.push_back(Term(kinds.empty() ? TermKind::kDense : kinds[k]));
    }
    weights.weights = std::move(w);
    terms = std::move(values);
  }
  double Total() {
    CombineTerms(spec, weights, 0, 1, spec.has_potential ? &phi_prev : nullptr, &terminated,
                 {terms.data(), spec.has_potential ? &phi : nullptr, &total, &reward, &flags});
    return total;
  }
};

constexpr auto kMonitor = TermKind::kMonitor;

// Without it weights could be applied to the wrong term or a stage before the total.
TEST(CombineTerms, Sum) {
  EXPECT_EQ(Row(Combine::kSum, {2, -0.5, 0}, {3, 4, 100}).Total(), 4.0);
  EXPECT_EQ(Row(Combine::kSum, {}, {}).Total(), 0.0);
}

// Without it a weight of 0 would zero every product instead of leaving the term out.
TEST(CombineTerms, ProductSkipsWeightZero) {
  EXPECT_EQ(Row(Combine::kProduct, {2, 3, 0}, {0.5, 0.25, 0}).Total(), 0.75);
}

// Without it one failed criterion (0 or less) would divide by zero instead of giving 0.
TEST(CombineTerms, HarmonicMean) {
  EXPECT_DOUBLE_EQ(Row(Combine::kHarmonic, {1, 1}, {0.5, 0.25}).Total(), 2 / (1 / 0.5 + 1 / 0.25));
  EXPECT_EQ(Row(Combine::kHarmonic, {1, 1}, {0.5, 0.0}).Total(), 0.0);
  EXPECT_EQ(Row(Combine::kHarmonic, {1, 1}, {0.5, -1}).Total(), 0.0);
  EXPECT_EQ(Row(Combine::kHarmonic, {0, 0}, {0.5, 1}).Total(), 0.0);
}

// Without it two zeros would be 0/0, and values above 1 would leave the range of the product.
TEST(CombineTerms, HamacherProduct) {
  EXPECT_DOUBLE_EQ(Row(Combine::kHamacher, {1, 1}, {0.5, 0.5}).Total(), 0.25 / 0.75);
  EXPECT_EQ(Row(Combine::kHamacher, {1, 1}, {0, 0}).Total(), 0.0);
  EXPECT_EQ(Row(Combine::kHamacher, {1, 1}, {7, 1}).Total(), 1.0);
  EXPECT_DOUBLE_EQ(Row(Combine::kHamacher, {1, 1, 1}, {0.5, 0.5, 0.5}).Total(),
                   (1.0 / 3 * 0.5) / (1.0 / 3 + 0.5 - 1.0 / 3 * 0.5));
}

// Without it once-only bonuses would count no more than a dense term (sign(sparse) + 0.1
// sign(dense)).
TEST(CombineTerms, SignHasTwoLevels) {
  EXPECT_DOUBLE_EQ(
      Row(Combine::kSign, {1, 1, 1, -1}, {-5, 0.2, 3, 8},
          {TermKind::kDense, TermKind::kEvent, TermKind::kSuccessBonus, TermKind::kPenalty})
          .Total(),
      -0.1 + 1 + 1 - 0.1);
  EXPECT_EQ(Row(Combine::kSign, {1}, {0}).Total(), 0.0);
}

// Without it a term that is only watched would change the reward as soon as someone gave it a
// weight.
TEST(CombineTerms, MonitorsNeverCount) {
  for (Combine combine :
       {Combine::kSum, Combine::kProduct, Combine::kHarmonic, Combine::kHamacher, Combine::kSign}) {
    const double alone = Row(combine, {1}, {0.5}).Total();
    EXPECT_EQ(Row(combine, {1, 3}, {0.5, 0.9}, {TermKind::kDense, kMonitor}).Total(), alone);
    EXPECT_EQ(Row(combine, {3, 1}, {0.9, 0.5}, {kMonitor, TermKind::kDense}).Total(), alone);
  }
}

// Without it shaping could leak reward at the terminal state or use the wrong discount:
// F = gamma * phi' * (1 - terminated) - phi.
TEST(CombineTerms, PotentialIsZeroAtTermination) {
  Row row(Combine::kSum, {1}, {1});
  row.spec.has_potential = true;
  row.weights.gamma = 0.9;
  row.weights.potential = 2;
  row.phi_prev = 10;
  row.phi = 20;
  EXPECT_DOUBLE_EQ(row.Total(), 1 + 2 * (0.9 * 20 - 10));
  row.terminated = 1;
  EXPECT_DOUBLE_EQ(row.Total(), 1 + 2 * (0 - 10));
}

// Without it clip could change the recorded total, or be applied before the potential.
TEST(CombineTerms, StagesChangeTheRewardOnly) {
  Row row(Combine::kSum, {1}, {5});
  row.spec.stages = {{RewardStage::Kind::kClip, -1, 1, {}}};
  EXPECT_EQ(row.Total(), 5.0);
  EXPECT_EQ(row.reward, 1.0);
  row.terms = {-5};
  row.Total();
  EXPECT_EQ(row.reward, -1.0);
}

// Without it an overflow would reach the learner and end training with NaN weights.
TEST(CombineTerms, OverflowIsFlaggedAndZero) {
  Row row(Combine::kProduct, {1, 1}, {1e200, 1e200});
  EXPECT_EQ(row.Total(), 0.0);
  EXPECT_EQ(row.reward, 0.0);
  EXPECT_EQ(row.flags, kRowNonFinite);
  Row fine(Combine::kProduct, {1, 1}, {1e100, 1e100});
  fine.flags = kRowSuccess;
  fine.Total();
  EXPECT_EQ(fine.flags, kRowSuccess) << "other bits stay";
}

// Without it a total that counts as 0 would be a flag in a file that nobody reads.
TEST(CombineTerms, OverflowsAreCounted) {
  RewardSpec spec;
  spec.terms = {Term(), Term()};
  spec.combine = Combine::kProduct;
  std::vector<double> term = {1e200, 1e200, 2, 3, 1e200, -1e200}, total(3), reward(3);
  std::vector<uint8_t> terminated(3), flags(3);
  EXPECT_EQ(CombineTerms(spec, {.weights = {1, 1}}, 0, 3, nullptr, terminated.data(),
                         {term.data(), nullptr, total.data(), reward.data(), flags.data()}),
            2);
  EXPECT_EQ(total, (std::vector<double>{0, 6, 0}));
  const Diagnostic error = OverflowError(spec, 2);
  EXPECT_EQ(error.code, "R035");
  EXPECT_EQ(error.repeats, 1) << "one, and one more of it";
}

// Without it a shard could write another shard's rows.
TEST(CombineTerms, OnlyTheGivenRows) {
  RewardSpec spec;
  spec.terms = {Term(), Term()};
  RewardWeights weights;
  weights.weights = {1, 10};
  std::vector<double> term = {1, 1, 2, 2, 3, 3, 4, 4}, total(4, -1), reward(4, -1);
  std::vector<uint8_t> terminated(4), flags(4);
  CombineTerms(spec, weights, 1, 3, nullptr, terminated.data(),
               {term.data(), nullptr, total.data(), reward.data(), flags.data()});
  EXPECT_EQ(total, (std::vector<double>{-1, 22, 33, -1}));
  EXPECT_EQ(reward, total);
}

// Without it a kind could be written into spec.json that does not read back.
TEST(CombineTerms, KindsHaveOneNameEach) {
  for (TermKind kind : {TermKind::kDense, TermKind::kEvent, TermKind::kPenalty, TermKind::kShaping,
                        TermKind::kSuccessBonus, TermKind::kMonitor}) {
    EXPECT_EQ(TermKindFromName(Name(kind)), kind);
  }
  EXPECT_EQ(TermKindFromName("Dense"), std::nullopt);
}

}  // namespace
}  // namespace carrot
