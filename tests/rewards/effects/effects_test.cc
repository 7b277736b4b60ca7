// What shaping is for, shown on small worlds: each experiment compares a reward with and without
// one feature of the library, on fixed seeds.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "engine/agent/ppo.h"
#include "engine/session/train.h"
#include "rewards/host/lua_reward.h"
#include "tests/support/small_tasks.h"

namespace carrot {
namespace {

using testing::MakeSmallTask;
using testing::SmallWorld;

std::shared_ptr<const RewardFunction> Reward(const Task& task, const std::string& source) {
  auto reward =
      LoadRewardSource(source, std::string(CARROT_SOURCE_DIR) + "/effect.lua", task.spec());
  EXPECT_TRUE(reward.has_value()) << Format(reward.error());
  return reward ? *reward : nullptr;
}

ActionSpec Choice(int choices) {
  ActionSpec action;
  action.kind = ActionSpec::Kind::kDiscrete;
  action.choices = {choices};
  action.names = {"choice"};
  return action;
}

// ---- PPO
// -----------------------------------------------------------------------------------------

struct Point {
  double success = 0, term = 0;  // rate; the first term's mean sum over an episode
};

// One point an iteration of 512 steps.
std::vector<Point> Learn(const SmallWorld& world, const std::string& script, int iterations) {
  auto task = MakeSmallTask(world);
  auto reward = Reward(*task, script);
  PpoConfig config = PpoConfigOf(reward->spec());
  config.num_envs = 8;
  config.rollout_steps = 64;
  config.minibatch_size = 128;
  config.epochs = 4;
  config.hidden = {16};
  config.learning_rate = 3e-3;
  config.entropy_coef = 0.01;
  config.seed = 1;
  ThreadPool pool(1);
  auto env =
      *VectorEnv::Create(task, reward, pool, {.num_envs = 8, .seed = 1, .gamma = config.gamma});
  auto ppo = *Ppo::Create(task->spec(), config, pool);
  env->Reset();
  std::vector<Point> curve;
  for (int i = 0; i < iterations; ++i) {
    const PpoMetrics m = ppo->Iterate(*env);
    curve.push_back({m.success_rate, m.term_sums[0] / std::max(1, m.episodes)});
  }
  EXPECT_TRUE(env->TakeErrors().empty());
  return curve;
}

void Print(const char* name, const std::vector<Point>& curve) {
  std::printf("  %-12s success %.2f -> %.2f, first term %.2f -> %.2f\n", name,
              curve.front().success, curve.back().success, curve.front().term, curve.back().term);
}

// A corridor: right (1) or left (0), the end terminates as a success. Horizon 60.
SmallWorld Corridor() {
  SmallWorld world;
  world.action = Choice(2);
  world.horizon = 60;
  world.reset = [](Rng&, double* x, uint8_t*) { x[0] = 0; };
  world.step = [](Rng&, const double* action, double* x, uint8_t*, bool* done) {
    x[0] = action[0] == 1 ? x[0] + 1 : std::max(0.0, x[0] - 1);
    *done = x[0] == 6;
    return 0.0;
  };
  return world;
}

// Deleted: cap and delta could be computed as they say and still not do what they are for. A step
// of progress pays 1: going back and making the same step again and again pays more than arriving.
TEST(Effects, CapAndDeltaStopTheRepeatedStep) {
  const std::string terms =
      "local shape = require 'shape' return reward { terms = {\n"
      "term { 'progress', fn = function(s) return s.x[1] > s.prev.x[1] end } }";
  const auto plain = Learn(Corridor(), terms + "}", 40);
  const auto staged = Learn(Corridor(), terms + ", shape = { shape.cap(1), shape.delta() } }", 40);
  Print("plain", plain);
  Print("cap + delta", staged);
  EXPECT_GT(plain.back().term, 20) << "the exploit pays";
  EXPECT_LT(plain.back().success, 0.1);
  EXPECT_GT(staged.back().success, 0.95);
  EXPECT_LT(staged.back().term, 8);
}

// One choice: do nothing (0), do the task (1: the proxy pays 1, a success), or exploit a flaw of
// the proxy (2: it pays 60 one time in ten, and one time in ten it is a success).
SmallWorld FlawedProxy() {
  SmallWorld world;
  world.action = Choice(3);
  world.reset = [](Rng&, double* x, uint8_t*) { x[0] = 1; };
  world.step = [](Rng& rng, const double* action, double* x, uint8_t*, bool* done) {
    const double luck = rng.Uniform(0, 1), flaw = rng.Uniform(0, 1);
    *done = true;
    x[0] = action[0] == 1 || (action[0] == 2 && luck < 0.1) ? 1 : 0;
    return action[0] == 1 ? 1.0 : action[0] == 2 && flaw < 0.1 ? 60.0 : 0.0;
  };
  world.success = [](const double* x) { return x[0] == 1; };
  return world;
}

// Deleted: par could squash rewards and still let return grow while success falls.
TEST(Effects, ParStopsReturnFromGrowingWhileSuccessFalls) {
  const std::string terms =
      "local shape = require 'shape' return reward { terms = { term { 'proxy', 'paid' } }";
  const auto plain = Learn(FlawedProxy(), terms + "}", 40);
  const auto par = Learn(FlawedProxy(), terms + ", shape = { shape.par(1) } }", 40);
  Print("plain", plain);
  Print("par", par);
  EXPECT_GT(plain.back().term, 1.5 * plain.front().term) << "return grows";
  EXPECT_LT(plain.back().success, 0.6 * plain.front().success) << "while success falls";
  EXPECT_GT(par.back().success, 0.95);
  EXPECT_LT(par.back().term, 1.5 * par.front().term);
}

// ---- tables
// --------------------------------------------------------------------------------------

constexpr int kSide = 10, kCells = kSide * kSide, kMoves = 4;
constexpr double kGamma = 0.95;

// x = (column, row) from (0, 0); the goal is the opposite corner. Moves: right, up, left, down.
SmallWorld Grid() {
  SmallWorld world;
  world.state_size = 2;
  world.action = Choice(kMoves);
  world.horizon = 400;
  world.reset = [](Rng&, double* x, uint8_t*) { x[0] = x[1] = 0; };
  world.step = [](Rng&, const double* action, double* x, uint8_t*, bool* done) {
    const int move = static_cast<int>(action[0]);
    double& axis = x[move % 2];
    axis = std::clamp(axis + (move < 2 ? 1.0 : -1.0), 0.0, kSide - 1.0);
    *done = x[0] == kSide - 1 && x[1] == kSide - 1;
    return *done ? 1.0 : 0.0;
  };
  return world;
}

int CellOf(const double* x) { return static_cast<int>(x[1]) * kSide + static_cast<int>(x[0]); }

// The grid under a reward, played by a table.
struct Table {
  explicit Table(const std::string& script, uint64_t seed = 0)
      : task(MakeSmallTask(Grid())),
        pool(1),
        env(*VectorEnv::Create(task, Reward(*task, script), pool, {.gamma = kGamma})),
        rng(Key(seed, RngDomain::kTest)),
        q(kCells * kMoves) {
    env->Reset();
  }
  struct Step {
    int cell, move, next;
    double paid;
    bool terminated, ended;
  };
  Step Play(int move) {
    Step step{.cell = CellOf(env->obs().data()), .move = move};
    const double action = move;
    env->Step({&action, 1});
    step.paid = env->reward()[0];
    step.terminated = env->terminated()[0];
    step.ended = step.terminated || env->truncated()[0];
    step.next = CellOf(step.ended ? env->final_obs().data() : env->obs().data());
    return step;
  }
  double Best(int cell) const {
    return *std::max_element(&q[cell * kMoves], &q[cell * kMoves] + kMoves);
  }
  // One of the best moves, at random.
  int Greedy(int cell) {
    int best = 0, count = 0;
    for (int m = 0; m < kMoves; ++m) {
      if (q[cell * kMoves + m] < Best(cell)) continue;
      if (rng.Below(static_cast<uint32_t>(++count)) == 0) best = m;
    }
    return best;
  }
  // The greedy way from the start; kCells if it does not arrive.
  int GreedyLength() {
    double x[2] = {0, 0};
    const SmallWorld grid = Grid();
    for (int steps = 1; steps < kCells; ++steps) {
      bool done = false;
      const double action = Greedy(CellOf(x));
      grid.step(rng, &action, x, nullptr, &done);
      if (done) return steps;
    }
    return kCells;
  }

