// Counter-based randomness: a value is a pure function of (key, counter), so results never depend
// on the order in which threads draw. A key names a purpose: Key(seed, domain, env, episode).
//
// Mixing function: splitmix64 (Steele, Lea, Flood 2014), which is a bijection of a Weyl counter.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

namespace carrot {

constexpr uint64_t Mix64(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

// Separate purposes get separate streams even for equal numbers. Values are part of recorded
// results.
enum class RngDomain : uint64_t {
  kRunEpisode = 1,   // world seeds of training episodes
  kEvalEpisode = 2,  // world seeds of evaluation episodes
  kCorpus = 3,       // world seeds of a task's corpus
  kReset = 4,        // reset noise inside a world
  kWorld = 5,        // draws while stepping
  kPolicy = 6,       // action sampling
  kInit = 7,         // network initialisation
  kShuffle = 8,      // minibatch order
  kTerm = 9,         // math.random in a term
  kBootstrap = 10,   // confidence intervals
  kTest = 11,
};

template <typename... Parts>
constexpr uint64_t Key(uint64_t seed, RngDomain domain, Parts... parts) {
  uint64_t key = Mix64(seed + 0x9e3779b97f4a7c15ULL * (static_cast<uint64_t>(domain) + 1));
  ((key = Mix64(key + 0x9e3779b97f4a7c15ULL + static_cast<uint64_t>(parts))), ...);
  return key;
}

// A cursor over one key's stream. Copyable, 16 bytes, no heap.
class Rng {
 public:
  explicit constexpr Rng(uint64_t key, uint64_t counter = 0) : key_(key), counter_(counter) {}

  constexpr uint64_t Next() { return Mix64(key_ + 0x9e3779b97f4a7c15ULL * ++counter_); }
  // Uniform in [0, 1), 53 bits.
  constexpr double Uniform() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  constexpr double Uniform(double low, double high) { return low + (high - low) * Uniform(); }
  // Uniform integer in [0, n), n > 0; multiply-shift with rejection, so exactly uniform.
  constexpr uint32_t Below(uint32_t n) {
    uint64_t product = (Next() >> 32) * n;
    for (const uint32_t threshold = -n % n; static_cast<uint32_t>(product) < threshold;) {
      product = (Next() >> 32) * n;
    }
    return static_cast<uint32_t>(product >> 32);
  }
  // Standard normal (Box-Muller, the cosine half; two draws).
  double Normal() {
    const double radius = std::sqrt(-2.0 * std::log(1.0 - Uniform()));
    return radius * std::cos(2.0 * std::numbers::pi * Uniform());
  }
  constexpr uint64_t counter() const { return counter_; }

 private:
  uint64_t key_;
  uint64_t counter_;
};

}  // namespace carrot
