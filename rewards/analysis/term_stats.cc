#include "rewards/analysis/term_stats.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"

namespace carrot {
namespace {

// Adds the `count` values at `at`, `stride` bytes apart.
void AddValues(const std::byte* at, int64_t stride, int64_t count, TermSums& sums) {
  if (count == 0) return;
  TermSums part;
  part.rows = count;
  part.min = part.max = *reinterpret_cast<const double*>(at);
  for (int64_t r = 0; r < count; ++r) {
    const double x = *reinterpret_cast<const double*>(at + r * stride);
    part.sum += x;
    part.abs_sum += std::abs(x);
    part.non_zero += x != 0;
    part.min = std::min(part.min, x);
    part.max = std::max(part.max, x);
  }
  part.mean = part.sum / static_cast<double>(count);
  for (int64_t r = 0; r < count; ++r) {  // the block is still in the cache
    const double d = *reinterpret_cast<const double*>(at + r * stride) - part.mean;
    part.m2 += d * d;
  }
  sums = part;
}

}  // namespace

// Chan, Golub, LeVeque (1979): exact merge of means and squared deviations.
void MergeSums(const TermSums& part, TermSums& into) {
  if (part.rows == 0) return;
  if (into.rows == 0) {
    into = part;
    return;
  }
  const double a = static_cast<double>(into.rows), b = static_cast<double>(part.rows);
  const double delta = part.mean - into.mean;
  into.mean += delta * b / (a + b);
  into.m2 += part.m2 + delta * delta * a * b / (a + b);
  into.rows += part.rows;
  into.non_zero += part.non_zero;
  into.min = std::min(into.min, part.min);
  into.max = std::max(into.max, part.max);
  into.sum += part.sum;
  into.abs_sum += part.abs_sum;
}

namespace {

struct Columns {
  const Trace& trace;
  const Score* score;
  int terms;

