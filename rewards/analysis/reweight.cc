// Reweight, Recombine and CompareWithRecorded of rescore.h: passes over columns.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/base/check.h"
#include "engine/core/return_check.h"
#include "rewards/analysis/rescore.h"

namespace carrot {
namespace {

// Rows gathered at a time, if terms are separate columns (a mapped folder): with 16 terms the tile
// is 8 KiB, so CombineTerms reads it from the first cache while every term column is read from
// memory once. Measured: 256 rows take twice as long.
constexpr int kTileRows = 64;

struct Tile {
  std::vector<double> term, phi;
  int64_t overflows = 0;
  uint8_t terminated[kTileRows];
};

// Recorded column of each term of `reward`, in its order.
Result<std::vector<int>> TermColumns(const Trace& trace, const RewardSpec& reward) {
  std::vector<int> columns;
  for (const auto& term : reward.terms) {
    const auto& recorded = trace.spec().terms;
    const auto it = std::find_if(recorded.begin(), recorded.end(),
                                 [&](const auto& r) { return r.name == term.name; });
    if (it == recorded.end()) {
      return Fail(MakeError("I009", fmt::format("term `{}` is not in this recording", term.name),
                            {"re-score with the script instead of changing weights only"}));
    }
    columns.push_back(trace.layout().term + static_cast<int>(it - recorded.begin()));
  }
  return columns;
}

class Reweighter {
 public:
  // `terms`: trace columns; null: the terms and phi are those of `evaluated` (may be `out`).
  Reweighter(const Trace& trace, const RewardSpec& reward, const RewardWeights& weights,
             const std::vector<int>* terms, const Score& evaluated, Score& out)
      : layout_(trace.layout()),
        reward_(reward),
        weights_(weights),
        terms_(terms),
        evaluated_(evaluated),
        out_(out) {}

  // Allocates what Episode needs of a worker.
  void Prepare(Tile& tile) const {
    tile.term.resize(terms_ == nullptr ? 0 : kTileRows * std::max<size_t>(1, terms_->size()));
    tile.phi.assign(kTileRows + 1, 0.0);
  }

  // Total, reward and return of one episode.
  void Episode(const TraceEpisodeRows& episode, Tile& tile, EpisodeScore& score) const {
    const TraceBlock* before = nullptr;
    score.episode_return = 0;
    for (const TraceBlock* block : episode.blocks) {
      Block(*block, before, tile);
      const double* reward_column = out_.reward.data() + block->first_row;
      for (int r = block->first_step == 0 ? 1 : 0; r < block->rows; ++r) {
        score.episode_return += reward_column[r];
      }
      before = block;
    }
  }

 private:
  // `before` is the block with the episode's previous row, or null.
  void Block(const TraceBlock& block, const TraceBlock* before, Tile& tile) const {
    const uint8_t* flags = Trace::Row<uint8_t>(block, layout_.flags, 0);
    if (terms_ != nullptr) std::copy_n(flags, block.rows, out_.flags.begin() + block.first_row);
    int first = 0;
    if (block.first_step == 0 || (reward_.has_potential && before == nullptr)) {
      Zero(block.first_row);  // row 0, or a row whose phi_prev is not known
      first = 1;
    }
    for (; first < block.rows; first += kTileRows) {
      Rows(block, before, first, std::min(block.rows, first + kTileRows), tile);
    }
    const int last = block.rows - 1;
    if (flags[last] & kRowFault) {
      Zero(block.first_row + last);
      if (terms_ != nullptr) out_.flags[block.first_row + last] = flags[last];
    }
  }

  // A live trace keeps the terms of a row together, as CombineTerms wants them: no copy is needed.
  bool Interleaved(const TraceChunk& chunk) const {
    const std::vector<int>& terms = *terms_;
    const auto width = static_cast<int64_t>(terms.size() * sizeof(double));
    for (size_t k = 0; k < terms.size(); ++k) {
      const TraceColumnData& column = chunk.columns[terms[k]];
      if (column.stride != width ||
          column.data != chunk.columns[terms[0]].data + k * sizeof(double)) {
        return false;
      }
    }
    return !terms.empty();
  }