  std::shared_ptr<const Task> task;
  ThreadPool pool;
  std::unique_ptr<VectorEnv> env;
  Rng rng;
  std::vector<double> q;  // [cell, move]
};

// Steps of Q-learning (epsilon 0.1, rate 0.5) until the greedy way is a shortest one.
int StepsToLearn(const std::string& script, uint64_t seed) {
  Table table(script, seed);
  for (int steps = 1; steps < 200'000; ++steps) {
    const int cell = CellOf(table.env->obs().data());
    const bool explore = table.rng.Uniform(0, 1) < 0.1;
    const auto step =
        table.Play(explore ? static_cast<int>(table.rng.Below(kMoves)) : table.Greedy(cell));
    double& value = table.q[step.cell * kMoves + step.move];
    value += 0.5 * (step.paid + (step.terminated ? 0 : kGamma * table.Best(step.next)) - value);
    if (step.ended && table.GreedyLength() == 2 * (kSide - 1)) return steps;
  }
  return 200'000;
}

// All best moves of every cell, by value iteration over the rewards that were really paid.
std::vector<int> OptimalMoves(const std::string& script) {
  Table table(script);
  std::vector<Table::Step> model(kCells * kMoves, {.cell = -1});
  for (int i = 0; i < 60'000; ++i) {
    const auto step = table.Play(static_cast<int>(table.rng.Below(kMoves)));
    model[step.cell * kMoves + step.move] = step;
  }
  for (int sweep = 0; sweep < 1000; ++sweep) {
    for (size_t i = 0; i < model.size(); ++i) {
      if (model[i].cell < 0) continue;  // the goal itself
      table.q[i] = model[i].paid + (model[i].terminated ? 0 : kGamma * table.Best(model[i].next));
    }
  }
  std::vector<int> best;
  for (size_t i = 0; i < model.size(); ++i) {
    if (model[i].cell >= 0) best.push_back(table.q[i] > table.Best(model[i].cell) - 1e-9);
  }
  return best;
}

const std::string kGoal =
    "local function left(s) return 18 - s.x[1] - s.x[2] end\n"
    "return reward { terms = { term { 'goal', 'paid', weight = 1, kind = 'success_bonus' }";
const std::string kSparse = kGoal + " } }";
const std::string kPotential =
    kGoal + " }, potential = { fn = function(s) return 18 - left(s) end, weight = 1 / 18 } }";
const std::string kApproach = kGoal +
                              ", term { 'nearer', weight = 0.2, fn = function(s) return "
                              "math.max(0, left(s.prev) - left(s)) end } } }";

// Deleted: the potential's terminal value, its discount or its sign could be wrong: then some cell
// would have another best move. (A bonus for coming nearer, which looks much the same, has.)
TEST(Effects, APotentialKeepsEveryBestMove) {
  const std::vector<int> sparse = OptimalMoves(kSparse);
  ASSERT_EQ(sparse.size(), (kCells - 1u) * kMoves) << "every move of every cell was tried";
  EXPECT_EQ(OptimalMoves(kPotential), sparse);
  EXPECT_NE(OptimalMoves(kApproach), sparse);
}

// Deleted: a potential could keep the optimum and teach nothing.
TEST(Effects, APotentialSpeedsUpASparseGrid) {
  int sparse = 0, shaped = 0;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    sparse += StepsToLearn(kSparse, seed);
    shaped += StepsToLearn(kPotential, seed);
  }
  std::printf("  steps to a shortest way, five seeds: sparse %d, potential %d\n", sparse, shaped);
  EXPECT_LT(3 * shaped, sparse);
  EXPECT_LT(sparse, 5 * 200'000) << "the sparse goal is found in the end";
}

}  // namespace
}  // namespace carrot
