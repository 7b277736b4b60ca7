// PpoUpdate: the gradient of PPO's loss over one minibatch, and Adam.
//
//   rows -> blocks of 64 -> per (block, net): gather, forward, loss, backward -> partial gradients
//        -> summed in block order -> norm -> Adam, by segments of the parameters
//
// Blocks and segments depend on the minibatch and the networks only; which worker runs one does not
// matter. So the bits are the same for any pool.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/agent/action_head.h"
#include "engine/agent/aligned_floats.h"
#include "engine/agent/policy.h"
#include "engine/agent/rollout_buffer.h"
#include "engine/base/thread_pool.h"

namespace carrot {

class PpoUpdate {
 public:
  // Minibatches hold at most `max_rows` rows.
  PpoUpdate(const Policy& policy, const PpoConfig& config, int max_rows, ThreadPool& pool);

  // Computes partial gradients of the minibatch `rows` (indices into the buffer). Returns the sums
  // of the loss's parts. `reference` may be null; if not, buffer.reference holds its outputs.
  LossSums Accumulate(const Policy& policy, const RolloutBuffer& buffer,
                      std::span<const int32_t> rows, const Policy* reference);
  // Adds up the partial gradients. Returns the gradient's norm.
  double Reduce();
  // One step of Adam. The gradient is scaled to `max_grad_norm` first if it is longer (0: never).
  void Step(Policy& policy, double learning_rate, double norm);

  // Of the last Reduce; laid out as Policy::parameters().
  std::span<const float> gradient() const { return gradient_.span(); }
  // Call after the policy's weights were changed by anything but Step.
  void SetWeights(const Policy& policy);

  // Adam's state, for checkpoints.
  AlignedFloats& mean() { return mean_; }
  AlignedFloats& square() { return square_; }
  int64_t steps() const { return steps_; }
  void set_steps(int64_t steps) { steps_ = steps; }

 private:
  // What one worker needs for one block.
  struct Scratch {
    AlignedFloats x, activations, d_output;
    std::vector<float> action, old_log_prob, advantage, reference, returns, old_value;
    std::vector<uint8_t> mask;
  };
  // A run of parameters: whole rows of one weight matrix, or biases.
  struct Segment {
    size_t begin = 0, size = 0;
    const DenseLayer* layer = nullptr;  // if its rows must be transposed after a step
    int first_row = 0, rows = 0;
    float* transposed = nullptr;
  };

  void AddSegments(const Mlp& net, size_t at, float* transposed);
  void NormalizeAdvantages(const RolloutBuffer& buffer, std::span<const int32_t> rows);
  void GatherInput(const RolloutBuffer& buffer, std::span<const int32_t> rows, Scratch& s) const;
  void PolicyBlock(const Policy& policy, const RolloutBuffer& buffer, std::span<const int32_t> rows,
                   const float* advantage, float row_weight, const Policy* reference, Scratch& s,
                   float* gradient, LossSums& sums) const;
  void ValueBlock(const Policy& policy, const RolloutBuffer& buffer, std::span<const int32_t> rows,
                  float row_weight, Scratch& s, float* gradient, LossSums& sums) const;
  static void TransposeRows(const Segment& segment, const float* parameters);

  PpoConfig config_;
  ThreadPool& pool_;
  Mlp policy_net_, value_net_;
  size_t value_at_ = 0;
  std::vector<Scratch> scratch_;      // per worker
  std::vector<AlignedFloats> parts_;  // per block: all parameters
  std::vector<const float*> part_pointers_;
  std::vector<LossSums> sums_;    // per (block, net)
  std::vector<float> advantage_;  // of the minibatch, normalised
  int blocks_ = 0;                // of the last Accumulate
  std::vector<Segment> segments_;
  std::vector<double> squares_;  // per segment
  AlignedFloats gradient_, mean_, square_, policy_transposed_, value_transposed_;
  int64_t steps_ = 0;
};

}  // namespace carrot
