#include "engine/agent/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "engine/agent/running_norm.h"
#include "engine/base/npy.h"
#include "engine/base/rng.h"
#include "tests/support/allocations.h"
#include "tests/support/small_tasks.h"
#include "tests/support/toy_task.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

fs::path TempFolder(const char* name) {
  const fs::path folder = fs::path(::testing::TempDir()) / name;
  fs::remove_all(folder);
  return folder;
}

// A policy of the toy task whose normaliser has seen something.
Policy ToyPolicy() {
  Policy policy(MakePolicySpec(testing::MakeToyTask()->spec(), {}), 7, -0.5);
  Rng rng(Key(1, RngDomain::kTest));
  for (int i = 0; i < 100; ++i) {
    const double row[] = {rng.Normal() * 3 + 1, rng.Normal(), rng.Normal() * 0.1, 5};
    policy.mutable_observation_norm().Add(row);
    const double ret = rng.Normal() * 40;
    policy.mutable_return_norm().Add(&ret);
  }
  policy.mutable_observation_norm().Commit();
  policy.mutable_return_norm().Commit();
  for (float& p : policy.mutable_parameters()) p *= 1.5f;
  return policy;
}

struct Outputs {
  explicit Outputs(const Policy& policy, int rows, const double* obs, int workers = 1)
      : action(rows * policy.spec().action.size()), log_prob(rows), value(rows) {
    ThreadPool pool(workers);
    std::vector<uint64_t> keys;
    for (int r = 0; r < rows; ++r) keys.push_back(Key(5, RngDomain::kPolicy, r));
    PolicyOutput out;
    out.action = action.data();
    out.log_prob = log_prob.data();
    out.value = value.data();
    policy.Infer(pool, {rows, obs, nullptr, keys.data()}, out);
  }
  bool operator==(const Outputs&) const = default;
  std::vector<double> action;
  std::vector<float> log_prob, value;
};

std::vector<double> Observations(int rows, int size) {
  std::vector<double> obs(rows * size);
  Rng rng(Key(2, RngDomain::kTest));
  for (double& x : obs) x = 2 * rng.Normal();
  return obs;
}

// Without this, a saved policy could act differently from the trained one: normaliser, weights,
// log_std and clip all matter.
TEST(PolicyTest, SavedAndLoadedActsTheSame) {
  const fs::path folder = TempFolder("toy.policy");
  const Policy policy = ToyPolicy();
  ASSERT_TRUE(policy.Save(folder, {{"step", 2048}}));
  const auto loaded = Policy::Load(folder);
  ASSERT_TRUE(loaded) << Format(loaded.error());
  const auto obs = Observations(33, 4);
  EXPECT_EQ(Outputs(policy, 33, obs.data()), Outputs(*loaded, 33, obs.data()));
  EXPECT_EQ(loaded->WeightHash(), policy.WeightHash());
  EXPECT_EQ(loaded->return_norm().variance()[0], policy.return_norm().variance()[0]);
  EXPECT_EQ(loaded->spec().observation_names,
            (std::vector<std::string>{"pos.x", "pos.y", "vel.x", "vel.y"}));
  EXPECT_EQ(loaded->spec().action.names, policy.spec().action.names);
  EXPECT_EQ(loaded->spec().task, "toy");
  EXPECT_TRUE(loaded->CheckFits(testing::MakeToyTask()->spec()));
}

// Without this, saving over an older policy could mix the two or fail.
TEST(PolicyTest, SaveReplacesTheFolder) {
  const fs::path folder = TempFolder("again.policy");
  ASSERT_TRUE(ToyPolicy().Save(folder));
  Policy second = ToyPolicy();
  second.mutable_parameters()[0] += 1;
  ASSERT_TRUE(second.Save(folder));
  EXPECT_EQ(Policy::Load(folder)->WeightHash(), second.WeightHash());
  EXPECT_FALSE(fs::exists(folder.string() + ".tmp"));
}

