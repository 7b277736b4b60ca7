// Deleted: `compare` could print distances that say nothing about the rewards. The sampled ones are
// held to the exact tabular ones, and to what shaping and scale must not change.
#include "rewards/analysis/distances.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <functional>

#include "engine/base/rng.h"
#include "rewards/analysis/tabular.h"
#include "rewards/analysis/transition_sample.h"
#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

// R(s, a, s', terminal) of the first field, an f64 vector.
using StepFunction = std::function<double(const double*, double, const double*, bool)>;

// A reward of one term in plain C++.
class StepReward : public RewardFunction {
 public:
  StepReward(StepFunction step, int width) : step_(std::move(step)), width_(width) {
    spec_.terms.resize(1);
    spec_.terms[0].name = "step";
    spec_.fields_read = {0};
  }
  Result<std::unique_ptr<RewardEvaluator>> NewEvaluator() const override {
    return std::make_unique<Evaluator>(*this);
  }

 private:
  class Evaluator : public RewardEvaluator {
   public:
    explicit Evaluator(const StepReward& reward) : reward_(reward) {}
    void Begin(const TransitionBatch& rows, const RewardColumns& out) override {
      for (int64_t r = rows.begin; r < rows.end; ++r)
        out.term[r] = out.total[r] = out.reward[r] = 0;
    }
    void Evaluate(const TransitionBatch& rows, const RewardColumns& out) override {
      const auto* prev = static_cast<const double*>(rows.prev[0]);
      const auto* next = static_cast<const double*>(rows.next[0]);
      const int w = reward_.width_;
      for (int64_t r = rows.begin; r < rows.end; ++r) {
        out.term[r] = reward_.step_(prev + r * w, rows.action[r * reward_.actions_], next + r * w,
                                    rows.terminated[r] != 0);
      }
    }
    Diagnostics TakeErrors() override { return {}; }
    void SetParams(std::span<const double>) override {}

   private:
    const StepReward& reward_;
  };
  StepFunction step_;
  int width_;

 public:
  int actions_ = 1;
};

struct Compared {
  std::vector<std::unique_ptr<Score>> scores;
  std::vector<ComparedReward> rewards;

  void Add(const Trace& trace, const StateSpec& state, std::shared_ptr<const RewardFunction> reward,
           RewardSettings settings) {
    ThreadPool pool(1);
    scores.push_back(std::make_unique<Score>(*Rescore(trace, state, *reward, settings, pool)));
    rewards.push_back({reward, settings, {scores.back().get()}});
  }
};

constexpr int kChainStates = 5, kChainActions = 3;

// Action a leads from s to (s + 1 + 2 a) mod 5: every state is reached equally often.
int NextState(int s, int a) { return (s + 1 + 2 * a) % kChainStates; }

TabularTask CircleTask() {
  TabularTask task{kChainStates, kChainActions, 0.9,
                   std::vector<double>(kChainStates * kChainActions * kChainStates, 0.0)};
  for (int s = 0; s < kChainStates; ++s) {
    for (int a = 0; a < kChainActions; ++a) {
      task.transition[(s * kChainActions + a) * kChainStates + NextState(s, a)] = 1;
    }
  }
  return task;
}

StateSpec OneHotState() {
  StateSpec state;
  FieldSpec field;
  field.name = "place";
  field.shape = {kChainStates};
  EXPECT_TRUE(state.Add(field));
  return state;
}

// Every (s, a) as `repeats` episodes of one step.
std::shared_ptr<Trace> CircleTrace(int repeats) {
  TraceSpec spec;
  spec.gamma = 0.9;
  spec.fields = OneHotState().fields();
  spec.action.low = {0};
  spec.action.high = {kChainActions};
  auto trace = std::make_shared<Trace>(spec);
  const TraceLayout& layout = trace->layout();
  const int episodes = repeats * kChainStates * kChainActions;
  TraceChunk* chunk = trace->AdoptChunk(AllocateChunk(spec, layout, 2 * episodes));
  const auto put = [&](int column, int row, const void* bytes, size_t size) {
    std::memcpy(chunk->columns[column].data + row * chunk->columns[column].stride, bytes, size);
  };
  for (int e = 0; e < episodes; ++e) {
    const int s = e % kChainStates, a = e / kChainStates % kChainActions;
    for (int r = 0; r < 2; ++r) {
      double place[kChainStates] = {};
      place[r == 0 ? s : NextState(s, a)] = 1;
      const double action = r == 0 ? 0 : a;
      const uint8_t flags = r == 0 ? kRowReset : kRowTruncated;
      put(layout.state, 2 * e + r, place, sizeof(place));
      put(layout.action, 2 * e + r, &action, sizeof(action));
      put(layout.flags, 2 * e + r, &flags, sizeof(flags));
    }
    TraceBlock block;
    block.episode = e;
    block.rows = 2;
    block.chunk = chunk;
    block.offset = 2 * e;
    trace->Publish(block);
  }
  return trace;
}

