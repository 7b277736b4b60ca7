// numpy.random.default_rng(seed), value for value: SeedSequence, PCG64 (XSL-RR 128/64) and the
// draws of Generator that reference environments use to reset. For worlds whose episodes must equal
// a Gymnasium environment's seed for seed; everything else uses rng.h.
//
// Sources: M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good
// Algorithms for Random Number Generation" (2014) and "Developing a seed_seq Alternative" (2015);
// D. Lemire, "Fast Random Integer Generation in an Interval" (2019); NEP 19. Checked against
// numpy 2.4.6.
#pragma once

#include <cstdint>
#include <span>
#include <utility>

namespace carrot {

// Copyable, plain bytes (it may lie in a snapshot), no heap.
class NumpyRng {
 public:
  NumpyRng() = default;
  explicit NumpyRng(uint64_t seed);  // default_rng(seed), seed >= 0

  uint64_t Next64();
  // The low half of a 64-bit draw, then its high half.
  uint32_t Next32();
  // Generator.integers(low, high): low <= value < high. A range of one value draws nothing.
  int Integers(int low, int high);
  // Generator.random(): [0, 1), 53 bits. Leaves a kept high half alone.
  double Random() { return static_cast<double>(Next64() >> 11) * 0x1.0p-53; }
  // Generator.uniform(low, high).
  double Uniform(double low, double high) { return low + (high - low) * Random(); }
  // Generator.shuffle of a list.
  template <typename T>
  void Shuffle(std::span<T> items) {
    for (uint32_t i = static_cast<uint32_t>(items.size()); i-- > 1;) {
      std::swap(items[i], items[Below(i)]);
    }
  }

 private:
  uint32_t Below(uint32_t max);  // [0, max], by masking and rejection

  // 128-bit numbers as halves: the class keeps the alignment of uint64_t.
  uint64_t state_high_ = 0, state_low_ = 0;
  uint64_t increment_high_ = 0, increment_low_ = 0;
  uint32_t kept_ = 0;      // high half of the last draw
  uint32_t has_kept_ = 0;  // 0 or 1; a full word, so that no byte of the class is padding
};

}  // namespace carrot
