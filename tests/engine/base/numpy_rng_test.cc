#include "engine/base/numpy_rng.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>
#include <vector>

namespace carrot {
namespace {

// Printed by numpy 2.4.6: g = default_rng(seed); integers(0, n) for each n of kRanges; two
// uniform(-0.05, 0.05); three integers(2, 6); shuffle(list(range(8))).
struct Reference {
  uint64_t seed;
  std::vector<int> integers;
  std::vector<double> uniforms;
  std::vector<int> more;
  std::vector<int> shuffled;
};
constexpr std::array kRanges = {1, 2, 3, 7, 10, 100, 1000003, 5};
const Reference kReferences[] = {
    {0ULL,
     {0, 1, 1, 3, 2, 30, 40973, 0},
     {0x1.00a187e6f5faap-5, 0x1.52211e5214006p-5},
     {2, 4, 4},
     {2, 1, 3, 6, 0, 4, 7, 5}},
    {1ULL,
     {0, 0, 1, 5, 9, 3, 144160, 4},
     {-0x1.344b9bfe67aa0p-6, -0x1.f67cdf69c0c18p-8},
     {5, 3, 5},
     {0, 1, 3, 6, 5, 7, 4, 2}},
    {12345ULL,
     {0, 1, 0, 5, 3, 20, 797367, 3},
     {-0x1.64cfedf35906cp-7, -0x1.11eaebcdd3e30p-6},
     {4, 4, 4},
     {0, 2, 6, 3, 1, 5, 4, 7}},
    {2147483647ULL,
     {0, 1, 0, 1, 9, 51, 439418, 4},
     {-0x1.21321ccfab500p-12, -0x1.b30c68546ffe0p-9},
     {4, 5, 2},
     {7, 6, 0, 2, 1, 4, 3, 5}},
    {1099511627783ULL,
     {0, 0, 2, 4, 2, 1, 153791, 2},
     {0x1.87510ef277178p-6, -0x1.06439f8fec840p-10},
     {4, 4, 2},
     {0, 6, 5, 4, 7, 3, 1, 2}},
    {18446744073709551615ULL,
     {0, 1, 2, 6, 8, 35, 7403, 0},
     {-0x1.2ff3a14add66ap-5, -0x1.28d0a2d7a8936p-6},
     {5, 5, 4},
     {2, 7, 5, 1, 3, 4, 0, 6}},
};

// Without it, layouts could differ from the reference environments' for seeds that no recording
// covers: two-word seeds, ranges of one value, 53-bit draws between 32-bit ones, shuffles.
TEST(NumpyRng, EqualsNumpy) {
  for (const Reference& reference : kReferences) {
    SCOPED_TRACE(reference.seed);
    NumpyRng rng(reference.seed);
    for (size_t i = 0; i < kRanges.size(); ++i) {
      EXPECT_EQ(rng.Integers(0, kRanges[i]), reference.integers[i]);
    }
    for (double value : reference.uniforms) EXPECT_EQ(rng.Uniform(-0.05, 0.05), value);
    for (int value : reference.more) EXPECT_EQ(rng.Integers(2, 6), value);
    std::vector<int> list(8);
    std::iota(list.begin(), list.end(), 0);
    rng.Shuffle(std::span(list));
    EXPECT_EQ(list, reference.shuffled);
  }
}

}  // namespace
}  // namespace carrot
