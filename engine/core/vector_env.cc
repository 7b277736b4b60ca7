#include "engine/core/vector_env.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/base/check.h"
#include "engine/core/observed_memory.h"
#include "engine/core/return_check.h"

namespace carrot {
namespace {

using Clock = std::chrono::steady_clock;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Adds the time of its scope to `total`; a null total costs nothing.
class ScopedClock {
 public:
  explicit ScopedClock(double* total) : total_(total) {
    if (total_ != nullptr) start_ = Clock::now();
  }
  ~ScopedClock() {
    if (total_ != nullptr) *total_ += SecondsSince(start_);
  }

 private:
  double* total_;
  Clock::time_point start_;
};

double StartValue(MetricOver over) {
  switch (over) {
    case MetricOver::kMax:
      return -std::numeric_limits<double>::infinity();
    case MetricOver::kMin:
      return std::numeric_limits<double>::infinity();
    default:
      return 0;
  }
}

double Fold(MetricOver over, double so_far, double value) {
  switch (over) {
    case MetricOver::kLast:
      return value;
    case MetricOver::kMean:
    case MetricOver::kSum:
      return so_far + value;
    case MetricOver::kMax:
      return std::max(so_far, value);
    case MetricOver::kMin:
      return std::min(so_far, value);
  }
  return value;
}

// Calls body(EnvRange) for each maximal run of envs in `envs` whose skip[env] is 0.
template <typename Body>
void ForRuns(EnvRange envs, const std::vector<uint8_t>& skip, Body body) {
  for (int env = envs.begin; env < envs.end;) {
    if (skip[env]) {
      ++env;
      continue;
    }
    int end = env + 1;
    while (end < envs.end && !skip[end]) ++end;
    body(EnvRange{env, end});
    env = end;
  }
}

}  // namespace

struct VectorEnv::Worker {
  std::unique_ptr<TaskEvaluator> task;
  std::unique_ptr<RewardEvaluator> reward;  // null without a reward
  int64_t overflows = 0;                    // rows whose total overflowed, since TakeErrors
  Seconds seconds;
};

Result<std::unique_ptr<VectorEnv>> VectorEnv::Create(std::shared_ptr<const Task> task,
                                                     std::shared_ptr<const RewardFunction> reward,
                                                     ThreadPool& pool, VectorEnvOptions options) {
  CARROT_CHECK(task != nullptr && options.num_envs > 0);
  std::unique_ptr<VectorEnv> env(new VectorEnv(task, reward, pool, std::move(options)));
  CARROT_ASSIGN_OR_RETURN(env->world_, task->NewWorld(env->num_envs()));
  for (int i = 0; i < pool.workers(); ++i) {
    auto worker = std::make_unique<Worker>();
    CARROT_ASSIGN_OR_RETURN(worker->task, task->NewEvaluator());
    worker->task->Reserve(env->num_envs());
    if (reward != nullptr) {
      CARROT_ASSIGN_OR_RETURN(worker->reward, reward->NewEvaluator());
      worker->reward->Reserve(env->num_envs());
    }
    env->workers_.push_back(std::move(worker));
  }
  return env;
}

VectorEnv::VectorEnv(std::shared_ptr<const Task> task, std::shared_ptr<const RewardFunction> reward,
                     ThreadPool& pool, VectorEnvOptions options)
    : task_(std::move(task)),
      reward_fn_(std::move(reward)),
      pool_(pool),
      options_(std::move(options)),
      batch_(task_->spec().state, options_.num_envs) {
  const TaskSpec& spec = task_->spec();
  const size_t n = options_.num_envs;
  num_metrics_ = static_cast<int>(spec.metrics.size());
  obs_size_ = spec.observation_size;
  action_size_ = spec.world.action.size();
  weights_.gamma = options_.gamma;
  if (reward_fn_ != nullptr) obs_size_ += ObservedWidth(reward_fn_->spec());
  obs_.resize(n * obs_size_);
  final_obs_.resize(n * obs_size_);
  for (auto* column : {&reward_, &total_, &reset_total_, &reset_reward_}) column->resize(n);
  for (auto* column : {&metric_, &reset_metric_}) column->resize(n * num_metrics_);
  task_memory_.resize(n * spec.memory_width);
  reset_action_.resize(n * action_size_);
  for (auto* column :
       {&terminated_, &truncated_, &fault_, &success_, &flags_, &frozen_, &ended_, &reset_flags_}) {
    column->resize(n);
  }
  cause_.resize(n, -1);
  step_.resize(n);
  ended_step_.resize(n);
  episode_.resize(n);
  world_seed_.resize(n);

  EpisodeSummary blank;
  blank.metrics.resize(num_metrics_);
  size_t longest = 16;
  for (const auto& cause : spec.causes) longest = std::max(longest, cause.size());
  for (auto* list : {&running_, &closed_, &finished_}) {
    list->assign(n, blank);
    for (auto& summary : *list) summary.cause.reserve(longest + 1);
  }
  shard_size_ = options_.shard_size > 0 ? options_.shard_size : options_.num_envs;
  SizeRewardColumns();
}

// Everything whose shape or default is the reward's.
void VectorEnv::SizeRewardColumns() {
  const size_t n = options_.num_envs;
  const bool has_potential = reward_fn_ != nullptr && reward_fn_->spec().has_potential;
  num_terms_ = reward_memory_ = 0;
  weights_.weights.clear();
  if (reward_fn_ != nullptr) {
    const RewardSpec& spec = reward_fn_->spec();
    num_terms_ = static_cast<int>(spec.terms.size());
    reward_memory_ = spec.memory_width;
    weights_.potential = spec.potential_weight;
    for (const auto& term : spec.terms) weights_.weights.push_back(term.weight);
  }
  for (auto* column : {&phi_, &phi_prev_}) column->assign(has_potential ? n : 0, 0.0);
  for (auto* column : {&term_, &reset_term_}) column->assign(n * num_terms_, 0.0);
  memory_.assign(n * reward_memory_, 0.0);
  for (auto* list : {&running_, &closed_, &finished_}) {
    for (auto& summary : *list) summary.term_sums.assign(num_terms_, 0.0);
  }
}

VectorEnv::~VectorEnv() = default;

uint64_t VectorEnv::WorldSeed(int env, int64_t episode) const {
  if (!options_.world_seeds.empty()) {
    const size_t index = env + static_cast<size_t>(episode) * options_.num_envs;
    return options_.world_seeds[index % options_.world_seeds.size()];
  }
  return Key(options_.seed, options_.seed_domain, env, episode);
}

TransitionBatch VectorEnv::Rows(EnvRange envs, const double* action, std::vector<double>& memory) {
  TransitionBatch rows;
  rows.begin = envs.begin;
  rows.end = envs.end;
  rows.next = batch_.next();
  rows.prev = action != nullptr ? batch_.prev() : batch_.next();
  rows.action = action;
  rows.step = step_.data();
  rows.terminated = terminated_.data();
  rows.world_seed = world_seed_.data();
  rows.memory = memory.data();
  return rows;
}

RewardColumns VectorEnv::StepColumns() {
  return {term_.data(), phi_.empty() ? nullptr : phi_.data(), total_.data(), reward_.data(),
          flags_.data()};
}

RewardColumns VectorEnv::ResetColumns() {
  return {reset_term_.data(), phi_.empty() ? nullptr : phi_.data(), reset_total_.data(),
          reset_reward_.data(), reset_flags_.data()};
}

void VectorEnv::ForShards(FunctionRef<void(EnvRange, Worker&)> body) {
  const int shards = (num_envs() + shard_size_ - 1) / shard_size_;
  // Shards are claimed in the order of the index. Dealing them out like cards (worker w begins at
  // the w-th part) keeps neighbours apart in time: rows of a column that share a cache line are
  // then mostly written by one worker. It is worth 3 % of a HalfCheetah step with two workers.
  const int parts = pool_.workers(), each = shards / parts, larger = shards % parts;
  pool_.ParallelFor(shards, [&](int index, int worker) {
    const int part = index % parts;
    const int begin = (part * each + std::min(part, larger) + index / parts) * shard_size_;
    body({begin, std::min(begin + shard_size_, num_envs())}, *workers_[worker]);
  });
}

// The first steps run in one shard and are timed. A cheap world (a cart-pole steps in 50 ns) stays
// on one thread, because waking another costs more; a dear one is cut into shards of about 50 us,
// at least one a worker, so that an expensive env does not keep the others waiting.
void VectorEnv::ChooseShards(double seconds) {
  constexpr int kCalibrationSteps = 32;
  constexpr double kWorthSharing = 15e-6, kShardSeconds = 50e-6;
  calibration_seconds_ += seconds;
  if (++calibration_steps_ < kCalibrationSteps) return;
  const double step_seconds = calibration_seconds_ / kCalibrationSteps;
  if (step_seconds < kWorthSharing) return;
  const int by_cost = static_cast<int>(kShardSeconds / step_seconds * num_envs());
  const int by_workers = (num_envs() + pool_.workers() - 1) / pool_.workers();
  shard_size_ = std::clamp(by_cost, 1, std::max(1, by_workers));
}

void VectorEnv::Reset() {
  std::fill(episode_.begin(), episode_.end(), 0);
  std::fill(frozen_.begin(), frozen_.end(), 0);
  std::fill(ended_.begin(), ended_.end(), 0);
  for (auto* column : {&terminated_, &truncated_, &fault_, &flags_}) {
    std::fill(column->begin(), column->end(), 0);
  }
  num_finished_ = 0;
  ForShards([&](EnvRange envs, Worker& worker) { BeginEpisodes(envs, worker, true); });
  if (sink_ != nullptr) sink_->Barrier({});
}

void VectorEnv::ResetEnv(int env) {
  CARROT_CHECK(env >= 0 && env < num_envs());
  ++episode_[env];
  frozen_[env] = 0;
  BeginEpisodes({env, env + 1}, *workers_[0], true);
}

void VectorEnv::RestartFromState(int env) { BeginEpisodes({env, env + 1}, *workers_[0], false); }

// Row 0 of the next episode of each env in the range.
void VectorEnv::BeginEpisodes(EnvRange envs, Worker& worker, bool reset_world) {
  for (int env = envs.begin; env < envs.end; ++env) {
    step_[env] = 0;
    fault_[env] = 0;
    terminated_[env] = 0;
    world_seed_[env] = WorldSeed(env, episode_[env]);
    if (reset_world) world_->Reset(env, world_seed_[env], batch_);
    reset_flags_[env] = kRowReset;
    EpisodeSummary& running = running_[env];
    running.env = env;
    running.episode = episode_[env];
    running.world_seed = world_seed_[env];
    running.length = 0;
    running.episode_return = 0;
    running.success = false;
    for (int m = 0; m < num_metrics_; ++m) {
      running.metrics[m] = StartValue(task_->spec().metrics[m].over);
    }
    std::fill(running.term_sums.begin(), running.term_sums.end(), 0);
  }
  const TaskColumns outcomes{terminated_.data(), success_.data(), cause_.data(), metric_.data(),
                             fault_.data()};
  worker.task->Begin(Rows(envs, nullptr, task_memory_), outcomes);
  if (worker.reward != nullptr) {
    worker.reward->Begin(Rows(envs, nullptr, memory_), ResetColumns());
    KeepPotential(envs);
  }
  for (int env = envs.begin; env < envs.end; ++env) {
    Observe(env, obs_.data() + env * obs_size_);
  }
  Record(envs, reset_action_.data(), ResetColumns(), reset_metric_.data());
}

void VectorEnv::Record(EnvRange envs, const double* action, const RewardColumns& reward,
                       const double* metric) {
  if (sink_ == nullptr) return;
  StepRows rows;
  rows.envs = envs;
  rows.step = step_.data();
  rows.episode = episode_.data();
  rows.world_seed = world_seed_.data();
  rows.state = batch_.next();
  rows.action = action;
  rows.memory = memory_.data();
  rows.reward = reward;
  rows.metric = metric;
  sink_->Append(rows);
}

void VectorEnv::Step(std::span<const double> action) {
  CARROT_CHECK(action.size() == static_cast<size_t>(num_envs() * action_size_));
  const bool calibrating =
      options_.shard_size == 0 && pool_.workers() > 1 && num_envs() > 1 && calibration_steps_ < 32;
  const Clock::time_point start = calibrating ? Clock::now() : Clock::time_point{};
  batch_.Flip();
  ForShards([&](EnvRange envs, Worker& worker) { StepShard(envs, worker, action.data()); });
  CollectFinished();
  if (sink_ != nullptr) sink_->Barrier(finished());
  if (calibrating) ChooseShards(SecondsSince(start));
}

void VectorEnv::StepShard(EnvRange envs, Worker& worker, const double* action) {
  for (int env = envs.begin; env < envs.end; ++env) {
    ended_[env] = 0;
    if (!frozen_[env]) continue;
    // A frozen env keeps its last row: Flip exchanged the two, so bring it back.
    batch_.CopyPrevToNext(env);
    reward_[env] = 0;
    flags_[env] = 0;
  }
  ForRuns(envs, frozen_, [&](EnvRange run) { StepActive(run, worker, action); });
}

void VectorEnv::StepActive(EnvRange envs, Worker& worker, const double* action) {
  Seconds* seconds = options_.profile ? &worker.seconds : nullptr;
  for (int env = envs.begin; env < envs.end; ++env) {
    ++step_[env];
    fault_[env] = terminated_[env] = truncated_[env] = success_[env] = flags_[env] = 0;
    cause_[env] = -1;
  }
  {
    ScopedClock clock(seconds ? &seconds->world : nullptr);
    world_->Step(envs, action, batch_, fault_.data());
  }
  // Rows of a failed simulation are not shown to scripts: a fault must never be blamed on them.
  ForRuns(envs, fault_, [&](EnvRange run) { EvaluateRows(run, worker, action); });
  for (int env = envs.begin; env < envs.end; ++env) CloseRow(env);
  {
    ScopedClock clock(seconds ? &seconds->record : nullptr);
    Record(envs, action, StepColumns(), metric_.data());
    for (int env = envs.begin; env < envs.end; ++env) {
      if (!ended_[env]) {
        Observe(env, obs_.data() + env * obs_size_);
        continue;
      }
      Observe(env, final_obs_.data() + env * obs_size_);
    }
  }
  for (int env = envs.begin; env < envs.end; ++env) {
    if (!ended_[env]) continue;
    if (options_.autoreset) {
      const uint8_t terminated = terminated_[env], fault = fault_[env];
      ++episode_[env];
      BeginEpisodes({env, env + 1}, worker, true);
      terminated_[env] = terminated;  // what the caller reads is still the ended step
      fault_[env] = fault;
    } else {
      frozen_[env] = 1;
      std::copy_n(final_obs_.begin() + env * obs_size_, obs_size_, obs_.begin() + env * obs_size_);
    }
  }
}

void VectorEnv::Observe(int env, double* out) const {
  GatherObservation(task_->spec(), batch_.next(), env, out);
  if (obs_size_ == task_->spec().observation_size) return;
  GatherObserved(reward_fn_->spec(), memory_.data() + static_cast<size_t>(env) * reward_memory_,
                 out + task_->spec().observation_size);
}

void VectorEnv::EvaluateRows(EnvRange envs, Worker& worker, const double* action) {
  Seconds* seconds = options_.profile ? &worker.seconds : nullptr;
  {
    ScopedClock clock(seconds ? &seconds->task : nullptr);
    const TaskColumns outcomes{terminated_.data(), success_.data(), cause_.data(), metric_.data(),
                               fault_.data()};
    worker.task->Evaluate(Rows(envs, action, task_memory_), outcomes);
  }
  if (worker.reward == nullptr) return;
  ScopedClock clock(seconds ? &seconds->reward : nullptr);
  worker.reward->Evaluate(Rows(envs, action, memory_), StepColumns());
  worker.overflows += CombineTerms(reward_fn_->spec(), weights_, envs.begin, envs.end,
                                   phi_prev_.empty() ? nullptr : phi_prev_.data(),
                                   terminated_.data(), StepColumns(), worker.reward.get());
  KeepPotential(envs);
}

void VectorEnv::KeepPotential(EnvRange envs) {
  if (phi_.empty()) return;
  std::copy(phi_.begin() + envs.begin, phi_.begin() + envs.end, phi_prev_.begin() + envs.begin);
}

// Flags, sums and, at its end, the summary of env's episode.
void VectorEnv::CloseRow(int env) {
  const TaskSpec& spec = task_->spec();
  if (fault_[env]) {
    terminated_[env] = success_[env] = 0;
    truncated_[env] = 1;
    reward_[env] = total_[env] = 0;
    std::fill_n(term_.begin() + env * num_terms_, num_terms_, 0.0);
    std::fill_n(metric_.begin() + env * num_metrics_, num_metrics_, 0.0);
    flags_[env] = kRowFault;
  } else if (spec.horizon > 0 && step_[env] >= spec.horizon) {
    truncated_[env] = 1;
  }
  ended_[env] = terminated_[env] | truncated_[env];
  Accumulate(env);
  if (terminated_[env]) flags_[env] |= kRowTerminated;
  if (truncated_[env]) flags_[env] |= kRowTruncated;
  if (running_[env].success) flags_[env] |= kRowSuccess;
  if (!ended_[env]) return;

  EpisodeSummary& closed = closed_[env];
  closed = running_[env];
  closed.terminated = terminated_[env];
  closed.truncated = truncated_[env];
  closed.fault = fault_[env];
  closed.cause = fault_[env]        ? "fault"
                 : terminated_[env] ? (cause_[env] >= 0 ? spec.causes[cause_[env]] : "terminated")
                                    : "time_limit";
  for (int m = 0; m < num_metrics_; ++m) {
    if (spec.metrics[m].over == MetricOver::kMean) closed.metrics[m] /= std::max(1, closed.length);
  }
}

void VectorEnv::Accumulate(int env) {
  EpisodeSummary& running = running_[env];
  running.length = step_[env];
  running.episode_return += reward_[env];
  const bool counts = task_->spec().success_when == SuccessWhen::kAny || ended_[env];
  running.success |= counts && success_[env];
  if (fault_[env]) return;
  for (int m = 0; m < num_metrics_; ++m) {
    running.metrics[m] =
        Fold(task_->spec().metrics[m].over, running.metrics[m], metric_[env * num_metrics_ + m]);
  }
  for (int k = 0; k < num_terms_; ++k) running.term_sums[k] += term_[env * num_terms_ + k];
}

void VectorEnv::CollectFinished() {
  num_finished_ = 0;
  for (int env = 0; env < num_envs(); ++env) {
    if (!ended_[env]) continue;
    finished_[num_finished_++] = closed_[env];
    if (!closed_[env].fault) continue;
    const std::string reason = world_->FaultReason(env);
    Diagnostic d = MakeError("E001", fmt::format("environment {} failed at step {} of episode {}{}",
                                                 env, closed_[env].length, closed_[env].episode,
                                                 reason.empty() ? "" : ": " + reason));
    d.severity = Severity::kWarning;
    d.notes.push_back("the episode ends there, marked as a fault and left out of statistics");
    if (!fault_errors_.empty()) {
      ++fault_errors_.back().repeats;
    } else {
      fault_errors_.push_back(std::move(d));
    }
  }
}

void VectorEnv::SetWeights(RewardWeights weights) {
  CARROT_CHECK(weights.weights.size() == static_cast<size_t>(num_terms_));
  weights_ = std::move(weights);
}

void VectorEnv::SetRewardParams(std::span<const double> values) {
  for (auto& worker : workers_) {
    if (worker->reward != nullptr) worker->reward->SetParams(values);
  }
}

Diagnostics VectorEnv::TakeErrors() {
  Diagnostics all = std::exchange(fault_errors_, {});
  int64_t overflows = 0;
  for (auto& worker : workers_) {
    Merge(worker->task->TakeErrors(), &all);
    if (worker->reward != nullptr) Merge(worker->reward->TakeErrors(), &all);
    overflows += std::exchange(worker->overflows, 0);
  }
  if (overflows > 0) {
    all.push_back(OverflowError(reward_fn_->spec(), overflows));
    BlameWeight(reward_fn_->spec(), weights_, &all.back());
  }
  return all;
}

Status VectorEnv::SwapReward(std::shared_ptr<const RewardFunction> reward,
                             const RewardStanding& standing) {
  CARROT_CHECK(reward != nullptr);
  const RewardSpec& spec = reward->spec();
  const auto shown =
      reward_fn_ != nullptr ? ObservedNames(reward_fn_->spec()) : std::vector<std::string>{};
  if (ObservedNames(spec) != shown) {
    return Fail(MakeError(
        "T063",
        fmt::format("reward `{}` shows the policy other memory entries than the one before",
                    spec.name),
        {"keep `observe` as it is while a policy acts, or start anew under the new reward"}));
  }
  CARROT_CHECK(standing.memory.size() == static_cast<size_t>(num_envs()) * spec.memory_width);
  CARROT_CHECK(standing.phi.size() == static_cast<size_t>(spec.has_potential ? num_envs() : 0));
  std::vector<std::unique_ptr<RewardEvaluator>> evaluators;
  for (size_t w = 0; w < workers_.size(); ++w) {
    CARROT_ASSIGN_OR_RETURN(auto evaluator, reward->NewEvaluator());
    evaluator->Reserve(num_envs());
    evaluators.push_back(std::move(evaluator));
  }
  // Nothing can fail from here on.
  for (size_t w = 0; w < workers_.size(); ++w) workers_[w]->reward = std::move(evaluators[w]);
  reward_fn_ = std::move(reward);
  SizeRewardColumns();
  memory_ = standing.memory;
  phi_prev_ = phi_ = standing.phi;
  num_finished_ = 0;
  for (int env = 0; env < num_envs(); ++env) Observe(env, obs_.data() + env * obs_size_);
  return {};
}

VectorEnv::Seconds VectorEnv::seconds() const {
  Seconds sum;
  for (const auto& worker : workers_) {
    sum.world += worker->seconds.world;
    sum.task += worker->seconds.task;
    sum.reward += worker->seconds.reward;
    sum.record += worker->seconds.record;
  }
  return sum;
}

}  // namespace carrot
