// Counterfactual experience. Deleted: an off-policy learner could be fed with transitions that the
// machine does not have.
#include "rewards/analysis/counterfactual.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "engine/base/rng.h"
#include "engine/core/vector_env.h"
#include "engine/trace/trace_writer.h"
#include "rewards/host/lua_reward.h"
#include "tests/support/small_tasks.h"
#include "tests/support/toy_task.h"

namespace carrot {
namespace {

using ::testing::HasSubstr;

constexpr int kSide = 5, kCells = kSide * kSide, kActions = 4;
constexpr int kCoffee = kSide - 1, kOffice = kCells - 1, kPlant = 2 * kSide + 2;

// A room of 5 x 5 cells; x is the cell. Four moves; walls hold. The coffee machine stands in one
// corner, the office in another, a plant in the middle (Toro Icarte et al.'s office, made small).
testing::SmallWorld Office() {
  testing::SmallWorld world;
  world.action.kind = ActionSpec::Kind::kDiscrete;
  world.action.choices = {kActions};
  world.action.names = {"move"};
  world.horizon = 60;
  world.reset = [](Rng& rng, double* x, uint8_t*) { x[0] = rng.Below(kSide) * kSide; };
  world.step = [](Rng&, const double* action, double* x, uint8_t*, bool*) {
    const int cell = static_cast<int>(x[0]), move = static_cast<int>(action[0]);
    const int column = cell % kSide + (move == 0) - (move == 1);
    const int row = cell / kSide + (move == 2) - (move == 3);
    if (column >= 0 && column < kSide && row >= 0 && row < kSide) x[0] = row * kSide + column;
    return 0.0;
  };
  return world;
}

// `more` goes into the reward table.
std::shared_ptr<const RewardFunction> Deliver(const std::string& more) {
  const std::string source = R"lua(
local machine = require "machine"
local rm = machine.new {
  props = { coffee = function(s) return s.x[1] == )lua" +
                             std::to_string(kCoffee) + R"lua( end,
            office = function(s) return s.x[1] == )lua" +
                             std::to_string(kOffice) + R"lua( end,
            plant = function(s) return s.x[1] == )lua" +
                             std::to_string(kPlant) + R"lua( end },
  { "empty", "plant", "broken", -0.25 }, { "empty", "coffee", "holding" },
  { "holding", "plant", "broken", -0.25 }, { "holding", "office", "done", 1 },
}
return reward { terms = { term { "task", weight = 2, fn = rm.step } }, )lua" +
                             more + " }";
  auto reward = LoadRewardSource(source, std::string(CARROT_SOURCE_DIR) + "/office.lua",
                                 testing::MakeSmallTask(Office())->spec(), {});
  EXPECT_TRUE(reward.has_value()) << Format(reward.error());
  return *reward;
}
constexpr int kEmpty = 1, kBroken = 2, kHolding = 3, kDone = 4, kStates = 4;

// The machine again, by hand.
std::pair<int, double> Step(int u, int cell) {
  if (u == kBroken || u == kDone) return {u, 0.0};
  if (cell == kPlant) return {kBroken, -0.25};
  if (u == kEmpty && cell == kCoffee) return {kHolding, 0.0};
  if (u == kHolding && cell == kOffice) return {kDone, 1.0};
  return {u, 0.0};
}

// An episode of one env, recorded. `choose` gives the move in a cell and state.
struct Recorder {
  explicit Recorder(std::shared_ptr<const RewardFunction> with, uint64_t seed)
      : reward(std::move(with)),
        env(*VectorEnv::Create(task, reward, pool,
                               {.num_envs = 1, .seed = seed, .autoreset = false})) {}
  template <typename F>
  std::shared_ptr<Trace> Episode(int64_t index, F choose) {
    auto trace = std::make_shared<Trace>(
        *MakeTraceSpec(task->spec(), &reward->spec(), {.weights = &env->weights()}));
    TraceWriter writer(trace, task->spec().state, 1);
    env->SetSink(&writer);
    if (index == 0) {
      env->Reset();
    } else {
      env->ResetEnv(0);
    }
    for (bool over = false; !over;
         over = env->truncated()[0] || env->memory()[0] == kDone || env->memory()[0] == kBroken) {
      const double action = choose(Cell(), static_cast<int>(env->memory()[0]));
      env->Step(std::span(&action, 1));
    }
    writer.CommitAll();
    env->SetSink(nullptr);
    return trace;
  }
  int Cell() const { return static_cast<int>(env->state().Next<double>(0)[0][0]); }

  std::shared_ptr<const Task> task = testing::MakeSmallTask(Office());
  ThreadPool pool{1};
  std::shared_ptr<const RewardFunction> reward;
  std::unique_ptr<VectorEnv> env;
};

template <typename T>
T At(const TraceEpisodeRows& episode, int column, int64_t row) {
  for (const TraceBlock* block : episode.blocks) {
    if (row < block->rows) return *Trace::Row<T>(*block, column, row);
    row -= block->rows;
  }
  ADD_FAILURE();
  return {};
}

