#include "engine/session/tuning.h"

#include <gmock/gmock.h>

namespace carrot {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TuningTest : public ::testing::Test {
 protected:
  TuningTest() {
    spec_.terms = {{.name = "track/lin", .weight = 1},
                   {.name = "track/ang", .weight = 0.5},
                   {.name = "effort", .weight = -0.1}};
    spec_.params = {{.name = "gain", .value = 1, .low = 0, .high = 4}};
    tuning_.Adopt(spec_, DefaultSettings(spec_, 0.99));
  }
  void Set(const std::string& name, double value, bool drag = false) {
    const Status set = tuning_.Set(spec_, name, value, drag);
    ASSERT_TRUE(set) << Format(set.error());
  }
  const std::vector<double>& Weights() const { return tuning_.now().weights.weights; }

  RewardSpec spec_;
  Tuning tuning_;
};

// Deleted: undo could give back values that are nearly the old ones.
TEST_F(TuningTest, UndoAndRedoGiveBackTheSameBits) {
  std::vector<RewardSettings> all = {tuning_.now()};
  for (int i = 0; i < 20; ++i) {
    Set(i % 3 == 0 ? "w:effort" : i % 3 == 1 ? "p:gain" : "w:track/lin", 0.1 * i + 1.0 / 3);
    all.push_back(tuning_.now());
  }
  for (int i = 19; i >= 0; --i) {
    ASSERT_TRUE(tuning_.Undo());
    EXPECT_EQ(tuning_.now().weights.weights, all[i].weights.weights);
    EXPECT_EQ(tuning_.now().params, all[i].params);
  }
  EXPECT_FALSE(tuning_.Undo());
  for (int i = 1; i <= 20; ++i) {
    ASSERT_TRUE(tuning_.Redo());
    EXPECT_EQ(tuning_.now().weights.weights, all[i].weights.weights);
    EXPECT_EQ(tuning_.now().params, all[i].params);
  }
  EXPECT_FALSE(tuning_.Redo());
}

// Deleted: loading a snapshot, or a solo, could take the step before it along when it is taken
// back.
TEST_F(TuningTest, SeveralValuesAreAStepOfTheirOwn) {
  Set("w:effort", -0.3);
  ASSERT_TRUE(tuning_.SetAll(spec_, {{"w:track/lin", 0}, {"w:track/ang", 0}}, "solo effort"));
  ASSERT_TRUE(tuning_.SetAll(spec_, {{"w:track/lin", 1}, {"w:track/ang", 0.5}}, "all on"));
  ASSERT_TRUE(tuning_.Undo());
  EXPECT_THAT(Weights(), ElementsAre(0, 0, -0.3));
  EXPECT_EQ(tuning_.UndoText(), "solo effort");
  ASSERT_TRUE(tuning_.Undo());
  EXPECT_THAT(Weights(), ElementsAre(1, 0.5, -0.3));
  EXPECT_FALSE(tuning_.SetAll(spec_, {{"w:none", 0}}, "x"));
}

// Deleted: one drag could take a hundred presses of Ctrl+Z to take back.
TEST_F(TuningTest, ADragIsOneStep) {
  Set("w:effort", -0.2, true);
  Set("w:effort", -0.3, true);
  Set("w:effort", -0.4, false);
  EXPECT_EQ(tuning_.UndoText(), "w:effort -0.1 -> -0.4");
  Set("w:effort", -0.5, true);  // another drag of the same weight
  Set("w:effort", -0.6, false);
  ASSERT_TRUE(tuning_.Undo());
  EXPECT_THAT(Weights(), ElementsAre(1, 0.5, -0.4));
  ASSERT_TRUE(tuning_.Undo());
  EXPECT_THAT(Weights(), ElementsAre(1, 0.5, -0.1));
  EXPECT_FALSE(tuning_.Undo());
  EXPECT_EQ(tuning_.RedoText(), "w:effort -0.1 -> -0.4");
}

// Deleted: what was taken back could come again over a newer change.
TEST_F(TuningTest, ANewChangeForgetsWhatWasTakenBack) {
  Set("w:effort", -1);
  ASSERT_TRUE(tuning_.Undo());
  Set("p:gain", 2);
  EXPECT_FALSE(tuning_.Redo());
  EXPECT_EQ(Weights()[2], -0.1);
}

// Deleted: a parameter could leave its range, or a wrong name be accepted in silence.
TEST_F(TuningTest, NamesAndRangesAreKept) {
  Set("p:gain", 100);
  EXPECT_THAT(tuning_.now().params, ElementsAre(4));
  Set("p:gain", -1);
  EXPECT_THAT(tuning_.now().params, ElementsAre(0));
  const Status wrong = tuning_.Set(spec_, "w:efort", 1, false);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error()[0].code, "U002");
  EXPECT_THAT(wrong.error()[0].help[0], HasSubstr("`w:effort`"));
  EXPECT_FALSE(tuning_.Set(spec_, "w:potential", 1, false)) << "this reward has none";
  EXPECT_EQ(Weights()[2], -0.1);
}

// Deleted: a group that is dragged there and back could end with other weights.
TEST_F(TuningTest, AGroupIsScaledFromWhereTheDragBegan) {
  ASSERT_TRUE(tuning_.Scale(spec_, "track/", 3, true));
  ASSERT_TRUE(tuning_.Scale(spec_, "track/", 0.7, true));
  ASSERT_TRUE(tuning_.Scale(spec_, "track/", 2, false));
  EXPECT_THAT(Weights(), ElementsAre(2, 1, -0.1));
  ASSERT_TRUE(tuning_.Undo());
  EXPECT_THAT(Weights(), ElementsAre(1, 0.5, -0.1));
  EXPECT_EQ(tuning_.Scale(spec_, "nothing/", 2, false).error()[0].code, "U002");
}

}  // namespace
}  // namespace carrot
