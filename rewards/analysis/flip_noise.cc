#include "rewards/analysis/flip_noise.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/base/rng.h"

namespace carrot {
namespace {

constexpr uint64_t kFlipKey = 0x464c;

bool Hits(const Flip& flip, uint64_t seed, uint64_t world_seed, int64_t step) {
  return Rng(Key(seed, RngDomain::kTerm, kFlipKey, world_seed, step, flip.term)).Uniform() <
         flip.share;
}

double Mirrored(const Flip& flip, double value) { return flip.low + flip.high - value; }

class FlippedEvaluator : public RewardEvaluator {
 public:
  FlippedEvaluator(std::unique_ptr<RewardEvaluator> base, const std::vector<Flip>& flips,
                   uint64_t seed, size_t terms)
      : base_(std::move(base)), flips_(flips), seed_(seed), terms_(terms) {}

  void Reserve(int64_t rows) override { base_->Reserve(rows); }
  void Begin(const TransitionBatch& rows, const RewardColumns& out) override {
    base_->Begin(rows, out);
  }
  void Evaluate(const TransitionBatch& rows, const RewardColumns& out) override {
    base_->Evaluate(rows, out);
    for (const Flip& flip : flips_) {
      for (int64_t r = rows.begin; r < rows.end; ++r) {
        double& value = out.term[r * static_cast<int64_t>(terms_) + flip.term];
        if (Hits(flip, seed_, rows.world_seed[r], rows.step[r])) value = Mirrored(flip, value);
      }
    }
  }
  void Combine(const RewardWeights& weights, int64_t begin, int64_t end,
               const RewardColumns& out) override {
    base_->Combine(weights, begin, end, out);
  }
  void EvaluatePotential(const TransitionBatch& rows, const RewardColumns& out) override {
    base_->EvaluatePotential(rows, out);
  }
  Diagnostics TakeErrors() override { return base_->TakeErrors(); }
  void SetParams(std::span<const double> values) override { base_->SetParams(values); }

 private:
  std::unique_ptr<RewardEvaluator> base_;
  const std::vector<Flip>& flips_;  // of the reward, which outlives its evaluators
  uint64_t seed_;
  size_t terms_;
};

class Flipped : public RewardFunction {
 public:
  Flipped(std::shared_ptr<const RewardFunction> base, std::vector<Flip> flips, uint64_t seed)
      : base_(std::move(base)), flips_(std::move(flips)), seed_(seed) {
    spec_ = base_->spec();
    std::string text = fmt::format("{} flipped by {}", spec_.hash, seed_);
    for (const Flip& flip : flips_) {
      CARROT_CHECK(flip.term >= 0 && flip.term < static_cast<int>(spec_.terms.size()));
      text += fmt::format(" {} {} {} {}", flip.term, flip.share, flip.low, flip.high);
    }
    spec_.hash = HashHex(text);
  }
  Result<std::unique_ptr<RewardEvaluator>> NewEvaluator() const override {
    CARROT_ASSIGN_OR_RETURN(auto base, base_->NewEvaluator());
    return std::make_unique<FlippedEvaluator>(std::move(base), flips_, seed_, spec_.terms.size());
  }

