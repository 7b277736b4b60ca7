#include "rewards/analysis/tabular.h"

#include <cmath>
#include <limits>

#include "engine/base/check.h"
#include "rewards/analysis/projection.h"

namespace carrot {
namespace {

// What is left of a reward after its shaping was taken away counts as nothing below this share.
constexpr double kNothingLeft = 1e-9;

size_t At(const TabularTask& task, int s, int a, int next) {
  return (static_cast<size_t>(s) * task.actions + a) * task.states + next;
}

template <typename Visit>
void ForEach(const TabularTask& task, Visit visit) {
  for (int s = 0; s < task.states; ++s) {
    for (int a = 0; a < task.actions; ++a) {
      for (int next = 0; next < task.states; ++next) visit(s, a, next, At(task, s, a, next));
    }
  }
}

TabularReward EpicCanonical(const TabularTask& task, const TabularReward& reward) {
  const double n = static_cast<double>(task.actions) * task.states;
  std::vector<double> mean(task.states, 0.0);  // E[R(s, A, S')]
  ForEach(task, [&](int s, int, int, size_t at) { mean[s] += reward[at] / n; });
  double overall = 0;
  for (double m : mean) overall += m / task.states;
  TabularReward canonical(reward);
  ForEach(task, [&](int s, int, int next, size_t at) {
    canonical[at] += task.gamma * mean[next] - mean[s] - task.gamma * overall;
  });
  return canonical;
}

// E[R(s, a, S')] as [states * actions].
std::vector<double> ExpectedReward(const TabularTask& task, const TabularReward& reward) {
  std::vector<double> expected(static_cast<size_t>(task.states) * task.actions, 0.0);
  ForEach(task, [&](int s, int a, int, size_t at) {
    expected[static_cast<size_t>(s) * task.actions + a] += task.transition[at] * reward[at];
  });
  return expected;
}

// gamma P(k | s, a) - [s = k]: what a unit of potential in state k adds to the reward of (s, a).
std::vector<double> ShapingOf(const TabularTask& task, int k) {
  std::vector<double> column(static_cast<size_t>(task.states) * task.actions, 0.0);
  for (int s = 0; s < task.states; ++s) {
    for (int a = 0; a < task.actions; ++a) {
      column[static_cast<size_t>(s) * task.actions + a] =
          task.gamma * task.transition[At(task, s, a, k)] - (s == k ? 1.0 : 0.0);
    }
  }
  return column;
}

// V of the uniformly random policy by iteration: gamma^n has left no trace at the end.
std::vector<double> RandomPolicyValue(const TabularTask& task,
                                      const std::vector<double>& expected) {
  std::vector<double> value(task.states, 0.0), next(task.states);
  const double sweeps = std::log(1e-17) / std::log(task.gamma);
  for (int i = 0; i < static_cast<int>(sweeps) + 2; ++i) {
    std::fill(next.begin(), next.end(), 0.0);
    for (int s = 0; s < task.states; ++s) {
      for (int a = 0; a < task.actions; ++a) {
        double q = expected[static_cast<size_t>(s) * task.actions + a];
        for (int to = 0; to < task.states; ++to) {
          q += task.gamma * task.transition[At(task, s, a, to)] * value[to];
        }
        next[s] += q / task.actions;
      }
    }
    value.swap(next);
  }
  return value;
}

std::vector<double> StarcCanonical(const TabularTask& task, const TabularReward& reward,
                                   Canonical canonical) {
  std::vector<double> expected = ExpectedReward(task, reward);
  const double before = std::sqrt(Dot(expected, expected));
  if (canonical == Canonical::kMinimal) {
    OrthonormalBasis basis;
    for (int k = 0; k < task.states; ++k) basis.Add(ShapingOf(task, k));
    basis.Remove(expected);
  } else {
    // Shaping by V itself.
    const std::vector<double> value = RandomPolicyValue(task, expected);
    for (int k = 0; k < task.states; ++k) {
      const std::vector<double> shaping = ShapingOf(task, k);
      for (size_t i = 0; i < expected.size(); ++i) expected[i] += value[k] * shaping[i];
    }
  }
  if (std::sqrt(Dot(expected, expected)) <= kNothingLeft * before) {
    std::fill(expected.begin(), expected.end(), 0.0);
  }
  return expected;
}

void Check(const TabularTask& task, const TabularReward& a, const TabularReward& b) {
  const size_t size = static_cast<size_t>(task.states) * task.actions * task.states;
  CARROT_CHECK(task.transition.size() == size && a.size() == size && b.size() == size);
  CARROT_CHECK(task.gamma > 0 && task.gamma < 1);
}

}  // namespace

double EpicDistance(const TabularTask& task, const TabularReward& a, const TabularReward& b) {
  Check(task, a, b);
  const TabularReward x = EpicCanonical(task, a), y = EpicCanonical(task, b);
  double n = 0, mean_x = 0, mean_y = 0, largest_x = 0, largest_y = 0;
  ForEach(task, [&](int, int, int, size_t at) {
    n += task.transition[at];
    mean_x += task.transition[at] * x[at];
    mean_y += task.transition[at] * y[at];
    largest_x = std::max(largest_x, std::abs(a[at]));
    largest_y = std::max(largest_y, std::abs(b[at]));
  });
  double xx = 0, yy = 0, xy = 0;
  ForEach(task, [&](int, int, int, size_t at) {
    const double dx = x[at] - mean_x / n, dy = y[at] - mean_y / n;
    xx += task.transition[at] * dx * dx;
    yy += task.transition[at] * dy * dy;
    xy += task.transition[at] * dx * dy;
  });
  const bool varies =
      std::sqrt(xx / n) > kNothingLeft * largest_x && std::sqrt(yy / n) > kNothingLeft * largest_y;
  return varies ? HalfDirectionDistance(xx, yy, xy) : std::numeric_limits<double>::quiet_NaN();
}

double StarcDistance(const TabularTask& task, const TabularReward& a, const TabularReward& b,
                     Canonical canonical) {
  Check(task, a, b);
  const std::vector<double> x = StarcCanonical(task, a, canonical);
  const std::vector<double> y = StarcCanonical(task, b, canonical);
  return HalfDirectionDistance(Dot(x, x), Dot(y, y), Dot(x, y));
}

}  // namespace carrot
