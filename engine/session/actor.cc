#include "engine/session/actor.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <iterator>

#include "engine/base/check.h"
#include "engine/base/rng.h"
#include "engine/base/suggest.h"
#include "engine/session/corpus.h"

namespace carrot {
namespace {

constexpr int kHeldSteps = 20;
constexpr const char* kYardsticks[] = {"random", "held", "zero", "idle"};  // in the order of Kind

// By dimension, the first choice whose name says that nothing is done; -1 without one.
std::vector<int> ChoicesOfNothing(const ActionSpec& action) {
  static const std::vector<std::string> kNames = {"idle", "noop", "none", "stay", "wait", "done"};
  std::vector<int> choices;
  int first = 0;
  for (int count : action.choices) {
    choices.push_back(-1);
    for (int c = count - 1; c >= 0 && !action.choice_names.empty(); --c) {
      const std::string& name = action.choice_names[first + c];
      if (std::find(kNames.begin(), kNames.end(), name) != kNames.end()) choices.back() = c;
    }
    first += count;
  }
  return choices;
}

// The path of a shipped policy that is given by its name, else `name` as it is.
std::string PathOf(const std::string& name, const TaskSpec& task) {
  std::error_code ec;
  if (std::filesystem::exists(name, ec)) return name;
  for (const std::filesystem::path& shipped : ShippedPolicies(task)) {
    if (shipped.stem() == name) return shipped.string();
  }
  return name;
}

Diagnostic NoPolicy(const std::string& name, const TaskSpec& task) {
  std::vector<std::string> names = Actor::Yardsticks();
  for (std::string& shipped : ShippedPolicyNames(task)) names.push_back(std::move(shipped));
  std::vector<std::string> help;
  if (const std::string near = Suggest(name, names); !near.empty())
    help.push_back(fmt::format("did you mean `{}`?", near));
  help.push_back(fmt::format("give {} or the path of a .policy folder", fmt::join(names, ", ")));
  help.push_back("carrot train writes them to runs/<run>/policies");
  return MakeError("I001", fmt::format("there is no policy `{}`", name), std::move(help));
}

}  // namespace

std::vector<std::string> Actor::Yardsticks() {
  return {std::begin(kYardsticks), std::end(kYardsticks)};
}

Result<Actor> Actor::Load(const std::string& name, const TaskSpec& task) {
  const auto* yardstick = std::find(std::begin(kYardsticks), std::end(kYardsticks), name);
  if (yardstick != std::end(kYardsticks)) {
    Actor actor;
    actor.kind_ = static_cast<Kind>(yardstick - std::begin(kYardsticks));
    actor.name_ = actor.hash_ = name;
    CARROT_ASSIGN_OR_RETURN(actor.mask_field_, FindActionMask(task));
    if (actor.kind_ == Kind::kIdle) actor.nothing_ = ChoicesOfNothing(task.world.action);
    return actor;
  }
  std::error_code ec;
  const std::string path = PathOf(name, task);
  if (!std::filesystem::exists(path, ec)) return Fail(NoPolicy(name, task));
  CARROT_ASSIGN_OR_RETURN(Policy policy, Policy::Load(path));
  return FromPolicy(std::make_shared<const Policy>(std::move(policy)), name, task);
}

Result<Actor> Actor::FromPolicy(std::shared_ptr<const Policy> policy, std::string name,
                                const TaskSpec& task) {
  CARROT_RETURN_IF_ERROR(policy->CheckFits(task));
  Actor actor;
  actor.kind_ = Kind::kPolicy;
  actor.name_ = std::move(name);
  actor.hash_ = policy->WeightHash();
  actor.policy_ = std::move(policy);
  CARROT_ASSIGN_OR_RETURN(actor.mask_field_, FindActionMask(task));
  return actor;
}

void Actor::Act(ThreadPool& pool, const VectorEnv& env, uint64_t seed, bool stochastic,
                std::span<double> action) {
  const int rows = env.num_envs();
  const int width = env.task().spec().world.action.size();
  CARROT_CHECK(action.size() == static_cast<size_t>(rows) * static_cast<size_t>(width));
  keys_.resize(rows);
  for (int i = 0; i < rows; ++i) {
    const int step = env.step()[i] / (kind_ == Kind::kHeld ? kHeldSteps : 1);
    keys_[i] = Key(seed, RngDomain::kPolicy, i, env.episode()[i], step);
  }
  if (kind_ != Kind::kPolicy) {
    for (int i = 0; i < rows; ++i) {
      ActWithoutPolicy(env, i, keys_[i], action.data() + static_cast<size_t>(i) * width);
    }
    return;
  }
  CARROT_CHECK(policy_->spec().observation_size <= env.observation_size());
  PolicyInput in{.rows = rows, .obs = env.obs().data()};
  in.obs_stride = env.observation_size();
  if (mask_field_ >= 0) in.mask = static_cast<const uint8_t*>(env.state().next()[mask_field_]);
  if (stochastic) in.keys = keys_.data();
  policy_->Infer(pool, in, {.action = action.data()});
  policy_->ClipToRange(action);
}

int Actor::Choose(const uint8_t* allowed, int choices, uint64_t key, int dimension) const {
  int count = 0;
  for (int c = 0; c < choices; ++c) count += !allowed || allowed[c];
  if (count == 0) return 0;  // the world will treat it as it treats any action here
  if (kind_ == Kind::kIdle && nothing_[dimension] >= 0 &&
      (!allowed || allowed[nothing_[dimension]])) {
    return nothing_[dimension];
  }
  int skip = 0;
  if (draws()) {
    Rng rng(key, static_cast<uint64_t>(dimension) << 32);
    skip = static_cast<int>(rng.Below(static_cast<uint32_t>(count)));
  }
  for (int c = 0; c < choices; ++c) {
    if ((!allowed || allowed[c]) && skip-- == 0) return c;
  }
  return 0;
}

void Actor::ActWithoutPolicy(const VectorEnv& env, int row, uint64_t key, double* action) const {
  const ActionSpec& spec = env.task().spec().world.action;
  if (spec.kind == ActionSpec::Kind::kDiscrete) {
    const uint8_t* allowed = nullptr;
    if (mask_field_ >= 0) {
      allowed = static_cast<const uint8_t*>(env.state().next()[mask_field_]) +
                static_cast<size_t>(row) * spec.total_choices();
    }
    for (int d = 0; d < spec.size(); ++d) {
      action[d] = Choose(allowed, spec.choices[d], key, d);
      if (allowed) allowed += spec.choices[d];
    }
    return;
  }
  Rng rng(key);
  for (int d = 0; d < spec.size(); ++d) {
    const double low = spec.low[d], high = spec.high[d];
    if (!draws()) {
      action[d] = std::clamp(0.0, low, high);
    } else if (std::isfinite(low) && std::isfinite(high)) {
      action[d] = rng.Uniform(low, high);
    } else {
      action[d] = std::clamp(rng.Normal(), low, high);
    }
  }
}

}  // namespace carrot