// The documented layout, read as a NumPy user would: y = tanh(tanh(n W0 + b0) W1 + b1) W2 + b2,
// with n = clip((obs - mean) / sqrt(variance + 1e-8)). Without this, other programs could not use a
// policy.
TEST(PolicyTest, LayoutIsAsDocumented) {
  const fs::path folder = TempFolder("layout.policy");
  const Policy policy = ToyPolicy();
  ASSERT_TRUE(policy.Save(folder));
  nlohmann::json json;
  std::ifstream(folder / "policy.json") >> json;
  EXPECT_EQ(json["format"], "carrot.policy/1");
  std::ifstream raw(folder / "policy_0_weight.npy", std::ios::binary);
  std::string header(128, '\0');
  raw.read(header.data(), 128);
  EXPECT_THAT(header, ::testing::StartsWith("\x93NUMPY\x01"));
  EXPECT_THAT(header,
              ::testing::HasSubstr("'descr': '<f4', 'fortran_order': False, 'shape': (4, 64), }"));

  const auto array = [&](const char* name) {
    const auto a = ReadNpy(folder / name);
    EXPECT_TRUE(a) << name;
    std::vector<double> out;
    if (a->header.type == NpyType::kF8) {
      out.assign(a->as<double>().begin(), a->as<double>().end());
    } else {
      out.assign(a->as<float>().begin(), a->as<float>().end());
    }
    return out;
  };
  const auto obs = Observations(1, 4), mean = array("observation_mean.npy"),
             variance = array("observation_variance.npy");
  std::vector<double> x;
  for (int i = 0; i < 4; ++i) {
    const double n = (obs[i] - mean[i]) / std::sqrt(variance[i] + 1e-8);
    x.push_back(std::clamp(n, -json["observation"]["clip"].get<double>(),
                           json["observation"]["clip"].get<double>()));
  }
  for (int l = 0; l < 3; ++l) {
    const auto w = array(("policy_" + std::to_string(l) + "_weight.npy").c_str());
    const auto b = array(("policy_" + std::to_string(l) + "_bias.npy").c_str());
    std::vector<double> y = b;
    for (size_t i = 0; i < x.size(); ++i) {
      for (size_t o = 0; o < y.size(); ++o) y[o] += x[i] * w[i * y.size() + o];
    }
    if (l < 2) {
      for (double& v : y) v = std::tanh(v);
    }
    x = y;
  }
  ThreadPool pool(1);
  double action[2];
  PolicyOutput out;
  out.action = action;
  policy.Infer(pool, {1, obs.data()}, out);
  EXPECT_NEAR(action[0], x[0], 1e-5);
  EXPECT_NEAR(action[1], x[1], 1e-5);
  EXPECT_THAT(array("log_std.npy"), ::testing::Each(::testing::DoubleEq(-0.75)));
  EXPECT_EQ(array("value_2_weight.npy").size(), 64u);
}

// Without this, a damaged policy folder could crash a run or act as something else.
TEST(PolicyTest, DamagedFoldersAreDiagnostics) {
  const fs::path folder = TempFolder("damaged.policy");
  const auto fresh = [&] { ASSERT_TRUE(ToyPolicy().Save(folder)); };
  const auto message = [&] {
    const auto loaded = Policy::Load(folder);
    return loaded ? std::string("loaded") : loaded.error()[0].message;
  };
  const auto rewrite = [&](const std::string& from, const std::string& to) {
    std::ifstream in(folder / "policy.json");
    std::stringstream text;
    text << in.rdbuf();
    std::string json = text.str();
    json.replace(json.find(from), from.size(), to);
    std::ofstream(folder / "policy.json") << json;
  };
  EXPECT_THAT(message(), ::testing::HasSubstr("there is no"));
  fresh();
  fs::remove(folder / "value_1_bias.npy");
  EXPECT_THAT(message(), ::testing::HasSubstr("cannot read"));
  fresh();
  fs::resize_file(folder / "policy_1_weight.npy", 500);
  EXPECT_THAT(message(), ::testing::HasSubstr("header claims"));
  fresh();
  ASSERT_TRUE(WriteNpy<float>(folder / "policy_2_bias.npy", std::vector<int64_t>{2},
                              std::vector<float>{1, 2}));
  EXPECT_THAT(message(), ::testing::HasSubstr("the weights are not those"));
  fresh();
  rewrite("\"hidden\"", "\"hiden\"");
  EXPECT_THAT(message(), ::testing::HasSubstr("hidden"));
  fresh();
  rewrite("\"size\": 4", "\"size\": -4");
  EXPECT_THAT(message(), ::testing::HasSubstr("out of range"));
  fresh();
  std::ofstream(folder / "policy.json") << "{";
  EXPECT_THAT(message(), ::testing::HasSubstr("not JSON"));
}