TabularReward RandomReward(uint64_t seed) {
  TabularReward reward(kChainStates * kChainActions * kChainStates);
  Rng rng(Key(seed, RngDomain::kTest));
  for (double& x : reward) x = rng.Normal();
  return reward;
}

std::shared_ptr<const RewardFunction> AsReward(const TabularReward& table) {
  return std::make_shared<StepReward>(
      [table](const double* s, double a, const double* next, bool) {
        int from = 0, to = 0;
        for (int i = 0; i < kChainStates; ++i) {
          if (s[i] > 0) from = i;
          if (next[i] > 0) to = i;
        }
        return table[(from * kChainActions + static_cast<int>(a)) * kChainStates + to];
      },
      kChainStates);
}

// With one-hot states the potentials are all functions of the state, so the sampled STARC distance
// is the exact one; EPIC's partners are drawn, so it comes near it.
TEST(SampledDistances, AgreeWithTheExactOnes) {
  const auto trace = CircleTrace(4);
  const std::vector<const Trace*> traces{trace.get()};
  const StateSpec state = OneHotState();
  ThreadPool pool(2);
  for (uint64_t seed = 0; seed < 2; ++seed) {
    const TabularReward a = RandomReward(seed), b = RandomReward(seed + 10);
    Compared compared;
    for (const TabularReward* table : {&a, &b}) {
      const auto reward = AsReward(*table);
      compared.Add(*trace, state, reward, DefaultSettings(reward->spec(), 0.9));
    }
    const CanonicalSample starc = StarcSample(traces, compared.rewards);
    EXPECT_EQ(starc.potentials, kChainStates);  // the constant is their sum
    EXPECT_NEAR(StarcDistance(starc, 0, 1).value, StarcDistance(CircleTask(), a, b), 1e-12);
    DistanceOptions options;
    options.epic_partners = 1500;
    const auto epic = EpicSample(traces, state, compared.rewards, pool, options);
    ASSERT_TRUE(epic) << Format(epic.error());
    EXPECT_NEAR(EpicDistance(*epic, 0, 1).value, EpicDistance(CircleTask(), a, b), 0.03);
  }
}

// The toy's own potential (a function of x that is not linear in the fields) at other weights, and
// scale, make no difference to either; the sign makes all.
TEST(SampledDistances, IgnoreDeclaredPotentialsAndScale) {
  testing::ToyRun run{.task = {.horizon = 35, .fault_every = 5}};
  const auto recording = testing::RecordToy(run);
  const StateSpec& state = recording.task->spec().state;
  Compared compared;
  const auto add = [&](double scale, double potential) {
    RewardSettings settings = DefaultSettings(recording.reward->spec(), 0.99);
    for (double& weight : settings.weights.weights) weight *= scale;
    settings.weights.potential = potential;
    compared.Add(*recording.trace, state, recording.reward, settings);
  };
  add(1, 1);
  add(4, -0.5);
  add(-2, 3);
  const std::vector<const Trace*> traces{recording.trace.get()};
  ThreadPool pool(2);
  const CanonicalSample starc = StarcSample(traces, compared.rewards);
  EXPECT_NEAR(StarcDistance(starc, 0, 1).value, 0, 1e-6);
  EXPECT_NEAR(StarcDistance(starc, 0, 2).value, 1, 1e-12);
  EXPECT_NEAR(StarcDistance(starc, 0, 2).low, 1, 1e-12);
  const auto epic = EpicSample(traces, state, compared.rewards, pool);
  ASSERT_TRUE(epic) << Format(epic.error());
  EXPECT_NEAR(EpicDistance(*epic, 0, 1).value, 0, 1e-6);
  EXPECT_NEAR(EpicDistance(*epic, 0, 2).value, 1, 1e-12);
}

