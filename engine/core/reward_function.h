// RewardFunction: named terms that fill unweighted columns. Weights are applied afterwards by
// CombineTerms, the same code live and in a re-score, so that the two agree bit for bit.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/reward_stages.h"
#include "engine/core/state_spec.h"
#include "engine/core/transition.h"
#include "engine/core/weight_rule.h"

namespace carrot {

enum class TermKind : uint8_t { kDense, kEvent, kPenalty, kShaping, kSuccessBonus, kMonitor };
const char* Name(TermKind kind);
std::optional<TermKind> TermKindFromName(std::string_view name);

struct RewardTermSpec {
  std::string name;
  double weight = 1.0;
  TermKind kind = TermKind::kDense;
  std::optional<double> range_low, range_high;  // of the raw value, if declared
  std::string unit;
  std::string doc;
  SourceSpan where;
};

// A slider: reward and task parameters alike.
struct ParamSpec {
  std::string name;
  double value = 0;  // default of the script
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
  std::string unit;
  std::string doc;
  SourceSpan where;
};

struct MemorySpec {
  std::string name;
  int size = 1;    // numbers
  int offset = 0;  // in the row of all memory entries
  bool is_scalar = true;
  // A machine's state: its value is 1 + an index into these names. Empty: any number.
  std::vector<std::string> states = {};
};

// How the weighted terms become the total. kFunction: a function of the script, which only an
// evaluator can call.
enum class Combine : uint8_t { kSum, kProduct, kHarmonic, kHamacher, kSign, kFunction };
const char* Name(Combine combine);
std::optional<Combine> CombineFromName(std::string_view name);  // not "function"

// Bits of a recorded row (formats.md: flags.npy).
enum RowFlag : uint8_t {
  kRowTerminated = 1,
  kRowTruncated = 2,
  kRowSuccess = 4,
  kRowFault = 8,
  kRowNonFinite = 16,
  kRowTermError = 32,
  kRowReset = 64,
};

// Output columns, rows packed as in the TransitionBatch.
struct RewardColumns {
  double* term = nullptr;    // [rows, number of terms], unweighted
  double* phi = nullptr;     // [rows]; null if there is no potential
  double* total = nullptr;   // [rows]
  double* reward = nullptr;  // [rows]
  uint8_t* flags = nullptr;  // [rows]; kRowNonFinite and kRowTermError are or-ed in
};

// The settings that a re-weighting changes. weights.size() == terms.size().
struct RewardWeights {
  std::vector<double> weights;
  double potential = 1.0;
  double gamma = 0.99;
  bool operator==(const RewardWeights&) const = default;
};

class RewardEvaluator {
 public:
  virtual ~RewardEvaluator() = default;
  // Room for row indices below `rows`, so that no later call has to allocate.
  virtual void Reserve(int64_t /*rows*/) {}
  // Row 0 of new episodes: initial memory and phi; terms, total and reward are written as 0.
  virtual void Begin(const TransitionBatch& rows, const RewardColumns& out) = 0;
  // Fills out.term and out.phi. A term that fails or is non-finite gives 0 and sets the row's flag.
  virtual void Evaluate(const TransitionBatch& rows, const RewardColumns& out) = 0;
  // Combine::kFunction: out.total[r] from out.term and the weights, for rows [begin, end). A row in
  // which the function fails or is not finite gives 0 and is flagged.
  virtual void Combine(const RewardWeights& /*weights*/, int64_t /*begin*/, int64_t /*end*/,
                       const RewardColumns& /*out*/) {}
  // Fills out.phi with the potential of rows.next and its memory as they stand (phi before a step
  // that is asked "what if?"). Does nothing for a reward without one.
  virtual void EvaluatePotential(const TransitionBatch& /*rows*/, const RewardColumns& /*out*/) {}
  // Run-time errors since the last call, grouped (count in Diagnostic::repeats).
  virtual Diagnostics TakeErrors() = 0;
  // New parameter values, by index; called at barriers only.
  virtual void SetParams(std::span<const double> values) = 0;
};

struct RewardSpec {
  std::string name, doc, path, source,
      hash;          // hash: script = bytes of the file and required modules
  std::string task;  // that the script names; "" if none
  std::vector<RewardTermSpec> terms;
  std::vector<ParamSpec> params;
  std::vector<MemorySpec> memory;
  int memory_width = 0;
  int num_derived = 0;       // the last entries of `memory`: derived values
  std::vector<int> observe;  // memory entries that the policy sees (observed_memory.h)
  bool has_potential = false;
  double potential_weight = 1.0;
  carrot::Combine combine = carrot::Combine::kSum;
  std::vector<RewardStage> stages;   // causal, in order
  LearnStages learn;                 // buffer stages
  std::vector<WeightRule> schedule;  // how a trainer changes weights; nobody else does
  std::vector<std::pair<std::string, std::string>> mutes;    // lint or alarm, the author's reason
  std::vector<int> fields_read;                              // StateSpec indices, ascending
  std::vector<std::pair<std::string, std::string>> modules;  // required modules: name, source
};

// Immutable after loading; evaluators hold all state. Thread-safe.
class RewardFunction {
 public:
  virtual ~RewardFunction() = default;
  const RewardSpec& spec() const { return spec_; }
  // One per worker; `seed` free: math.random is keyed by world seed, step and term.
  virtual Result<std::unique_ptr<RewardEvaluator>> NewEvaluator() const = 0;

 protected:
  RewardSpec spec_;
};

// A term that is watched only, and a weight of 0: neither is combined.
bool Counts(const RewardTermSpec& term, double weight);

// What a potential pays for a step, F of Ng, Harada & Russell (1999). Nothing lies beyond a
// termination; a time limit is not one.
inline double PotentialShaping(double gamma, double phi, bool terminated, double phi_prev) {
  return gamma * phi * (terminated ? 0.0 : 1.0) - phi_prev;
}
// Its name beside the names of terms.
inline constexpr const char* kPotentialName = "(potential)";

// total[r] = combine_k(w_k * term[r,k]) + w_phi * F[r]; reward[r] = stages(total[r]), for rows
// [begin, end), F being PotentialShaping. phi_prev may be null if there is no potential. Rows whose
// term is flagged non-finite were already written as 0. `evaluator` must be given if spec.combine
// is kFunction. Returns the number of rows whose terms are finite and whose total is not: these
// count 0 and are flagged kRowNonFinite.
int64_t CombineTerms(const RewardSpec& spec, const RewardWeights& weights, int64_t begin,
                     int64_t end, const double* phi_prev, const uint8_t* terminated,
                     const RewardColumns& out, RewardEvaluator* evaluator = nullptr);
// What to tell the author about such rows (R035).
Diagnostic OverflowError(const RewardSpec& spec, int64_t rows);

}  // namespace carrot
