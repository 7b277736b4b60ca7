#include "engine/agent/update_benchmark.h"

#include <algorithm>
#include <numeric>

#include "engine/agent/kernels.h"
#include "engine/agent/ppo_update.h"
#include "engine/base/monotonic.h"
#include "engine/base/rng.h"

namespace carrot {
namespace {

// Best time of one call, in seconds.
template <typename F>
double Best(double budget, F call) {
  const double start = MonotonicSeconds();
  double best = 1e9;
  do {
    const double begin = MonotonicSeconds();
    call();
    best = std::min(best, MonotonicSeconds() - begin);
  } while (MonotonicSeconds() - start < budget);
  return best;
}

Policy MakePolicy(int observations, int actions, const PpoConfig& config) {
  PolicySpec spec;
  spec.observation_size = observations;
  spec.hidden = config.hidden;
  spec.activation = config.activation;
  spec.action.names.assign(actions, "a");
  spec.action.low.assign(actions, -1);
  spec.action.high.assign(actions, 1);
  return Policy(std::move(spec), config.seed);
}

RolloutBuffer MakeBuffer(const Policy& policy, const PpoConfig& config) {
  RolloutBuffer buffer(config.rollout_steps, config.num_envs, policy.observation_stride(),
                       policy.spec().action.size(), 0, 0);
  Rng rng(Key(0, RngDomain::kTest));
  const int size = policy.spec().observation_size;
  for (int row = 0; row < buffer.rows(); ++row) {
    for (int i = 0; i < size; ++i) {
      buffer.obs[static_cast<size_t>(row) * buffer.obs_stride + i] =
          static_cast<float>(rng.Normal());
    }
    buffer.advantage[row] = rng.Normal();
    buffer.returns[row] = rng.Normal();
    buffer.log_prob[row] = -1;
  }
  return buffer;
}

// The products of forward and backward passes of one net over `rows` rows, and nothing else.
void Products(const Mlp& net, int rows, const float* parameters, const float* transposed,
              const float* x, float* activations, float* gradient) {
  const Kernels& kernels = *SelectKernels();
  const float* in = x;
  float* out = activations;
  for (const DenseLayer& layer : net.layers()) {
    kernels.forward(rows, layer.in, layer.out_pad, in, layer.in_pad, parameters + layer.weight,
                    parameters + layer.bias, Epilogue::kNone, out);
    in = out;
    out += static_cast<size_t>(rows) * layer.out_pad;
  }
  for (size_t l = net.layers().size(); l-- > 0;) {
    const DenseLayer& layer = net.layers()[l];
    float* dy = out -= static_cast<size_t>(rows) * layer.out_pad;
    const float* h = l == 0 ? x : dy - static_cast<size_t>(rows) * layer.in_pad;
    kernels.backward_weight(rows, layer.in_pad, layer.out_pad, h, layer.in_pad, dy,
                            gradient + layer.weight, gradient + layer.bias);
    if (l == 0) break;
    kernels.backward_input(rows, layer.out, layer.in_pad, dy, layer.out_pad,
                           transposed + layer.transposed, Epilogue::kNone,
                           dy - static_cast<size_t>(rows) * layer.in_pad);
  }
}

double ProductsSeconds(const Policy& policy, double budget) {
  double seconds = 0;
  for (const Mlp* net : {&policy.policy_net(), &policy.value_net()}) {
    AlignedFloats parameters(net->parameter_count()), gradient(net->parameter_count());
    AlignedFloats transposed(net->transposed_count()), x(kBlockRows * net->input_stride());
    AlignedFloats activations(net->activation_count(kBlockRows));
    net->Initialize(1, 1, 1, parameters.data());
    net->Transpose(parameters.data(), transposed.data());
    std::fill(x.data(), x.data() + x.size(), 0.5f);
    seconds += Best(budget / 2, [&] {
      Products(*net, kBlockRows, parameters.data(), transposed.data(), x.data(), activations.data(),
               gradient.data());
    });
  }
  return seconds / kBlockRows;
}

double UpdateSeconds(const Policy& start, const PpoConfig& config, ThreadPool& pool,
                     double budget) {
  Policy policy = start;
  const RolloutBuffer buffer = MakeBuffer(policy, config);
  const int minibatch = std::min(config.minibatch_size, buffer.rows());
  PpoUpdate update(policy, config, minibatch, pool);
  std::vector<int32_t> order(buffer.rows());
  std::iota(order.begin(), order.end(), 0);
  Rng rng(Key(1, RngDomain::kTest));
  const double epoch = Best(budget, [&] {
    for (size_t i = order.size(); i > 1; --i) {
      std::swap(order[i - 1], order[rng.Below(static_cast<uint32_t>(i))]);
    }
    for (size_t begin = 0; begin + minibatch <= order.size(); begin += minibatch) {
      update.Accumulate(policy, buffer, {order.data() + begin, static_cast<size_t>(minibatch)},
                        nullptr);
      update.Step(policy, 1e-4, update.Reduce());
    }
  });
  const int used = buffer.rows() / minibatch * minibatch;
  return epoch * config.epochs / used;
}

double InferenceSeconds(const Policy& policy, double budget) {
  constexpr int kCalls = 64;
  ThreadPool pool(1);
  std::vector<double> obs(kTileRows * policy.spec().observation_size, 0.3);
  std::vector<double> action(kTileRows * policy.spec().action.size());
  std::vector<float> value(kTileRows);
  std::vector<uint64_t> keys(kTileRows, 1);
  PolicyOutput out;
  out.action = action.data();
  out.value = value.data();
  return Best(budget,
              [&] {
                for (int i = 0; i < kCalls; ++i)
                  policy.Infer(pool, {kTileRows, obs.data(), nullptr, keys.data()}, out);
              }) /
         (kCalls * kTileRows);
}

}  // namespace

UpdateBenchmark MeasureUpdate(int observations, int actions, const PpoConfig& config,
                              ThreadPool& pool, double seconds) {
  const Policy policy = MakePolicy(observations, actions, config);
  UpdateBenchmark result;
  result.kernels = SelectKernels()->name;
  const double products = ProductsSeconds(policy, seconds / 4);
  result.products_us = products * config.epochs * 1e6;
  // A backward pass does two products where a forward pass does one, but none for the input.
  double flops = 3 * (policy.policy_net().flops_per_row() + policy.value_net().flops_per_row());
  flops -= 2 * 2.0 * observations * policy.policy_net().layers().front().out;
  result.gflops = flops / products * 1e-9;
  result.update_us = UpdateSeconds(policy, config, pool, seconds / 2) * pool.workers() * 1e6;
  result.inference_us = InferenceSeconds(policy, seconds / 4) * 1e6;
  return result;
}

}  // namespace carrot
