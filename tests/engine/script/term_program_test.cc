#include "engine/script/term_program.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>

#include "tests/engine/script/term_fixture.h"

namespace carrot {
namespace {

using ::testing::HasSubstr;

// Deleted: a term could read the wrong column, element, row or side without anyone noticing.
TEST(TermProgram, ReadsEveryKindOfValue) {
  TestProgram p(R"(return {
    function(s) return s.height end,
    function(s) return s.pos.y + s.vel[3] end,
    function(s) return s.prev.pos.x end,
    function(s) return #s.quat + s.pos:dot(s.vel) end,
    function(s) return s.pos:norm() end,
    function(s) return s.cells:at(24) + #s.cells end,
    function(s) return s.alive end,
    function(s) return s.count + s.speed end,
    function(s, a) return a.hip + 10 * a[2] end,
    function(s, a, p) return p.target * s.dt + s.horizon + s.t + s.step end,
    function(s) return s.flags[2] and 5 or 6 end,
    function(s, a) return a:dot(a) end,
    "count",
  })");
  ASSERT_TRUE(p.errors.empty()) << p.Text();
  TestRows rows(200);
  const auto out = p.Run(rows.Batch(), rows.flags.data());
  EXPECT_FALSE(p.runner->has_errors()) << Format(p.runner->TakeErrors());
  for (int r = 0; r < 200; ++r) {
    const double* pos = rows.Next<double>("pos") + 3 * r;
    const double* vel = rows.Next<double>("vel") + 3 * r;
    const double* a = rows.action.data() + 2 * r;
    EXPECT_EQ(out[r][0], rows.Next<double>("height")[r]);
    EXPECT_EQ(out[r][1], pos[1] + vel[2]);
    EXPECT_EQ(out[r][2], rows.Prev<double>("pos")[3 * r]);
    EXPECT_EQ(out[r][3], 4 + ((pos[0] * vel[0] + pos[1] * vel[1]) + pos[2] * vel[2]));
    EXPECT_EQ(out[r][4], std::sqrt(pos[0] * pos[0] + pos[1] * pos[1] + pos[2] * pos[2]));
    EXPECT_EQ(out[r][5], rows.Next<uint8_t>("cells")[24 * r + 23] + 24);
    EXPECT_EQ(out[r][6], rows.Next<uint8_t>("alive")[r]);
    EXPECT_EQ(out[r][7], rows.Next<int32_t>("count")[r] + static_cast<double>(rows.Next<float>("speed")[r]));
    EXPECT_EQ(out[r][8], a[0] + 10 * a[1]);
    EXPECT_EQ(out[r][9], 2 * 0.5 + 100 + (r + 1) * 0.5 + (r + 1));
    EXPECT_EQ(out[r][10], rows.Next<uint8_t>("flags")[3 * r + 1] ? 5 : 6);
    EXPECT_EQ(out[r][11], a[0] * a[0] + a[1] * a[1]);
    EXPECT_EQ(out[r][12], rows.Next<int32_t>("count")[r]);
  }
}

}  // namespace
}  // namespace carrot
