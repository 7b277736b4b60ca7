#include "gui/render/plot_marks.h"

#include <fmt/format.h>
#include <imgui.h>
#include <implot.h>

#include <algorithm>
#include <array>

namespace carrot {
namespace {

enum class Symbol { kDisc, kCross, kSquare, kTriangle, kDiamond, kRing };

struct MarkStyle {
  const char* word;
  Symbol symbol;
  Colour Palette::*colour;
};
constexpr std::array<MarkStyle, 6> kStyles = {{
    {"success", Symbol::kDisc, &Palette::good},
    {"terminated", Symbol::kCross, &Palette::bad},
    {"time limit", Symbol::kSquare, &Palette::notice},
    {"fault", Symbol::kTriangle, &Palette::bad},
    {"change", Symbol::kDiamond, &Palette::notice},
    {"reset", Symbol::kRing, &Palette::notice},
}};
const MarkStyle& StyleOf(PlotMark::Kind kind) { return kStyles[static_cast<size_t>(kind)]; }

void DrawSymbol(ImDrawList* list, ImVec2 c, Symbol symbol, Colour colour) {
  constexpr float r = 4.5f;
  switch (symbol) {
    case Symbol::kDisc:
      list->AddCircleFilled(c, r, colour, 24);
      break;
    case Symbol::kRing:
      list->AddCircle(c, r - 1, colour, 24, 1.8f);
      break;
    case Symbol::kSquare:
      list->AddRectFilled({c.x - r + 1, c.y - r + 1}, {c.x + r - 1, c.y + r - 1}, colour);
      break;
    case Symbol::kTriangle:
      list->AddTriangleFilled({c.x, c.y - r}, {c.x + r, c.y + r - 1}, {c.x - r, c.y + r - 1},
                              colour);
      break;
    case Symbol::kDiamond:
      list->AddQuadFilled({c.x, c.y - r}, {c.x + r, c.y}, {c.x, c.y + r}, {c.x - r, c.y}, colour);
      break;
    case Symbol::kCross:
      list->AddLine({c.x - r + 1, c.y - r + 1}, {c.x + r - 1, c.y + r - 1}, colour, 2.2f);
      list->AddLine({c.x - r + 1, c.y + r - 1}, {c.x + r - 1, c.y - r + 1}, colour, 2.2f);
      break;
  }
}

}  // namespace

void DrawMarkLines(std::span<const PlotMark> marks, const Palette& palette, bool with_symbols) {
  if (marks.empty()) return;
  ImDrawList* list = ImPlot::GetPlotDrawList();
  const ImVec2 pos = ImPlot::GetPlotPos(), size = ImPlot::GetPlotSize();
  // A thousand episodes in one picture: lines closer than a few pixels add nothing.
  std::array<float, kStyles.size()> last_line;
  last_line.fill(-1e6f);
  float text_end = -1e6f;
  for (const PlotMark& mark : marks) {
    const MarkStyle& style = StyleOf(mark.kind);
    const Colour colour = palette.*style.colour;
    const float x = ImPlot::PlotToPixels(mark.x, 0).x;
    if (x < pos.x - 1 || x > pos.x + size.x + 1) continue;
    float& last = last_line[static_cast<size_t>(mark.kind)];
    if (x - last < 3) continue;
    last = x;
    list->AddLine({x, pos.y}, {x, pos.y + size.y}, WithAlpha(colour, 0.65), 1.0f);
    if (!with_symbols) continue;
    DrawSymbol(list, {x, pos.y}, style.symbol, colour);
    const float width = ImGui::CalcTextSize(mark.text.c_str()).x;
    const float left =
        x - width - 9;  // most marks end an episode: text on the side where it happened
    if (mark.text.empty() || left < std::max(text_end, pos.x)) continue;
    list->AddRectFilled({left - 3, pos.y + 3}, {x - 5, pos.y + 21}, WithAlpha(palette.panel, 0.85),
                        3.0f);
    list->AddText({left, pos.y + 4}, colour, mark.text.c_str());
    text_end = x + 6;
  }
}

void DrawMarkLegend(std::span<const PlotMark> marks, const Palette& palette, ImDrawList* list,
                    ImVec2 at) {
  for (size_t kind = 0; kind < kStyles.size(); ++kind) {
    const auto count = std::count_if(marks.begin(), marks.end(), [kind](const PlotMark& mark) {
      return static_cast<size_t>(mark.kind) == kind;
    });
    if (count == 0) continue;
    const MarkStyle& style = kStyles[kind];
    const Colour colour = palette.*style.colour;
    const std::string text = count == 1 ? style.word : fmt::format("{} ({})", style.word, count);
    DrawSymbol(list, {at.x + 5, at.y + 8}, style.symbol, colour);
    list->AddText({at.x + 16, at.y}, palette.muted, text.c_str());
    at.x += 36 + ImGui::CalcTextSize(text.c_str()).x;
  }
}

}  // namespace carrot
