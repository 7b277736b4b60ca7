// combine = function(t, p): the same bits live, re-scored and with any JIT; refused where
// arithmetic on columns cannot follow. Stages of `shape` as scripts name them.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "engine/core/vector_env.h"
#include "engine/trace/trace_writer.h"
#include "rewards/analysis/rescore.h"
#include "rewards/host/lua_reward.h"
#include "tests/support/toy_task.h"

namespace carrot {
namespace {

using ::testing::HasSubstr;

constexpr char kScript[] = R"lua(
local shape = require "shape"
return reward {
  params = { floor = param { -0.2, min = -1, max = 1 } },
  memory = { best = 0 },
  terms = {
    term { "move/right", weight = 3, fn = function(s) return s.pos[1] - s.prev.pos[1] end },
    term { "effort", weight = -0.1, kind = "penalty", fn = function(s, a) return a:dot(a) end },
    term { "best", weight = 0, fn = function(s, a, p, m) m.best = math.max(m.best, s.pos[1]) return m.best end },
    term { "seen", kind = "monitor", fn = function(s) return 7 end },
  },
  potential = { fn = function(s, a, p, m) return m.best end, weight = 0.5 },
  combine = function(t, p)
    if t.effort < p.floor then return t.effort end
    return math.min(t.move_right, 0.4) * 2 + t.effort + t.best
  end,
  shape = { shape.clip(-0.5, 0.5), shape.par({ 0, 0.1 }, 0.3) },
})lua";

Result<std::shared_ptr<const RewardFunction>> Load(const std::string& source, bool jit = true) {
  return LoadRewardSource(source, std::string(CARROT_SOURCE_DIR) + "/toy.lua",
                          testing::MakeToyTask()->spec(), {.jit = jit});
}
std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

struct Recording {
  std::shared_ptr<const Task> task = testing::MakeToyTask({.horizon = 30});
  std::shared_ptr<const RewardFunction> reward;
  std::shared_ptr<Trace> trace;
  std::vector<double> paid;  // [step, env]
};

Recording Record(const std::string& source, bool jit, int workers) {
  Recording out;
  auto loaded = Load(source, jit);
  EXPECT_TRUE(loaded.has_value()) << Format(loaded.error());
  out.reward = *loaded;
  ThreadPool pool(workers);
  auto env = *VectorEnv::Create(out.task, out.reward, pool, {.num_envs = 5, .seed = 3});
  out.trace = std::make_shared<Trace>(*MakeTraceSpec(out.task->spec(), &out.reward->spec(), {}));
  TraceWriter writer(out.trace, out.task->spec().state, 5);
  env->SetSink(&writer);
  env->Reset();
  std::vector<double> action(10);
  RewardWeights weights = env->weights();
  for (int step = 0; step < 200; ++step) {
    if (step == 77) {
      weights.weights[0] = 2;
      env->SetWeights(weights);
      writer.RecordWeight("move/right", 2);
      env->SetRewardParams(std::vector<double>{-0.1});
      writer.RecordParam("floor", -0.1);
    }
    testing::ToyActions(5, step, action.data());
    env->Step(action);
    out.paid.insert(out.paid.end(), env->reward().begin(), env->reward().end());
  }
  EXPECT_TRUE(env->TakeErrors().empty());
  writer.CommitAll();
  return out;
}

// Deleted: what was paid live could differ from what a re-score shows, in any bit.
TEST(CombineFunction, LiveEqualsRescoredBitForBit) {
  const Recording recording = Record(kScript, true, 2);
  ThreadPool pool(2);
  auto score =
      RescoreAsRecorded(*recording.trace, recording.task->spec().state, recording.reward, pool);
  ASSERT_TRUE(score.has_value()) << Format(score.error());
  EXPECT_EQ(CompareWithRecorded(*recording.trace, *score), "");
  EXPECT_EQ(Record(kScript, false, 1).paid, recording.paid);
}

// Deleted: the function could get unweighted terms, count a term of weight 0, or miss a parameter.
TEST(CombineFunction, SeesWeightedTermsAndParams) {
  const Recording recording = Record(kScript, true, 1);
  const auto& trace = *recording.trace;
  const TraceLayout& layout = trace.layout();
  int64_t rows = 0, low = 0;
  for (int64_t b = 0; b < trace.num_blocks(); ++b) {
    const TraceBlock& block = trace.block(b);
    for (int r = 0; r < block.rows; ++r) {
      if (block.first_step + r == 0) continue;
      const double move = *Trace::Row<double>(block, layout.term, r);
      const double effort = -0.1 * *Trace::Row<double>(block, layout.term + 1, r);
      const double total = *Trace::Row<double>(block, layout.total, r);
      // Where rows may be before or after the change of weights, either is right.
      const auto expected = [&](double weight, double floor) {
        return effort < floor ? effort : std::min(weight * move, 0.4) * 2 + effort;
      };
      const double shaped =
          0.5 * (0.99 * *Trace::Row<double>(block, layout.phi, r) *
                     ((*Trace::Row<uint8_t>(block, layout.flags, r) & kRowTerminated) ? 0 : 1) -
                 (r > 0 ? *Trace::Row<double>(block, layout.phi, r - 1) : 0));
      if (r == 0) continue;
      const double off = std::min(std::abs(total - shaped - expected(3, -0.2)),
                                  std::abs(total - shaped - expected(2, -0.1)));
      EXPECT_LT(off, 1e-12);
      low += effort < -0.1;
      ++rows;
    }
  }
  EXPECT_GT(rows, 900);
  EXPECT_GT(low, 10);
}

// Deleted: dragging a weight would show totals that the function never gave.
TEST(CombineFunction, ReweightingIsRefused) {
  const Recording recording = Record(kScript, true, 1);
  EXPECT_FALSE(CanReweight(recording.reward->spec()));
  EXPECT_EQ(recording.reward->spec().combine, Combine::kFunction);
  ThreadPool pool(1);
  Score score;
  const RewardSettings settings = DefaultSettings(recording.reward->spec(), 0.99);
  const Status status =
      Reweight(*recording.trace, recording.reward->spec(), settings.weights, pool, score);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error()[0].code, "I009");
  EXPECT_THAT(Format(status.error()), HasSubstr("re-score with the script"));
  // The way that it names works, with any weight.
  RewardSettings other = settings;
  other.weights.weights[2] = 1;
  auto a =
      Rescore(*recording.trace, recording.task->spec().state, *recording.reward, settings, pool);
  auto b = Rescore(*recording.trace, recording.task->spec().state, *recording.reward, other, pool);
  ASSERT_TRUE(a.has_value() && b.has_value());
  EXPECT_NE(a->total, b->total);
}

