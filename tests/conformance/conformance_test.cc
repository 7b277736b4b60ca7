// Properties that every shipped task must have, under every reward shipped for it. A new task or
// reward is covered by being there: the list comes from the folder scan.
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <string>

#include "engine/base/hash.h"
#include "engine/core/vector_env.h"
#include "engine/trace/trace_writer.h"
#include "envs/all/worlds.h"
#include "envs/task/task_catalog.h"
#include "rewards/analysis/rescore.h"
#include "rewards/host/lua_reward.h"
#include "rewards/host/reward_catalog.h"
#include "tests/support/allocations.h"

namespace carrot {
namespace {

struct Case {
  std::string task, reward;  // reward: path
};

std::vector<Case> AllCases() {
  Diagnostics problems;
  std::vector<Case> cases;
  for (const TaskEntry& entry : ListTasks(AllWorlds(), &problems)) {
    for (const RewardEntry& reward : ListRewards(entry.name)) {
      cases.push_back({entry.name, reward.path});
    }
  }
  return cases;
}

std::shared_ptr<const Task> TaskNamed(const std::string& name) {
  static std::map<std::string, std::shared_ptr<const Task>> loaded;
  auto& task = loaded[name];
  if (task == nullptr) {
    auto result = LoadTask(name, AllWorlds());
    EXPECT_TRUE(result.has_value()) << (result ? "" : Format(result.error()));
    if (result) task = *result;
  }
  return task;
}

class Conformance : public ::testing::TestWithParam<Case> {
 protected:
  void SetUp() override {
    task_ = TaskNamed(GetParam().task);
    ASSERT_NE(task_, nullptr);
    auto reward = LoadReward(GetParam().reward, task_->spec());
    ASSERT_TRUE(reward.has_value()) << Format(reward.error());
    reward_ = *reward;
  }

  std::unique_ptr<VectorEnv> Make(ThreadPool& pool, int num_envs, int shard_size = 0) {
    auto env = VectorEnv::Create(task_, reward_, pool,
                                 {.num_envs = num_envs, .seed = 11, .shard_size = shard_size});
    EXPECT_TRUE(env.has_value()) << (env ? "" : Format(env.error()));
    (*env)->Reset();
    return std::move(*env);
  }

  // Random actions over the allowed range; a pure function of (env, step).
  void Act(const VectorEnv& env, int64_t step, std::vector<double>* action) const {
    const ActionSpec& spec = task_->spec().world.action;
    const int size = spec.size();
    action->resize(env.num_envs() * size);
    for (int i = 0; i < env.num_envs(); ++i) {
      Rng rng(Key(3, RngDomain::kTest, i, step));
      for (int j = 0; j < size; ++j) {
        double& a = (*action)[i * size + j];
        if (spec.kind == ActionSpec::Kind::kDiscrete) {
          a = rng.Below(spec.choices[j]);
        } else {
          const double low = std::isfinite(spec.low[j]) ? spec.low[j] : -1.0;
          const double high = std::isfinite(spec.high[j]) ? spec.high[j] : 1.0;
          a = rng.Uniform(low, high);
        }
      }
    }
  }