  // Terms of rows [begin, end), a row's terms together. CombineTerms only reads them.
  double* Terms(const TraceBlock& block, int begin, int end, Tile& tile) const {
    const size_t n = reward_.terms.size();
    if (terms_ == nullptr) {
      return const_cast<double*>(evaluated_.term.data()) + (block.first_row + begin) * n;
    }
    if (Interleaved(*block.chunk)) {
      return const_cast<double*>(Trace::Row<double>(block, (*terms_)[0], begin));
    }
    for (size_t k = 0; k < n; ++k) {
      const int64_t stride = block.chunk->columns[(*terms_)[k]].stride;
      const std::byte* from = Trace::Row(block, (*terms_)[k], begin);
      double* to = tile.term.data() + k;
      for (int r = begin; r < end; ++r, from += stride, to += n) {
        std::memcpy(to, from, sizeof(double));
      }
    }
    return tile.term.data();
  }

  double Phi(const TraceBlock& block, int row) const {
    return terms_ == nullptr ? evaluated_.phi[block.first_row + row]
                             : *Trace::Row<double>(block, layout_.phi, row);
  }

  void Zero(int64_t row) const { out_.total[row] = out_.reward[row] = 0; }

  void Rows(const TraceBlock& block, const TraceBlock* before, int begin, int end,
            Tile& tile) const {
    const int rows = end - begin;
    double* term = Terms(block, begin, end, tile);
    for (int r = 0; r < rows; ++r) {
      tile.terminated[r] =
          (*Trace::Row<uint8_t>(block, layout_.flags, begin + r) & kRowTerminated) ? 1 : 0;
    }
    if (reward_.has_potential) {
      tile.phi[0] = begin > 0 ? Phi(block, begin - 1) : Phi(*before, before->rows - 1);
      for (int r = 0; r < rows; ++r) tile.phi[r + 1] = Phi(block, begin + r);
    }
    const int64_t row = block.first_row + begin;
    double* phi = reward_.has_potential ? tile.phi.data() : nullptr;  // as live
    tile.overflows +=
        CombineTerms(reward_, weights_, 0, rows, phi, tile.terminated,
                     {term, phi == nullptr ? nullptr : phi + 1, out_.total.data() + row,
                      out_.reward.data() + row, out_.flags.data() + row});
  }

