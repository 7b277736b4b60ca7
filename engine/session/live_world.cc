#include "engine/session/live_world.h"

#include <fmt/format.h>

#include <utility>

#include "engine/base/check.h"
#include "engine/base/rng.h"
#include "rewards/analysis/running_episodes.h"

namespace carrot {
namespace {

constexpr int64_t kMostRows = 20'000;  // of the past; older episodes go when one begins
constexpr int kSeeds = 4096;           // episodes until seeds repeat

}  // namespace

// Appends to the recording, and keeps what the reward paid.
class LiveWorld::Sink : public StepSink {
 public:
  explicit Sink(LiveWorld& world) : world_(world) {}
  void Append(const StepRows& rows) override {
    world_.writer_->Append(rows);
    ++world_.rows_;
    if (world_.reward_ == nullptr) return;
    const RewardSpec& spec = world_.reward_->spec();
    const auto n = static_cast<int64_t>(spec.terms.size());
    Score& score = world_.score_;
    score.term.insert(score.term.end(), rows.reward.term, rows.reward.term + n);
    if (spec.has_potential) score.phi.push_back(rows.reward.phi[0]);
    score.total.push_back(rows.reward.total[0]);
    score.reward.push_back(rows.reward.reward[0]);
    score.flags.push_back(rows.reward.flags[0]);
  }
  void Barrier(std::span<const EpisodeSummary> finished) override {
    world_.writer_->Barrier(finished);
  }