// What was recorded is one of the counterfactuals, bit for bit; the others are the machine's, with
// its potential before and after.
TEST(Counterfactual, ContainsWhatHappenedAndWhatTheMachineSaysOfTheRest) {
  Recorder record(Deliver("potential = { fn = rm.potential, weight = 0.5 }, derive = { twice = "
                          "function(s) return 2 * s.x[1] end }"),
                  3);
  Counterfactuals what_if = *Counterfactuals::Create(*record.reward, record.task->spec().state);
  // v by hand: holding 1; empty 0.9 * v(holding), better than the plant; final states 0.
  const double v[] = {0, 0.9, 0, 1, 0};
  const RewardWeights& weights = record.env->weights();
  int ended = 0, steps = 0;
  for (int e = 0; e < 30; ++e) {
    const auto trace = record.Episode(e, [&](int cell, int) {
      Rng rng(Key(1, RngDomain::kPolicy, e, steps++));
      return cell == kCoffee ? 2.0 : static_cast<double>(rng.Below(kActions));
    });
    const TraceEpisodeRows episode = trace->EpisodeRows().at(0);
    auto run = what_if.Run(*trace, episode, weights);
    ASSERT_TRUE(run.has_value()) << Format(run.error());
    const CounterfactualRows& rows = **run;
    ASSERT_EQ(rows.steps, episode.rows - 1);
    ASSERT_EQ(rows.states, kStates);
    const TraceLayout& layout = trace->layout();
    for (int64_t t = 0; t < rows.steps; ++t) {
      const int cell = static_cast<int>(At<double>(episode, layout.state, t + 1));
      for (int u = 1; u <= kStates; ++u) {
        const auto [next, pay] = Step(u, cell);
        EXPECT_EQ(rows.next[rows.at(t, u)], next);
        EXPECT_NEAR(rows.reward[rows.at(t, u)], 2 * pay + 0.5 * (0.99 * v[next] - v[u]), 1e-8);
      }
      const int was = static_cast<int>(At<double>(episode, layout.memory, t));
      EXPECT_EQ(rows.next[rows.at(t, was)], At<double>(episode, layout.memory, t + 1));
      EXPECT_EQ(rows.reward[rows.at(t, was)], At<double>(episode, layout.reward, t + 1));
      ended += rows.next[rows.at(t, was)] == kDone;
    }
  }
  EXPECT_GT(ended, 0);
}

TEST(Counterfactual, NeedsAMachineAndARecordingOfItsReward) {
  const auto toy = testing::MakeToyReward();
  const auto state = testing::MakeToyTask()->spec().state;
  const auto none = Counterfactuals::Create(*toy, state);
  ASSERT_FALSE(none.has_value());
  EXPECT_THAT(Format(none.error()), HasSubstr("no such machine"));

  Recorder record(Deliver(""), 3);
  const auto trace = record.Episode(0, [](int, int) { return 2.0; });
  const auto other = Deliver("memory = { more = 0 }");
  Counterfactuals what_if = *Counterfactuals::Create(*other, record.task->spec().state, "u");
  const auto refused = what_if.Run(*trace, trace->EpisodeRows().at(0), record.env->weights());
  ASSERT_FALSE(refused.has_value());
  EXPECT_THAT(Format(refused.error()), HasSubstr("whose memory is another"));
}

// Tabular Q-learning over (cell, state), updated after each episode from its recording: with the
// steps that happened only, or with all counterfactual ones. Returns the episodes that delivered.
int Deliveries(bool counterfactual, uint64_t seed, int episodes) {
  Recorder record(Deliver(""), seed);
  Counterfactuals what_if = *Counterfactuals::Create(*record.reward, record.task->spec().state);
  std::vector<double> q(kCells * (kStates + 1) * kActions);
  const auto at = [&](int cell, int u) {
    return q.begin() + (cell * (kStates + 1) + u) * kActions;
  };
  int64_t draws = 0;
  int delivered = 0;
  for (int e = 0; e < episodes; ++e) {
    const auto trace = record.Episode(e, [&](int cell, int u) {
      Rng rng(Key(seed, RngDomain::kPolicy, draws++));
      const auto best = std::max_element(at(cell, u), at(cell, u) + kActions);
      const bool flat = std::count(at(cell, u), at(cell, u) + kActions, *best) == kActions;
      if (flat || rng.Uniform(0, 1) < 0.1) return static_cast<double>(rng.Below(kActions));
      return static_cast<double>(best - at(cell, u));
    });
    const TraceEpisodeRows episode = trace->EpisodeRows().at(0);
    const CounterfactualRows& rows = **what_if.Run(*trace, episode, record.env->weights());
    const TraceLayout& layout = trace->layout();
    for (int64_t t = 0; t < rows.steps; ++t) {
      const int cell = static_cast<int>(At<double>(episode, layout.state, t));
      const int next_cell = static_cast<int>(At<double>(episode, layout.state, t + 1));
      const int move = static_cast<int>(At<double>(episode, layout.action, t + 1));
      const int was = static_cast<int>(At<double>(episode, layout.memory, t));
      for (int u = 1; u <= kStates; ++u) {
        if (!counterfactual && u != was) continue;
        const int next = rows.next[rows.at(t, u)];
        const bool final = next == kDone || next == kBroken;
        const double ahead = *std::max_element(at(next_cell, next), at(next_cell, next) + kActions);
        double& value = at(cell, u)[move];
        value += 0.5 * (rows.reward[rows.at(t, u)] + (final ? 0 : 0.95 * ahead) - value);
      }
      delivered += rows.next[rows.at(t, was)] == kDone;
    }
  }
  return delivered;
}

TEST(Counterfactual, ATabularLearnerLearnsFasterWithThem) {
  int with = 0, without = 0, faster = 0;
  constexpr int kSeeds = 10, kEpisodes = 60;
  for (uint64_t seed = 0; seed < kSeeds; ++seed) {
    const int a = Deliveries(true, seed, kEpisodes), b = Deliveries(false, seed, kEpisodes);
    with += a;
    without += b;
    faster += a >= b;
  }
  RecordProperty("with", with);
  RecordProperty("without", without);
  EXPECT_GE(faster, 8) << with << " " << without;
  EXPECT_GT(with, without + kSeeds * kEpisodes / 20);
}

}  // namespace
}  // namespace carrot
