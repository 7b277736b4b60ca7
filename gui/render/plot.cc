#include "gui/render/plot.h"

#include <fmt/format.h>
#include <imgui.h>
#include <imgui_internal.h>
#include <implot.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "engine/base/check.h"
#include "gui/render/decimate.h"
#include "gui/render/imgui_colour.h"
#include "gui/render/plot_marks.h"

namespace carrot {
namespace {

constexpr float kMargin = 20, kHeading = 22, kPanelGap = 14, kLegendLine = 17, kNoteWidth = 66;
constexpr float kTextSize = 13, kSmallSize = 12;

// Where things lie, in logical units.
struct Layout {
  float plot_width = 0, legend_x = 0, legend_width = 0;
  float header = 0, axis = 40;
  float height = 0;
  std::vector<float> panel_height;
};

float PanelHeight(const PlotPanel& panel) {
  if (panel.height > 0) return static_cast<float>(panel.height);
  const float legend = kLegendLine * static_cast<float>(panel.series.size() + 1);
  return std::max(legend, panel.series.size() > 1 ? 150.0f : 110.0f);
}

Layout LayOut(const PlotPicture& picture) {
  Layout layout;
  size_t notes = 0, longest = 4;
  for (const PlotPanel& panel : picture.panels) {
    notes = std::max(notes, panel.note_titles.size());
    for (const PlotSeries& series : panel.series) longest = std::max(longest, series.name.size());
    layout.panel_height.push_back(PanelHeight(panel));
  }
  const float width = static_cast<float>(picture.width);
  const float names = std::clamp(7.5f * static_cast<float>(longest) + 24, 90.0f, 0.22f * width);
  layout.legend_width = names + kNoteWidth * static_cast<float>(notes);
  layout.legend_x = width - kMargin - layout.legend_width;
  layout.plot_width = layout.legend_x - kMargin - 14;
  layout.header = kMargin + 28 + (picture.subtitle.empty() ? 0.0f : 20.0f) +
                  (picture.marks.empty() ? 0.0f : 22.0f);
  layout.height = layout.header;
  for (const float height : layout.panel_height) layout.height += kHeading + height + kPanelGap;
  layout.height += layout.axis - kPanelGap + kMargin * 0.5f;
  return layout;
}

// Text cut to `width` with an ellipsis.
void Text(ImDrawList* list, ImFont* font, float size, ImVec2 at, Colour colour,
          const std::string& text, float width = 1e6f) {
  std::string shown = text;
  while (shown.size() > 1 && font->CalcTextSizeA(size, 1e6f, 0, shown.c_str()).x > width) {
    shown.resize(shown.size() - (shown.ends_with("...") ? 4 : 1));
    shown += "...";
  }
  list->AddText(font, size, at, colour, shown.c_str());
}

void TextRight(ImDrawList* list, ImFont* font, float size, ImVec2 at, Colour colour,
               const std::string& text) {
  const float width = font->CalcTextSizeA(size, 1e6f, 0, text.c_str()).x;
  list->AddText(font, size, ImVec2(std::round(at.x - width), at.y), colour, text.c_str());
}

class Drawer {
 public:
  Drawer(const PlotPicture& picture, const Layout& layout, const Fonts& fonts)
      : picture_(picture), layout_(layout), fonts_(fonts), palette_(PaletteOf(picture.theme)) {
    std::vector<std::string> names;
    for (const PlotPanel& panel : picture.panels) {
      for (const PlotSeries& series : panel.series) {
        if (series.colour == 0 &&
            std::find(names.begin(), names.end(), series.name) == names.end()) {
          names.push_back(series.name);
        }
        samples_ = std::max(samples_, series.y.size());
      }
    }
    const std::vector<Colour> colours = TermColours(names, picture.theme);
    for (size_t i = 0; i < names.size(); ++i) colours_[names[i]] = colours[i];
    const double last = samples_ > 0 ? static_cast<double>(samples_ - 1) : 0;
    x_low_ = picture.x0;
    x_high_ = picture.x0 + picture.dx * std::max(last, 1.0);
  }

  // One frame.
  void Draw() {
    ImGui::PushFont(fonts_.regular, kTextSize);
    Header();
    float y = layout_.header;
    ImPlot::BeginAlignedPlots("panels");
    for (size_t i = 0; i < picture_.panels.size(); ++i) {
      Panel(picture_.panels[i], y, layout_.panel_height[i], i, i + 1 == picture_.panels.size());
      y += kHeading + layout_.panel_height[i] + kPanelGap;
    }
    ImPlot::EndAlignedPlots();
    ImGui::PopFont();
  }

 private:
  Colour ColourOf(const PlotSeries& series) const {
    return series.colour != 0 ? series.colour : colours_.at(series.name);
  }

  void Header() {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float width = static_cast<float>(picture_.width) - 2 * kMargin;
    float y = kMargin - 4;
    Text(list, fonts_.semibold, 20, ImVec2(kMargin, y), palette_.text, picture_.title, width);
    y += 28;
    if (!picture_.subtitle.empty()) {
      Text(list, fonts_.regular, kTextSize, ImVec2(kMargin, y), palette_.muted, picture_.subtitle,
           width);
      y += 20;
    }
    DrawMarkLegend(picture_.marks, palette_, list, ImVec2(kMargin, y));
  }