 private:
  LiveWorld& world_;
};

LiveWorld::LiveWorld(std::shared_ptr<const Task> task, ThreadPool& pool, uint64_t seed, Actor actor)
    : task_(std::move(task)), pool_(pool), seed_(seed), actor_(std::move(actor)) {}
LiveWorld::~LiveWorld() = default;

Result<std::unique_ptr<LiveWorld>> LiveWorld::Create(std::shared_ptr<const Task> task,
                                                     ThreadPool& pool, uint64_t seed) {
  CARROT_ASSIGN_OR_RETURN(Actor actor, Actor::Load("random", task->spec()));
  std::unique_ptr<LiveWorld> live(new LiveWorld(std::move(task), pool, seed, std::move(actor)));
  CARROT_RETURN_IF_ERROR(live->Restart({}));
  return live;
}

// A world and a recording of its own for each past: a recording is only ever appended to.
Status LiveWorld::Begin(std::vector<uint64_t> seeds) {
  VectorEnvOptions options{.num_envs = 1, .seed = seed_, .world_seeds = std::move(seeds)};
  options.gamma = settings_.weights.gamma;
  CARROT_ASSIGN_OR_RETURN(auto env, VectorEnv::Create(task_, reward_, pool_, std::move(options)));
  std::vector<std::string> read;  // large fields are recorded if the reward needs them
  if (reward_ != nullptr) {
    for (const int f : reward_->spec().fields_read) read.push_back(task_->spec().state[f].name);
  }
  CARROT_ASSIGN_OR_RETURN(
      TraceSpec spec,
      MakeTraceSpec(task_->spec(), nullptr, {.record_fields = std::move(read), .run_seed = seed_}));
  trace_ = std::make_shared<Trace>(std::move(spec));
  writer_ = std::make_unique<TraceWriter>(trace_, task_->spec().state, 1);
  sink_ = std::make_unique<Sink>(*this);
  env_ = std::move(env);
  score_ = {};
  edited_ = nullptr;
  rows_ = 0;
  action_.resize(task_->spec().world.action.size());
  if (reward_ != nullptr) {
    env_->SetWeights(settings_.weights);
    env_->SetRewardParams(settings_.params);
  }
  env_->SetSink(sink_.get());
  env_->Reset();
  return {};
}

Status LiveWorld::Restart(std::optional<uint64_t> seed) {
  std::vector<uint64_t> seeds;
  if (seed) seeds.push_back(*seed);
  for (int e = 0; e < kSeeds; ++e) {
    seeds.push_back(Key(seed_, RngDomain::kRunEpisode, past_, e));
  }
  ++past_;
  return Begin(std::move(seeds));
}

Status LiveWorld::Replay(uint64_t seed, std::span<const double> actions,
                         std::span<const Intervention> interventions) {
  CARROT_RETURN_IF_ERROR(Restart(seed));
  const BodyPull held = std::exchange(pull_, {});
  const size_t size = action_.size();
  for (size_t at = 0; at + size <= actions.size(); at += size) {
    for (const Intervention& intervention : interventions) {
      if (intervention.step != env_->step()[0]) continue;
      if (const auto* change = std::get_if<CellChange>(&intervention.what)) {
        CARROT_RETURN_IF_ERROR(Edit(*change));
      } else {
        Push(std::get<BodyWrench>(intervention.what));
      }
    }
    Step(actions.subspan(at, size));
  }
  pull_ = held;
  return {};
}

void LiveWorld::Push(const BodyWrench& wrench) {
  auto* world = Touch<PushableWorld>();
  if (world == nullptr || wrench.body <= 0 || wrench.body >= world->num_bodies()) return;
  world->Push(0, wrench);
  Record({.what = wrench});
}

Status LiveWorld::Pull(const BodyPull& pull) {
  const auto* world = Touch<PushableWorld>();
  if (pull.body != 0 && world == nullptr) {
    return Fail(MakeError("U002", "this world has no bodies that can be pulled"));
  }
  if (pull.body < 0 || (pull.body > 0 && pull.body >= world->num_bodies())) {
    return Fail(MakeError("U002", fmt::format("this world has no body {}", pull.body)));
  }
  pull_ = pull;
  return {};
}

BodyWrench LiveWorld::wrench() const {
  return pull_.body == 0 ? BodyWrench{} : Touch<PushableWorld>()->WrenchOf(0, pull_);
}

std::string LiveWorld::BodyName(int body) const {
  const auto* world = Touch<PushableWorld>();
  return world == nullptr || body <= 0 ? "" : world->BodyName(body);
}

Status LiveWorld::Edit(const CellChange& change) {
  auto* world = Touch<EditableWorld>();
  if (world == nullptr) return Fail(MakeError("U002", "this world has no cells to edit"));
  CARROT_RETURN_IF_ERROR(world->Edit(0, change));
  Record({.what = change});
  std::vector<std::byte> row(2 * env_->state().row_bytes());
  env_->state().SaveRows(0, row.data());
  auto edited = std::make_shared<StateBatch>(task_->spec().state, 1);
  edited->LoadRows(0, row.data());
  world->PublishRow(0, *edited);
  edited_ = std::move(edited);
  return {};
}

void LiveWorld::Record(const Intervention& intervention) {
  TraceEvent event;
  Describe(intervention, &event);
  const auto* wrench = std::get_if<BodyWrench>(&intervention.what);
  writer_->Record(event.type, wrench == nullptr ? "" : BodyName(wrench->body), event.value,
                  event.text, 0);
}

Status LiveWorld::SetPolicy(const std::string& policy) {
  CARROT_ASSIGN_OR_RETURN(Actor actor, Actor::Load(policy, task_->spec()));
  CARROT_RETURN_IF_ERROR(actor.CheckFits(reward_ ? &reward_->spec() : nullptr));
  actor_ = std::move(actor);
  return {};
}

Status LiveWorld::SetReward(std::shared_ptr<const RewardFunction> reward,
                            const RewardSettings& settings) {
  const bool swap = reward != reward_, params = settings_.params != settings.params;
  Commit();
  settings_ = settings;
  if (swap && reward_ == nullptr) {  // the environment was made without the columns of a reward
    reward_ = std::move(reward);
    return Restart({});
  }
  if (swap || params) {  // memory and potential of the row that it stands on are of the old ones
    CARROT_ASSIGN_OR_RETURN(RewardStanding standing,
                            StandingOf(*trace_, *reward, settings.params, *env_));
    CARROT_RETURN_IF_ERROR(env_->SwapReward(reward, standing));
    writer_->RecordScript(reward->spec().hash);
    reward_ = std::move(reward);
    env_->SetRewardParams(settings.params);
  }
  env_->SetWeights(settings.weights);
  return Rescored();
}

// The past as the settings in use would have paid it.
Status LiveWorld::Rescored() {
  CARROT_ASSIGN_OR_RETURN(score_,
                          Rescore(*trace_, task_->spec().state, *reward_, settings_, pool_));
  score_.episodes.clear();
  score_.memory.clear();
  return {};
}

void LiveWorld::Step(std::span<const double> action) {
  // Before the step, so that the episode that has just ended can still be looked at.
  if (rows_ > kMostRows && env_->step()[0] == 0) (void)Restart(env_->world_seed()[0]);
  if (action.empty()) {
    actor_.Act(pool_, *env_, seed_, false, action_);
  } else {
    CARROT_CHECK(action.size() == action_.size());
    std::copy(action.begin(), action.end(), action_.begin());
  }
  if (pull_.body != 0) Push(wrench());
  edited_ = nullptr;
  env_->Step(action_);
}

std::shared_ptr<const Trace> LiveWorld::Commit() {
  writer_->CommitAll();
  return trace_;
}

}  // namespace carrot
