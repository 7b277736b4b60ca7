#include "gui/render/curve_sheet.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace carrot {
namespace {

constexpr Colour kRed = Rgb(0xff0000), kBlue = Rgb(0x0000ff);

int Alpha(CurveSheet& sheet, int x, int y) {
  return static_cast<int>(sheet.Pixels()[y * sheet.width() + x] >> 24);
}

// Pixels of a column that are covered, partial ones in part.
double Covered(CurveSheet& sheet, int x) {
  double sum = 0;
  for (int y = 0; y < sheet.height(); ++y) sum += Alpha(sheet, x, y) / 255.0;
  return sum;
}

// Deleted: curves in the window could be thinner, thicker or elsewhere than their values.
TEST(CurveSheetTest, ALevelLineHasItsThicknessAtItsHeight) {
  CurveSheet sheet;
  sheet.Clear(20, 10);
  sheet.Line(std::vector<float>{2, 18}, std::vector<float>{5, 5}, 2, kRed);
  for (int x = 2; x < 18; ++x) {
    EXPECT_NEAR(Covered(sheet, x), 2, 0.02) << x;
    EXPECT_EQ(Alpha(sheet, x, 4), 255) << x;
    EXPECT_EQ(Alpha(sheet, x, 5), 255) << x;
  }
  EXPECT_EQ(Covered(sheet, 1), 0);
  EXPECT_EQ(Covered(sheet, 19), 0);
  EXPECT_EQ(sheet.Pixels()[4 * 20 + 10], kRed);
}

// Deleted: the one step that a plot is looked at for could vanish between its neighbours.
TEST(CurveSheetTest, ASpikeAmongManyPointsOfAColumnIsSeen) {
  CurveSheet sheet;
  sheet.Clear(10, 100);
  std::vector<float> x, y;
  for (int i = 0; i < 1000; ++i) {
    x.push_back(static_cast<float>(i) * 0.01f);
    y.push_back(i == 537 ? 3.0f : 90.0f);
  }
  sheet.Line(x, y, 1, kRed);
  EXPECT_GT(Covered(sheet, 5), 86);
  EXPECT_EQ(Alpha(sheet, 5, 4), 255);
  EXPECT_NEAR(Covered(sheet, 4), 1, 0.02);
  EXPECT_NEAR(Covered(sheet, 6), 1, 0.02);
}

// Deleted: a gap in the data could be drawn as a line, or a lone value not at all.
TEST(CurveSheetTest, WhatIsNotFiniteIsAGapAndALoneValueADot) {
  CurveSheet sheet;
  sheet.Clear(10, 10);
  sheet.Line(std::vector<float>{0.5, 2.5, 4.5, 6.5, 8.5},
             std::vector<float>{5, NAN, 5, INFINITY, NAN}, 2, kRed);
  EXPECT_NEAR(Covered(sheet, 0), 2, 0.02);
  EXPECT_NEAR(Covered(sheet, 4), 2, 0.02);
  for (const int x : {1, 2, 3, 5, 6, 7, 8, 9}) EXPECT_EQ(Covered(sheet, x), 0) << x;
}

// Deleted: an envelope could hide what lies below it, or leave out where it is thin.
TEST(CurveSheetTest, ABandIsTranslucentAndNeverThinnerThanALine) {
  CurveSheet sheet;
  sheet.Clear(10, 20);
  sheet.Line(std::vector<float>{0, 10}, std::vector<float>{10, 10}, 2, kBlue);
  sheet.Band(std::vector<float>{0, 5, 10}, std::vector<float>{4, 4, 16},
             std::vector<float>{16, 16, 16}, kRed, 0.5f);
  EXPECT_NEAR(Alpha(sheet, 2, 6), 128, 1);
  const uint32_t over = sheet.Pixels()[9 * 10 + 2];
  EXPECT_EQ(over >> 24, 255u);
  EXPECT_NEAR(static_cast<int>(over & 0xff), 128, 1) << "half red";
  EXPECT_NEAR(static_cast<int>(over >> 16 & 0xff), 128, 1) << "over blue";
  EXPECT_NEAR(Alpha(sheet, 9, 15), 128, 1) << "where low is high";
}

// Deleted: zooming in could write beside the sheet.
TEST(CurveSheetTest, WhatLiesOutsideIsCut) {
  CurveSheet sheet;
  sheet.Clear(4, 4);
  sheet.Line(std::vector<float>{-1e9f, 1e9f}, std::vector<float>{-1e30f, 1e30f}, 3, kRed);
  sheet.Band(std::vector<float>{-5, 50}, std::vector<float>{-1e9f, -1e9f},
             std::vector<float>{1e9f, 1e9f}, kRed, 1);
  for (int x = 0; x < 4; ++x) EXPECT_NEAR(Covered(sheet, x), 4, 0.02) << x;
}

}  // namespace
}  // namespace carrot
