// The parts of rewards/lib/shape.lua: what each pays over an episode, worked out by hand or
// otherwise here. Recorded::Run also compares replay, stepping, JIT off and cold states bit for
// bit.
#include <gmock/gmock.h>

#include "tests/rewards/lib/lib_fixture.h"

namespace carrot {
namespace {

using ::testing::ElementsAre;
using testing::Evaluated;
using ::testing::HasSubstr;
using testing::Recorded;

std::string Errors(const std::string& source) {
  return Recorded(1).Run(Recorded::Libraries() + source, Recorded::How::kReplay).errors;
}

// Deleted: an event could be paid again and again by repeating it.
TEST(ShapeParts, OncePaysOnce) {
  Recorded episode(6);
  episode.SetFlag({1, 0, 1, 1, 0, 1, 1});
  const auto paid = episode.Column("shape.once('seen', function(s) return s.flag end)");
  EXPECT_THAT(paid, ElementsAre(0, 0, 1, 0, 0, 0, 0));
}

// Deleted: progress could miss the way back, so that going to and fro would pay.
TEST(ShapeParts, ProgressTelescopes) {
  Recorded episode(5);
  episode.SetX({5, 3, 4, 4, 1, 2});
  EXPECT_THAT(episode.Column("shape.progress(function(s) return s.x end)"),
              ElementsAre(0, 2, -1, 0, 3, -1));
}

// Deleted: the same metre could be paid twice.
TEST(ShapeParts, NearestPaysRecordsOnly) {
  Recorded episode(6);
  episode.SetX({5, 6, 3, 4, 3, 2.5, 2.5});
  EXPECT_THAT(episode.Column("shape.nearest('least', function(s) return s.x end)"),
              ElementsAre(0, 0, 2, 0, 0, 0.5, 0));
}

// Deleted: visits could be counted in the wrong bin, or the bonus stay the same.
TEST(ShapeParts, VisitsFallWithTheCount) {
  Recorded episode(7);
  episode.SetX({0, 0.1, 0.3, 0.2, -5, 0.999, 7, 0.5});
  const auto paid =
      episode.Column("shape.visits('seen', { bins = 4 }, function(s) return s.x end)");
  const double second = 1 / std::sqrt(2.0);
  // bins:                      0  1  0          0                     3  3       2
  EXPECT_THAT(paid, ElementsAre(0, 1, 1, second, 1 / std::sqrt(3.0), 1, second, 1));
}

// Deleted: milestones could be reached out of order or paid twice, and a gate stand open.
TEST(ShapeParts, StagesInOrderAndGates) {
  Recorded episode(6);
  episode.SetX({0, 2, 1, 2, 0, 3, 3});
  const Evaluated run = episode.Run(Recorded::Libraries() + R"lua(
local milestones = shape.stages("done", { function(s) return s.x == 1 end, function(s) return s.x >= 2 end,
                                          function(s) return s.x == 3 end })
local function one() return 1 end
return reward { terms = {
  term { "stage", kind = "event", fn = milestones },
  term { "first", fn = shape.gate(milestones, 0, one) },
  term { "later", fn = shape.gate(milestones, 2, one, math.huge) },
  term { "once_in_later", fn = shape.gate(milestones, 2, shape.once("inner", one), 3) },
} })lua");
  EXPECT_THAT(run.term[1], ElementsAre(0, 1, 0, 0));
  EXPECT_THAT(run.term[2], ElementsAre(1, 0, 0, 0));
  EXPECT_THAT(run.term[3], ElementsAre(1, 0, 1, 1));
  EXPECT_THAT(run.term[4], ElementsAre(0, 0, 1, 0));
  EXPECT_THAT(run.term[5], ElementsAre(1, 0, 1, 0));
  EXPECT_THAT(run.term[6], ElementsAre(0, 0, 1, 0));
  // Several milestones in one step.
  Recorded jump(1);
  jump.SetX({0, 3});
  EXPECT_THAT(
      jump.Column(
          "shape.stages('n', { function(s) return s.x > 1 end, function(s) return s.x > 2 end })"),
      ElementsAre(0, 2));
}

// Deleted: the first step could be charged for a jump from nothing.
TEST(ShapeParts, SmoothIsTheSquaredChangeOfTheAction) {
  Recorded episode(4);
  const auto paid = episode.Column("shape.smooth('last', 3)");
  EXPECT_EQ(paid[1], 0);
  for (int r = 2; r <= 4; ++r) {
    double sum = 0;
    for (int i = 0; i < 3; ++i) {
      const double d = episode.Action(r)[i] - episode.Action(r - 1)[i];
      sum += d * d;
    }
    EXPECT_DOUBLE_EQ(paid[r], sum);
  }
}

// Deleted: an infraction could be forgiven at once, or charged in every step that it lasts.
TEST(ShapeParts, InfractionsMultiply) {
  Recorded episode(6);
  episode.SetX({0, 1, -1, -1, 2, -1, 4});
  episode.SetFlag({0, 0, 0, 1, 0, 0, 0});
  const std::string list =
      "{ { function(s) return s.x < 0 end, 0.5 }, { function(s) return s.flag end, 0.6 } }";
  const std::string ten = "shape.infractions(function() return 10 end, " + list;
  EXPECT_THAT(episode.Column(ten + ")"), ElementsAre(0, 10, 5, 3, 10, 5, 10));
  EXPECT_THAT(episode.Column(ten + ", 'product')"), ElementsAre(0, 10, 5, 3, 3, 1.5, 1.5));
}

// Deleted: what a part is given would go unchecked until it runs, and its memory could clash.
TEST(Parts, AreCheckedLikeTerms) {
  const auto once = [](const std::string& condition) {
    return "return reward { terms = { term { 't', fn = shape.once('seen', " + condition + ") } } }";
  };
  EXPECT_THAT(Errors(once("function(s) return s.flga end")),
              HasSubstr("did you mean `flag` (boolean)?"));
  EXPECT_THAT(Errors("local n = 0 " + once("function(s) n = n + 1 return true end")),
              HasSubstr("a variable that outlives the call"));
  EXPECT_THAT(Errors(once("3")), HasSubstr("needs a function(s, a, p, m), or a part"));
  EXPECT_THAT(Errors("return reward { terms = { term { 't', fn = { 1 } } } }"),
              HasSubstr("`fn` must be a function or a part"));
  const std::string twice = Errors(
      "local function yes() return true end return reward { terms = {\n"
      "term { 'a', fn = shape.once('seen', yes) }, term { 'b', fn = shape.once('seen', yes) } } }");
  EXPECT_THAT(twice, HasSubstr("R023"));
  EXPECT_THAT(twice, HasSubstr("memory `seen` is declared twice"));
}

// Deleted: one state machine could not serve a term and the potential.
TEST(Parts, ShareTheirMemoryIfTheyAreTheSame) {
  Recorded episode(3);
  episode.SetFlag({0, 0, 1, 0});
  const Evaluated run = episode.Run(Recorded::Libraries() + R"lua(
local seen = shape.once("seen", function(s) return s.flag end)
return reward {
  memory = { other = 5 },
  terms = { term { "seen", fn = seen }, term { "again", fn = seen }, term { "read", fn = function(s, a, p, m) return m.seen end } },
  potential = { memory = seen.memory, fn = function(s, a, p, m) return 10 * m.seen + m.other end },
})lua");
  EXPECT_THAT(run.term[2], ElementsAre(1, 0, 1));
  EXPECT_THAT(run.term[3], ElementsAre(0, 0, 1));
  EXPECT_THAT(run.phi, ElementsAre(5, 5, 15, 15));
}

// Deleted: a vector could not start from the reset state, and derived values could read memory that
// a replay has not computed yet.
TEST(Memory, StartsFromTheResetState) {
  Recorded episode(2);
  const Evaluated run = episode.Run(R"lua(
return reward {
  memory = { home = { size = 3, fn = function(s) return s.pos end }, x0 = function(s) return s.x end },
  terms = { term { "away", fn = function(s, a, p, m) return s.pos[2] - m.home[2] end },
            term { "dx", fn = function(s, a, p, m) return s.x - m.x0 end } },
})lua");
  for (int r = 1; r <= 2; ++r) {
    EXPECT_EQ(run.term[r][0], episode.Row<double>("pos", r)[1] - episode.Row<double>("pos", 0)[1]);
    EXPECT_EQ(run.term[r][1], *episode.Row<double>("x", r) - *episode.Row<double>("x", 0));
  }
  EXPECT_THAT(
      Errors("return reward { memory = { v = { size = 0, fn = function(s) return {} end } }, "
             "terms = { term { 't', 'x' } } }"),
      HasSubstr("needs a size from 1"));
  EXPECT_THAT(
      Errors(
          "return reward { memory = { u = 0 }, derive = { d = function(s, a, p, m) return m.u end "
          "}, terms = { term { 't', 'x' } } }"),
      HasSubstr("cannot see memory"));
}

}  // namespace
}  // namespace carrot