  std::shared_ptr<const Task> task_;
  std::shared_ptr<const RewardFunction> reward_;
};

template <typename T>
void AddBytes(std::string* bytes, std::span<const T> values) {
  bytes->append(reinterpret_cast<const char*>(values.data()), values.size_bytes());
}

std::string Everything(const VectorEnv& env) {
  std::string bytes;
  AddBytes(&bytes, env.obs());
  AddBytes(&bytes, env.reward());
  AddBytes(&bytes, env.terms());
  AddBytes(&bytes, env.flags());
  AddBytes(&bytes, env.memory());
  for (int f = 0; f < env.state().spec().size(); ++f) {
    const size_t size = env.state().spec()[f].bytes() * env.num_envs();
    bytes.append(static_cast<const char*>(env.state().next()[f]), size);
  }
  for (const auto& episode : env.finished()) {
    AddBytes(&bytes, std::span<const double>(&episode.episode_return, 1));
    AddBytes(&bytes, std::span<const double>(episode.metrics));
    AddBytes(&bytes, std::span<const double>(episode.term_sums));
    bytes += episode.cause + (episode.success ? "+" : "-");
  }
  return bytes;
}

// Without it a NaN or a script error of a shipped task or reward would reach users.
TEST_P(Conformance, FiniteAndFaultFree) {
  ThreadPool pool(1);
  auto env = Make(pool, 4);
  std::vector<double> action;
  for (int step = 0; step < 300; ++step) {
    Act(*env, step, &action);
    env->Step(action);
    for (double x : env->obs()) ASSERT_TRUE(std::isfinite(x)) << "observation at step " << step;
    for (double x : env->reward()) ASSERT_TRUE(std::isfinite(x)) << "reward at step " << step;
    for (uint8_t flags : env->flags()) {
      ASSERT_EQ(flags & (kRowFault | kRowNonFinite | kRowTermError), 0) << "step " << step;
    }
  }
  const Diagnostics errors = env->TakeErrors();
  EXPECT_TRUE(errors.empty()) << Format(errors);
}

// Without it a declared range of a term or a field could be wrong without anyone noticing.
TEST_P(Conformance, DeclaredRangesHold) {
  ThreadPool pool(1);
  auto env = Make(pool, 4);
  const auto& terms = reward_->spec().terms;
  const StateSpec& spec = task_->spec().state;
  std::vector<double> action;
  for (int step = 0; step < 200; ++step) {
    Act(*env, step, &action);
    env->Step(action);
    for (size_t i = 0; i < env->terms().size(); ++i) {
      const RewardTermSpec& term = terms[i % terms.size()];
      ASSERT_GE(env->terms()[i], term.range_low.value_or(-INFINITY)) << term.name;
      ASSERT_LE(env->terms()[i], term.range_high.value_or(INFINITY)) << term.name;
    }
    for (int f = 0; f < spec.size(); ++f) {
      if (spec[f].dtype != DType::kF64) continue;
      for (int e = 0; e < 4; ++e) {
        for (double x : env->state().Next<double>(f)[e]) {
          ASSERT_GE(x, spec[f].low) << spec[f].name;
          ASSERT_LE(x, spec[f].high) << spec[f].name;
        }
      }
    }
  }
}

// Without it results would depend on the machine they were made on.
TEST_P(Conformance, BitsDoNotDependOnWorkersOrShards) {
  auto run = [&](int workers, int shard_size) {
    ThreadPool pool(workers);
    auto env = Make(pool, 6, shard_size);
    std::string digest;
    std::vector<double> action;
    for (int step = 0; step < 60; ++step) {
      Act(*env, step, &action);
      env->Step(action);
      digest += HashHex(Everything(*env));
    }
    return HashHex(digest);
  };
  const std::string expected = run(1, 6);
  for (const auto& [workers, shard] : {std::pair{1, 1}, {2, 0}, {3, 2}, {5, 1}, {8, 1}, {8, 4}}) {
    EXPECT_EQ(run(workers, shard), expected) << workers << " workers, shards of " << shard;
  }
}

// Without it resume, branch and scrubbing would continue another episode than the one that was
// saved.
TEST_P(Conformance, SnapshotRoundTrip) {
  ThreadPool pool(2);
  auto env = Make(pool, 3), other = Make(pool, 3);
  std::vector<double> action;
  for (int step = 0; step < 40; ++step) {
    Act(*env, step, &action);
    env->Step(action);
  }
  for (int i = 0; i < 3; ++i) {
    auto status = other->Load(i, env->Save(i));
    ASSERT_TRUE(status.has_value()) << Format(status.error());
  }
  for (int step = 40; step < 100; ++step) {
    Act(*env, step, &action);
    env->Step(action);
    other->Step(action);
    ASSERT_EQ(HashHex(Everything(*env)), HashHex(Everything(*other))) << "step " << step;
  }
}

// Without it a re-score would show numbers that the simulation never paid.
TEST_P(Conformance, RescoreEqualsLive) {
  ThreadPool pool(2);
  auto env = VectorEnv::Create(task_, reward_, pool, {.num_envs = 4, .seed = 11});
  ASSERT_TRUE(env.has_value()) << Format(env.error());
  TraceSpecOptions options;
  options.weights = &(*env)->weights();
  for (const auto& field : task_->spec().state.fields())
    options.record_fields.push_back(field.name);
  auto spec = MakeTraceSpec(task_->spec(), &reward_->spec(), options);
  ASSERT_TRUE(spec.has_value()) << Format(spec.error());
  auto trace = std::make_shared<Trace>(std::move(*spec));
  TraceWriter writer(trace, task_->spec().state, 4);
  (*env)->SetSink(&writer);
  (*env)->Reset();
  std::vector<double> action;
  for (int step = 0; step < 250; ++step) {
    Act(**env, step, &action);
    (*env)->Step(action);
  }
  writer.CommitAll();
  auto score = RescoreAsRecorded(*trace, task_->spec().state, reward_, pool);
  ASSERT_TRUE(score.has_value()) << Format(score.error());
  EXPECT_EQ(CompareWithRecorded(*trace, *score), "");
}

// Without it results would depend on what the compiler of the scripts happened to compile.
TEST_P(Conformance, BitsDoNotDependOnTheJit) {
  auto run = [&](bool jit) {
    ThreadPool pool(1);
    auto reward = LoadReward(GetParam().reward, task_->spec(), {.jit = jit});
    EXPECT_TRUE(reward.has_value());
    auto env = VectorEnv::Create(task_, *reward, pool, {.num_envs = 4, .seed = 11});
    (*env)->Reset();
    std::string digest;
    std::vector<double> action;
    for (int step = 0; step < 150; ++step) {
      Act(**env, step, &action);
      (*env)->Step(action);
      digest += HashHex(Everything(**env));
    }
    return HashHex(digest);
  };
  EXPECT_EQ(run(true), run(false));
}

// Without it the hot loop could slow down and stall under memory pressure.
TEST_P(Conformance, StepsDoNotAllocate) {
  ThreadPool pool(2);
  auto env = Make(pool, 4);
  std::vector<std::vector<double>> actions(300);
  for (int step = 0; step < 300; ++step) Act(*env, step, &actions[step]);
  for (int step = 0; step < 100; ++step) env->Step(actions[step]);
  const int64_t before = testing::AllocationCount();
  for (int step = 100; step < 300; ++step) env->Step(actions[step]);
  EXPECT_EQ(testing::AllocationCount() - before, 0);
}

// Without it the inspector, the prompt and the editor would show names without meaning.
TEST_P(Conformance, EverythingIsDocumented) {
  EXPECT_FALSE(task_->spec().doc.empty());
  EXPECT_FALSE(task_->spec().success_doc.empty());
  EXPECT_FALSE(reward_->spec().doc.empty());
  for (const auto& field : task_->spec().state.fields()) {
    EXPECT_FALSE(field.doc.empty()) << field.name;
  }
  for (const auto& term : reward_->spec().terms) EXPECT_FALSE(term.doc.empty()) << term.name;
}

// Without it the examples in a shipped reward could contradict its terms.
TEST_P(Conformance, ExamplesHold) {
  const Diagnostics wrong = RunExpects(*reward_, *task_);
  EXPECT_TRUE(wrong.empty()) << Format(wrong);
}

std::string CaseName(const ::testing::TestParamInfo<Case>& info) {
  const size_t slash = info.param.reward.rfind('/');
  std::string name = info.param.task + "__" + info.param.reward.substr(slash + 1);
  name = name.substr(0, name.rfind('.'));
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c))) c = '_';
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(Shipped, Conformance, ::testing::ValuesIn(AllCases()), CaseName);

// Without it a broken task file would only be noticed by the user who names it, and an empty list
// would make every property above pass without a case.
TEST(Catalog, EveryShippedTaskLoads) {
  Diagnostics problems;
  const auto tasks = ListTasks(AllWorlds(), &problems);
  EXPECT_TRUE(problems.empty()) << Format(problems);
  EXPECT_GE(tasks.size(), 15u);
  EXPECT_GE(AllCases().size(), 20u);
  for (const auto& entry : tasks) {
    EXPECT_NE(TaskNamed(entry.name), nullptr) << entry.name;
    EXPECT_FALSE(ListRewards(entry.name).empty()) << entry.name << " ships no reward";
    for (const auto& alias : entry.aliases) {
      auto task = LoadTask(alias, AllWorlds());
      ASSERT_TRUE(task.has_value()) << alias;
      EXPECT_EQ((*task)->spec().name, entry.name);
    }
  }
}

}  // namespace
}  // namespace carrot
