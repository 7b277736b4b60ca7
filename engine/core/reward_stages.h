// What happens to a step's total: causal stages make the step's `reward`, buffer stages make what
// the learner learns from, `reward_learn`. Both are the same code live and recomputed from a
// recording.
//
//   total --clip, par--> reward --cap, delta--> --scale (normalize)--> reward_learn
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

namespace carrot {

// A causal stage: needs nothing but the step itself.
struct RewardStage {
  enum class Kind : uint8_t {
    kClip,  // r in [a, b]
    kPar,   // mean over `references` of sigmoid((r - reference) / a), in (0, 1)
  };
  Kind kind = Kind::kClip;
  double a = 0, b = 0;
  std::vector<double> references;
};
const char* Name(RewardStage::Kind kind);
double ApplyStage(const RewardStage& stage, double reward);

// Buffer stages, in the order in which they act. They never change `reward`.
struct LearnStages {
  std::optional<double> cap;      // eta: min(r, eta) - eta
  bool delta = false;             // r_k - r_(k+1); an episode's last row keeps its own r_K
  std::optional<bool> normalize;  // the learner's own scaling, on or off; not set: as configured
  double normalize_clip = 10;     // of the scaled reward, if normalize is set

  bool empty() const { return !cap && !delta && !normalize; }
  // What a row teaches that was paid `reward`, before scaling. `next` is what the following row of
  // the same episode was paid; null if this is the last one. Only delta reads it.
  double Apply(double reward, const double* next) const;
};

// Rows [begin, end) of each env, counted in steps since the run began, that one update learnt from,
// and how they were scaled. With delta the last row of a rollout waits for the next one.
struct LearnSegment {
  int64_t begin = 0, end = 0;
  double scale = 1;
  double clip = std::numeric_limits<double>::infinity();
};

// reward_learn of one env's rows in the order of the run, without reset rows; `flags` are RowFlag
// bits. Rows that no segment covers, and rows of a fault, give 0.
std::vector<double> RewardLearn(const LearnStages& stages, std::span<const double> reward,
                                std::span<const uint8_t> flags,
                                std::span<const LearnSegment> segments);

}  // namespace carrot