  void Panel(const PlotPanel& panel, float y, float height, size_t index, bool last) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const std::string heading =
        panel.unit.empty() ? panel.title : fmt::format("{}  ({})", panel.title, panel.unit);
    Text(list, fonts_.semibold, kTextSize, ImVec2(kMargin, y), palette_.text, heading,
         layout_.plot_width);
    ImGui::SetCursorScreenPos(ImVec2(kMargin - 4, y + kHeading - 4));
    constexpr ImPlotFlags kFlags = ImPlotFlags_CanvasOnly | ImPlotFlags_NoInputs;
    constexpr ImPlotAxisFlags kAxis = ImPlotAxisFlags_NoMenus | ImPlotAxisFlags_NoHighlight;
    const ImVec2 size(layout_.plot_width, height + (last ? layout_.axis : 8));
    if (ImPlot::BeginPlot(fmt::format("##panel{}", index).c_str(), size, kFlags)) {
      ImPlot::SetupAxis(ImAxis_X1, last ? picture_.x_label.c_str() : nullptr,
                        kAxis | (last ? 0 : ImPlotAxisFlags_NoTickLabels));
      ImPlot::SetupAxis(ImAxis_Y1, nullptr, kAxis);
      ImPlot::SetupAxisLimits(ImAxis_X1, x_low_, x_high_, ImPlotCond_Always);
      if (panel.kind == PlotPanel::Kind::kShare) {
        Shares(panel);
      } else {
        Lines(panel);
      }
      DrawMarkLines(picture_.marks, palette_, index == 0);
      ImPlot::EndPlot();
    }
    Legend(panel, y);
  }

  int Columns() const {
    return std::max(1, static_cast<int>(static_cast<double>(layout_.plot_width) * picture_.scale));
  }

  // Shares of single steps flicker: at least five samples are taken together if there are enough.
  int ShareColumns() const {
    const int columns = std::min(Columns(), 400);
    return samples_ > 250 ? std::clamp(static_cast<int>(samples_ / 5), 1, columns) : columns;
  }

  void Lines(const PlotPanel& panel) {
    std::vector<DecimatedSeries> lines;
    double low = 1e300, high = -1e300;
    for (const PlotSeries& series : panel.series) {
      lines.push_back(Decimate(series.y, series.scale, picture_.x0, picture_.dx, Columns()));
      for (size_t i = 0; i < lines.back().x.size(); ++i) {
        if (!std::isfinite(lines.back().mean[i])) continue;
        low = std::min(low, lines.back().low[i]);
        high = std::max(high, lines.back().high[i]);
      }
    }
    if (low > high) low = high = 0;
    low = std::min(low, 0.0);  // a reward's size means little without its zero
    high = std::max(high, 0.0);
    const double room = high > low ? 0.06 * (high - low) : 1.0;
    ImPlot::SetupAxisLimits(ImAxis_Y1, low - room, high + room, ImPlotCond_Always);
    ImPlot::SetupFinish();
    ZeroLine();
    for (size_t k = 0; k < lines.size(); ++k) Band(panel.series[k], lines[k]);
    for (size_t k = 0; k < lines.size(); ++k) Line(panel.series[k], lines[k]);
    for (const DecimatedSeries& line : lines) NonFiniteTicks(line);
  }

  void ZeroLine() {
    ImPlotSpec spec;
    spec.LineColor = ToVec4(palette_.muted, 0.7);
    spec.LineWeight = 1;
    const double x[2] = {x_low_, x_high_}, y[2] = {0, 0};
    ImPlot::PlotLine("##zero", x, y, 2, spec);
  }

  // From the least to the greatest sample of each pixel column, as one upright stroke a column: a
  // spike of one sample is a stroke as strong as any. Strokes much longer than the series' usual
  // ones are opaque, or a spike would be fainter than a line.
  void Band(const PlotSeries& series, const DecimatedSeries& line) {
    if (!line.binned) return;
    std::vector<double> lengths;
    for (size_t i = 0; i < line.x.size(); ++i) lengths.push_back(line.high[i] - line.low[i]);
    std::erase_if(lengths, [](double length) { return !std::isfinite(length); });
    if (lengths.empty()) return;
    std::nth_element(lengths.begin(), lengths.begin() + static_cast<ptrdiff_t>(lengths.size() / 2),
                     lengths.end());
    const double usual = lengths[lengths.size() / 2];
    ImDrawList* list = ImPlot::GetPlotDrawList();
    ImPlot::PushPlotClipRect();
    const float half = 0.5f / static_cast<float>(picture_.scale);
    const Colour faint = WithAlpha(ColourOf(series), 0.45);
    for (size_t i = 0; i < line.x.size(); ++i) {
      if (!std::isfinite(line.low[i])) continue;
      const ImVec2 top = ImPlot::PlotToPixels(line.x[i], line.high[i]);
      const ImVec2 bottom = ImPlot::PlotToPixels(line.x[i], line.low[i]);
      const float x = std::round(top.x / (2 * half)) * 2 * half;
      list->AddRectFilled(ImVec2(x - half, top.y - half), ImVec2(x + half, bottom.y + half),
                          line.high[i] - line.low[i] > 3 * usual ? ColourOf(series) : faint);
    }
    ImPlot::PopPlotClipRect();
  }

