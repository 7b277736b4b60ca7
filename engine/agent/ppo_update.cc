#include "engine/agent/ppo_update.h"

#include <algorithm>
#include <cmath>

#include "engine/agent/kernels.h"
#include "engine/base/check.h"

namespace carrot {
namespace {

// Parameters of one task in the reduction and in Adam: a few microseconds of work.
constexpr size_t kSegmentFloats = 2048;

// Copies the given rows of a column, packed.
template <typename T>
void Gather(std::span<const int32_t> rows, const T* column, int width, std::vector<T>& out) {
  for (size_t r = 0; r < rows.size(); ++r) {
    std::copy_n(column + static_cast<size_t>(rows[r]) * width, width, out.data() + r * width);
  }
}

}  // namespace

PpoUpdate::PpoUpdate(const Policy& policy, const PpoConfig& config, int max_rows, ThreadPool& pool)
    : config_(config),
      pool_(pool),
      policy_net_(policy.policy_net()),
      value_net_(policy.value_net()),
      value_at_(policy.value_at()) {
  const size_t parameters = policy.parameters().size();
  const int blocks = (max_rows + kBlockRows - 1) / kBlockRows;
  for (int b = 0; b < blocks; ++b) parts_.emplace_back(parameters);
  for (const AlignedFloats& part : parts_) part_pointers_.push_back(part.data());
  sums_.resize(static_cast<size_t>(blocks) * 2);
  advantage_.resize(static_cast<size_t>(blocks) * kBlockRows);
  for (auto* array : {&gradient_, &mean_, &square_}) *array = AlignedFloats(parameters);
  policy_transposed_ = AlignedFloats(policy_net_.transposed_count());
  value_transposed_ = AlignedFloats(value_net_.transposed_count());

  const ActionSpec& action = policy.spec().action;
  scratch_.resize(pool.workers());
  for (Scratch& s : scratch_) {
    s.x = AlignedFloats(static_cast<size_t>(kBlockRows) * policy_net_.input_stride());
    s.activations = AlignedFloats(std::max(policy_net_.activation_count(kBlockRows),
                                           value_net_.activation_count(kBlockRows)));
    s.d_output = AlignedFloats(static_cast<size_t>(kBlockRows) * policy_net_.output_stride());
    s.action.resize(static_cast<size_t>(kBlockRows) * action.size());
    s.reference.resize(static_cast<size_t>(kBlockRows) * policy.spec().head_size());
    s.mask.resize(static_cast<size_t>(kBlockRows) * action.total_choices());
    for (auto* column : {&s.old_log_prob, &s.advantage, &s.returns, &s.old_value}) {
      column->resize(kBlockRows);
    }
  }
  AddSegments(policy_net_, 0, policy_transposed_.data());
  if (value_at_ > policy.log_std_at()) {
    segments_.push_back({policy.log_std_at(), value_at_ - policy.log_std_at()});
  }
  AddSegments(value_net_, value_at_, value_transposed_.data());
  squares_.resize(segments_.size());
  SetWeights(policy);
}

void PpoUpdate::AddSegments(const Mlp& net, size_t at, float* transposed) {
  for (const DenseLayer& layer : net.layers()) {
    // Whole rows, in multiples of 4 so that sizes are multiples of 16 floats or more.
    const int most = std::max(4, static_cast<int>(kSegmentFloats / layer.out_pad) / 4 * 4);
    for (int row = 0; row < layer.in_pad; row += most) {
      Segment segment;
      segment.rows = std::min(most, layer.in_pad - row);
      segment.first_row = row;
      segment.begin = at + layer.weight + static_cast<size_t>(row) * layer.out_pad;
      segment.size = static_cast<size_t>(segment.rows) * layer.out_pad;
      if (&layer != &net.layers().front()) {
        segment.layer = &layer;
        segment.transposed = transposed + layer.transposed;
      }
      segments_.push_back(segment);
    }
    segments_.push_back({at + layer.bias, static_cast<size_t>(RoundUp(layer.out_pad, 16))});
  }
}

void PpoUpdate::SetWeights(const Policy& policy) {
  policy_net_.Transpose(policy.parameters().data(), policy_transposed_.data());
  value_net_.Transpose(policy.parameters().data() + value_at_, value_transposed_.data());
}

void PpoUpdate::NormalizeAdvantages(const RolloutBuffer& buffer, std::span<const int32_t> rows) {
  double mean = 0, scale = 1;
  if (config_.normalize_advantage && rows.size() > 1) {
    for (int32_t row : rows) mean += buffer.advantage[row];
    mean /= static_cast<double>(rows.size());
    double squares = 0;
    for (int32_t row : rows) {
      const double d = buffer.advantage[row] - mean;
      squares += d * d;
    }
    scale = 1.0 / (std::sqrt(squares / static_cast<double>(rows.size() - 1)) + 1e-8);
  }
  for (size_t r = 0; r < rows.size(); ++r) {
    advantage_[r] = static_cast<float>((buffer.advantage[rows[r]] - mean) * scale);
  }
}

void PpoUpdate::GatherInput(const RolloutBuffer& buffer, std::span<const int32_t> rows,
                            Scratch& s) const {
  const int stride = buffer.obs_stride;
  for (size_t r = 0; r < rows.size(); ++r) {
    std::copy_n(buffer.obs.data() + static_cast<size_t>(rows[r]) * stride, stride,
                s.x.data() + r * stride);
  }
  const size_t padded = RoundUp(static_cast<int>(rows.size()), kTileRows);
  std::fill(s.x.data() + rows.size() * stride, s.x.data() + padded * stride, 0.0f);
}

void PpoUpdate::PolicyBlock(const Policy& policy, const RolloutBuffer& buffer,
                            std::span<const int32_t> rows, const float* advantage, float row_weight,
                            const Policy* reference, Scratch& s, float* gradient,
                            LossSums& sums) const {
  GatherInput(buffer, rows, s);
  Gather(rows, buffer.action.data(), buffer.action_size, s.action);
  Gather(rows, buffer.log_prob.data(), 1, s.old_log_prob);
  if (buffer.mask_size > 0) Gather(rows, buffer.mask.data(), buffer.mask_size, s.mask);
  if (reference != nullptr) {
    Gather(rows, buffer.reference.data(), buffer.reference_size, s.reference);
  }
  PolicyRows in;
  in.rows = static_cast<int>(rows.size());
  in.action = s.action.data();
  in.old_log_prob = s.old_log_prob.data();
  in.advantage = advantage;
  in.mask = buffer.mask_size > 0 ? s.mask.data() : nullptr;
  in.reference = reference != nullptr ? s.reference.data() : nullptr;
  PolicyLossSettings settings;
  settings.clip_range = static_cast<float>(config_.clip_range);
  settings.entropy_coef = static_cast<float>(config_.entropy_coef);
  settings.reference_coef = static_cast<float>(config_.reference_kl_coef);
  settings.row_weight = row_weight;
  settings.reference_log_std = reference != nullptr ? reference->log_std().data() : nullptr;

  const int padded = RoundUp(in.rows, kTileRows), stride = policy_net_.output_stride();
  const float* head =
      policy_net_.Forward(policy.parameters().data(), s.x.data(), padded, s.activations.data());
  std::fill_n(s.d_output.data(), static_cast<size_t>(padded) * stride, 0.0f);
  float* d_log_std = gradient + policy.log_std_at();
  std::fill(d_log_std, gradient + value_at_, 0.0f);
  PolicyLoss(policy.spec().action, settings, in, head, stride, policy.log_std().data(),
             s.d_output.data(), d_log_std, sums);
  policy_net_.Backward(policy_transposed_.data(), s.x.data(), padded, s.activations.data(),
                       s.d_output.data(), gradient);
}

void PpoUpdate::ValueBlock(const Policy& policy, const RolloutBuffer& buffer,
                           std::span<const int32_t> rows, float row_weight, Scratch& s,
                           float* gradient, LossSums& sums) const {
  GatherInput(buffer, rows, s);
  Gather(rows, buffer.value.data(), 1, s.old_value);
  for (size_t r = 0; r < rows.size(); ++r) {
    s.returns[r] = static_cast<float>(buffer.returns[rows[r]]);
  }
  const int count = static_cast<int>(rows.size()), padded = RoundUp(count, kTileRows);
  const int stride = value_net_.output_stride();
  const float* parameters = policy.parameters().data() + value_at_;
  const float* head = value_net_.Forward(parameters, s.x.data(), padded, s.activations.data());
  std::fill_n(s.d_output.data(), static_cast<size_t>(padded) * stride, 0.0f);
  ValueLoss(count, static_cast<float>(config_.value_clip),
            static_cast<float>(config_.value_coef) * row_weight, s.returns.data(),
            s.old_value.data(), head, stride, s.d_output.data(), sums);
  value_net_.Backward(value_transposed_.data(), s.x.data(), padded, s.activations.data(),
                      s.d_output.data(), gradient + value_at_);
}

LossSums PpoUpdate::Accumulate(const Policy& policy, const RolloutBuffer& buffer,
                               std::span<const int32_t> rows, const Policy* reference) {
  const int count = static_cast<int>(rows.size());
  blocks_ = (count + kBlockRows - 1) / kBlockRows;
  CARROT_CHECK(count > 0 && blocks_ <= static_cast<int>(parts_.size()));
  NormalizeAdvantages(buffer, rows);
  const float row_weight = 1.0f / static_cast<float>(count);
  pool_.ParallelFor(2 * blocks_, [&](int task, int worker) {
    const int block = task / 2, begin = block * kBlockRows;
    const auto part = rows.subspan(begin, std::min(kBlockRows, count - begin));
    Scratch& s = scratch_[worker];
    float* gradient = parts_[block].data();
    LossSums sums;
    if (task % 2 == 0) {
      PolicyBlock(policy, buffer, part, advantage_.data() + begin, row_weight, reference, s,
                  gradient, sums);
    } else {
      ValueBlock(policy, buffer, part, row_weight, s, gradient, sums);
    }
    sums_[task] = sums;
  });
  LossSums total;
  for (int task = 0; task < 2 * blocks_; ++task) total.Add(sums_[task]);
  return total;
}

double PpoUpdate::Reduce() {
  const Kernels& kernels = *SelectKernels();
  pool_.ParallelFor(static_cast<int>(segments_.size()), [&](int index, int) {
    const Segment& segment = segments_[index];
    squares_[index] =
        kernels.reduce(static_cast<int>(segment.begin), static_cast<int>(segment.size), blocks_,
                       part_pointers_.data(), gradient_.data());
  });
  double squares = 0;
  for (double s : squares_) squares += s;
  return std::sqrt(squares);
}

void PpoUpdate::TransposeRows(const Segment& segment, const float* parameters) {
  if (segment.layer == nullptr) return;
  const DenseLayer& layer = *segment.layer;
  const float* w = parameters + segment.begin;
  for (int o = 0; o < layer.out; ++o) {
    float* out = segment.transposed + static_cast<size_t>(o) * layer.in_pad + segment.first_row;
    for (int i = 0; i < segment.rows; ++i) out[i] = w[static_cast<size_t>(i) * layer.out_pad + o];
  }
}

void PpoUpdate::Step(Policy& policy, double learning_rate, double norm) {
  const Kernels& kernels = *SelectKernels();
  ++steps_;
  const auto t = static_cast<double>(steps_);
  AdamStep step;
  const double longest = config_.max_grad_norm;
  step.gradient_scale =
      longest > 0 ? static_cast<float>(std::min(1.0, longest / (norm + 1e-6))) : 1;
  step.step_size = static_cast<float>(learning_rate / (1.0 - std::pow(config_.adam_beta1, t)));
  step.inv_sqrt_bias2 = static_cast<float>(1.0 / std::sqrt(1.0 - std::pow(config_.adam_beta2, t)));
  step.beta1 = static_cast<float>(config_.adam_beta1);
  step.beta2 = static_cast<float>(config_.adam_beta2);
  step.eps = static_cast<float>(config_.adam_eps);
  float* parameters = policy.mutable_parameters().data();
  pool_.ParallelFor(static_cast<int>(segments_.size()), [&](int index, int) {
    const Segment& s = segments_[index];
    kernels.adam(static_cast<int>(s.size), step, gradient_.data() + s.begin, mean_.data() + s.begin,
                 square_.data() + s.begin, parameters + s.begin);
    TransposeRows(s, parameters);
  });
}

}  // namespace carrot