  const TraceLayout& layout_;
  const RewardSpec& reward_;
  const RewardWeights& weights_;
  const std::vector<int>* terms_;
  const Score& evaluated_;
  Score& out_;
};

// In the place of what the weights before gave.
void ReportOverflows(std::span<const Tile> tiles, const RewardSpec& reward,
                     const RewardWeights& weights, Score* score) {
  std::erase_if(score->errors, [](const Diagnostic& error) { return error.code == "R035"; });
  int64_t rows = 0;
  for (const Tile& tile : tiles) rows += tile.overflows;
  if (rows > 0) {
    score->errors.push_back(OverflowError(reward, rows));
    BlameWeight(reward, weights, &score->errors.back());
  }
  CheckReturns(reward, weights, score);
}

void CheckEvaluated(const RewardSpec& reward, const RewardWeights& weights,
                    const Score& evaluated) {
  const size_t rows = evaluated.total.size();
  CARROT_CHECK(weights.weights.size() == reward.terms.size() && CanReweight(reward));
  CARROT_CHECK(evaluated.term.size() == rows * reward.terms.size());
  CARROT_CHECK(!reward.has_potential || evaluated.phi.size() == rows);
}

// Names the first row at which two columns differ in any bit.
std::string FirstDifference(const char* what, const Trace& trace, int column, const double* score,
                            int64_t stride) {
  for (int64_t b = 0; b < trace.num_blocks(); ++b) {
    const TraceBlock& block = trace.block(b);
    for (int r = 0; r < block.rows; ++r) {
      const double* recorded = Trace::Row<double>(block, column, r);
      const double* mine = score + (block.first_row + r) * stride;
      if (std::memcmp(recorded, mine, sizeof(double)) == 0) continue;
      return fmt::format("{} differs in environment {}, episode {}, step {}: recorded {}, now {}",
                         what, block.env, block.episode, block.first_step + r, *recorded, *mine);
    }
  }
  return "";
}

}  // namespace

Status Reweight(const Trace& trace, const RewardSpec& reward, const RewardWeights& weights,
                ThreadPool& pool, Score& out) {
  CARROT_CHECK(weights.weights.size() == reward.terms.size());
  if (!CanReweight(reward)) {
    return Fail(MakeError("I009",
                          fmt::format("the terms of reward `{}` are combined by a function of the "
                                      "script, which arithmetic on recorded terms cannot follow",
                                      reward.name),
                          {"re-score with the script instead of changing weights only"}));
  }
  if (reward.has_potential && !trace.spec().has_potential) {
    return Fail(MakeError("I009", "the potential of this reward is not in this recording",
                          {"re-score with the script instead of changing weights only"}));
  }
  CARROT_ASSIGN_OR_RETURN(const std::vector<int> terms, TermColumns(trace, reward));
  const int64_t rows = trace.num_rows();
  out.term.clear();
  out.phi.clear();
  out.errors.clear();
  out.rows_not_scored = 0;
  out.total.resize(rows);
  out.reward.resize(rows);
  out.flags.resize(rows);

  const std::vector<TraceEpisodeRows> episodes = trace.EpisodeRows();
  out.episodes.resize(episodes.size());
  const Reweighter reweighter(trace, reward, weights, &terms, out, out);
  std::vector<Tile> tiles(pool.workers());
  for (Tile& tile : tiles) reweighter.Prepare(tile);
  pool.ParallelFor(static_cast<int>(episodes.size()), [&](int index, int worker) {
    const TraceEpisodeRows& episode = episodes[index];
    EpisodeScore& score = out.episodes[index];
    score.env = episode.env;
    score.episode = episode.episode;
    score.world_seed = episode.world_seed;
    score.length = static_cast<int>(episode.first_step + episode.rows - 1);
    score.ended = episode.ended;
    score.scored = episode.first_step == 0;
    score.term_sums.clear();
    reweighter.Episode(episode, tiles[worker], score);
    const TraceBlock& last = *episode.blocks.back();
    const uint8_t flags = out.flags[last.first_row + last.rows - 1];
    score.success = flags & kRowSuccess;
    score.fault = flags & kRowFault;
  });
  ReportOverflows(tiles, reward, weights, &out);
  for (size_t e = 0; e < episodes.size(); ++e) {
    if (!out.episodes[e].scored) out.rows_not_scored += episodes[e].rows;
  }
  return {};
}

void Recombine(const Trace& trace, const RewardSpec& reward, const RewardWeights& weights,
               ThreadPool& pool, const Score& evaluated, Score& out) {
  CheckEvaluated(reward, weights, evaluated);
  const size_t rows = evaluated.total.size();
  const std::vector<TraceEpisodeRows> episodes = trace.EpisodeRows();
  CARROT_CHECK(episodes.size() >= evaluated.episodes.size());
  if (&out != &evaluated) {
    out.total.resize(rows);
    out.reward.resize(rows);
    out.flags = evaluated.flags;
    out.episodes = evaluated.episodes;
    out.errors = evaluated.errors;
    out.rows_not_scored = evaluated.rows_not_scored;
  }
  const Reweighter reweighter(trace, reward, weights, nullptr, evaluated, out);
  std::vector<Tile> tiles(pool.workers());
  for (Tile& tile : tiles) reweighter.Prepare(tile);
  pool.ParallelFor(static_cast<int>(evaluated.episodes.size()), [&](int index, int worker) {
    if (!out.episodes[index].scored) return;
    reweighter.Episode(episodes[index], tiles[worker], out.episodes[index]);
  });
  ReportOverflows(tiles, reward, weights, &out);
}

void RecombineEpisode(const Trace& trace, const RewardSpec& reward, const RewardWeights& weights,
                      const Score& evaluated, const TraceEpisodeRows& episode, Score& out) {
  CheckEvaluated(reward, weights, evaluated);
  out.total.resize(evaluated.total.size());
  out.reward.resize(evaluated.total.size());
  out.flags.resize(evaluated.total.size());
  Tile tile;
  EpisodeScore score;
  const Reweighter reweighter(trace, reward, weights, nullptr, evaluated, out);
  reweighter.Prepare(tile);
  reweighter.Episode(episode, tile, score);
}

std::string CompareWithRecorded(const Trace& trace, const Score& score) {
  const TraceLayout& layout = trace.layout();
  const auto terms = static_cast<int64_t>(trace.spec().terms.size());
  std::string difference;
  for (int64_t k = 0; k < terms && difference.empty() && !score.term.empty(); ++k) {
    const std::string what = fmt::format("term `{}`", trace.spec().terms[k].name);
    difference = FirstDifference(what.c_str(), trace, layout.term + static_cast<int>(k),
                                 score.term.data() + k, terms);
  }
  if (difference.empty()) {
    difference = FirstDifference("total", trace, layout.total, score.total.data(), 1);
  }
  if (difference.empty()) {
    difference = FirstDifference("reward", trace, layout.reward, score.reward.data(), 1);
  }
  return difference;
}

}  // namespace carrot