 private:
  std::shared_ptr<const RewardFunction> base_;
  std::vector<Flip> flips_;
  uint64_t seed_;
};

// Rows that hold a transition, as Score columns see them.
template <typename Visit>
void ForEachValue(const Trace& trace, Visit visit) {
  for (int64_t b = 0; b < trace.num_blocks(); ++b) {
    const TraceBlock& block = trace.block(b);
    const uint8_t* flags = Trace::Row<uint8_t>(block, trace.layout().flags, 0);
    for (int r = 0; r < block.rows; ++r) {
      if (flags[r] & (kRowReset | kRowFault)) continue;
      visit(block.first_row + r, block.world_seed, block.first_step + r);
    }
  }
}

void Apply(const Trace& trace, const Flip& flip, uint64_t seed, size_t terms, Score& score) {
  ForEachValue(trace, [&](int64_t row, uint64_t world_seed, int64_t step) {
    double& value = score.term[row * static_cast<int64_t>(terms) + flip.term];
    if (Hits(flip, seed, world_seed, step)) value = Mirrored(flip, value);
  });
}

std::vector<double> Column(const Score& score, size_t terms, int term) {
  std::vector<double> column(score.total.size());
  for (size_t r = 0; r < column.size(); ++r) column[r] = score.term[r * terms + term];
  return column;
}

void PutColumn(const std::vector<double>& column, size_t terms, int term, Score& score) {
  for (size_t r = 0; r < column.size(); ++r) score.term[r * terms + term] = column[r];
}

std::vector<const Score*> Pointers(std::span<Score> scores) {
  std::vector<const Score*> pointers;
  for (const Score& score : scores) pointers.push_back(&score);
  return pointers;
}

}  // namespace

Flip MakeFlip(const RewardSpec& reward, int term, double share,
              std::span<const Score* const> scores) {
  const RewardTermSpec& spec = reward.terms[term];
  Flip flip{term, share, 0, 0};
  bool first = true;
  for (const Score* score : scores) {
    for (size_t r = 0; r < score->total.size(); ++r) {
      const double value = score->term[r * reward.terms.size() + term];
      flip.low = first ? value : std::min(flip.low, value);
      flip.high = first ? value : std::max(flip.high, value);
      first = false;
    }
  }
  if (spec.range_low) flip.low = *spec.range_low;
  if (spec.range_high) flip.high = *spec.range_high;
  return flip;
}

std::shared_ptr<const RewardFunction> FlippedReward(std::shared_ptr<const RewardFunction> base,
                                                    std::vector<Flip> flips, uint64_t seed) {
  return std::make_shared<Flipped>(std::move(base), std::move(flips), seed);
}

std::vector<FlipEffect> FlipStudy(std::span<const Trace* const> traces, const RewardSpec& reward,
                                  const RewardWeights& weights,
                                  std::span<const JudgedEpisode> episodes, std::span<Score> scores,
                                  ThreadPool& pool, const FlipStudyOptions& options) {
  if (!CanReweight(reward)) return {};
  const std::vector<const Score*> pointers = Pointers(scores);
  const std::vector<double> truth = Truths(episodes);
  const size_t terms = reward.terms.size();
  const auto recombine = [&] {
    for (size_t t = 0; t < traces.size(); ++t) {
      Recombine(*traces[t], reward, weights, pool, scores[t], scores[t]);
    }
  };
  std::vector<FlipEffect> effects;
  for (size_t k = 0; k < terms; ++k) {
    if (reward.terms[k].kind == TermKind::kMonitor || weights.weights[k] == 0) continue;
    const int term = static_cast<int>(k);
    std::vector<std::vector<double>> kept;
    for (const Score& score : scores) kept.push_back(Column(score, terms, term));
    const Flip range = MakeFlip(reward, term, 0, pointers);
    for (double share : options.shares) {
      FlipEffect effect{reward.terms[k].name, share, 0, 0};
      for (int draw = 0; draw < options.draws; ++draw) {
        const Flip flip{term, share, range.low, range.high};
        const uint64_t seed = Key(options.seed, RngDomain::kTerm, kFlipKey, draw);
        for (size_t t = 0; t < traces.size(); ++t) Apply(*traces[t], flip, seed, terms, scores[t]);
        recombine();
        for (size_t t = 0; t < traces.size(); ++t) PutColumn(kept[t], terms, term, scores[t]);
        const std::vector<double> returns = Returns(episodes, pointers);
        const PairCounts pairs = CountPairs(truth, returns);
        effect.spearman += Spearman(returns, truth) / options.draws;
        effect.accuracy += static_cast<double>(pairs.agreeing) /
                           static_cast<double>(pairs.comparable) / options.draws;
      }
      effects.push_back(effect);
    }
  }
  recombine();
  return effects;
}

}  // namespace carrot
