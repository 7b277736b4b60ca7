#include "engine/session/evaluate.h"

#include <algorithm>
#include <cmath>

#include "engine/base/monotonic.h"
#include "engine/core/return_check.h"
#include "engine/core/vector_env.h"

namespace carrot {
namespace {

// Environments stepped together. A constant: it decides which seeds an evaluation plays.
constexpr int kMostEnvs = 64;

// Plays `quota` episodes on each env and counts them.
class Runner {
 public:
  Runner(VectorEnv& env, const EvaluateOptions& options, EvaluateResult& result)
      : env_(env), options_(options), result_(result), left_(env.num_envs()) {
    for (int i = 0; i < env.num_envs(); ++i) {
      left_[i] = options.episodes / env.num_envs() + (i < options.episodes % env.num_envs());
      running_ += left_[i] > 0;
    }
    if (!env.reward_function()) return;
    for (double weight : env.weights().weights) result.terms.push_back({.weight = weight});
    if (env.phi().empty()) return;
    result.shaping = TermTotals{.weight = env.weights().potential};
    phi_before_.assign(env.phi().begin(), env.phi().end());
  }

  void Run(Actor& actor, ThreadPool& pool) {
    std::vector<double> action(static_cast<size_t>(env_.num_envs()) *
                               env_.task().spec().world.action.size());
    while (running_ > 0) {
      if (options_.cancel && options_.cancel->load(std::memory_order_relaxed)) {
        result_.interrupted = true;
        return;
      }
      actor.Act(pool, env_, options_.seed, options_.stochastic, action);
      env_.Step(action);
      CountTerms();
      KeepPotential();
      TakeFinished();
      CutLongEpisodes();
    }
  }

 private:
  void CountTerms() {
    const size_t width = result_.terms.size();
    for (int i = 0; i < env_.num_envs(); ++i) {
      if (left_[i] == 0 || env_.fault()[i]) continue;
      ++result_.steps;
      for (size_t k = 0; k < width; ++k)
        Count(env_.terms()[static_cast<size_t>(i) * width + k], result_.terms[k]);
      if (!result_.shaping) continue;
      Count(PotentialShaping(env_.weights().gamma, env_.phi()[i], env_.terminated()[i] != 0,
                             phi_before_[i]),
            *result_.shaping);
    }
  }
  void Count(double value, TermTotals& term) const {
    term.sum += value;
    term.sum_sq += value * value;
    term.magnitude += std::abs(term.weight * value);
    term.active += value != 0;
    term.low = result_.steps == 1 ? value : std::min(term.low, value);
    term.high = result_.steps == 1 ? value : std::max(term.high, value);
  }
  void KeepPotential() { std::copy(env_.phi().begin(), env_.phi().end(), phi_before_.begin()); }
  void TakeFinished() {
    for (const EpisodeSummary& episode : env_.finished()) {
      if (left_[episode.env] == 0) continue;
      result_.episodes.push_back(episode);
      result_.faults += episode.fault;
      if (options_.progress) options_.progress(static_cast<int>(result_.episodes.size()));
      Next(episode.env);
    }
  }
  void Next(int env) {
    if (--left_[env] > 0) {
      env_.ResetEnv(env);
      if (result_.shaping) phi_before_[env] = env_.phi()[env];
    } else {
      --running_;
    }
  }
  void CutLongEpisodes() {
    if (options_.max_steps <= 0) return;
    for (int i = 0; i < env_.num_envs(); ++i) {
      if (left_[i] > 0 && env_.step()[i] >= options_.max_steps) {
        ++result_.cut;
        Next(i);
      }
    }
  }

  VectorEnv& env_;
  const EvaluateOptions& options_;
  EvaluateResult& result_;
  std::vector<int> left_;           // episodes still to finish, by env
  std::vector<double> phi_before_;  // by env, if the reward has a potential
  int running_ = 0;
};

void ApplySettings(VectorEnv& env, const EvaluateOptions& options) {
  if (!env.reward_function()) return;
  RewardWeights weights = env.weights();
  if (!options.weights.empty()) weights.weights = options.weights;
  if (options.potential_weight) weights.potential = *options.potential_weight;
  weights.gamma = options.gamma;
  env.SetWeights(std::move(weights));
  if (!options.params.empty()) env.SetRewardParams(options.params);
}

Diagnostics ReturnErrors(const VectorEnv& env, const EvaluateResult& result) {
  ReturnCheck check(env.reward_function()->spec(), env.weights());
  for (const EpisodeSummary& episode : result.episodes) {
    if (!episode.fault) check.Add(episode.episode_return, episode.term_sums);
  }
  return check.Errors();
}

}  // namespace

Result<EvaluateResult> Evaluate(std::shared_ptr<const Task> task,
                                std::shared_ptr<const RewardFunction> reward, Actor& actor,
                                ThreadPool& pool, const EvaluateOptions& options) {
  CARROT_RETURN_IF_ERROR(actor.CheckFits(reward ? &reward->spec() : nullptr));
  VectorEnvOptions env_options;
  env_options.num_envs = std::clamp(options.episodes, 1, kMostEnvs);
  env_options.seed = options.seed;
  env_options.seed_domain = options.domain;
  env_options.gamma = options.gamma;
  env_options.autoreset = false;
  CARROT_ASSIGN_OR_RETURN(std::unique_ptr<VectorEnv> env,
                          VectorEnv::Create(std::move(task), std::move(reward), pool, env_options));
  ApplySettings(*env, options);
  if (options.sink) env->SetSink(options.sink(env_options.num_envs));
  EvaluateResult result;
  const double start = MonotonicSeconds();
  env->Reset();
  Runner(*env, options, result).Run(actor, pool);
  result.seconds = MonotonicSeconds() - start;
  std::stable_sort(result.episodes.begin(), result.episodes.end(),
                   [](const EpisodeSummary& a, const EpisodeSummary& b) {
                     return a.episode != b.episode ? a.episode < b.episode : a.env < b.env;
                   });
  result.errors = env->TakeErrors();
  if (env->reward_function()) Merge(ReturnErrors(*env, result), &result.errors);
  env->SetSink(nullptr);
  return result;
}

}  // namespace carrot
