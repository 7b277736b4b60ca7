#include "gui/render/plot.h"

#include <limits>
#include <set>

#include "gui/render/decimate.h"
#include "tests/gui/render/fixture.h"

namespace carrot::test {
namespace {

using PlotTest = DrawingTest;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Image MustDraw(Canvas& canvas, const PlotPicture& picture) {
  auto image = DrawPlot(canvas, picture);
  EXPECT_TRUE(image) << Explain(image.error());
  return std::move(*image);
}

PlotPicture OneLine(std::span<const double> y) {
  PlotPicture picture{.title = "one line"};
  picture.panels.push_back(
      {.title = "panel", .series = {{.name = "term", .colour = Rgb(0xff0000), .y = y}}});
  return picture;
}

bool IsRed(const std::array<uint8_t, 3>& p) { return p[0] > 200 && p[1] < 140 && p[2] < 140; }

// Topmost red pixel inside the plot (left of the legend).
int TopRed(const Image& image) {
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < 800; ++x) {
      if (IsRed(image.At(x, y))) return y;
    }
  }
  return image.height;
}

// Without it: the one sample that explains a run (a spike among a million) would vanish from its
// picture.
TEST_F(PlotTest, SpikeOfOneSampleInAMillionIsVisible) {
  std::vector<double> y(1'000'000);
  for (size_t i = 0; i < y.size(); ++i) y[i] = 0.1 * std::sin(static_cast<double>(i) * 0.001);
  const Image calm = MustDraw(*canvas_, OneLine(y));
  y[654'321] = 1.0;
  const Image spiky = MustDraw(*canvas_, OneLine(y));
  const Found spike = Find(spiky, [](auto p) { return IsRed(p); });
  ASSERT_GT(spike.count, 0);
  // The spike is a stroke from the band to the top of the panel, opaque.
  int stroke = 0;
  for (int row = 0; row < spiky.height; ++row) {
    for (int x = 500; x < 640; ++x)
      stroke += IsRed(spiky.At(x, row)) && !IsRed(calm.At(x, row)) ? 1 : 0;
  }
  EXPECT_GT(stroke, 50);
  EXPECT_LT(TopRed(spiky), 90);
}

// Without it: decimation could drop extremes, shift x, or count non-finite samples into the mean.
TEST(DecimateTest, KeepsExtremesMeansAndSaysWhatIsNotFinite) {
  std::vector<double> y(1000, 1.0);
  y[500] = -7;
  y[501] = 9;
  y[700] = kNan;
  const DecimatedSeries out = Decimate(y, 2.0, 10.0, 0.5, 100);
  ASSERT_TRUE(out.binned);
  ASSERT_EQ(out.x.size(), 100u);
  EXPECT_DOUBLE_EQ(out.x[0], 10.0 + 0.5 * 4.5);
  EXPECT_DOUBLE_EQ(out.low[50], -14);
  EXPECT_DOUBLE_EQ(out.high[50], 18);
  EXPECT_DOUBLE_EQ(out.mean[50], 2.0 * (8 - 7 + 9) / 10);
  EXPECT_DOUBLE_EQ(out.mean[70], 2.0);
  ASSERT_EQ(out.non_finite.size(), 1u);
  EXPECT_DOUBLE_EQ(out.non_finite[0], out.x[70]);
}

// Without it: short series could be smoothed although every sample has room.
TEST(DecimateTest, FewSamplesStayAsTheyAre) {
  const std::vector<double> y = {3, kNan, -1};
  const DecimatedSeries out = Decimate(y, 1, 0, 1, 100);
  EXPECT_FALSE(out.binned);
  ASSERT_EQ(out.mean.size(), 3u);
  EXPECT_EQ(out.mean[0], 3);
  EXPECT_TRUE(std::isnan(out.mean[1]));
  EXPECT_EQ(out.low[2], -1);
  EXPECT_TRUE(Decimate({}, 1, 0, 1, 100).x.empty());
}

// Without it: shares could be signed, unnormalised, or divide by zero.
TEST(DecimateTest, SharesAreOfSizesAndSumToOne) {
  const std::vector<double> a = {1, 0, 3}, b = {-1, 0, kNan};
  const std::vector<std::span<const double>> series = {a, b};
  const double scales[] = {1.0, 3.0};
  const DecimatedShares out = DecimateShares(series, scales, 0, 1, 10);
  EXPECT_DOUBLE_EQ(out.share[0][0], 0.25);
  EXPECT_DOUBLE_EQ(out.share[1][0], 0.75);
  EXPECT_EQ(out.share[0][1], 0);
  EXPECT_EQ(out.share[1][1], 0);
  EXPECT_DOUBLE_EQ(out.share[0][2], 1);
}

// Without it: a term could change its colour between panels, pictures or runs, or share it with
// another.
TEST(StyleTest, TermColoursAreStableAndDistinct) {
  std::vector<std::string> names;
  for (int i = 0; i < 21; ++i) names.push_back("term" + std::to_string(i));
  const std::vector<Colour> all = TermColours(names, Theme::kLight);
  EXPECT_EQ(std::set<Colour>(all.begin(), all.end()).size(), 21u);
  const std::vector<Colour> some = TermColours(std::span(names).first(5), Theme::kLight);
  for (size_t i = 0; i < some.size(); ++i) EXPECT_EQ(some[i], all[i]);
  const std::vector<std::string> forward = {"forward"};
  EXPECT_EQ(TermColours(forward, Theme::kLight)[0], Rgb(0xe69f00));  // of its hash, for good
}

PlotPicture TermPicture(const std::vector<std::vector<double>>& y, const std::vector<double>& total,
                        int terms) {
  PlotPicture picture{
      .title = "hopper", .subtitle = "episode 3", .x_label = "time (s)", .dx = 0.008};
  std::vector<TermSeries> traces;
  for (int k = 0; k < terms; ++k) {
    traces.push_back(
        {.name = "term" + std::to_string(k), .weight = 1.0 + k, .raw = y[static_cast<size_t>(k)]});
  }
  AddTermPanels(traces, total, &picture);
  picture.marks = {{PlotMark::Kind::kSuccess, 3.0, "goal"},
                   {PlotMark::Kind::kTerminated, 7.9, "fell"}};
  return picture;
}

// Without it: pictures of runs could not be compared, and goldens would flicker.
TEST_F(PlotTest, SameInputGivesTheSamePixels) {
  const std::vector<std::vector<double>> y(12, std::vector<double>(1000, 0.5));
  const std::vector<double> total(1000, 1.0);
  const Image first = MustDraw(*canvas_, TermPicture(y, total, 5));
  MustDraw(*canvas_, TermPicture(y, total, 12));
  EXPECT_EQ(MustDraw(*canvas_, TermPicture(y, total, 5)).rgb, first.rgb);
}

// Without it: a panel, a term's line, or scale and theme could be missing from the picture.
TEST_F(PlotTest, EveryTermHasItsColourInThePicture) {
  std::vector<std::vector<double>> y(12, std::vector<double>(1000));
  std::vector<std::string> names;
  for (size_t k = 0; k < y.size(); ++k) {
    for (size_t i = 0; i < 1000; ++i)
      y[k][i] = static_cast<double>(k) + std::sin(static_cast<double>(i) * 0.02);
    names.push_back("term" + std::to_string(k));
  }
  for (const Theme theme : {Theme::kLight, Theme::kDark}) {
    PlotPicture picture{.theme = theme};
    std::vector<TermSeries> traces;
    for (size_t k = 0; k < y.size(); ++k) traces.push_back({.name = names[k], .raw = y[k]});
    AddTermPanels(traces, y[0], &picture);
    picture.scale = theme == Theme::kDark ? 2 : 1;
    const Image image = MustDraw(*canvas_, picture);
    EXPECT_EQ(image.width, theme == Theme::kDark ? 2400 : 1200);
    for (const Colour colour : TermColours(names, theme)) {
      const Found found = Find(image, [colour](auto p) {
        return Rgb(uint32_t{p[0]} << 16 | uint32_t{p[1]} << 8 | p[2]) == colour;
      });
      EXPECT_GT(found.count, 300);
    }
  }
}

// Without it: empty, constant or wholly non-finite input (a broken reward) would crash instead of
// drawing.
TEST_F(PlotTest, OddInputIsDrawn) {
  const std::vector<double> nothing, one = {1}, zeros(100, 0.0), bad(100, kNan);
  for (const std::vector<double>& y : {nothing, one, zeros, bad}) {
    const Image image = MustDraw(*canvas_, OneLine(y));
    EXPECT_GT(CountColours(image), 5);
  }
  PlotPicture none{.title = "no terms"};
  AddTermPanels({}, zeros, &none);
  EXPECT_GT(MustDraw(*canvas_, none).height, 100);
}

// Without it: an absurd size would end in an allocation failure instead of a message.
TEST_F(PlotTest, TooLargeAPictureIsAnError) {
  PlotPicture picture = OneLine({});
  picture.scale = 1000;
  const auto image = DrawPlot(*canvas_, picture);
  ASSERT_FALSE(image);
  EXPECT_EQ(image.error()[0].code, "G004");
}

}  // namespace
}  // namespace carrot::test
