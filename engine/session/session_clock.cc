// The session's clock and its live world: what is shown, and what steps.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/base/monotonic.h"
#include "engine/session/session.h"

namespace carrot {
namespace {

constexpr int kMostStepsPerTick = 4000;
constexpr double kTickBudget = 0.012;  // seconds that stepping may take of a tick

}  // namespace

Status Session::Do(const Play&) {
  if (clock_.trace < 0) FollowLive();
  clock_.playing = true;
  owed_ = 0;
  return {};
}

Status Session::Do(const Pause&) {
  clock_.playing = false;
  return {};
}

Status Session::Do(const SetSpeed& command) {
  if (!(command.speed >= 0)) return Fail(MakeError("U002", "a speed is 0 or more"));
  clock_.speed = command.speed;
  owed_ = 0;
  return {};
}

Status Session::Do(const StepBy& command) {
  clock_.playing = false;
  int steps = command.steps;
  if (clock_.trace < 0) {  // ahead of what there is: the world goes on
    for (; steps > 0 && clock_.step == clock_.length; --steps) {
      const bool more = StepLive();
      FollowLive();
      if (!more) {
        StayAtEnd();
        return {};
      }
    }
  }
  clock_.step = std::clamp(clock_.step + steps, 0, clock_.length);
  return {};
}

Status Session::Do(const Seek& command) {
  if (command.trace < -1 || command.trace >= static_cast<int>(open_.size())) {
    return Fail(MakeError("U002", fmt::format("there is no recording {}", command.trace)));
  }
  const bool other = command.trace != clock_.trace;
  const TraceView& view = command.trace < 0 ? live_view_ : open_[command.trace];
  const int episodes = view.episodes ? static_cast<int>(view.episodes->size()) : 0;
  if (command.episode >= episodes) {
    return Fail(MakeError("U002", fmt::format("there is no episode {}", command.episode)));
  }
  if (other || (command.episode >= 0 && command.episode != clock_.episode)) {
    clock_.loop_from = clock_.loop_to = -1;
  }
  clock_.trace = command.trace;
  if (command.episode >= 0) clock_.episode = command.episode;
  if (other && command.episode < 0)
    clock_.episode = clock_.trace < 0 ? std::max(0, episodes - 1) : 0;
  clock_.length = view.LastStep(clock_.episode);
  if (command.step >= 0) {
    clock_.step = std::min(command.step, clock_.length);
  } else if (other) {  // the newest of the live world, the beginning of a recording
    clock_.step = clock_.trace < 0 ? clock_.length : 0;
  }
  return {};
}

Status Session::Do(const SetPolicy& command) {
  CARROT_RETURN_IF_ERROR(live_->SetPolicy(command.policy));
  unsaved_ = true;
  return {};
}

Status Session::Do(const Reset& command) {
  const std::optional<uint64_t> seed =
      command.seed < 0 ? std::nullopt : std::optional<uint64_t>(command.seed);
  CARROT_RETURN_IF_ERROR(live_->Restart(seed));
  branch_.reset();
  clock_.trace = -1;
  clock_.loop_from = clock_.loop_to = -1;
  FollowLive();
  return {};
}

Status Session::Do(const SetLoop& command) {
  if (command.from < 0) {
    clock_.loop_from = clock_.loop_to = -1;
    return {};
  }
  if (clock_.trace < 0) return Fail(MakeError("U002", "the live world cannot be played in a loop"));
  if (command.to <= command.from || command.to > clock_.length) {
    return Fail(MakeError("U002", fmt::format("no loop of steps {} to {}: the episode has {}",
                                              command.from, command.to, clock_.length)));
  }
  clock_.loop_from = command.from;
  clock_.loop_to = command.to;
  return {};
}

Status Session::Do(const struct Branch&) {
  const TraceView& view = Shown();
  if (!view.episodes || view.episodes->empty()) return {};
  const TraceEpisodeRows& episode = (*view.episodes)[clock_.episode];
  if (episode.first_step > 0) {
    return Fail(MakeError("U002", "the beginning of this episode was not recorded"));
  }
  const size_t size = config_.task->spec().world.action.size();
  std::vector<double> actions;
  ForRows(episode, [&](const TraceBlock& block, int i, int64_t row) {
    if (row < 1 || row > clock_.step) return;
    const auto* action = Trace::Row<double>(block, view.trace->layout().action, i);
    actions.insert(actions.end(), action, action + size);
  });
  std::vector<Intervention> interventions = InterventionsOf(*view.trace, episode);
  std::erase_if(interventions, [&](const Intervention& i) { return i.step >= clock_.step; });
  CARROT_RETURN_IF_ERROR(live_->Replay(episode.world_seed, actions, interventions));
  branch_ = {clock_.trace, clock_.episode, clock_.step, episode.world_seed};
  clock_.trace = -1;
  clock_.loop_from = clock_.loop_to = -1;
  clock_.playing = true;
  FollowLive();
  return {};
}

Status Session::Do(const Perturb& command) {
  if (command.body == 0) return live_->Pull({});
  if (clock_.trace >= 0) {
    return Fail(MakeError("U002", "a recording cannot be pushed",
                          {"go on from here as the live world: Enter"}));
  }
  if (command.at.size() != 3 || command.to.size() != 3 || command.quat.size() != 4) {
    return Fail(MakeError("U002", "a pull has a point, a target (3 numbers) and a quaternion"));
  }
  BodyPull pull{.body = command.body, .turn = command.turn, .mass = command.mass};
  std::copy_n(command.at.begin(), 3, pull.at);
  std::copy_n(command.to.begin(), 3, pull.to);
  std::copy_n(command.quat.begin(), 4, pull.quat);
  return live_->Pull(pull);
}

Status Session::Do(const EditCell& command) {
  if (clock_.trace >= 0) {
    return Fail(MakeError("U002", "a recording cannot be edited",
                          {"go on from here as the live world: Enter"}));
  }
  CARROT_RETURN_IF_ERROR(live_->Edit({command.x, command.y, command.cell}));
  FollowLive();
  return {};
}

Status Session::Do(const HumanAction& command) {
  if (command.on &&
      command.action.size() != static_cast<size_t>(config_.task->spec().world.action.size())) {
    return Fail(MakeError("U002", fmt::format("an action of this task has {} numbers",
                                              config_.task->spec().world.action.size())));
  }
  if (human_ != command.on) live_->Note("policy", command.on ? "human" : live_->policy());
  human_ = command.on;
  human_action_ = command.action;
  return {};
}

void Session::RefreshLive() {
  live_view_.SetTrace(live_->Commit());
  live_view_.terms = live_view_.totals = std::make_shared<const Score>(live_->score());
  live_view_.fresh = reward_.function != nullptr;
}

void Session::FollowLive() {
  RefreshLive();
  if (clock_.trace >= 0) return;
  clock_.episode = std::max(0, static_cast<int>(live_view_.episodes->size()) - 1);
  clock_.length = clock_.step = live_view_.LastStep(clock_.episode);
}

bool Session::Advance() {
  if (tick_ - measured_.first >= 60) {
    const double dt = config_.task->spec().world.dt;
    clock_.reached = static_cast<double>(stepped_ - measured_.second) * dt /
                     (static_cast<double>(tick_ - measured_.first) * kTickSeconds);
    measured_ = {tick_, stepped_};
  }
  if (!clock_.playing) return false;
  const double dt = config_.task->spec().world.dt;
  owed_ += clock_.speed > 0 ? clock_.speed * kTickSeconds / dt : kMostStepsPerTick;
  const int steps = std::min(kMostStepsPerTick, static_cast<int>(std::floor(owed_)));
  owed_ = std::min(owed_ - steps, 1.0);
  if (steps == 0) return false;
  if (clock_.trace >= 0) {
    int step = clock_.step + steps;
    if (clock_.loop_from >= 0 && step > clock_.loop_to) {
      step = clock_.loop_from + (step - clock_.loop_from) % (clock_.loop_to - clock_.loop_from + 1);
    }
    const int episodes = static_cast<int>(open_[clock_.trace].episodes->size());
    while (step > clock_.length) {  // on to the next episode, and round
      step -= clock_.length + 1;
      clock_.episode = (clock_.episode + 1) % std::max(1, episodes);
      clock_.length = open_[clock_.trace].LastStep(clock_.episode);
      if (clock_.length == 0) break;
    }
    clock_.step = std::clamp(step, 0, clock_.length);
    stepped_ += steps;
    return true;
  }
  const double start = MonotonicSeconds();
  bool more = true;
  for (int i = 0; i < steps && more; ++i) {
    more = StepLive();
    const double spent = MonotonicSeconds() - start;
    if (running_ && spent > kTickBudget) break;
  }
  Message(live_->TakeErrors());
  FollowLive();
  if (!more) StayAtEnd();
  return true;
}

bool Session::StepLive() {
  live_->Step(human_ ? std::span<const double>(human_action_) : std::span<const double>());
  ++stepped_;
  return !human_ || live_->env().step()[0] > 0;
}

// A person judges an episode before the next one begins.
void Session::StayAtEnd() {
  clock_.playing = false;
  clock_.episode = std::max(0, clock_.episode - 1);
  clock_.length = clock_.step = live_view_.LastStep(clock_.episode);
}

}  // namespace carrot