  const std::byte* Term(const TraceBlock& block, int k) const {
    if (score == nullptr) return Trace::Row(block, trace.layout().term + k, 0);
    return reinterpret_cast<const std::byte*>(score->term.data() + block.first_row * terms + k);
  }
  int64_t TermStride(const TraceBlock& block, int k) const {
    return score == nullptr ? block.chunk->columns[trace.layout().term + k].stride
                            : terms * static_cast<int64_t>(sizeof(double));
  }
  double Phi(const TraceBlock& block, int row) const {
    if (score != nullptr && !score->phi.empty()) return score->phi[block.first_row + row];
    return *Trace::Row<double>(block, trace.layout().phi, row);
  }
};

// F of rows [begin, end) of a block; `before`: block with the episode's previous row, if begin is
// 0.
void Shaping(const Columns& columns, const TraceBlock& block, const TraceBlock* before, int begin,
             int end, double gamma, std::vector<double>& out) {
  out.clear();
  double previous =
      begin > 0 ? columns.Phi(block, begin - 1) : columns.Phi(*before, before->rows - 1);
  const uint8_t* flags = Trace::Row<uint8_t>(block, columns.trace.layout().flags, 0);
  for (int r = begin; r < end; ++r) {
    const double phi = columns.Phi(block, r);
    out.push_back(PotentialShaping(gamma, phi, (flags[r] & kRowTerminated) != 0, previous));
    previous = phi;
  }
}

template <typename Episode, typename Return, typename Ended>
EpisodeStats Summarise(std::span<const Episode> episodes, uint64_t seed, Return episode_return,
                       Ended ended) {
  EpisodeStats stats;
  std::vector<double> returns, lengths;
  int64_t successes = 0;
  for (const Episode& episode : episodes) {
    if (!ended(episode)) continue;
    if (episode.fault) {
      ++stats.faults;
      continue;
    }
    returns.push_back(episode_return(episode));
    lengths.push_back(episode.length);
    successes += episode.success;
  }
  stats.episodes = static_cast<int64_t>(returns.size());
  stats.episode_return = BootstrapMean(returns, seed);
  stats.length = BootstrapMean(lengths, seed);
  stats.success = WilsonInterval(successes, stats.episodes);
  return stats;
}

}  // namespace

std::vector<TermSums> SumTerms(const Trace& trace, const RewardSpec& reward, const Score* score,
                               double gamma, ThreadPool& pool) {
  const int terms = static_cast<int>(reward.terms.size());
  CARROT_CHECK(score != nullptr
                   ? static_cast<int64_t>(score->term.size()) == trace.num_rows() * terms
                   : trace.spec().terms.size() == reward.terms.size());
  const bool shaping = reward.has_potential &&
                       (trace.layout().phi >= 0 || (score != nullptr && !score->phi.empty()));
  const int rows = terms + (shaping ? 1 : 0);
  const std::vector<TraceEpisodeRows> episodes = trace.EpisodeRows();
  std::vector<TermSums> parts(episodes.size() * rows);
  std::vector<std::vector<double>> scratch(pool.workers());
  const Columns columns{trace, score, terms};
  pool.ParallelFor(static_cast<int>(episodes.size()), [&](int index, int worker) {
    const TraceBlock* before = nullptr;
    for (const TraceBlock* block : episodes[index].blocks) {
      const uint8_t last = *Trace::Row<uint8_t>(*block, trace.layout().flags, block->rows - 1);
      const int end = block->rows - ((last & kRowFault) ? 1 : 0);
      const int begin = before == nullptr ? 1 : 0;  // row 0, or a row whose predecessor is missing
      for (int k = 0; k < terms && begin < end; ++k) {
        TermSums part;
        const int64_t stride = columns.TermStride(*block, k);
        AddValues(columns.Term(*block, k) + begin * stride, stride, end - begin, part);
        MergeSums(part, parts[index * rows + k]);
      }
      if (shaping && begin < end) {
        Shaping(columns, *block, before, begin, end, gamma, scratch[worker]);
        TermSums part;
        AddValues(reinterpret_cast<const std::byte*>(scratch[worker].data()), sizeof(double),
                  end - begin, part);
        MergeSums(part, parts[index * rows + terms]);
      }
      before = block;
    }
  });
  std::vector<TermSums> sums(rows);
  for (size_t e = 0; e < episodes.size(); ++e) {
    for (int k = 0; k < rows; ++k) MergeSums(parts[e * rows + k], sums[k]);
  }
  return sums;
}

std::vector<TermRow> TermTable(const RewardSpec& reward, const std::vector<TermSums>& sums,
                               const RewardWeights& weights) {
  std::vector<TermRow> table;
  double magnitude = 0, signed_total = 0;
  for (size_t k = 0; k < sums.size(); ++k) {
    const TermSums& s = sums[k];
    const bool shaping = k >= reward.terms.size();
    TermRow row;
    row.name = shaping ? kPotentialName : reward.terms[k].name;
    row.kind = shaping ? TermKind::kShaping : reward.terms[k].kind;
    row.weight = shaping ? weights.potential : weights.weights[k];
    row.rows = s.rows;
    row.mean = s.mean;
    row.min = s.min;
    row.max = s.max;
    if (s.rows > 0) {
      row.std = std::sqrt(s.m2 / static_cast<double>(s.rows));
      row.activation = static_cast<double>(s.non_zero) / static_cast<double>(s.rows);
    }
    const double effective = row.kind == TermKind::kMonitor ? 0.0 : row.weight;
    row.weighted_mean = effective * s.mean;
    row.magnitude_share = std::abs(effective) * s.abs_sum;  // scaled below
    row.signed_share = effective * s.sum;
    magnitude += row.magnitude_share;
    signed_total += std::abs(row.signed_share);
    table.push_back(std::move(row));
  }
  for (TermRow& row : table) {
    row.magnitude_share = magnitude > 0 ? row.magnitude_share / magnitude : 0;
    row.signed_share = signed_total > 0 ? row.signed_share / signed_total : 0;
  }
  return table;
}

EpisodeStats SummariseEpisodes(std::span<const EpisodeSummary> episodes, uint64_t seed) {
  return Summarise(
      episodes, seed, [](const EpisodeSummary& e) { return e.episode_return; },
      [](const EpisodeSummary&) { return true; });
}

EpisodeStats SummariseEpisodes(std::span<const EpisodeScore> episodes, uint64_t seed) {
  return Summarise(
      episodes, seed, [](const EpisodeScore& e) { return e.episode_return; },
      [](const EpisodeScore& e) { return e.ended && e.scored; });
}

}  // namespace carrot