// Without this, a policy could be run in a task of other observations or actions.
TEST(PolicyTest, MisfitIsNamed) {
  const Policy policy = ToyPolicy();
  const Status status = policy.CheckFits(testing::MakeSmallTask(testing::Bandit())->spec());
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error()[0].message, ::testing::HasSubstr("it has 4 observations, the task 1"));
}

// Without this, actions could depend on how many rows act together or on the pool.
TEST(PolicyTest, RowsAreIndependentOfBatchAndPool) {
  const Policy policy = ToyPolicy();
  const auto obs = Observations(50, 4);
  const Outputs all(policy, 50, obs.data());
  EXPECT_EQ(Outputs(policy, 50, obs.data(), 4), all);
  ThreadPool pool(1);
  for (int r = 0; r < 50; ++r) {
    const uint64_t key = Key(5, RngDomain::kPolicy, r);
    double action[2];
    PolicyOutput out;
    out.action = action;
    policy.Infer(pool, {1, obs.data() + r * 4, nullptr, &key}, out);
    EXPECT_EQ(action[0], all.action[2 * r]);
    EXPECT_EQ(action[1], all.action[2 * r + 1]);
  }
}

// Without this, each step of an evaluation could allocate.
TEST(PolicyTest, InferenceAllocatesNothing) {
  const Policy policy = ToyPolicy();
  const auto obs = Observations(8, 4);
  ThreadPool pool(1);
  std::vector<double> action(16);
  PolicyOutput out;
  out.action = action.data();
  policy.Infer(pool, {8, obs.data()}, out);
  const int64_t before = testing::AllocationCount();
  for (int i = 0; i < 100; ++i) policy.Infer(pool, {8, obs.data()}, out);
  EXPECT_EQ(testing::AllocationCount(), before);
}

// Without this, the world could receive actions beyond its range, or discrete ones be changed.
TEST(PolicyTest, ClipsToTheActionRange) {
  std::vector<double> action = {-3, 0.5, 2, -1};
  ToyPolicy().ClipToRange(action);
  EXPECT_THAT(action, ::testing::ElementsAre(-1, 0.5, 1, -1));
}

// Without this, running statistics could drift from those of all rows together, or take in a NaN.
TEST(RunningNormTest, MergesLikeOneBatch) {
  RunningNorm norm(1);
  double sum = 0, squares = 0;
  Rng rng(Key(9, RngDomain::kTest));
  int n = 0;
  for (int batch = 0; batch < 5; ++batch) {
    for (int i = 0; i <= batch * 7; ++i, ++n) {
      const double x = 1000 + batch + rng.Normal();
      norm.Add(&x);
      sum += x;
      squares += (x - 1000) * (x - 1000);
    }
    norm.Commit();
  }
  const double mean = sum / n;
  EXPECT_EQ(norm.count(), n);
  EXPECT_NEAR(norm.mean()[0], mean, 1e-10);
  EXPECT_NEAR(norm.variance()[0], squares / n - (mean - 1000) * (mean - 1000), 1e-9);
  const double before = norm.mean()[0], bad = NAN;
  norm.Add(&bad);
  norm.Commit();
  EXPECT_EQ(norm.mean()[0], before);
  float out;
  norm.Apply(&bad, 10, &out);
  EXPECT_EQ(out, 0);
  const double far = 1e6;
  norm.Apply(&far, 10, &out);
  EXPECT_EQ(out, 10);
}

}  // namespace
}  // namespace carrot
