#include "rewards/analysis/distances.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "engine/base/check.h"
#include "engine/base/rng.h"
#include "rewards/analysis/numbers.h"
#include "rewards/analysis/projection.h"
#include "rewards/analysis/transition_sample.h"

namespace carrot {
namespace {
// What is left of a reward counts as nothing below this share of its size.
constexpr double kNothingLeft = 1e-9;
constexpr int kRowsPerPotential = 8, kFewestTransitions = 32;
constexpr uint64_t kCoverageKey = 0x5354, kPartnerKey = 0x4550;  // separate streams

bool Terminal(const RecordedTransition& t) { return t.after.flags() & kRowTerminated; }

void Group(const std::vector<RecordedTransition>& drawn, size_t recordings,
           CanonicalSample& sample) {
  sample.strata.assign(recordings, 0);
  int last = -1;
  for (const RecordedTransition& t : drawn) {
    if (t.episode != last) {
      sample.episodes.push_back(0);
      ++sample.strata[t.recording];
      last = t.episode;
    }
    ++sample.episodes.back();
  }
}

// gamma phi(s') (1 - terminal) - phi(s) of every transition.
template <typename Phi>
std::vector<double> Shaping(const std::vector<RecordedTransition>& drawn, Phi phi) {
  std::vector<double> column;
  column.reserve(drawn.size());
  for (const RecordedTransition& t : drawn) {
    const double after = Terminal(t) ? 0.0 : t.after.trace->spec().gamma * phi(t, t.after);
    column.push_back(after - phi(t, t.before));
  }
  return column;
}

OrthonormalBasis ShapingBasis(const std::vector<RecordedTransition>& drawn,
                              std::span<const Trace* const> traces,
                              std::span<const ComparedReward> rewards) {
  OrthonormalBasis basis;
  basis.Add(Shaping(drawn, [](const auto&, const RowPlace&) { return 1.0; }));
  for (const ComparedReward& reward : rewards) {
    if (!reward.reward->spec().has_potential) continue;
    basis.Add(Shaping(drawn, [&](const RecordedTransition& t, const RowPlace& place) {
      return reward.scores[t.recording]->phi[place.score_row()];
    }));
  }
  const int most = static_cast<int>(drawn.size()) / kRowsPerPotential;
  for (const FieldSpec& field : SharedFields(traces)) {
    if (field.role == FieldRole::kActionMask) continue;
    std::map<const Trace*, int> column;
    for (const Trace* trace : traces) column[trace] = FieldColumn(*trace, field.name);
    for (int i = 0; i < field.size() && basis.size() < most; ++i) {
      basis.Add(Shaping(drawn, [&](const auto&, const RowPlace& place) {
        return NumberAt(place, column[place.trace], field.dtype, i);
      }));
    }
  }
  return basis;
}

double Length(std::span<const double> x) { return std::sqrt(Dot(x, x)); }

// A declared potential changes nothing that EPIC sees, and leaving it out is exact where an
// estimate would not be. With stages the reward is no longer a sum.
bool LeavesPotentialOut(const ComparedReward& reward) {
  return reward.reward->spec().has_potential && reward.reward->spec().stages.empty();
}

// The reward of each step on the recording.
std::vector<double> StepRewards(const std::vector<RecordedTransition>& drawn,
                                const ComparedReward& reward) {
  std::vector<double> column;
  for (const RecordedTransition& t : drawn) {
    column.push_back(reward.scores[t.recording]->reward[t.after.score_row()]);
  }
  if (!LeavesPotentialOut(reward)) return column;
  for (size_t i = 0; i < drawn.size(); ++i) {
    const std::vector<double>& phi = reward.scores[drawn[i].recording]->phi;
    const double after =
        Terminal(drawn[i]) ? 0 : reward.settings.weights.gamma * phi[drawn[i].after.score_row()];
    column[i] -= reward.settings.weights.potential * (after - phi[drawn[i].before.score_row()]);
  }
  return column;
}

// m(s) of each row that a transition begins or ends in, by (block, row).
using PlaceKey = std::pair<const TraceBlock*, int>;
PlaceKey KeyOf(const RowPlace& place) { return {place.block, place.row}; }

using Means = std::map<PlaceKey, double>;
Result<Means> MeanRewards(const std::vector<RecordedTransition>& drawn, const StateSpec& state,
                          const ComparedReward& reward, ThreadPool& pool,
                          const DistanceOptions& options) {
  std::map<PlaceKey, RowPlace> places;
  for (const RecordedTransition& t : drawn) {
    places.emplace(KeyOf(t.before), t.before);
    if (!Terminal(t)) places.emplace(KeyOf(t.after), t.after);
  }
  Rng rng(Key(options.seed, RngDomain::kBootstrap, kPartnerKey));
  const auto count = static_cast<uint32_t>(drawn.size());
  std::vector<std::pair<RowPlace, RowPlace>> partners;  // action, next state
  for (int i = 0; i < options.epic_partners; ++i) {
    const RowPlace action = drawn[rng.Below(count)].after;
    partners.emplace_back(action, drawn[rng.Below(count)].after);
  }
  std::vector<CombinedTransition> combined;
  combined.reserve(places.size() * partners.size());
  for (const auto& [key, place] : places) {
    for (const auto& [action, next] : partners) combined.push_back({place, action, next});
  }
  std::vector<double> values(combined.size());
  RewardSettings settings = reward.settings;
  if (LeavesPotentialOut(reward)) settings.weights.potential = 0;
  CARROT_RETURN_IF_ERROR(EvaluateCombined(combined, state, *reward.reward, settings, pool, values));
  Means means;
  size_t at = 0;
  for (const auto& [key, place] : places) {
    double sum = 0;
    for (size_t i = 0; i < partners.size(); ++i) sum += values[at++];
    means[key] = sum / static_cast<double>(partners.size());
  }
  return means;
}

// Sums of each episode, resampled by episode.
struct Moments {
  double n = 0, x = 0, y = 0, xx = 0, yy = 0, xy = 0;
  void Add(const Moments& other) {
    n += other.n;
    x += other.x;
    y += other.y;
    xx += other.xx;
    yy += other.yy;
    xy += other.xy;
  }
};

template <typename Distance>
Interval Bootstrap(const CanonicalSample& sample, int a, int b, const DistanceOptions& options,
                   Distance distance) {
  const std::vector<double>&x = sample.reward[a], &y = sample.reward[b];
  std::vector<Moments> episodes;
  size_t at = 0;
  for (int length : sample.episodes) {
    Moments m;
    for (int i = 0; i < length; ++i, ++at) {
      m.Add({1, x[at], y[at], x[at] * x[at], y[at] * y[at], x[at] * y[at]});
    }
    episodes.push_back(m);
  }
  return BootstrapStatistic(
      sample.strata,
      [&](std::span<const int> drawn) {
        Moments sum;
        for (int e : drawn) sum.Add(episodes[e]);
        return distance(sum);
      },
      options.seed, options.resamples);
}

}  // namespace

CanonicalSample StarcSample(std::span<const Trace* const> traces,
                            std::span<const ComparedReward> rewards,
                            const DistanceOptions& options) {
  CanonicalSample sample;
  const auto drawn = DrawTransitions(traces, options.starc_transitions,
                                     Key(options.seed, RngDomain::kBootstrap, kCoverageKey));
  if (drawn.size() < kFewestTransitions) return sample;
  Group(drawn, traces.size(), sample);
  const OrthonormalBasis basis = ShapingBasis(drawn, traces, rewards);
  sample.potentials = basis.size();
  for (const ComparedReward& reward : rewards) {
    std::vector<double> column;
    for (const RecordedTransition& t : drawn) {
      column.push_back(reward.scores[t.recording]->reward[t.after.score_row()]);
    }
    const double before = Length(column);
    basis.Remove(column);
    sample.trivial.push_back(!(Length(column) > kNothingLeft * before));
    if (sample.trivial.back()) std::fill(column.begin(), column.end(), 0.0);
    sample.reward.push_back(std::move(column));
  }
  return sample;
}

Result<CanonicalSample> EpicSample(std::span<const Trace* const> traces, const StateSpec& state,
                                   std::span<const ComparedReward> rewards, ThreadPool& pool,
                                   const DistanceOptions& options) {
  CanonicalSample sample;
  const auto drawn = DrawTransitions(traces, options.epic_transitions,
                                     Key(options.seed, RngDomain::kBootstrap, kCoverageKey));
  if (drawn.size() < kFewestTransitions) return sample;
  Group(drawn, traces.size(), sample);
  for (const ComparedReward& reward : rewards) {
    CARROT_ASSIGN_OR_RETURN(Means means, MeanRewards(drawn, state, reward, pool, options));
    std::vector<double> column = StepRewards(drawn, reward);
    double largest = 0, mean = 0, square = 0;
    for (size_t i = 0; i < drawn.size(); ++i) {
      const RecordedTransition& t = drawn[i];
      largest = std::max(largest, std::abs(column[i]));
      const double after = Terminal(t) ? 0 : t.after.trace->spec().gamma * means[KeyOf(t.after)];
      column[i] += after - means[KeyOf(t.before)];
      mean += column[i] / static_cast<double>(drawn.size());
    }
    for (double& x : column) {
      x -= mean;  // no difference to a correlation; better conditioned sums
      square += x * x / static_cast<double>(drawn.size());
    }
    sample.trivial.push_back(!(std::sqrt(square) > kNothingLeft * largest));
    sample.reward.push_back(std::move(column));
  }
  return sample;
}

Interval StarcDistance(const CanonicalSample& sample, int a, int b,
                       const DistanceOptions& options) {
  if (sample.reward.empty()) return {kNaN, kNaN, kNaN};
  return Bootstrap(sample, a, b, options,
                   [](const Moments& m) { return HalfDirectionDistance(m.xx, m.yy, m.xy); });
}

Interval EpicDistance(const CanonicalSample& sample, int a, int b, const DistanceOptions& options) {
  if (sample.reward.empty() || sample.trivial[a] || sample.trivial[b]) return {kNaN, kNaN, kNaN};
  return Bootstrap(sample, a, b, options, [](const Moments& m) {
    const double xx = m.xx - m.x * m.x / m.n, yy = m.yy - m.y * m.y / m.n;
    return xx > 0 && yy > 0 ? HalfDirectionDistance(xx, yy, m.xy - m.x * m.y / m.n) : kNaN;
  });
}

}  // namespace carrot
