#include "engine/agent/ppo.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/agent/action_head.h"
#include "engine/agent/kernels.h"
#include "engine/agent/ppo_state.h"
#include "engine/base/check.h"
#include "engine/base/monotonic.h"
#include "engine/base/rng.h"

namespace carrot {
namespace {

constexpr double kScaleEpsilon = 1e-8;

// Minibatches split a batch evenly, so one may be up to half larger than asked for.
int LargestMinibatch(const PpoConfig& config) {
  const int rows = config.num_envs * config.rollout_steps;
  return std::min(rows, config.minibatch_size + (config.minibatch_size + 1) / 2 + 1);
}

Result<int> CheckTask(const TaskSpec& task) {
  if (task.observation_size < 1) {
    return Fail(MakeError("T062",
                          fmt::format("task `{}` has no observation to learn from", task.name),
                          {"list fields under `observation` in its task.lua"}));
  }
  if (task.world.action.size() > kMostActions || task.world.action.total_choices() > kMostChoices) {
    return Fail(MakeError("T062", fmt::format("task `{}` has more than {} actions or {} choices",
                                              task.name, kMostActions, kMostChoices)));
  }
  if (task.world.action.size() < 1) {
    return Fail(MakeError("T062", fmt::format("task `{}` has no actions to learn", task.name)));
  }
  return FindActionMask(task);
}

}  // namespace

double PpoMetrics::steps_per_second() const {
  return seconds > 0 ? static_cast<double>(iteration_steps) / seconds : 0;
}

nlohmann::json ToJson(const PpoMetrics& m) {
  return {{"iteration", m.iteration},
          {"step", m.step},
          {"policy_loss", m.policy_loss},
          {"value_loss", m.value_loss},
          {"entropy", m.entropy},
          {"approx_kl", m.approx_kl},
          {"clipfrac", m.clipfrac},
          {"explained_variance", m.explained_variance},
          {"grad_norm", m.grad_norm},
          {"reference_kl", m.reference_kl},
          {"action_std", m.action_std},
          {"learning_rate", m.learning_rate},
          {"epochs", m.epochs},
          {"episodes", m.episodes},
          {"episode_return", m.episode_return},
          {"episode_length", m.episode_length},
          {"success_rate", m.success_rate},
          {"faults", m.faults},
          {"reward_mean", m.reward_mean},
          {"term_sums", m.term_sums},
          {"timing",
           {{"seconds", m.seconds},
            {"steps_per_second", m.steps_per_second()},
            {"simulation_seconds", m.simulation_seconds},
            {"reward_seconds", m.reward_seconds},
            {"inference_seconds", m.inference_seconds},
            {"update_seconds", m.update_seconds}}}};
}

Ppo::State::State(PolicySpec spec, const PpoConfig& config, int mask_field, ThreadPool& pool)
    : config(config),
      pool(pool),
      mask_field(mask_field),
      policy(std::move(spec), config.seed, config.init_log_std),
      update(policy, config, LargestMinibatch(config), pool),
      buffer(config.rollout_steps, config.num_envs, policy.observation_stride(),
             policy.spec().action.size(),
             mask_field >= 0 ? policy.spec().action.total_choices() : 0, 0),
      discounted_return(config.num_envs),
      action(static_cast<size_t>(config.num_envs) * policy.spec().action.size()),
      keys(config.num_envs) {
  policy.SetObservationClip(config.normalize_observation ? config.observation_clip : 0);
}

uint64_t Ppo::State::ActionKey(int env, int t) const {
  return Key(config.seed, RngDomain::kPolicy, env, iteration * config.rollout_steps + t);
}

const uint8_t* Ppo::State::Mask(const VectorEnv& env) const {
  if (mask_field < 0) return nullptr;
  return static_cast<const uint8_t*>(env.state().next()[mask_field]);
}

// Fills row t of the buffer up to the action, and `action` with what the world is to get.
void Ppo::State::Act(const VectorEnv& env, int t) {
  const int n = config.num_envs, actions = buffer.action_size;
  const size_t row = static_cast<size_t>(t + kept_steps) * n;
  const double* obs = env.obs().data();
  const int obs_size = policy.spec().observation_size;
  if (config.normalize_observation) {
    for (int e = 0; e < n; ++e) policy.mutable_observation_norm().Add(obs + e * obs_size);
  }
  for (int e = 0; e < n; ++e) keys[e] = ActionKey(e, t);
  const uint8_t* mask = Mask(env);
  if (mask != nullptr) {
    std::copy_n(mask, static_cast<size_t>(n) * buffer.mask_size,
                buffer.mask.data() + row * buffer.mask_size);
  }
  PolicyOutput out;
  out.action = action.data();
  out.log_prob = buffer.log_prob.data() + row;
  out.normalized = buffer.obs.data() + row * buffer.obs_stride;
  policy.Infer(pool, {n, obs, mask, keys.data()}, out);
  for (int i = 0; i < n * actions; ++i) {
    buffer.action[row * actions + i] = static_cast<float>(action[i]);
  }
  if (reference != nullptr) {
    PolicyOutput other;
    other.head = buffer.reference.data() + row * buffer.reference_size;
    reference->Infer(pool, {n, obs, mask, nullptr}, other);
  }
  policy.ClipToRange(action);
}

void Ppo::State::CountEpisodes(const VectorEnv& env, PpoMetrics& metrics) const {
  for (const EpisodeSummary& episode : env.finished()) {
    if (episode.fault) {
      ++metrics.faults;
      continue;
    }
    ++metrics.episodes;
    metrics.episode_return += episode.episode_return;
    metrics.episode_length += episode.length;
    metrics.success_rate += episode.success ? 1 : 0;
  }
}

// What row t led to.
void Ppo::State::StoreOutcome(const VectorEnv& env, int t, PpoMetrics& metrics) {
  const int n = config.num_envs, obs_size = policy.spec().observation_size;
  for (int e = 0; e < n; ++e) {
    const int row = (t + kept_steps) * n + e;
    const double reward = env.reward()[e];
    buffer.paid[row] = reward;
    buffer.fault[row] = env.fault()[e];
    buffer.terminated[row] = env.terminated()[e];
    buffer.truncated[row] = env.truncated()[e] && !env.terminated()[e];
    metrics.reward_mean += reward;
    if (buffer.truncated[row] && !buffer.fault[row]) {
      const double* obs = env.final_obs().data() + static_cast<size_t>(e) * obs_size;
      final_rows.push_back(row);
      final_obs.insert(final_obs.end(), obs, obs + obs_size);
    }
  }
  const size_t terms = metrics.term_sums.size();
  for (size_t i = 0; i < env.terms().size(); ++i) metrics.term_sums[i % terms] += env.terms()[i];
  CountEpisodes(env, metrics);
}

void Ppo::State::Collect(VectorEnv& env, const std::function<void(const VectorEnv&)>& after_step,
                         PpoMetrics& metrics) {
  const int n = config.num_envs;
  metrics.term_sums.assign(env.terms().size() / n, 0.0);
  for (int t = 0; t < config.rollout_steps; ++t) {
    const double start = MonotonicSeconds();
    Act(env, t);
    const double acted = MonotonicSeconds();
    env.Step(action);
    metrics.simulation_seconds += MonotonicSeconds() - acted;
    metrics.inference_seconds += acted - start;
    StoreOutcome(env, t, metrics);
    if (after_step) after_step(env);
  }
  PolicyOutput last;
  last.normalized = buffer.obs.data() + static_cast<size_t>(buffer.rows()) * buffer.obs_stride;
  policy.Infer(pool, {n, env.obs().data()}, last);
  const double episodes = std::max(1, metrics.episodes);
  metrics.episode_return /= episodes;
  metrics.episode_length /= episodes;
  metrics.success_rate /= episodes;
  metrics.reward_mean /= static_cast<double>(n) * config.rollout_steps;
}

// What each used row teaches, before scaling, and the running discounted sums that set the scale.
void Ppo::State::LearnRewards() {
  const int n = config.num_envs;
  for (int row = 0; row < buffer.used * n; ++row) {
    const int e = row % n, next = row + n;
    const bool ends = buffer.terminated[row] || buffer.truncated[row];
    // A fault ends its episode one row earlier. Without delta the next row is not asked for.
    const bool last = ends || next >= buffer.rows() || buffer.fault[next];
    buffer.reward[row] =
        buffer.fault[row] ? 0 : stages.Apply(buffer.paid[row], last ? nullptr : &buffer.paid[next]);
    if (!buffer.fault[row]) {
      discounted_return[e] = discounted_return[e] * config.gamma + buffer.reward[row];
      policy.mutable_return_norm().Add(&discounted_return[e]);
    }
    if (ends) discounted_return[e] = 0;
  }
}

void Ppo::State::Evaluate() {
  policy.InferValues(pool, buffer.rows() + buffer.num_envs, buffer.obs.data(), buffer.value.data());
  if (!final_rows.empty()) {
    const size_t count = final_rows.size(), stride = buffer.obs_stride;
    if (final_x.size() < count * stride) final_x = AlignedFloats(2 * count * stride);
    final_values.resize(count);
    PolicyOutput out;
    out.normalized = final_x.data();
    out.value = final_values.data();
    policy.Infer(pool, {static_cast<int>(count), final_obs.data()}, out);
    for (size_t i = 0; i < count; ++i) buffer.final_value[final_rows[i]] = final_values[i];
  }
  LearnRewards();
  policy.mutable_return_norm().Commit();
  segment = {std::max<int64_t>(0, env_steps() - kept_steps),
             env_steps() + config.rollout_steps - kept_steps};
  if (config.normalize_reward) {
    segment.scale = 1.0 / std::sqrt(policy.return_norm().variance()[0] + kScaleEpsilon);
    segment.clip = config.reward_clip;
    for (double& reward : buffer.reward) {
      reward = std::clamp(reward * segment.scale, -segment.clip, segment.clip);
    }
  }
  ComputeAdvantages(buffer, config.gamma, config.gae_lambda);
}

Result<std::unique_ptr<Ppo>> Ppo::Create(const TaskSpec& task, const PpoConfig& config,
                                         ThreadPool& pool, const RewardSpec* reward) {
  if (SelectKernels() == nullptr) {
    return Fail(MakeError("U021", "learning needs a CPU with AVX2 and FMA (x86-64-v3)"));
  }
  CARROT_RETURN_IF_ERROR(CheckPpoConfig(config));
  CARROT_ASSIGN_OR_RETURN(const int mask_field, CheckTask(task));
  return std::unique_ptr<Ppo>(new Ppo(
      std::make_unique<State>(MakePolicySpec(task, config, reward), config, mask_field, pool)));
}

Ppo::Ppo(std::unique_ptr<State> state) : state_(std::move(state)) {}
Ppo::~Ppo() = default;

const Policy& Ppo::policy() const { return state_->policy; }
const PpoConfig& Ppo::config() const { return state_->config; }
int64_t Ppo::step() const { return state_->step; }
int64_t Ppo::iteration() const { return state_->iteration; }

PpoMetrics Ppo::Iterate(VectorEnv& env, const std::function<void(const VectorEnv&)>& after_step) {
  State& s = *state_;
  CARROT_CHECK(env.num_envs() == s.config.num_envs);
  CARROT_CHECK(env.observation_size() == s.policy.spec().observation_size);
  PpoMetrics metrics;
  const double start = MonotonicSeconds();
  const RewardFunction* reward_function = env.reward_function();
  s.SetStages(reward_function != nullptr ? reward_function->spec().learn : LearnStages{});
  const VectorEnv::Seconds before = env.seconds();
  s.Collect(env, after_step, metrics);
  const double collected = MonotonicSeconds();
  s.Evaluate();
  metrics.inference_seconds += MonotonicSeconds() - collected;
  const double evaluated = MonotonicSeconds();
  s.Train(metrics);
  s.KeepLastRows();
  metrics.segment = s.segment;
  s.policy.mutable_observation_norm().Commit();
  metrics.update_seconds = MonotonicSeconds() - evaluated;
  metrics.seconds = MonotonicSeconds() - start;

  const VectorEnv::Seconds after = env.seconds();
  const double reward = after.reward - before.reward;
  const double all = reward + (after.world - before.world) + (after.task - before.task) +
                     (after.record - before.record);
  if (all > 0) metrics.reward_seconds = metrics.simulation_seconds * reward / all;
  ++s.iteration;
  metrics.iteration_steps = static_cast<int64_t>(s.config.num_envs) * s.config.rollout_steps;
  s.step += metrics.iteration_steps;
  metrics.iteration = s.iteration;
  metrics.step = s.step;
  return metrics;
}

Status Ppo::StartFrom(const Policy& policy) {
  const PolicySpec &mine = state_->policy.spec(), &other = policy.spec();
  if (mine.observation_size != other.observation_size || mine.observed != other.observed ||
      mine.hidden != other.hidden || mine.activation != other.activation ||
      mine.head_size() != other.head_size() || mine.action.kind != other.action.kind ||
      mine.action.choices != other.action.choices) {
    return Fail(
        MakeError("T061", "the policy to start from has other observations, actions or layers"));
  }
  const auto from = policy.parameters();
  std::copy(from.begin(), from.end(), state_->policy.mutable_parameters().begin());
  state_->policy.mutable_observation_norm() = policy.observation_norm();
  state_->policy.mutable_return_norm() = policy.return_norm();
  state_->update.SetWeights(state_->policy);
  return {};
}

Status Ppo::SetReference(std::shared_ptr<const Policy> reference) {
  State& s = *state_;
  if (reference != nullptr) {
    const PolicySpec &mine = s.policy.spec(), &other = reference->spec();
    if (mine.observation_size != other.observation_size || mine.head_size() != other.head_size() ||
        mine.action.kind != other.action.kind || mine.action.choices != other.action.choices) {
      return Fail(MakeError("T061", "the reference policy has other observations or actions"));
    }
  }
  s.reference = std::move(reference);
  s.buffer.reference_size = s.reference ? s.policy.spec().head_size() : 0;
  s.buffer.reference =
      AlignedFloats(static_cast<size_t>(s.buffer.rows()) * s.buffer.reference_size);
  s.DropKeptRows();  // the reference was not asked about them
  return {};
}

void Ppo::RestartReturnNorm() {
  state_->policy.mutable_return_norm().Restart();
  std::fill(state_->discounted_return.begin(), state_->discounted_return.end(), 0.0);
  state_->DropKeptRows();  // paid by the old reward
}

std::span<const double> Ppo::reward_learn() const {
  const RolloutBuffer& buffer = state_->buffer;
  return std::span(buffer.reward).first(static_cast<size_t>(buffer.used) * buffer.num_envs);
}

}  // namespace carrot
