#include "engine/session/explain.h"

#include <gmock/gmock.h>

#include <cmath>

#include "rewards/host/lua_reward.h"
#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

using ::testing::HasSubstr;

// Line numbers matter here: `speed` is on line 9, the helper's value on line 3.
constexpr char kScript[] = R"lua(local LIMIT = 0.5
local function capped(x)
  return math.min(x, LIMIT)
end
return reward {
  params = { gain = param { 2, min = 0, max = 4 } },
  memory = { best = 0 },
  derive = { ahead = function(s) return s.pos.x - s.pos.y end },
  terms = {
    term { "right", weight = 2, fn = function(s, a, p)
      local step = s.pos.x - s.prev.pos.x
      local scaled = p.gain * step
      if scaled < 0 then
        return 0
      end
      return scaled + capped(s.ahead)
    end },
    term { "effort", weight = -0.5, kind = "penalty", fn = function(s, a) return a:dot(a) end },
    term { "goal", "at_goal", kind = "event" },
    term { "record", fn = function(s, a, p, m)
      if s.pos.x > m.best then
        m.best = s.pos.x
        return 1
      end
      return 0
    end },
    term { "watch", kind = "monitor", fn = function(s) return s.step end },
    term { "loop", weight = 0.1, fn = function(s)
      local sum = 0
      for i = 1, 3 do
        sum = sum + s.pos[1] * i
      end
      return sum
    end },
  },
  potential = function(s) return -math.abs(1.5 - s.pos.x) end,
)lua";

class ExplainTest : public ::testing::Test {
 protected:
  ExplainTest() : recording_(testing::RecordToy({.num_envs = 2, .steps = 120})) {}

  std::shared_ptr<const RewardFunction> Load(const std::string& source) const {
    auto reward = LoadRewardSource(source, std::string(CARROT_SOURCE_DIR) + "/toy.lua",
                                   recording_.task->spec());
    EXPECT_TRUE(reward.has_value()) << Format(reward.error());
    return *reward;
  }
  StepExplanation Explain(const RewardFunction& reward, const StepAddress& at) const {
    const RewardSettings settings = DefaultSettings(reward.spec(), 0.99);
    auto step =
        ExplainStep(*recording_.trace, recording_.task->spec().state, reward, &settings, at);
    EXPECT_TRUE(step.has_value()) << Format(step.error());
    return *step;
  }
  // Row of a step, found by walking the blocks.
  int64_t RowOf(const StepAddress& at) const {
    for (const TraceEpisodeRows& episode : recording_.trace->EpisodeRows()) {
      if (episode.env != at.env || episode.episode != at.episode) continue;
      int64_t row = at.step;
      size_t b = 0;
      while (row >= episode.blocks[b]->rows) row -= episode.blocks[b++]->rows;
      return episode.blocks[b]->first_row + row;
    }
    return -1;
  }
  double Position(const StepAddress& at, int component) const {
    const Trace& trace = *recording_.trace;
    int64_t row = RowOf(at), b = 0;
    while (trace.block(b).first_row + trace.block(b).rows <= row) ++b;
    const TraceBlock& block = trace.block(b);
    return Trace::Row<double>(block, trace.layout().state, row - block.first_row)[component];
  }
  testing::ToyRecording recording_;
};

const TracedName* Find(const TracedFunction& function, int line, const std::string& name) {
  for (const TracedLine& entry : function.lines) {
    if (entry.line != line) continue;
    for (const TracedName& value : entry.names) {
      if (value.name == name) return &value;
    }
  }
  return nullptr;
}
const TermTrace& TraceOf(const StepExplanation& step, const std::string& name) {
  static const TermTrace kNone;
  for (const TermTrace& trace : step.traces) {
    if (trace.name == name) return trace;
  }
  ADD_FAILURE() << "no trace of " << name;
  return kNone;
}

