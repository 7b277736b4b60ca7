#include "engine/core/world_bench.h"

#include <algorithm>
#include <chrono>

#include "engine/base/check.h"
#include "engine/base/rng.h"

namespace carrot {
namespace {

constexpr int kActionRows = 64;  // batches of actions, used in turn

std::vector<double> RandomActions(const ActionSpec& spec, int num_envs) {
  Rng rng(Key(0, RngDomain::kTest));
  std::vector<double> actions;
  for (int row = 0; row < kActionRows * num_envs; ++row) {
    for (int i = 0; i < spec.size(); ++i) {
      actions.push_back(
          spec.kind == ActionSpec::Kind::kDiscrete
              ? rng.Below(spec.choices[i])
              : rng.Uniform(std::max(spec.low[i], -1.0), std::min(spec.high[i], 1.0)));
    }
  }
  return actions;
}

class Bench {
 public:
  Bench(const WorldModel& model, const WorldBenchOptions& options)
      : options_(options),
        world_(model.NewWorld(options.num_envs)),
        batch_(model.spec().state, options.num_envs),
        actions_(RandomActions(model.spec().action, options.num_envs)),
        row_size_(actions_.size() / kActionRows),
        fault_(options.num_envs),
        age_(options.num_envs) {
    for (const std::string& name : options.ends) {
      ends_.push_back(model.spec().state.Find(name));
      CARROT_CHECK(ends_.back() >= 0 && SizeOf(batch_.spec()[ends_.back()].dtype) == 1);
    }
    for (int env = 0; env < options.num_envs; ++env) Restart(env);
  }

  // Returns the number of episodes that were restarted.
  int64_t Run(int64_t batches) {
    const int64_t before = seed_;
    for (int64_t i = 0; i < batches; ++i) {
      batch_.Flip();
      const double* action = actions_.data() + (i % kActionRows) * row_size_;
      world_->Step({0, options_.num_envs}, action, batch_, fault_.data());
      for (int env = 0; env < options_.num_envs; ++env) {
        ++age_[env];
        if (Ended(env)) Restart(env);
      }
    }
    return seed_ - before;
  }

 private:
  bool Ended(int env) const {
    if (fault_[env] || (options_.horizon > 0 && age_[env] >= options_.horizon)) return true;
    return std::any_of(ends_.begin(), ends_.end(),
                       [&](int field) { return batch_.Next<uint8_t>(field).data[env] != 0; });
  }
  void Restart(int env) {
    age_[env] = 0;
    fault_[env] = 0;
    world_->Reset(env, static_cast<uint64_t>(seed_++), batch_);
  }

  const WorldBenchOptions& options_;
  std::unique_ptr<World> world_;
  StateBatch batch_;
  std::vector<double> actions_;
  size_t row_size_;
  std::vector<int> ends_;
  std::vector<uint8_t> fault_;
  std::vector<int> age_;
  int64_t seed_ = 0;
};

}  // namespace

WorldBenchResult BenchWorld(const WorldModel& model, const WorldBenchOptions& options) {
  CARROT_CHECK(options.num_envs > 0 && options.steps > 0);
  Bench bench(model, options);
  const int64_t batches = (options.steps + options.num_envs - 1) / options.num_envs;
  bench.Run(batches / 10 + 1);
  WorldBenchResult result;
  const auto start = std::chrono::steady_clock::now();
  result.episodes = bench.Run(batches);
  const std::chrono::duration<double, std::nano> time = std::chrono::steady_clock::now() - start;
  result.ns_per_step = time.count() / static_cast<double>(batches * options.num_envs);
  return result;
}

}  // namespace carrot