// Deleted: a misspelt term, a monitor, a failure or a NaN in the function would go unnoticed.
TEST(CombineFunction, MistakesAreFound) {
  const auto errors = [](const std::string& from, const std::string& to) {
    auto reward = Load(Replaced(kScript, from, to));
    return reward ? std::string("no error") : Format(reward.error());
  };
  EXPECT_THAT(errors("t.effort < p.floor", "t.efort < p.floor"),
              HasSubstr("did you mean `effort`?"));
  EXPECT_THAT(errors("t.effort < p.floor", "t.seen < p.floor"),
              HasSubstr("`t.seen` is not a term that counts"));
  EXPECT_THAT(errors("t.effort < p.floor", "t.step < p.floor"),
              HasSubstr("`t.step` is not a term that counts"));
  EXPECT_THAT(errors("p.floor then", "p.flor then"), HasSubstr("did you mean `floor`?"));
  EXPECT_THAT(errors("function(t, p)", "function(t, p, m)"), HasSubstr("called with (t, p) here"));
  EXPECT_THAT(errors("return t.effort end", "t.effort = 1 end"), HasSubstr("R016"));
  EXPECT_THAT(errors("combine = function(t, p)", "combine = 'summ', other = function(t, p)"),
              HasSubstr("did you mean `sum`?"));
  EXPECT_THAT(errors("combine = function(t, p)", "combine = 3, other = function(t, p)"),
              HasSubstr("`combine` must be a function"));

  auto reward = Load(Replaced(kScript, "return t.effort end", "return t.effort / 0 * 0 end"));
  ASSERT_TRUE(reward.has_value()) << Format(reward.error());
  ThreadPool pool(1);
  auto env = *VectorEnv::Create(testing::MakeToyTask(), *reward, pool, {.num_envs = 4, .seed = 3});
  env->Reset();
  std::vector<double> action(8, 1.5);
  env->Step(action);
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(env->flags()[i] & kRowNonFinite);
  const std::string text = Format(env->TakeErrors());
  EXPECT_THAT(text, HasSubstr("function `combine` returned NaN"));
}

// Deleted: a stage could be read with other numbers, or buffer stages act in an order that no one
// chose.
TEST(Stages, AsScriptsNameThem) {
  const auto load = [](const std::string& stages) {
    return Load(
        "local shape = require 'shape' return reward { terms = { term { 't', 'speed' } }, shape = "
        "{ " +
        stages + " } }");
  };
  auto reward = load(
      "shape.clip(-1, 2), shape.par(0.5), shape.clip(0, 1), shape.cap(0.9), shape.delta(), "
      "shape.normalize { clip = 5 }");
  ASSERT_TRUE(reward.has_value()) << Format(reward.error());
  const RewardSpec& spec = (*reward)->spec();
  ASSERT_EQ(spec.stages.size(), 3u);
  EXPECT_EQ(spec.stages[0].a, -1);
  EXPECT_EQ(spec.stages[1].kind, RewardStage::Kind::kPar);
  EXPECT_EQ(spec.stages[1].a, 1);
  EXPECT_EQ(spec.stages[1].references, std::vector<double>{0.5});
  EXPECT_EQ(spec.learn.cap, 0.9);
  EXPECT_TRUE(spec.learn.delta);
  EXPECT_EQ(spec.learn.normalize, true);
  EXPECT_EQ(spec.learn.normalize_clip, 5);
  const auto json = DescribeReward(**reward, testing::MakeToyTask()->spec());
  EXPECT_EQ(json["shape"].size(), 6u);
  EXPECT_EQ(json["shape"][4], (nlohmann::json{{"stage", "delta"}, {"for", "learner"}}));

  auto off = load("shape.normalize { on = false }");
  EXPECT_EQ((*off)->spec().learn.normalize, false);
  const std::pair<const char*, const char*> wrong[] = {
      {"shape.delta(), shape.cap(1)", "the stage `cap` must stand before `delta`"},
      {"shape.cap(1), shape.clip(0, 1)", "the stage `clip` must stand before `cap`"},
      {"shape.delta(), shape.delta()", "stands twice"},
      {"{ stage = 'cap' }", "must come from the shape library"},
      {"{ stage = 'cup', 1 }", "must come from the shape library"},
      {"shape.par(1, 0)", "scale must be above 0"},
      {"shape.par({})", "needs a reference"},
      {"shape.cap()", "needs a number"},
      {"shape.normalize { clip = -1 }", "clip must be above 0"}};
  for (const auto& [stages, message] : wrong) {
    auto loaded = load(stages);
    ASSERT_FALSE(loaded.has_value()) << stages;
    EXPECT_THAT(Format(loaded.error()), HasSubstr(message));
  }
}

}  // namespace
}  // namespace carrot