// Deleted: the rows shown could add up to something else than the reward, or differ from a
// re-score.
TEST_F(ExplainTest, PartsAddUpToTheRewardOfTheRescore) {
  const std::string tails[] = {"}", "combine = \"harmonic\" }", "combine = \"sign\" }",
                               "shape = { require(\"shape\").clip(-1, 1) } }"};
  for (const std::string& tail : tails) {
    SCOPED_TRACE(tail);
    const auto reward = Load(kScript + tail);
    ThreadPool pool(1);
    const RewardSettings settings = DefaultSettings(reward->spec(), 0.99);
    const Score score =
        *Rescore(*recording_.trace, recording_.task->spec().state, *reward, settings, pool);
    for (int step : {1, 2, 9, 17}) {
      const StepAddress at{1, 1, step};
      const StepExplanation explained = Explain(*reward, at);
      const int64_t row = RowOf(at);
      EXPECT_EQ(explained.reward, score.reward[row]);
      EXPECT_EQ(explained.total, score.total[row]);
      double total = 0, all = 0;
      const size_t n = reward->spec().terms.size();
      for (size_t k = 0; k < explained.parts.size(); ++k) {
        const RewardPart& part = explained.parts[k];
        all += part.value;
        if (part.kind != RewardPart::Kind::kStage) total += part.value;
        if (part.kind == RewardPart::Kind::kTerm) {
          EXPECT_EQ(part.raw, score.term[row * n + k]);
        }
      }
      EXPECT_NEAR(total, explained.total, 1e-12);
      EXPECT_NEAR(all, explained.reward, 1e-12);
    }
  }
}

// Deleted: the page could point at the wrong line or show values that the line did not read.
TEST_F(ExplainTest, LinesCarryTheValuesThatTheyRead) {
  const auto reward = Load(kScript + std::string("}"));
  const StepAddress at{0, 0, 12}, before{0, 0, 11};
  const StepExplanation step = Explain(*reward, at);
  const TermTrace& right = TraceOf(step, "right");
  ASSERT_GE(right.functions.size(), 2u);
  const TracedFunction& own = right.functions[0];
  EXPECT_EQ(own.first_line, 10);
  EXPECT_EQ(own.last_line, 17);
  const double x = Position(at, 0), was = Position(before, 0);
  const TracedName* s = Find(own, 11, "s.pos.x");
  ASSERT_NE(s, nullptr);
  EXPECT_EQ(s->numbers, std::vector<double>{x});
  EXPECT_EQ(Find(own, 11, "s.prev.pos.x")->numbers, std::vector<double>{was});
  EXPECT_EQ(Find(own, 11, "step")->numbers, std::vector<double>{x - was});
  EXPECT_EQ(Find(own, 12, "p.gain")->value, "2");
  EXPECT_EQ(Find(own, 12, "scaled")->numbers, std::vector<double>{2 * (x - was)});
  const bool negative = x < was;
  EXPECT_EQ(right.result_line, negative ? 14 : 16);
  const TracedFunction& helper = right.functions[1];
  EXPECT_EQ(helper.first_line, 2);
  EXPECT_EQ(helper.depth, 1);
  EXPECT_EQ(Find(helper, 3, "LIMIT")->value, "0.5");
  EXPECT_EQ(Find(helper, 3, "x")->numbers, std::vector<double>{Position(at, 0) - Position(at, 1)});
  EXPECT_EQ(TraceOf(step, "ahead").what, "derive");

  const TracedFunction& effort = TraceOf(step, "effort").functions[0];
  EXPECT_EQ(Find(effort, 18, "a")->numbers.size(), 2u);
  EXPECT_EQ(Find(effort, 18, "s"), nullptr) << "records are not values";
  const TracedFunction& loop = TraceOf(step, "loop").functions[0];
  EXPECT_EQ(Find(loop, 31, "sum")->numbers, std::vector<double>{x + x * 2 + x * 3});
  for (const TracedLine& line : loop.lines) EXPECT_EQ(line.count, line.line == 31 ? 3 : line.count);
}

// Deleted: memory would show its value after the row in place of the change.
TEST_F(ExplainTest, ChangesOfMemoryAreShown) {
  const auto reward = Load(kScript + std::string("}"));
  for (int k = 2; k < 30; ++k) {
    const StepExplanation step = Explain(*reward, {0, 0, k});
    const TermTrace& record = TraceOf(step, "record");
    const TracedName* best = Find(record.functions[0], 22, "m.best");
    if (best == nullptr) continue;
    EXPECT_EQ(best->numbers, std::vector<double>{Position({0, 0, k}, 0)});
    EXPECT_FALSE(best->was.empty());
    EXPECT_EQ(record.result_line, 23);
    return;
  }
  FAIL() << "the drift to the right makes records";
}