  void Line(const PlotSeries& series, const DecimatedSeries& line) {
    ImPlotSpec spec;
    spec.LineColor = ToVec4(ColourOf(series));
    spec.LineWeight = line.binned ? 1.4f : 1.7f;
    ImPlot::PlotLine(fmt::format("##{}", series.name).c_str(), line.x.data(), line.mean.data(),
                     static_cast<int>(line.x.size()), spec);
  }

  void NonFiniteTicks(const DecimatedSeries& line) {
    if (line.non_finite.empty()) return;
    ImDrawList* list = ImPlot::GetPlotDrawList();
    const float bottom = ImPlot::GetPlotPos().y + ImPlot::GetPlotSize().y;
    for (const double x : line.non_finite) {
      const float at = ImPlot::PlotToPixels(x, 0).x;
      list->AddRectFilled(ImVec2(at - 1, bottom - 8), ImVec2(at + 1, bottom), palette_.bad);
    }
  }

  void Shares(const PlotPanel& panel) {
    std::vector<std::span<const double>> values;
    std::vector<double> scales;
    for (const PlotSeries& series : panel.series) {
      values.push_back(series.y);
      scales.push_back(series.scale);
    }
    const DecimatedShares shares =
        DecimateShares(values, scales, picture_.x0, picture_.dx, ShareColumns());
    ImPlot::SetupAxisLimits(ImAxis_Y1, 0, 1, ImPlotCond_Always);
    static constexpr double kTicks[] = {0, 0.5, 1};
    static constexpr const char* kTickTexts[] = {"0 %", "50 %", "100 %"};
    ImPlot::SetupAxisTicks(ImAxis_Y1, kTicks, 3, kTickTexts);
    ImPlot::SetupFinish();
    std::vector<double> below(shares.x.size(), 0.0), above = below;
    for (size_t k = 0; k < panel.series.size(); ++k) {
      for (size_t i = 0; i < above.size(); ++i) above[i] = below[i] + shares.share[k][i];
      ImPlotSpec spec;
      spec.FillColor = ToVec4(ColourOf(panel.series[k]));
      spec.LineColor = ImVec4(0, 0, 0, 0);
      ImPlot::PlotShaded(fmt::format("##{}", panel.series[k].name).c_str(), shares.x.data(),
                         below.data(), above.data(), static_cast<int>(shares.x.size()), spec);
      below = above;
    }
  }

  void Legend(const PlotPanel& panel, float y) {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const float right = layout_.legend_x + layout_.legend_width;
    const float notes = static_cast<float>(panel.note_titles.size());
    for (size_t n = 0; n < panel.note_titles.size(); ++n) {
      const float x = right - kNoteWidth * (notes - 1 - static_cast<float>(n));
      TextRight(list, fonts_.regular, kSmallSize, ImVec2(x, y + 1), palette_.muted,
                panel.note_titles[n]);
    }
    y += kHeading;
    for (const PlotSeries& series : panel.series) {
      const ImVec2 swatch(layout_.legend_x, y + 3);
      list->AddRectFilled(swatch, ImVec2(swatch.x + 11, swatch.y + 11), ColourOf(series), 2.5f);
      Text(list, fonts_.regular, kTextSize, ImVec2(layout_.legend_x + 18, y), palette_.text,
           series.name, layout_.legend_width - 18 - kNoteWidth * notes);
      for (size_t n = 0; n < std::min(series.notes.size(), panel.note_titles.size()); ++n) {
        const float x = right - kNoteWidth * (notes - 1 - static_cast<float>(n));
        TextRight(list, fonts_.regular, kTextSize, ImVec2(x, y), palette_.text, series.notes[n]);
      }
      y += kLegendLine;
    }
  }

  const PlotPicture& picture_;
  const Layout& layout_;
  const Fonts& fonts_;
  const Palette& palette_;
  std::map<std::string, Colour> colours_;
  size_t samples_ = 0;
  double x_low_ = 0, x_high_ = 1;
};

}  // namespace

Result<Image> DrawPlot(Canvas& canvas, const PlotPicture& picture) {
  CARROT_CHECK(picture.scale > 0 && picture.dx > 0);
  const Layout layout = LayOut(picture);
  CARROT_ASSIGN_OR_RETURN(
      Framebuffer target,
      Framebuffer::Create(
          static_cast<int>(std::lround(picture.width * picture.scale)),
          static_cast<int>(std::lround(static_cast<double>(layout.height) * picture.scale))));
  Drawer drawer(picture, layout, canvas.fonts());
  canvas.Draw(target, picture.theme, picture.scale, [&drawer] { drawer.Draw(); });
  Image image;
  target.Read(&image);
  return image;
}

}  // namespace carrot
