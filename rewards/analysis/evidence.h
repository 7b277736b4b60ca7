// Evidence: recordings of one task as one reward scores them. Lints and alarms are functions of it.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "rewards/analysis/rescore.h"
#include "rewards/analysis/term_relations.h"
#include "rewards/analysis/term_stats.h"

namespace carrot {

struct Recording {
  std::string name;  // for messages: a path, or "corpus/random"
  std::shared_ptr<const Trace> trace;
  bool idle = false;  // played by the idle actor
};

// A finished episode without a fault. `paid` is weight * raw, summed over the episode, a term each
// and one more for the potential if there is one; monitors pay 0.
struct EvidenceEpisode {
  int recording = 0;
  int index = 0;  // of Trace::EpisodeRows and Score::episodes
  int length = 0;
  double episode_return = 0;
  bool success = false;
  bool terminated = false;  // by the task, not by the time limit
  bool idle = false;        // of an idle recording, or hardly moved
  // Share of its income (what the steps with a positive reward paid) that it got in a pose for the
  // third time or later.
  double loops = 0;
  std::vector<double> paid;
  uint64_t world_seed = 0;  // of its start
  int rival = -1;           // of a failure: see Evidence::Rival
};

struct ScoredRecording {
  Recording source;
  Score score;
  std::vector<TraceEpisodeRows> rows;
};

// The same behaviour with every second step left out, under the same script with s.dt doubled.
struct DoubleDt {
  double before = 0, after = 0;                 // mean return
  std::vector<double> paid_before, paid_after;  // by term, as EvidenceEpisode::paid
};

struct Evidence {
  const RewardSpec* reward = nullptr;
  RewardSettings settings;
  std::vector<ScoredRecording> recordings;
  std::vector<EvidenceEpisode> episodes;
  std::vector<TermRow> terms;  // over all recordings; with a potential, it comes last
  TermRelations relations;
  int64_t rows = 0;  // transitions
  int horizon = 0;
  bool defines_success = false;
  bool can_end = false;  // the task has termination terms, whether they fired here or not
  std::optional<DoubleDt> double_dt;
  // Return of a success seen elsewhere (earlier in a training run), if none is recorded here.
  std::optional<double> known_success;

  size_t num_paid() const { return reward->terms.size() + (reward->has_potential ? 1 : 0); }
  const std::string& TermName(int term) const { return terms[term].name; }
  SourceSpan TermPlace(int term) const;  // empty for the potential
  std::vector<const EvidenceEpisode*> Class(bool success) const;
  // The success that a failure should not outscore: the worst from the same start, since an easy
  // start may pay more for nothing than a hard one for success; where nobody succeeded from that
  // start, the median of all. If no failure shares its start with a success, the worst of all.
  // Null: there is no success.
  const EvidenceEpisode* Rival(const EvidenceEpisode& failure) const {
    return failure.rival < 0 ? nullptr : &episodes[failure.rival];
  }
  double WorstSuccess() const;   // return; NaN without one
  double MedianSuccess() const;  // return; known_success without one, else NaN
};

// Sets `rival` of each.
void FindRivals(std::vector<EvidenceEpisode>& episodes);

// Rescores each recording (I009 if one lacks a field). `reward` must outlive the evidence.
Result<Evidence> GatherEvidence(std::vector<Recording> recordings, const StateSpec& state,
                                const RewardFunction& reward, const RewardSettings& settings,
                                ThreadPool& pool);

// Rows of one episode; row 0 is the reset, transitions are 1 to rows() - 1.
class EpisodeView {
 public:
  EpisodeView(const Evidence& evidence, const EvidenceEpisode& episode);
  int64_t rows() const { return static_cast<int64_t>(numbers_.size()); }
  double Paid(int64_t row, int term) const;  // as EvidenceEpisode::paid
  double Raw(int64_t row, int term) const;   // terms only
  double Reward(int64_t row) const { return recording_.score.reward[numbers_[row]]; }
  double Phi(int64_t row) const { return recording_.score.phi[numbers_[row]]; }
  uint8_t Flags(int64_t row) const { return recording_.score.flags[numbers_[row]]; }
  const TraceEpisodeRows& source() const { return source_; }
  const ScoredRecording& recording() const { return recording_; }
  int64_t Number(int64_t row) const { return numbers_[row]; }

 private:
  const Evidence& evidence_;
  const ScoredRecording& recording_;
  const TraceEpisodeRows& source_;
  std::vector<int64_t> numbers_;  // row of the trace, by row of the episode
};

// Steps [from, to] of an episode, to jump to.
struct Frames {
  std::string recording;
  int env = 0;
  int64_t episode = 0;
  int64_t from = 0, to = 0;
};
Frames MakeFrames(const Evidence& evidence, const EvidenceEpisode& episode, int64_t from,
                  int64_t to);
// The 50 steps in which the term pays (sign 1) or costs (-1) most.
Frames BusiestFrames(const Evidence& evidence, const EvidenceEpisode& episode, int term, int sign);

// The recording with every second row, counted back from each episode's last; its spec says dt
// doubled.
std::shared_ptr<const Trace> EverySecondRow(const Trace& trace);
// `reward` is the same script loaded with s.dt doubled; recordings that lack a field are left out.
DoubleDt MeasureDoubleDt(const Evidence& evidence, const StateSpec& state,
                         const RewardFunction& reward, ThreadPool& pool);

}  // namespace carrot