// Deleted: the line named could be right only for one layout of the script.
TEST_F(ExplainTest, TheNamedLineIsTheLine) {
  const auto plain = Load(kScript + std::string("}"));
  const StepExplanation here = Explain(*plain, {1, 0, 5});
  for (int shift : {1, 7, 40}) {
    std::string moved;
    for (int i = 0; i < shift; ++i) moved += "-- a comment that says `return scaled`\n";
    const StepExplanation there = Explain(*Load(moved + kScript + "}"), {1, 0, 5});
    ASSERT_EQ(here.traces.size(), there.traces.size());
    for (size_t t = 0; t < here.traces.size(); ++t) {
      const TermTrace &a = here.traces[t], &b = there.traces[t];
      EXPECT_EQ(b.result_line, a.result_line + shift) << a.name;
      ASSERT_EQ(a.functions.size(), b.functions.size());
      for (size_t f = 0; f < a.functions.size(); ++f) {
        ASSERT_EQ(a.functions[f].lines.size(), b.functions[f].lines.size());
        EXPECT_EQ(a.functions[f].source, b.functions[f].source);
        for (size_t l = 0; l < a.functions[f].lines.size(); ++l) {
          EXPECT_EQ(b.functions[f].lines[l].line, a.functions[f].lines[l].line + shift);
        }
      }
    }
    const TracedFunction& own = TraceOf(there, "right").functions[0];
    const auto line = static_cast<size_t>(TraceOf(there, "right").result_line - own.first_line);
    EXPECT_THAT(own.source[line], HasSubstr("return "));
  }
}

// Deleted: two functions that begin on one line could show each other's fields, which were never
// read on this row.
TEST_F(ExplainTest, NeighboursOnALineAreToldApart) {
  const auto reward = Load(
      "return reward { terms = { term { 'x', fn = function(s) return s.pos.x end }, "
      "term { 'ticks', fn = function(s) return s.ticks end } } }");
  const StepExplanation step = Explain(*reward, {0, 0, 3});
  EXPECT_NE(Find(TraceOf(step, "x").functions[0], 1, "s.pos.x"), nullptr);
  EXPECT_EQ(Find(TraceOf(step, "x").functions[0], 1, "s.ticks"), nullptr);
  EXPECT_EQ(Find(TraceOf(step, "ticks").functions[0], 1, "s.ticks")->value, "3");
}

// Deleted: the recorded reward would be explained with the weights of another time.
TEST_F(ExplainTest, RecordedChangesHoldFromTheirRow) {
  testing::ToyRun run{.num_envs = 2, .steps = 60};
  run.before_step = [](int step, VectorEnv& env, TraceWriter& writer) {
    if (step != 10) return;
    RewardWeights weights = env.weights();
    weights.weights[0] = 7;
    env.SetWeights(weights);
    writer.RecordWeight("progress", 7);
  };
  const testing::ToyRecording changed = testing::RecordToy(run);
  const auto rows = changed.trace->EpisodeRows();
  for (const TraceEpisodeRows& episode : rows) {
    const auto in_force = RecordedSettings(changed.reward->spec(), *changed.trace, episode);
    ASSERT_TRUE(in_force.has_value());
    const bool first = episode.episode == 0;
    EXPECT_EQ(in_force->size(), first ? 2u : 1u);
    EXPECT_EQ(in_force->back().settings.weights.weights[0], 7);
    EXPECT_EQ(in_force->back().begin, first ? 11 : 0);
  }
}

// Deleted: a wrong number would end in a crash or an empty page.
TEST_F(ExplainTest, WrongStepsAreErrors) {
  const auto reward = Load(kScript + std::string("}"));
  for (const StepAddress& at : {StepAddress{9, 0, 1}, StepAddress{0, 999, 1}, StepAddress{0, 0, 0},
                                StepAddress{0, 0, 99999}}) {
    const auto step =
        ExplainStep(*recording_.trace, recording_.task->spec().state, *reward, nullptr, at);
    ASSERT_FALSE(step.has_value());
    EXPECT_EQ(step.error()[0].code, "I014");
    EXPECT_FALSE(step.error()[0].help.empty());
  }
}

}  // namespace
}  // namespace carrot
