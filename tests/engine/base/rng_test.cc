// Every recorded result hangs on these numbers: a change of the generator silently changes all
// runs.
#include "engine/base/rng.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>
#include <vector>

namespace carrot {
namespace {

// Without it the mixer could change and no recorded seed would reproduce. The three numbers are the
// published output of splitmix64 for seed 0.
TEST(Rng, IsSplitmix64) {
  Rng rng(0);
  EXPECT_EQ(rng.Next(), 0xe220a8397b1dcdafULL);
  EXPECT_EQ(rng.Next(), 0x6e789e6aa1b965f4ULL);
  EXPECT_EQ(rng.Next(), 0x06c45d188009454fULL);
}

// Without it domains or the order of key parts could collapse: training and evaluation would then
// share episodes.
TEST(Rng, KeysDifferByEveryPart) {
  std::set<uint64_t> keys;
  int made = 0;
  for (uint64_t seed = 0; seed < 4; ++seed) {
    for (uint64_t domain = 1; domain <= 11; ++domain) {
      for (int env = 0; env < 8; ++env) {
        for (int episode = 0; episode < 8; ++episode, ++made) {
          keys.insert(Key(seed, static_cast<RngDomain>(domain), env, episode));
        }
      }
    }
  }
  EXPECT_EQ(keys.size(), static_cast<size_t>(made));
  EXPECT_NE(Key(1, RngDomain::kReset, 2, 3), Key(1, RngDomain::kReset, 3, 2));
  EXPECT_NE(Key(1, RngDomain::kReset, 2), Key(1, RngDomain::kReset, 2, 0));
}

// Without it a generator restored from a checkpoint could repeat or skip a draw.
TEST(Rng, ACounterContinuesTheStream) {
  Rng whole(Key(5, RngDomain::kTest));
  std::vector<uint64_t> values;
  for (int i = 0; i < 10; ++i) values.push_back(whole.Next());
  Rng resumed(Key(5, RngDomain::kTest), 4);
  for (int i = 4; i < 10; ++i) EXPECT_EQ(resumed.Next(), values[i]);
  EXPECT_EQ(resumed.counter(), whole.counter());
}

// Without it Uniform could reach 1.0, and log(1 - u) in Normal would be infinite once in a long
// run.
TEST(Rng, UniformIsInHalfOpenRangeAndFlat) {
  Rng rng(Key(1, RngDomain::kTest));
  constexpr int kDraws = 200000, kBins = 50;
  std::array<int, kBins> bins{};
  for (int i = 0; i < kDraws; ++i) {
    const double u = rng.Uniform();
    ASSERT_GE(u, 0.0);
    ASSERT_LT(u, 1.0);
    ++bins[static_cast<int>(u * kBins)];
  }
  double chi2 = 0;
  for (int n : bins) chi2 += std::pow(n - kDraws / kBins, 2) / (kDraws / kBins);
  EXPECT_LT(chi2, 94.6);  // 49 degrees of freedom, p = 1e-4; the draws are fixed
  EXPECT_LT(static_cast<double>(~uint64_t{0} >> 11) * 0x1.0p-53, 1.0);
}

// Without it rejection could be dropped from Below, which biases small choices for large n.
TEST(Rng, BelowIsExactlyUniformAndInRange) {
  Rng rng(Key(2, RngDomain::kTest));
  std::array<int, 6> count{};
  for (int i = 0; i < 60000; ++i) ++count[rng.Below(6)];
  double chi2 = 0;
  for (int n : count) chi2 += std::pow(n - 10000, 2) / 10000;
  EXPECT_LT(chi2, 25.7);  // 5 degrees of freedom, p = 1e-4
  for (int i = 0; i < 100; ++i) EXPECT_EQ(rng.Below(1), 0u);
  // n = 3 * 2^30: multiply-shift without rejection gives a third of the residues twice the mass.
  constexpr uint32_t kLarge = 3u << 30;
  std::array<int, 3> residues{};
  for (int i = 0; i < 60000; ++i) ++residues[rng.Below(kLarge) % 3];
  for (int n : residues) EXPECT_NEAR(n, 20000, 500);
}

// Without it reset noise and exploration could have the wrong spread or a correlated second draw.
TEST(Rng, NormalHasTheMomentsOfANormal) {
  Rng rng(Key(3, RngDomain::kTest));
  constexpr int kDraws = 200000;
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, lag = 0, last = 0;
  for (int i = 0; i < kDraws; ++i) {
    const double x = rng.Normal();
    ASSERT_TRUE(std::isfinite(x));
    m1 += x;
    m2 += x * x;
    m3 += x * x * x;
    m4 += x * x * x * x;
    lag += x * last;
    last = x;
  }
  EXPECT_NEAR(m1 / kDraws, 0, 0.01);
  EXPECT_NEAR(m2 / kDraws, 1, 0.02);
  EXPECT_NEAR(m3 / kDraws, 0, 0.04);
  EXPECT_NEAR(m4 / kDraws, 3, 0.1);
  EXPECT_NEAR(lag / kDraws, 0, 0.01);
}

// Without it neighbouring keys (episode 1, 2, 3 ...) could give correlated first draws, which is
// what a counter-based generator with a weak key gets wrong.
TEST(Rng, FirstDrawsOfNeighbouringKeysAreFlat) {
  constexpr int kKeys = 100000, kBins = 20;
  std::array<int, kBins> bins{};
  for (int episode = 0; episode < kKeys; ++episode) {
    ++bins[static_cast<int>(Rng(Key(7, RngDomain::kReset, 0, episode)).Uniform() * kBins)];
  }
  double chi2 = 0;
  for (int n : bins) chi2 += std::pow(n - kKeys / kBins, 2) / (kKeys / kBins);
  EXPECT_LT(chi2, 50.8);  // 19 degrees of freedom, p = 1e-4
}

}  // namespace
}  // namespace carrot