// Shaping inside a term: EPIC removes any, STARC those that are linear in the fields (here with the
// potential 0 at terminal states).
TEST(SampledDistances, RemoveShapingInsideATerm) {
  testing::ToyRun run{.task = {.horizon = 35, .bound = 0.4}};
  run.reward.potential = false;
  const auto shaped = [](double wave, double slope) {
    auto reward = std::make_shared<StepReward>(
        [=](const double* s, double a, const double* next, bool terminal) {
          const auto phi = [&](const double* at) {
            return wave * std::sin(9 * at[0]) + slope * at[0];
          };
          return -a * a + next[1] + 0.99 * (terminal ? 0 : phi(next)) - phi(s);
        },
        2);
    reward->actions_ = 2;
    return reward;
  };
  for (const bool terminals : {true, false}) {
    if (!terminals) run.task.bound = 1e9;
    const auto recording = testing::RecordToy(run);
    const StateSpec& state = recording.task->spec().state;
    Compared compared;
    for (const auto& reward : {shaped(0, 0), shaped(0, 5), shaped(2, 0)}) {
      compared.Add(*recording.trace, state, reward, DefaultSettings(reward->spec(), 0.99));
    }
    const std::vector<const Trace*> traces{recording.trace.get()};
    ThreadPool pool(1);
    const CanonicalSample starc = StarcSample(traces, compared.rewards);
    EXPECT_NEAR(StarcDistance(starc, 0, 1).value, 0, 1e-6);
    EXPECT_GT(StarcDistance(starc, 0, 2).value, 0.1);
    if (terminals) continue;
    const auto epic = EpicSample(traces, state, compared.rewards, pool);
    EXPECT_NEAR(EpicDistance(*epic, 0, 1).value, 0, 1e-6);
    EXPECT_NEAR(EpicDistance(*epic, 0, 2).value, 0, 1e-6);
  }
}

// Bits must not depend on the number of workers, and every value lies in its interval.
TEST(SampledDistances, AreAFunctionOfTheirInput) {
  testing::ToyRun run{.task = {.horizon = 35}};
  const auto recording = testing::RecordToy(run);
  const StateSpec& state = recording.task->spec().state;
  Compared compared;
  RewardSettings settings = DefaultSettings(recording.reward->spec(), 0.99);
  compared.Add(*recording.trace, state, recording.reward, settings);
  settings.weights.weights[1] = -2;
  compared.Add(*recording.trace, state, recording.reward, settings);
  const std::vector<const Trace*> traces{recording.trace.get()};
  std::vector<Interval> found;
  for (int workers : {1, 3}) {
    ThreadPool pool(workers);
    const auto epic = EpicSample(traces, state, compared.rewards, pool);
    ASSERT_TRUE(epic) << Format(epic.error());
    found.push_back(EpicDistance(*epic, 0, 1));
    EXPECT_GT(found.back().value, found.back().low);
    EXPECT_LT(found.back().value, found.back().high);
  }
  EXPECT_EQ(found[0].value, found[1].value);
  EXPECT_EQ(found[0].low, found[1].low);
}

TEST(SampledDistances, AreNotJudgedOnAlmostNothing) {
  testing::ToyRun run{.steps = 5};
  const auto recording = testing::RecordToy(run);
  Compared compared;
  const RewardSettings settings = DefaultSettings(recording.reward->spec(), 0.99);
  compared.Add(*recording.trace, recording.task->spec().state, recording.reward, settings);
  const std::vector<const Trace*> traces{recording.trace.get()};
  const CanonicalSample starc = StarcSample(traces, compared.rewards);
  EXPECT_TRUE(starc.reward.empty());
  EXPECT_TRUE(std::isnan(StarcDistance(starc, 0, 0).value));
}

TEST(DrawTransitions, AreDistinctAndInOrder) {
  testing::ToyRun run{.task = {.horizon = 20, .fault_every = 5}};
  const auto recording = testing::RecordToy(run);
  const std::vector<const Trace*> traces{recording.trace.get(), recording.trace.get()};
  const auto all = DrawTransitions(traces, 1 << 20, 1);
  const auto some = DrawTransitions(traces, 100, 1);
  EXPECT_EQ(some.size(), 100u);
  int64_t steps = 0;
  for (const auto& episode : recording.trace->EpisodeRows()) steps += episode.rows - 1;
  int64_t faults = 0;
  for (const auto& episode : recording.finished) faults += episode.fault;
  EXPECT_EQ(static_cast<int64_t>(all.size()), 2 * (steps - faults));
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_FALSE(all[i].after.flags() & (kRowFault | kRowReset));
    const int step = all[i].after.block->first_step + all[i].after.row;
    EXPECT_EQ(all[i].before.block->first_step + all[i].before.row, step - 1);
    EXPECT_LE(all[i > 0 ? i - 1 : 0].episode, all[i].episode);
  }
}

}  // namespace
}  // namespace carrot
