#include "rewards/analysis/consistency.h"

#include <algorithm>
#include <cmath>

#include "engine/base/rng.h"

namespace carrot {
namespace {

bool Succeeds(const RecordedTransition& t) { return t.after.flags() & kRowSuccess; }

// States of rows as standardised numbers, [rows, width].
class States {
 public:
  explicit States(std::span<const Trace* const> traces) {
    for (const FieldSpec& field : SharedFields(traces)) {
      if (field.role == FieldRole::kFlag || field.role == FieldRole::kActionMask) continue;
      for (int i = 0; i < field.size(); ++i) numbers_.push_back({field, i});
    }
  }

  std::vector<double> Read(const std::vector<RecordedTransition>& rows) const {
    std::vector<double> values;
    values.reserve(rows.size() * numbers_.size());
    for (const RecordedTransition& row : rows) {
      for (const auto& [field, element] : numbers_) {
        values.push_back(
            NumberAt(row.after, FieldColumn(*row.after.trace, field.name), field.dtype, element));
      }
    }
    return values;
  }
  size_t width() const { return numbers_.size(); }

 private:
  std::vector<std::pair<FieldSpec, int>> numbers_;
};

// 1 / standard deviation of each number over the rows; 0 where it does not vary.
std::vector<double> Scales(const std::vector<double>& values, size_t width) {
  std::vector<double> scales(width, 0.0);
  const size_t rows = width == 0 ? 0 : values.size() / width;
  for (size_t k = 0; k < width; ++k) {
    double mean = 0, square = 0;
    for (size_t r = 0; r < rows; ++r) mean += values[r * width + k] / static_cast<double>(rows);
    for (size_t r = 0; r < rows; ++r) {
      const double d = values[r * width + k] - mean;
      square += d * d / static_cast<double>(rows);
    }
    const double std = std::sqrt(square);
    if (std > 1e-12 * std::abs(mean)) scales[k] = 1 / std;
  }
  return scales;
}

void Standardise(const std::vector<double>& scales, std::vector<double>& values) {
  for (size_t i = 0; i < values.size(); ++i) values[i] *= scales[i % scales.size()];
}

}  // namespace

Consistency CheckConsistency(std::span<const Trace* const> traces,
                             std::span<const Score* const> scores, ThreadPool& pool,
                             const ConsistencyOptions& options) {
  Consistency out;
  const auto draw = [&](int limit, bool success) {
    return DrawTransitions(traces, limit, Key(options.seed, RngDomain::kBootstrap, 0x434f, success),
                           [&](const RecordedTransition& t) { return Succeeds(t) == success; });
  };
  const auto successes = draw(options.successes, true), others = draw(options.others, false);
  out.successes = static_cast<int64_t>(successes.size());
  out.others = static_cast<int64_t>(others.size());
  if (successes.empty() || others.empty()) return out;
  const States states(traces);
  std::vector<double> mine = states.Read(successes), theirs = states.Read(others);
  const size_t width = states.width();
  std::vector<double> all(mine);
  all.insert(all.end(), theirs.begin(), theirs.end());
  const std::vector<double> scales = Scales(all, width);
  const auto varying = std::count_if(scales.begin(), scales.end(), [](double s) { return s > 0; });
  if (varying == 0) return out;
  Standardise(scales, mine);
  Standardise(scales, theirs);

  struct Nearest {
    size_t other = 0;
    double square = 1e300;
  };
  std::vector<Nearest> nearest(successes.size());
  pool.ParallelFor(static_cast<int>(successes.size()), [&](int i, int) {
    for (size_t j = 0; j < others.size(); ++j) {
      double square = 0;
      for (size_t k = 0; k < width && square < nearest[i].square; ++k) {
        const double d = mine[i * width + k] - theirs[j * width + k];
        square += d * d;
      }
      if (square < nearest[i].square) nearest[i] = {j, square};
    }
  });
  const auto reward = [&](const RecordedTransition& t) {
    return scores[t.recording]->reward[t.after.score_row()];
  };
  for (size_t i = 0; i < successes.size(); ++i) {
    const double distance = std::sqrt(nearest[i].square / static_cast<double>(varying));
    if (!(distance <= options.tolerance)) continue;
    const RecordedTransition& other = others[nearest[i].other];
    out.pairs.push_back({successes[i], other, distance, reward(successes[i]) - reward(other)});
    const double gap = out.pairs.back().gap;
    ++(gap > 0 ? out.right : gap < 0 ? out.wrong : out.tied);
  }
  std::stable_sort(out.pairs.begin(), out.pairs.end(),
                   [](const NearPair& a, const NearPair& b) { return a.gap < b.gap; });
  return out;
}

}  // namespace carrot
