// Actor: what chooses actions outside of training: a saved policy, or one of four yardsticks.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/agent/policy.h"
#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/core/vector_env.h"

namespace carrot {

// Holds scratch space: one Actor a VectorEnv, one caller at a time.
class Actor {
 public:
  // "random" (uniform over the action range or the allowed choices; a standard normal where the
  // range is infinite), "held" (the same, each action kept for 20 steps), "zero" (0 or the nearest
  // value in range; the first allowed choice), "idle" (the same, but a choice that means doing
  // nothing, such as MiniGrid's "done", where there is one), the name of a policy that is shipped
  // with the task, or the path of a .policy folder. Errors: I0xx, T060, T061; I001 if there is no
  // such policy. Whether it can act under a reward is CheckFits's to say.
  static Result<Actor> Load(const std::string& name, const TaskSpec& task);
  static std::vector<std::string> Yardsticks();  // the names above
  // Acts with a policy that is being trained.
  static Result<Actor> FromPolicy(std::shared_ptr<const Policy> policy, std::string name,
                                  const TaskSpec& task);

  const std::string& name() const { return name_; }
  // Of the weights; a yardstick's is its name.
  const std::string& hash() const { return hash_; }
  const Policy* policy() const { return policy_.get(); }
  // T063 if the policy observes memory that this reward does not show. Act demands that it fits.
  Status CheckFits(const RewardSpec* reward) const {
    return policy_ ? policy_->CheckFits(reward) : Status{};
  }

  // Fills action f64 [num_envs, action size] for env's current rows, within the action range. The
  // mean action or the likeliest choice, unless `stochastic`; draws are keyed by (seed, env,
  // episode, step), so they do not depend on the pool.
  void Act(ThreadPool& pool, const VectorEnv& env, uint64_t seed, bool stochastic,
           std::span<double> action);

 private:
  enum class Kind { kRandom, kHeld, kZero, kIdle, kPolicy };
  Actor() = default;
  void ActWithoutPolicy(const VectorEnv& env, int row, uint64_t key, double* action) const;
  bool draws() const { return kind_ == Kind::kRandom || kind_ == Kind::kHeld; }
  int Choose(const uint8_t* allowed, int choices, uint64_t key, int dimension) const;

  Kind kind_ = Kind::kZero;
  std::string name_, hash_;
  std::shared_ptr<const Policy> policy_;
  int mask_field_ = -1;
  std::vector<int> nothing_;  // kIdle: by discrete dimension, the choice that does nothing, or -1
  std::vector<uint64_t> keys_;
};

}  // namespace carrot
