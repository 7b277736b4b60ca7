#include "engine/base/numpy_rng.h"

#include <array>
#include <bit>

namespace carrot {
namespace {

__extension__ using uint128 = unsigned __int128;

constexpr uint128 Make128(uint64_t high, uint64_t low) {
  return static_cast<uint128>(high) << 64 | low;
}

constexpr uint128 kMultiplier = Make128(0x2360ed051fc65da4, 0x4385df649fccf645);

// SeedSequence(seed).generate_state(4, uint64): a pool of four words is filled with the hashed
// seed, every word is mixed into every other, then the pool is hashed out.
class SeedHash {
 public:
  SeedHash(uint32_t start, uint32_t factor) : constant_(start), factor_(factor) {}
  uint32_t operator()(uint32_t word) {
    word ^= constant_;
    constant_ *= factor_;
    word *= constant_;
    return word ^ word >> 16;
  }

 private:
  uint32_t constant_;
  uint32_t factor_;
};

uint32_t MixWords(uint32_t x, uint32_t y) {
  const uint32_t mixed = 0xca01f9ddu * x - 0x4973f715u * y;
  return mixed ^ mixed >> 16;
}

std::array<uint64_t, 4> SeedState(uint64_t seed) {
  std::array<uint32_t, 4> pool = {static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32)};
  SeedHash fill(0x43b0d7e5u, 0x931e8875u);
  for (uint32_t& word : pool) word = fill(word);
  for (size_t from = 0; from < pool.size(); ++from) {
    for (size_t to = 0; to < pool.size(); ++to) {
      if (from != to) pool[to] = MixWords(pool[to], fill(pool[from]));
    }
  }
  SeedHash drain(0x8b51f9ddu, 0x58f38dedu);
  std::array<uint64_t, 4> state;
  for (size_t i = 0; i < state.size(); ++i) {
    const uint64_t low = drain(pool[(2 * i) % 4]);
    state[i] = low | static_cast<uint64_t>(drain(pool[(2 * i + 1) % 4])) << 32;
  }
  return state;
}

}  // namespace

NumpyRng::NumpyRng(uint64_t seed) {
  const auto words = SeedState(seed);
  const uint128 increment = Make128(words[2], words[3]) << 1 | 1;
  // PCG's seeding: step from 0, add the initial state, step.
  const uint128 state = (increment + Make128(words[0], words[1])) * kMultiplier + increment;
  state_high_ = static_cast<uint64_t>(state >> 64);
  state_low_ = static_cast<uint64_t>(state);
  increment_high_ = static_cast<uint64_t>(increment >> 64);
  increment_low_ = static_cast<uint64_t>(increment);
}

uint64_t NumpyRng::Next64() {
  const uint128 state =
      Make128(state_high_, state_low_) * kMultiplier + Make128(increment_high_, increment_low_);
  state_high_ = static_cast<uint64_t>(state >> 64);
  state_low_ = static_cast<uint64_t>(state);
  return std::rotr(state_high_ ^ state_low_, static_cast<int>(state_high_ >> 58));
}

uint32_t NumpyRng::Next32() {
  if (has_kept_) {
    has_kept_ = 0;
    return kept_;
  }
  const uint64_t draw = Next64();
  kept_ = static_cast<uint32_t>(draw >> 32);
  has_kept_ = 1;
  return static_cast<uint32_t>(draw);
}

int NumpyRng::Integers(int low, int high) {
  const uint32_t count = static_cast<uint32_t>(high) - static_cast<uint32_t>(low);
  if (count == 1) return low;
  // Lemire: the high word of draw * count; draws that would favour small values are thrown away.
  uint64_t product = static_cast<uint64_t>(Next32()) * count;
  if (static_cast<uint32_t>(product) < count) {
    for (const uint32_t threshold = -count % count; static_cast<uint32_t>(product) < threshold;) {
      product = static_cast<uint64_t>(Next32()) * count;
    }
  }
  return low + static_cast<int>(product >> 32);
}

uint32_t NumpyRng::Below(uint32_t max) {
  const uint32_t mask = std::bit_ceil(max + 1) - 1;
  uint32_t value = Next32() & mask;
  while (value > max) value = Next32() & mask;
  return value;
}

}  // namespace carrot
