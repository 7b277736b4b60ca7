#include "rewards/analysis/ranking.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/base/check.h"
#include "rewards/analysis/numbers.h"

namespace carrot {
namespace {

// Parallel lists without their NaN entries.
struct Pairs {
  std::vector<double> x, y;
  std::vector<int64_t> entry;  // index in the caller's lists
};

Pairs WithoutNaN(std::span<const double> x, std::span<const double> y) {
  CARROT_CHECK(x.size() == y.size());
  Pairs pairs;
  for (size_t i = 0; i < x.size(); ++i) {
    if (std::isnan(x[i]) || std::isnan(y[i])) continue;
    pairs.x.push_back(x[i]);
    pairs.y.push_back(y[i]);
    pairs.entry.push_back(static_cast<int64_t>(i));
  }
  return pairs;
}

// Ranks of resamples without sorting again: a resample is how often each entry was drawn.
class Ranker {
 public:
  explicit Ranker(std::span<const double> values)
      : values_(values.begin(), values.end()), order_(values.size()) {
    std::iota(order_.begin(), order_.end(), 0);
    std::sort(order_.begin(), order_.end(), [&](int a, int b) { return values_[a] < values_[b]; });
  }

  void Ranks(const std::vector<int>& drawn, std::vector<double>& ranks) const {
    ranks.resize(order_.size());
    double below = 0;
    for (size_t first = 0; first < order_.size();) {
      size_t end = first;
      double count = 0;
      for (; end < order_.size() && values_[order_[end]] == values_[order_[first]]; ++end) {
        count += drawn[order_[end]];
      }
      for (size_t i = first; i < end; ++i) ranks[order_[i]] = below + (count + 1) / 2;
      below += count;
      first = end;
    }
  }

 private:
  std::vector<double> values_;
  std::vector<int> order_;
};

// Pearson's correlation of x and y, entry i drawn[i] times.
double Correlation(const std::vector<double>& x, const std::vector<double>& y,
                   const std::vector<int>& drawn) {
  double n = 0, sum_x = 0, sum_y = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    n += drawn[i];
    sum_x += drawn[i] * x[i];
    sum_y += drawn[i] * y[i];
  }
  double xx = 0, yy = 0, xy = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    const double dx = x[i] - sum_x / n, dy = y[i] - sum_y / n;
    xx += drawn[i] * dx * dx;
    yy += drawn[i] * dy * dy;
    xy += drawn[i] * dx * dy;
  }
  if (!(xx > 0 && yy > 0)) return kNaN;
  return std::clamp(xy / std::sqrt(xx * yy), -1.0, 1.0);
}

class SpearmanStatistic {
 public:
  explicit SpearmanStatistic(const Pairs& pairs)
      : x_(pairs.x), y_(pairs.y), drawn_(pairs.x.size()) {}

  double operator()(std::span<const int> indices) {
    std::fill(drawn_.begin(), drawn_.end(), 0);
    for (int i : indices) ++drawn_[i];
    x_.Ranks(drawn_, rank_x_);
    y_.Ranks(drawn_, rank_y_);
    return Correlation(rank_x_, rank_y_, drawn_);
  }

 private:
  Ranker x_, y_;
  std::vector<int> drawn_;
  std::vector<double> rank_x_, rank_y_;
};

int64_t PairsOf(int64_t n) { return n * (n - 1) / 2; }

// Pairs of equal neighbours in a sorted list.
template <typename Equal>
int64_t TiedPairs(size_t n, Equal equal) {
  int64_t pairs = 0;
  for (size_t first = 0; first < n;) {
    size_t end = first + 1;
    while (end < n && equal(first, end)) ++end;
    pairs += PairsOf(static_cast<int64_t>(end - first));
    first = end;
  }
  return pairs;
}

// Sorts values[begin, end) and counts pairs i < j with values[i] > values[j].
int64_t SortCounting(std::vector<double>& values, std::vector<double>& scratch, size_t begin,
                     size_t end) {
  if (end - begin < 2) return 0;
  const size_t middle = begin + (end - begin) / 2;
  int64_t count =
      SortCounting(values, scratch, begin, middle) + SortCounting(values, scratch, middle, end);
  size_t left = begin, right = middle;
  for (size_t to = begin; to < end; ++to) {
    const bool take_right = left == middle || (right < end && values[right] < values[left]);
    if (take_right) count += static_cast<int64_t>(middle - left);
    scratch[to] = take_right ? values[right++] : values[left++];
  }
  std::copy(scratch.begin() + static_cast<int64_t>(begin),
            scratch.begin() + static_cast<int64_t>(end),
            values.begin() + static_cast<int64_t>(begin));
  return count;
}

// P(x > y) + P(x = y) / 2; `y` is sorted.
double ShareAbove(std::span<const double> x, std::span<const double> y) {
  double sum = 0;
  for (double value : x) {
    const auto [low, high] = std::equal_range(y.begin(), y.end(), value);
    sum += static_cast<double>(low - y.begin()) + 0.5 * static_cast<double>(high - low);
  }
  return sum / (static_cast<double>(x.size()) * static_cast<double>(y.size()));
}

std::vector<double> Finite(const std::vector<double>& samples) {
  std::vector<double> kept;
  std::copy_if(samples.begin(), samples.end(), std::back_inserter(kept),
               [](double x) { return !std::isnan(x); });
  return kept;
}

}  // namespace

