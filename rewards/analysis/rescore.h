// Re-scoring: what a reward would have paid for recorded behaviour. Nothing is simulated.
//
//   Rescore            another script or other parameters: terms are evaluated over recorded state
//   RescoreAsRecorded  replays recorded weight, parameter and script changes; equals the recorded
//   reward
//                      bit for bit (the same evaluator and the same CombineTerms as live)
//   Reweight           other weights only: arithmetic over the recorded term columns
//   Recombine          the same over a score's own term columns
//
// Results are the same bits for any number of workers.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/core/reward_function.h"
#include "engine/core/state_spec.h"
#include "engine/trace/trace.h"

namespace carrot {

// One constant setting of a reward.
struct RewardSettings {
  RewardWeights weights;
  std::vector<double> params;  // by RewardSpec::params
};
// Whether all that can be tuned is equal; gamma is a recording's.
bool SameValues(const RewardSettings& a, const RewardSettings& b);
// The script's own weights and parameters; `gamma` is the run's (TraceSpec::gamma).
RewardSettings DefaultSettings(const RewardSpec& reward, double gamma);
// What was in force at the first row of the recording: values of spec.json for terms and parameters
// of the same name, the script's for others.
RewardSettings RecordedSettings(const RewardSpec& reward, const TraceSpec& trace);

// Settings in force from row `begin` of an episode on.
struct SettingsFrom {
  int64_t begin = 0;
  RewardSettings settings;
};
// What was in force on the rows of one episode, recorded changes applied; the first begins at row
// 0. Fails (I009) if the script itself changed while it was recorded.
Result<std::vector<SettingsFrom>> RecordedSettings(const RewardSpec& reward, const Trace& trace,
                                                   const TraceEpisodeRows& episode);

struct EpisodeScore {
  int env = 0;
  int64_t episode = 0;
  uint64_t world_seed = 0;
  int length = 0;  // steps
  bool ended = false, success = false, fault = false;
  bool scored = false;  // false: its first rows are missing, so memory and phi are unknown
  double episode_return = 0;
  std::vector<double> term_sums;  // raw; empty after Reweight
};

// Columns by row number of the Trace.
struct Score {
  std::vector<double> term;  // [rows, terms] unweighted; empty after Reweight
  std::vector<double> phi;   // [rows] if the reward has a potential and was evaluated
  std::vector<double> total, reward;
  std::vector<double> memory;  // [rows, memory width] after Rescore, else empty
  std::vector<uint8_t>
      flags;  // the recorded flags, with this score's non-finite and term-error bits
  std::vector<EpisodeScore> episodes;  // as Trace::EpisodeRows
  int64_t rows_not_scored = 0;  // of episodes whose first rows are missing: 0 is in their place
  Diagnostics errors;           // run-time errors of terms, grouped
};

// F of those of an episode's rows that are scored, unweighted: gamma phi(s') (1 - terminated) -
// phi(s), and 0 in its first. Empty if phi was not evaluated.
std::vector<double> EpisodeShaping(const Score& score, const TraceEpisodeRows& episode,
                                   double gamma);

// In which order episodes are evaluated. Never changes results, unless a reward keeps state outside
// of its memory (hidden_state.h).
enum class EpisodeOrder : uint8_t { kAscending, kDescending };

// `state` is the task's StateSpec, to which reward.fields_read refers. Fails (I009) if the script
// reads a field that the recording does not hold.
Result<Score> Rescore(const Trace& trace, const StateSpec& state, const RewardFunction& reward,
                      const RewardSettings& settings, ThreadPool& pool,
                      EpisodeOrder order = EpisodeOrder::kAscending);

// Finds the reward of a script hash, for recordings with script changes.
using ScriptResolver =
    std::function<Result<std::shared_ptr<const RewardFunction>>(const std::string& hash)>;

// Fails (I009) also if the recording has script changes and `resolve` is null, or if a changed
// script has another number of terms (then its columns cannot be compared).
Result<Score> RescoreAsRecorded(const Trace& trace, const StateSpec& state,
                                std::shared_ptr<const RewardFunction> reward, ThreadPool& pool,
                                const ScriptResolver& resolve = nullptr);

// Trace column of each StateSpec field, -1 if it is not recorded. Fails (I009) if `reward` reads
// such a field.
Result<std::vector<int>> FieldColumns(const Trace& trace, const StateSpec& state,
                                      const RewardSpec& reward);

// Whether Reweight suffices after a change of weights. Not if a function of the script combines the
// terms: then Rescore is the way.
inline bool CanReweight(const RewardSpec& reward) { return reward.combine != Combine::kFunction; }

// `reward` gives combine, stages and kinds; its terms are found in the recording by name (I009 if
// one is missing, or if !CanReweight(reward)). Reuses `out`'s memory: dragging a
// weight allocates nothing after the first call.
Status Reweight(const Trace& trace, const RewardSpec& reward, const RewardWeights& weights,
                ThreadPool& pool, Score& out);

// Total, reward and returns of an evaluation under other weights: equal to a Rescore with them, bit
// for bit. `evaluated` must be Rescore's, of this recording and reward; it must not have grown
// since. `out` may be `evaluated` itself; else its terms stay as they are (read evaluated.term) and
// its memory is reused. CanReweight(reward) must hold.
void Recombine(const Trace& trace, const RewardSpec& reward, const RewardWeights& weights,
               ThreadPool& pool, const Score& evaluated, Score& out);

// The same for one episode, at the cost of its rows: of `out`, which may be empty at first, only
// their totals and rewards are written.
void RecombineEpisode(const Trace& trace, const RewardSpec& reward, const RewardWeights& weights,
                      const Score& evaluated, const TraceEpisodeRows& episode, Score& out);

// R036 for returns of the score that are of no use, in the place of what it said before.
void CheckReturns(const RewardSpec& reward, const RewardWeights& weights, Score* score);

// First difference between a score and what was recorded, as text; "" if all bits are equal.
std::string CompareWithRecorded(const Trace& trace, const Score& score);

}  // namespace carrot
