// The standard panels of a reward (plot.h).
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/base/check.h"
#include "gui/render/plot.h"

namespace carrot {
namespace {

struct Figures {
  double mean = 0, low = 0, high = 0, sum = 0, sum_of_sizes = 0;
};

Figures FiguresOf(std::span<const double> y, double scale) {
  Figures figures;
  figures.low = std::numeric_limits<double>::infinity();
  figures.high = -figures.low;
  double count = 0;
  for (const double raw : y) {
    const double value = raw * scale;
    if (!std::isfinite(value)) continue;
    figures.sum += value;
    figures.sum_of_sizes += std::abs(value);
    figures.low = std::min(figures.low, value);
    figures.high = std::max(figures.high, value);
    ++count;
  }
  if (count == 0) return {};
  figures.mean = figures.sum / count;
  return figures;
}

// Four significant digits, no more than fits a legend column.
std::string Number(double value) {
  const double size = std::abs(value);
  if (size != 0 && (size >= 1e5 || size < 1e-3)) return fmt::format("{:.1e}", value);
  if (size >= 1000) return fmt::format("{:.0f}", value);
  if (size >= 100) return fmt::format("{:.1f}", value);
  if (size >= 10) return fmt::format("{:.2f}", value);
  return fmt::format("{:.3f}", value);
}

// What a term adds to the total, as a series and a factor.
std::span<const double> WeightedOf(const TermSeries& term) {
  return term.weighted.empty() ? term.raw : term.weighted;
}
double FactorOf(const TermSeries& term) { return term.weighted.empty() ? term.weight : 1; }

}  // namespace

void AddTermPanels(std::span<const TermSeries> terms, std::span<const double> total,
                   PlotPicture* picture) {
  PlotPanel reward{.title = "Total reward a step", .note_titles = {"mean", "sum"}};
  const Figures all = FiguresOf(total, 1);
  reward.series.push_back({.name = "total",
                           .colour = PaletteOf(picture->theme).total,
                           .y = total,
                           .notes = {Number(all.mean), Number(all.sum)}});
  PlotPanel weighted{.title = "Weighted terms", .note_titles = {"weight", "mean", "sum"}};
  PlotPanel share{.kind = PlotPanel::Kind::kShare,
                  .title = "Share of the absolute reward",
                  .note_titles = {"overall"}};
  PlotPanel raw{.title = "Raw terms, before weights", .note_titles = {"min", "mean", "max"}};
  double sizes = 0;
  for (const TermSeries& term : terms) {
    CARROT_CHECK(term.raw.size() == total.size());
    sizes += FiguresOf(WeightedOf(term), FactorOf(term)).sum_of_sizes;
  }
  std::vector<std::string> names;
  for (const TermSeries& term : terms) names.push_back(term.name);
  const std::vector<Colour> colours = TermColours(names, picture->theme);
  for (size_t k = 0; k < terms.size(); ++k) {
    const TermSeries& term = terms[k];
    const Figures scaled = FiguresOf(WeightedOf(term), FactorOf(term)),
                  plain = FiguresOf(term.raw, 1);
    const double part = sizes > 0 ? scaled.sum_of_sizes / sizes : 0;
    weighted.series.push_back(
        {.name = term.name,
         .colour = colours[k],
         .y = WeightedOf(term),
         .scale = FactorOf(term),
         .notes = {Number(term.weight), Number(scaled.mean), Number(scaled.sum)}});
    share.series.push_back({.name = term.name,
                            .colour = colours[k],
                            .y = WeightedOf(term),
                            .scale = FactorOf(term),
                            .notes = {fmt::format("{:.1f} %", 100 * part)}});
    raw.series.push_back(
        {.name = term.unit.empty() ? term.name : fmt::format("{} ({})", term.name, term.unit),
         .colour = colours[k],
         .y = term.raw,
         .notes = {Number(plain.low), Number(plain.mean), Number(plain.high)}});
  }
  for (PlotPanel* panel : {&reward, &weighted, &share, &raw})
    picture->panels.push_back(std::move(*panel));
}

void AddRewardLine(std::span<const double> reward, PlotPicture* picture) {
  CARROT_CHECK(!picture->panels.empty());
  const Figures all = FiguresOf(reward, 1);
  picture->panels[0].series.push_back({.name = "reward",
                                       .colour = PaletteOf(picture->theme).good,
                                       .y = reward,
                                       .notes = {Number(all.mean), Number(all.sum)}});
}

}  // namespace carrot