std::vector<double> AverageRanks(std::span<const double> values) {
  std::vector<double> ranks;
  Ranker(values).Ranks(std::vector<int>(values.size(), 1), ranks);
  return ranks;
}

double Spearman(std::span<const double> x, std::span<const double> y) {
  const Pairs pairs = WithoutNaN(x, y);
  return Correlation(AverageRanks(pairs.x), AverageRanks(pairs.y),
                     std::vector<int>(pairs.x.size(), 1));
}

Interval SpearmanInterval(std::span<const double> x, std::span<const double> y,
                          std::span<const int> strata, uint64_t seed, int resamples) {
  const Pairs pairs = WithoutNaN(x, y);
  std::vector<int> sizes;
  size_t kept = 0;
  int64_t end = 0;
  for (int size : strata) {
    end += size;
    sizes.push_back(0);
    for (; kept < pairs.entry.size() && pairs.entry[kept] < end; ++kept) ++sizes.back();
  }
  CARROT_CHECK(strata.empty() || end == static_cast<int64_t>(x.size()));
  if (strata.empty()) sizes.push_back(static_cast<int>(pairs.x.size()));
  SpearmanStatistic statistic(pairs);
  return BootstrapStatistic(sizes, statistic, seed, resamples);
}

PairCounts CountPairs(std::span<const double> truth, std::span<const double> score) {
  const Pairs pairs = WithoutNaN(truth, score);
  const size_t n = pairs.x.size();
  std::vector<size_t> order(n);
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return pairs.x[a] != pairs.x[b] ? pairs.x[a] < pairs.x[b] : pairs.y[a] < pairs.y[b];
  });
  // Knight (1966): in this order, with scores ascending inside equal truth, the pairs that a sort
  // by score has to exchange are the inversions.
  std::vector<double> sorted(n), scratch(n);
  for (size_t i = 0; i < n; ++i) sorted[i] = pairs.y[order[i]];
  const auto same_truth = [&](size_t a, size_t b) {
    return pairs.x[order[a]] == pairs.x[order[b]];
  };
  const int64_t truth_ties = TiedPairs(n, same_truth);
  const int64_t both_ties = TiedPairs(n, [&](size_t a, size_t b) {
    return same_truth(a, b) && pairs.y[order[a]] == pairs.y[order[b]];
  });
  PairCounts counts;
  counts.comparable = PairsOf(static_cast<int64_t>(n)) - truth_ties;
  counts.inverted = SortCounting(sorted, scratch, 0, n);
  counts.tied =
      TiedPairs(n, [&](size_t a, size_t b) { return sorted[a] == sorted[b]; }) - both_ties;
  counts.agreeing = counts.comparable - counts.inverted - counts.tied;
  return counts;
}

std::vector<Inversion> WidestInversions(std::span<const double> truth,
                                        std::span<const double> score, int limit) {
  CARROT_CHECK(truth.size() == score.size());
  const auto wider = [](const Inversion& a, const Inversion& b) {
    if (a.gap != b.gap) return a.gap > b.gap;
    return a.better != b.better ? a.better < b.better : a.worse < b.worse;
  };
  std::vector<Inversion> widest;  // a heap whose front is the narrowest kept
  for (size_t i = 0; i < truth.size() && limit > 0; ++i) {
    for (size_t j = 0; j < truth.size(); ++j) {
      if (!(truth[i] > truth[j] && score[j] > score[i])) continue;
      const Inversion found{static_cast<int64_t>(i), static_cast<int64_t>(j), score[j] - score[i]};
      const bool full = static_cast<int>(widest.size()) == limit;
      if (full && !wider(found, widest.front())) continue;
      if (full) {
        std::pop_heap(widest.begin(), widest.end(), wider);
        widest.pop_back();
      }
      widest.push_back(found);
      std::push_heap(widest.begin(), widest.end(), wider);
    }
  }
  std::sort(widest.begin(), widest.end(), wider);
  return widest;
}

Interval ProbabilityOfImprovement(std::span<const std::vector<double>> x,
                                  std::span<const std::vector<double>> y, uint64_t seed,
                                  int resamples) {
  CARROT_CHECK(x.size() == y.size());
  std::vector<double> samples;  // x of the first stratum, its y, x of the second, ...
  std::vector<int> sizes;
  for (size_t m = 0; m < x.size(); ++m) {
    const std::vector<double> mine = Finite(x[m]), theirs = Finite(y[m]);
    if (mine.empty() || theirs.empty()) continue;
    for (const auto* side : {&mine, &theirs}) {
      samples.insert(samples.end(), side->begin(), side->end());
      sizes.push_back(static_cast<int>(side->size()));
    }
  }
  std::vector<double> drawn(samples.size());
  return BootstrapStatistic(
      sizes,
      [&](std::span<const int> indices) {
        for (size_t i = 0; i < indices.size(); ++i) drawn[i] = samples[indices[i]];
        double sum = 0;
        auto at = drawn.begin();
        for (size_t m = 0; m < sizes.size(); m += 2) {
          const auto middle = at + sizes[m], end = middle + sizes[m + 1];
          std::sort(middle, end);
          sum += ShareAbove({at, middle}, {middle, end});
          at = end;
        }
        return sum / (static_cast<double>(sizes.size()) / 2);
      },
      seed, resamples);
}

}  // namespace carrot
