#include "rewards/analysis/evidence.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <unordered_map>

#include "rewards/analysis/cycles.h"
#include "rewards/analysis/numbers.h"

namespace carrot {
namespace {
constexpr double kStill = 0.9;  // share of rows in an unchanged pose from which an episode is idle
constexpr int kLoopVisits = 3;
constexpr int64_t kWindow = 50;

// Whether the episode did anything, and what it got for what it had done before.
void DescribeMotion(const EpisodeView& view, const std::vector<uint64_t>& keys,
                    EvidenceEpisode& episode) {
  std::unordered_map<uint64_t, int> visits = {{keys[0], 1}};
  double still = 0, income = 0, again = 0;
  for (int64_t r = 1; r < view.rows(); ++r) {
    still += keys[r] == keys[r - 1];
    const double paid = std::max(0.0, view.Reward(r));
    income += paid;
    if (++visits[keys[r]] >= kLoopVisits) again += paid;
  }
  const auto steps = static_cast<double>(view.rows() - 1);
  episode.idle |= steps > 0 && still >= kStill * steps;
  episode.loops = income > 0 ? again / income : 0;
}

void Judge(Evidence& evidence, int recording, int index, const PoseBins& bins,
           Correlator& correlator) {
  const ScoredRecording& scored = evidence.recordings[recording];
  const EpisodeScore& score = scored.score.episodes[index];
  if (!score.ended || !score.scored || score.fault) return;
  EvidenceEpisode episode;
  episode.recording = recording;
  episode.index = index;
  episode.length = score.length;
  episode.episode_return = score.episode_return;
  episode.success = score.success;
  episode.idle = scored.source.idle;
  episode.world_seed = scored.rows[index].world_seed;
  episode.paid.assign(evidence.num_paid(), 0.0);
  const EpisodeView view(evidence, episode);
  episode.terminated = view.Flags(view.rows() - 1) & kRowTerminated;
  std::vector<double> row(episode.paid.size());
  for (int64_t r = 1; r < view.rows(); ++r) {
    for (size_t k = 0; k < row.size(); ++k) {
      row[k] = view.Paid(r, static_cast<int>(k));
      episode.paid[k] += row[k];
    }
    correlator.Add(row);
  }
  DescribeMotion(view, PoseKeys(scored, scored.rows[index], bins), episode);
  evidence.episodes.push_back(std::move(episode));
}

// Columns of one term over several recordings, as SumTerms counts one.
std::vector<TermRow> TermsOf(const Evidence& evidence, ThreadPool& pool) {
  std::vector<TermSums> all(evidence.num_paid());
  for (const ScoredRecording& recording : evidence.recordings) {
    const std::vector<TermSums> sums =
        SumTerms(*recording.source.trace, *evidence.reward, &recording.score,
                 evidence.settings.weights.gamma, pool);
    for (size_t k = 0; k < all.size() && k < sums.size(); ++k) MergeSums(sums[k], all[k]);
  }
  return TermTable(*evidence.reward, all, evidence.settings.weights);
}

std::vector<double> Returns(const std::vector<const EvidenceEpisode*>& episodes) {
  std::vector<double> returns;
  for (const EvidenceEpisode* episode : episodes) returns.push_back(episode->episode_return);
  return returns;
}

}  // namespace

SourceSpan Evidence::TermPlace(int term) const {
  return term < static_cast<int>(reward->terms.size()) ? reward->terms[term].where : SourceSpan{};
}

std::vector<const EvidenceEpisode*> Evidence::Class(bool success) const {
  std::vector<const EvidenceEpisode*> out;
  for (const EvidenceEpisode& episode : episodes) {
    if (episode.success == success) out.push_back(&episode);
  }
  return out;
}

void FindRivals(std::vector<EvidenceEpisode>& episodes) {
  std::vector<int> successes;
  for (int i = 0; i < static_cast<int>(episodes.size()); ++i) {
    if (episodes[i].success) successes.push_back(i);
  }
  if (successes.empty()) return;
  std::stable_sort(successes.begin(), successes.end(), [&](int a, int b) {
    return episodes[a].episode_return < episodes[b].episode_return;
  });
  std::map<uint64_t, int> by_start;  // the worst of each: it comes first
  for (const int success : successes) by_start.emplace(episodes[success].world_seed, success);
  const bool paired =
      std::any_of(episodes.begin(), episodes.end(), [&](const EvidenceEpisode& episode) {
        return !episode.success && by_start.count(episode.world_seed) > 0;
      });
  const int usual = successes[paired ? (successes.size() - 1) / 2 : 0];
  for (EvidenceEpisode& episode : episodes) {
    if (episode.success) continue;
    const auto found = by_start.find(episode.world_seed);
    episode.rival = found != by_start.end() ? found->second : usual;
  }
}

double Evidence::WorstSuccess() const {
  const std::vector<double> returns = Returns(Class(true));
  return returns.empty() ? kNaN : *std::min_element(returns.begin(), returns.end());
}

double Evidence::MedianSuccess() const {
  const double recorded = Median(Returns(Class(true)));
  return std::isnan(recorded) ? known_success.value_or(kNaN) : recorded;
}

Result<Evidence> GatherEvidence(std::vector<Recording> recordings, const StateSpec& state,
                                const RewardFunction& reward, const RewardSettings& settings,
                                ThreadPool& pool) {
  Evidence evidence;
  evidence.reward = &reward.spec();
  evidence.settings = settings;
  for (Recording& recording : recordings) {
    const TraceSpec& spec = recording.trace->spec();
    evidence.horizon = std::max(evidence.horizon, spec.horizon);
    evidence.defines_success |= !spec.success.empty();
    CARROT_ASSIGN_OR_RETURN(Score score, Rescore(*recording.trace, state, reward, settings, pool));
    std::vector<TraceEpisodeRows> rows = recording.trace->EpisodeRows();
    evidence.recordings.push_back({std::move(recording), std::move(score), std::move(rows)});
  }
  const PoseBins bins(evidence.recordings);
  const auto terms = static_cast<int>(evidence.num_paid());
  Correlator correlator(terms);
  for (size_t i = 0; i < evidence.recordings.size(); ++i) {
    for (size_t e = 0; e < evidence.recordings[i].rows.size(); ++e) {
      Judge(evidence, static_cast<int>(i), static_cast<int>(e), bins, correlator);
    }
  }
  FindRivals(evidence.episodes);
  evidence.terms = TermsOf(evidence, pool);
  evidence.rows = evidence.terms.empty() ? 0 : evidence.terms[0].rows;
  evidence.relations.correlation = correlator.Matrix();
  RelateToSuccess(evidence.episodes, terms, &evidence.relations);
  return evidence;
}

EpisodeView::EpisodeView(const Evidence& evidence, const EvidenceEpisode& episode)
    : evidence_(evidence),
      recording_(evidence.recordings[episode.recording]),
      source_(recording_.rows[episode.index]) {
  for (const TraceBlock* block : source_.blocks) {
    for (int i = 0; i < block->rows; ++i) numbers_.push_back(block->first_row + i);
  }
}

double EpisodeView::Raw(int64_t row, int term) const {
  return recording_.score
      .term[numbers_[row] * static_cast<int64_t>(evidence_.reward->terms.size()) + term];
}

double EpisodeView::Paid(int64_t row, int term) const {
  const RewardWeights& weights = evidence_.settings.weights;
  if (term < static_cast<int>(evidence_.reward->terms.size())) {
    const bool monitor = evidence_.reward->terms[term].kind == TermKind::kMonitor;
    return monitor ? 0.0 : weights.weights[term] * Raw(row, term);
  }
  const double live = (Flags(row) & kRowTerminated) ? 0.0 : 1.0;
  return weights.potential * (weights.gamma * Phi(row) * live - Phi(row - 1));
}

Frames MakeFrames(const Evidence& evidence, const EvidenceEpisode& episode, int64_t from,
                  int64_t to) {
  const ScoredRecording& recording = evidence.recordings[episode.recording];
  const TraceEpisodeRows& rows = recording.rows[episode.index];
  return {recording.source.name, rows.env, rows.episode, from, to};
}

Frames BusiestFrames(const Evidence& evidence, const EvidenceEpisode& episode, int term, int sign) {
  const EpisodeView view(evidence, episode);
  const int64_t last = view.rows() - 1, width = std::min(kWindow, last);
  double sum = 0, best = 0;
  int64_t from = 1;
  for (int64_t r = 1; r <= last; ++r) {
    sum += sign * view.Paid(r, term);
    if (r > width) sum -= sign * view.Paid(r - width, term);
    if (r == width || (r > width && sum > best)) {
      best = sum;
      from = r - width + 1;
    }
  }
  return MakeFrames(evidence, episode, from, std::min(last, from + width - 1));
}

}  // namespace carrot
