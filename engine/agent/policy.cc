#include "engine/agent/policy.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/agent/action_head.h"
#include "engine/agent/kernels.h"
#include "engine/base/check.h"
#include "engine/base/hash.h"
#include "engine/base/rng.h"
#include "engine/core/observed_memory.h"

namespace carrot {
namespace {

constexpr int kFewRows = 16;  // below: one worker, as waking another costs more than it saves

size_t RoundUp16(size_t n) { return (n + 15) / 16 * 16; }

// This thread's workspace of at least `size` floats; grows once per thread and network size.
float* Scratch(size_t size) {
  thread_local AlignedFloats scratch;
  if (scratch.size() < size) scratch = AlignedFloats(size);
  return scratch.data();
}

std::string ElementName(const FieldSpec& field, int element) {
  if (field.is_scalar()) return field.name;
  if (static_cast<int>(field.names.size()) == field.size()) {
    return fmt::format("{}.{}", field.name, field.names[element]);
  }
  return fmt::format("{}[{}]", field.name, element);
}

std::vector<std::string> ObservationNames(const TaskSpec& task) {
  std::vector<std::string> names;
  for (const ObservationItem& item : task.observation) {
    for (int i = item.begin; i < item.end; ++i) {
      const std::string name = ElementName(task.state[item.field], i);
      if (item.one_hot.empty()) {
        names.push_back(name);
        continue;
      }
      const int codes = item.one_hot[(i - item.begin) % item.one_hot.size()];
      for (int code = 0; code < codes; ++code) names.push_back(fmt::format("{}={}", name, code));
    }
  }
  return names;
}

Status Misfit(const std::string& what, const std::string& has, const std::string& needs) {
  return Fail(MakeError("T061", fmt::format("the policy does not fit this task: it has {} {}, the "
                                            "task {}",
                                            has, what, needs)));
}

}  // namespace

PolicySpec MakePolicySpec(const TaskSpec& task, const PpoConfig& config, const RewardSpec* reward) {
  PolicySpec spec;
  spec.observation_names = ObservationNames(task);
  if (reward != nullptr) {
    spec.observed = ObservedNames(*reward);
    spec.reward_hash = reward->hash;
  }
  spec.observation_names.insert(spec.observation_names.end(), spec.observed.begin(),
                                spec.observed.end());
  spec.observation_size = task.observation_size + static_cast<int>(spec.observed.size());
  spec.action = task.world.action;
  spec.hidden = config.hidden;
  spec.activation = config.activation;
  spec.task = task.name;
  spec.task_hash = task.hash;
  return spec;
}

Result<int> FindActionMask(const TaskSpec& task) {
  for (int i = 0; i < task.state.size(); ++i) {
    const FieldSpec& field = task.state[i];
    if (field.role != FieldRole::kActionMask) continue;
    const ActionSpec& action = task.world.action;
    const bool byte = field.dtype == DType::kU8 || field.dtype == DType::kBool;
    if (action.kind != ActionSpec::Kind::kDiscrete || !byte ||
        field.size() != action.total_choices()) {
      return Fail(MakeError(
          "T060", fmt::format("field `{}` is an action mask, but is not one byte per choice ({})",
                              field.name, action.total_choices())));
    }
    return i;
  }
  return -1;
}

Policy::Policy(PolicySpec spec, uint64_t seed, double init_log_std) : spec_(std::move(spec)) {
  const int outputs = spec_.head_size();
  policy_net_ = Mlp(spec_.observation_size, spec_.hidden, outputs, spec_.activation);
  value_net_ = Mlp(spec_.observation_size, spec_.hidden, 1, spec_.activation);
  log_std_at_ = policy_net_.parameter_count();
  const bool continuous = spec_.action.kind == ActionSpec::Kind::kContinuous;
  const size_t log_stds = continuous ? spec_.action.size() : 0;
  value_at_ = log_std_at_ + RoundUp16(log_stds);
  parameters_ = AlignedFloats(value_at_ + value_net_.parameter_count());
  std::fill_n(parameters_.data() + log_std_at_, log_stds, static_cast<float>(init_log_std));
  const double hidden_gain = std::sqrt(2.0);
  policy_net_.Initialize(Key(seed, RngDomain::kInit, 0), hidden_gain, 0.01, parameters_.data());
  value_net_.Initialize(Key(seed, RngDomain::kInit, 1), hidden_gain, 1.0,
                        parameters_.data() + value_at_);
  observation_norm_ = RunningNorm(spec_.observation_size);
}

Status Policy::CheckFits(const TaskSpec& task) const {
  const ActionSpec &mine = spec_.action, &other = task.world.action;
  const int observations = spec_.observation_size - static_cast<int>(spec_.observed.size());
  if (observations != task.observation_size) {
    return Misfit("observations", fmt::format("{}", observations),
                  fmt::format("{}", task.observation_size));
  }
  if (mine.kind != other.kind) {
    const auto kind = [](const ActionSpec& a) {
      return a.kind == ActionSpec::Kind::kContinuous ? "continuous" : "discrete";
    };
    return Misfit("actions", kind(mine), kind(other));
  }
  if (mine.size() != other.size() || mine.choices != other.choices) {
    return Misfit(mine.choices.empty() ? "actions" : "choices",
                  fmt::format("{}", std::max(mine.size(), mine.total_choices())),
                  fmt::format("{}", std::max(other.size(), other.total_choices())));
  }
  return {};
}

Status Policy::CheckFits(const RewardSpec* reward) const {
  if (spec_.observed.empty()) return {};
  const auto given = reward != nullptr ? ObservedNames(*reward) : std::vector<std::string>{};
  if (given == spec_.observed) return {};
  const std::string under =
      reward != nullptr ? fmt::format("reward `{}`", reward->name) : "no reward";
  const std::string shows = given.empty() ? "nothing" : fmt::format("{}", fmt::join(given, ", "));
  return Fail(MakeError(
      "T063",
      fmt::format(
          "the policy observes memory of the reward that it was trained on: {}; {} shows {}",
          fmt::join(spec_.observed, ", "), under, shows),
      {"let it act under the reward that it was trained on, and rescore the recording under this "
       "one",
       "or train a policy under this reward"}));
}

std::span<const float> Policy::log_std() const {
  const bool continuous = spec_.action.kind == ActionSpec::Kind::kContinuous;
  return {parameters_.data() + log_std_at_,
          static_cast<size_t>(continuous ? spec_.action.size() : 0)};
}

std::string Policy::WeightHash() const {
  const std::string weights = HashHex(std::as_bytes(parameters_.span()));
  if (spec_.observed.empty()) return weights;
  return HashHex(fmt::format("{}/{}", weights, fmt::join(spec_.observed, "/")));
}

void Policy::ClipToRange(std::span<double> action) const {
  if (spec_.action.kind != ActionSpec::Kind::kContinuous) return;
  const size_t size = spec_.action.low.size();
  for (size_t i = 0; i < action.size(); ++i) {
    action[i] = std::clamp(action[i], spec_.action.low[i % size], spec_.action.high[i % size]);
  }
}

void Policy::Normalize(const double* obs, float* out) const {
  if (observation_clip_ > 0) return observation_norm_.Apply(obs, observation_clip_, out);
  for (int i = 0; i < spec_.observation_size; ++i) {
    out[i] = obs[i] == obs[i] ? static_cast<float>(obs[i]) : 0.0f;
  }
}

void Policy::InferTile(const PolicyInput& in, const PolicyOutput& out, int begin, int rows) const {
  const int stride = observation_stride(), head_stride = policy_net_.output_stride();
  const size_t tile = static_cast<size_t>(kTileRows) * stride;
  const size_t work =
      std::max(policy_net_.activation_count(kTileRows), value_net_.activation_count(kTileRows));
  float* x = Scratch(RoundUp16(tile) + work);
  float* activations = x + RoundUp16(tile);
  std::fill_n(x, tile, 0.0f);
  for (int r = 0; r < rows; ++r) {
    const int from_row = in.obs_stride > 0 ? in.obs_stride : spec_.observation_size;
    Normalize(in.obs + static_cast<size_t>(begin + r) * from_row,
              x + static_cast<size_t>(r) * stride);
  }
  if (out.normalized != nullptr) {
    std::copy_n(x, static_cast<size_t>(rows) * stride,
                out.normalized + static_cast<size_t>(begin) * stride);
  }
  if (out.value != nullptr) {
    const float* value =
        value_net_.Forward(parameters_.data() + value_at_, x, kTileRows, activations);
    for (int r = 0; r < rows; ++r) out.value[begin + r] = value[r * value_net_.output_stride()];
  }
  if (out.action == nullptr && out.log_prob == nullptr && out.head == nullptr) return;
  const float* head = policy_net_.Forward(parameters_.data(), x, kTileRows, activations);
  const int outputs = spec_.head_size(), actions = spec_.action.size();
  float action[kMostActions];
  CARROT_CHECK(actions <= kMostActions);
  for (int r = 0; r < rows; ++r) {
    const size_t row = static_cast<size_t>(begin) + r;
    const uint8_t* mask = in.mask == nullptr ? nullptr : in.mask + row * outputs;
    if (out.head != nullptr) std::copy_n(head + r * head_stride, outputs, out.head + row * outputs);
    Rng rng(in.keys == nullptr ? 0 : in.keys[row]);
    const float log_prob =
        SampleAction(spec_.action, head + static_cast<size_t>(r) * head_stride, log_std().data(),
                     mask, in.keys == nullptr ? nullptr : &rng, action);
    if (out.action != nullptr) std::copy_n(action, actions, out.action + row * actions);
    if (out.log_prob != nullptr) out.log_prob[row] = log_prob;
  }
}

void Policy::Infer(ThreadPool& pool, const PolicyInput& in, const PolicyOutput& out) const {
  const int tiles = (in.rows + kTileRows - 1) / kTileRows;
  const auto tile = [&](int index, int) {
    const int begin = index * kTileRows;
    InferTile(in, out, begin, std::min(kTileRows, in.rows - begin));
  };
  if (in.rows < kFewRows) {
    for (int index = 0; index < tiles; ++index) tile(index, 0);
  } else {
    pool.ParallelFor(tiles, tile);
  }
}

void Policy::InferValues(ThreadPool& pool, int rows, const float* x, float* value) const {
  const int stride = observation_stride(), tiles = (rows + kTileRows - 1) / kTileRows;
  constexpr int kTilesPerTask = 8;
  pool.ParallelFor((tiles + kTilesPerTask - 1) / kTilesPerTask, [&](int task, int) {
    const size_t padded = static_cast<size_t>(kTileRows) * stride;
    float* scratch = Scratch(RoundUp16(padded) + value_net_.activation_count(kTileRows));
    for (int t = task * kTilesPerTask; t < std::min(tiles, (task + 1) * kTilesPerTask); ++t) {
      const int begin = t * kTileRows, count = std::min(kTileRows, rows - begin);
      const float* input = x + static_cast<size_t>(begin) * stride;
      if (count < kTileRows) {
        std::fill_n(scratch, padded, 0.0f);
        std::copy_n(input, static_cast<size_t>(count) * stride, scratch);
        input = scratch;
      }
      const float* out = value_net_.Forward(parameters_.data() + value_at_, input, kTileRows,
                                            scratch + RoundUp16(padded));
      for (int r = 0; r < count; ++r) value[begin + r] = out[r * value_net_.output_stride()];
    }
  });
}

}  // namespace carrot
