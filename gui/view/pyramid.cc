#include "gui/view/pyramid.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

namespace carrot {
namespace {

constexpr int64_t kFanOut = 8;
constexpr float kNone = std::numeric_limits<float>::quiet_NaN();

}  // namespace

void Pyramid::Build(std::vector<float> samples) {
  static std::atomic<uint64_t> built = 0;  // pyramids are built on threads, too
  stamp_ = ++built;
  samples_ = std::move(samples);
  levels_.clear();
  const std::vector<float>*low = &samples_, *high = &samples_, *mean = &samples_;
  while (static_cast<int64_t>(low->size()) > kFanOut) {
    const auto n = static_cast<int64_t>(low->size());
    const int64_t buckets = (n + kFanOut - 1) / kFanOut;
    Level level;
    level.low.resize(buckets);
    level.high.resize(buckets);
    level.mean.resize(buckets);
    for (int64_t b = 0; b < buckets; ++b) {
      float least = kNone, most = kNone;
      double sum = 0;
      int count = 0;
      for (int64_t i = b * kFanOut, end = std::min(n, i + kFanOut); i < end; ++i) {
        if (!std::isfinite((*mean)[i])) continue;
        least = count == 0 ? (*low)[i] : std::min(least, (*low)[i]);
        most = count == 0 ? (*high)[i] : std::max(most, (*high)[i]);
        sum += (*mean)[i];
        ++count;
      }
      level.low[b] = least;
      level.high[b] = most;
      level.mean[b] = count > 0 ? static_cast<float>(sum / count) : kNone;
    }
    levels_.push_back(std::move(level));
    low = &levels_.back().low;
    high = &levels_.back().high;
    mean = &levels_.back().mean;
  }
}

void Pyramid::Points(double from, double to, int columns, double scale, PyramidPoints* out) const {
  out->x.clear();
  out->mean.clear();
  out->low.clear();
  out->high.clear();
  const int64_t first = std::clamp<int64_t>(static_cast<int64_t>(std::floor(from)) - 1, 0, size());
  const int64_t last = std::clamp<int64_t>(static_cast<int64_t>(std::ceil(to)) + 1, first, size());
  int level = -1;
  int64_t width = 1;
  while (level + 1 < static_cast<int>(levels_.size()) && (last - first) / width > 2 * columns) {
    ++level;
    width *= kFanOut;
  }
  out->samples = level < 0;
  const std::vector<float>& low = level < 0 ? samples_ : levels_[level].low;
  const std::vector<float>& high = level < 0 ? samples_ : levels_[level].high;
  const std::vector<float>& mean = level < 0 ? samples_ : levels_[level].mean;
  for (int64_t b = first / width; b * width < last; ++b) {
    const double middle = static_cast<double>(b * width) + static_cast<double>(width - 1) / 2;
    out->x.push_back(middle);
    out->mean.push_back(mean[b] * scale);
    out->low.push_back((scale < 0 ? high[b] : low[b]) * scale);
    out->high.push_back((scale < 0 ? low[b] : high[b]) * scale);
  }
}

}  // namespace carrot
