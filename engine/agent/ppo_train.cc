// The update phase of Ppo: epochs of shuffled minibatches.
#include <algorithm>
#include <cmath>

#include "engine/agent/ppo_state.h"
#include "engine/base/rng.h"

namespace carrot {

// Sums over the minibatches of an iteration.
struct TrainSums {
  LossSums loss, last_epoch;
  double rows = 0, last_epoch_rows = 0;
  double norm = 0;
  int minibatches = 0;
};

// One random order of the valid rows for each epoch, keyed by (seed, iteration, epoch).
void Ppo::State::ShuffleRows() {
  valid.clear();
  for (int row = 0; row < buffer.used * buffer.num_envs; ++row) {
    if (!buffer.fault[row]) valid.push_back(row);
  }
  const size_t n = valid.size();
  order.resize(n * config.epochs);
  pool.ParallelFor(config.epochs, [&](int epoch, int) {
    int32_t* rows = order.data() + n * epoch;
    std::copy(valid.begin(), valid.end(), rows);
    Rng rng(Key(config.seed, RngDomain::kShuffle, iteration, epoch));
    for (size_t i = n; i > 1; --i) {
      std::swap(rows[i - 1], rows[rng.Below(static_cast<uint32_t>(i))]);
    }
  });
}

// False if the KL rule ended the update.
bool Ppo::State::TrainEpoch(int epoch, double rate, PpoMetrics& metrics, TrainSums& sums) {
  const int64_t n = static_cast<int64_t>(valid.size());
  const int64_t parts =
      std::max<int64_t>(1, (n + config.minibatch_size / 2) / config.minibatch_size);
  sums.last_epoch = {};
  sums.last_epoch_rows = 0;
  for (int64_t part = 0; part < parts; ++part) {
    const int64_t begin = n * part / parts, end = n * (part + 1) / parts;
    const std::span<const int32_t> rows(order.data() + n * epoch + begin, end - begin);
    const LossSums loss = update.Accumulate(policy, buffer, rows, reference.get());
    const auto count = static_cast<double>(rows.size());
    sums.loss.Add(loss);
    sums.last_epoch.Add(loss);
    sums.rows += count;
    sums.last_epoch_rows += count;
    if (config.kl_rule == KlRule::kStop && loss.kl / count > 1.5 * config.target_kl) return false;
    const double norm = update.Reduce();
    sums.norm += norm;
    ++sums.minibatches;
    // A gradient that is not finite would destroy the network; the step is left out and seen in
    // grad_norm.
    if (std::isfinite(norm)) update.Step(policy, rate, norm);
  }
  ++metrics.epochs;
  return true;
}

double Ppo::State::ExplainedVariance() const {
  if (valid.empty()) return 0;
  double mean_return = 0, mean_error = 0;
  for (int32_t row : valid) {
    mean_return += buffer.returns[row];
    mean_error += buffer.advantage[row];  // returns - value
  }
  mean_return /= static_cast<double>(valid.size());
  mean_error /= static_cast<double>(valid.size());
  double var_return = 0, var_error = 0;
  for (int32_t row : valid) {
    const double r = buffer.returns[row] - mean_return, e = buffer.advantage[row] - mean_error;
    var_return += r * r;
    var_error += e * e;
  }
  return var_return > 0 ? 1.0 - var_error / var_return : 0;
}

void Ppo::State::Train(PpoMetrics& metrics) {
  ShuffleRows();
  metrics.explained_variance = ExplainedVariance();
  double rate = config.learning_rate * rate_factor;
  if (config.anneal == Anneal::kLinear) {
    rate *=
        std::max(0.0, 1.0 - static_cast<double>(step) / static_cast<double>(config.total_steps));
  }
  metrics.learning_rate = rate;
  TrainSums sums;
  for (int epoch = 0; epoch < config.epochs && !valid.empty(); ++epoch) {
    if (!TrainEpoch(epoch, rate, metrics, sums)) break;
  }
  const double rows = std::max(1.0, sums.rows);
  metrics.policy_loss = sums.loss.policy / rows;
  metrics.value_loss = sums.loss.value / rows;
  metrics.entropy = sums.loss.entropy / rows;
  metrics.clipfrac = sums.loss.clipped / rows;
  metrics.approx_kl = sums.last_epoch.kl / std::max(1.0, sums.last_epoch_rows);
  metrics.reference_kl = sums.loss.reference_kl / rows;
  metrics.grad_norm = sums.norm / std::max(1, sums.minibatches);
  for (float log_std : policy.log_std()) metrics.action_std += std::exp(log_std);
  if (!policy.log_std().empty()) metrics.action_std /= static_cast<double>(policy.log_std().size());
  if (config.kl_rule == KlRule::kAdaptive && sums.rows > 0) {
    if (metrics.approx_kl > 2 * config.target_kl) rate_factor = std::max(1e-3, rate_factor / 1.5);
    if (metrics.approx_kl < config.target_kl / 2) rate_factor = std::min(1e2, rate_factor * 1.5);
  }
}

}  // namespace carrot
