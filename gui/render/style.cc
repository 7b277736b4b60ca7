#include "gui/render/style.h"

#include <imgui.h>
#include <implot.h>

#include <array>
#include <cmath>

#include "gui/render/imgui_colour.h"

namespace carrot {
namespace {

constexpr Palette kLight{.background = Rgb(0xffffff),
                         .panel = Rgb(0xfbfbfc),
                         .text = Rgb(0x1b1f24),
                         .muted = Rgb(0x5f6873),
                         .grid = Rgb(0xe4e7ea),
                         .border = Rgb(0xc8cdd3),
                         .total = Rgb(0x1b1f24),
                         .good = Rgb(0x007a59),
                         .bad = Rgb(0xb53a00),
                         .notice = Rgb(0x5f6873)};
constexpr Palette kDark{.background = Rgb(0x14171c),
                        .panel = Rgb(0x191d23),
                        .text = Rgb(0xe8ebef),
                        .muted = Rgb(0x9aa4b0),
                        .grid = Rgb(0x2b313a),
                        .border = Rgb(0x3c444f),
                        .total = Rgb(0xf2f4f6),
                        .good = Rgb(0x2ec49a),
                        .bad = Rgb(0xff8350),
                        .notice = Rgb(0x9aa4b0)};

// Okabe and Ito (2008) without black, which is the total's. Yellow comes last and is never a name's
// first choice: on white it is hard to see.
constexpr std::array<uint32_t, 7> kHues = {0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7,
                                           0xe69f00, 0x56b4e9, 0xf0e442};
constexpr int kFirstChoices = 6;

Colour HueFor(int index, Theme theme) {
  const Palette& palette = PaletteOf(theme);
  const int hue = index % static_cast<int>(kHues.size());
  Colour colour = Rgb(kHues[hue]);
  if (theme == Theme::kLight && hue == 6) colour = Rgb(0xcfbd00);
  if (theme == Theme::kDark && hue == 0) colour = Rgb(0x4b7bec);
  switch (index / static_cast<int>(kHues.size()) % 3) {
    case 1:
      return Mix(colour, palette.total, 0.45);
    case 2:
      return Mix(colour, palette.panel, 0.45);
    default:
      return colour;
  }
}

// FNV-1a: stable over builds and machines, unlike std::hash.
uint64_t NameHash(const std::string& name) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : name) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3ULL;
  return hash ^ (hash >> 32);
}

// Quiet greys, and one accent for what is chosen or can be pulled.
void StyleWidgets(ImGuiStyle& style, const Palette& palette, Theme theme) {
  const Colour accent = theme == Theme::kLight ? Rgb(0x2a6fb0) : Rgb(0x5aa6e6);
  const Colour field = Mix(palette.background, palette.border, 0.28);
  const Colour raised = Mix(palette.background, palette.border, 0.45);
  const Colour chosen = Mix(palette.background, accent, theme == Theme::kLight ? 0.22 : 0.4);
  const auto set = [&](ImGuiCol which, Colour colour) { style.Colors[which] = ToVec4(colour); };
  for (ImGuiCol which :
       {ImGuiCol_FrameBg, ImGuiCol_Button, ImGuiCol_ScrollbarBg, ImGuiCol_MenuBarBg}) {
    set(which, field);
  }
  for (ImGuiCol which : {ImGuiCol_FrameBgHovered, ImGuiCol_ButtonHovered, ImGuiCol_HeaderHovered}) {
    set(which, raised);
  }
  for (ImGuiCol which :
       {ImGuiCol_FrameBgActive, ImGuiCol_ButtonActive, ImGuiCol_Header, ImGuiCol_HeaderActive}) {
    set(which, chosen);
  }
  for (ImGuiCol which : {ImGuiCol_SliderGrab, ImGuiCol_SliderGrabActive, ImGuiCol_CheckMark,
                         ImGuiCol_PlotHistogram, ImGuiCol_TabSelectedOverline, ImGuiCol_NavCursor,
                         ImGuiCol_SeparatorActive, ImGuiCol_SeparatorHovered}) {
    set(which, accent);
  }
  set(ImGuiCol_ScrollbarGrab, palette.border);
  set(ImGuiCol_Separator, palette.border);
  set(ImGuiCol_PopupBg, palette.background);
  set(ImGuiCol_TableHeaderBg, palette.background);
  for (ImGuiCol which : {ImGuiCol_TitleBg, ImGuiCol_TitleBgActive, ImGuiCol_TitleBgCollapsed,
                         ImGuiCol_Tab, ImGuiCol_TabDimmed, ImGuiCol_DockingEmptyBg}) {
    set(which, field);
  }
  for (ImGuiCol which : {ImGuiCol_TabSelected, ImGuiCol_TabDimmedSelected, ImGuiCol_TabHovered}) {
    set(which, palette.background);
  }
  style.TabBarOverlineSize = 2;
  style.WindowMenuButtonPosition = ImGuiDir_None;
  style.DockingSeparatorSize = 3;
  style.GrabMinSize = 12;
  style.ScrollbarSize = 12;
}

}  // namespace

Colour WithAlpha(Colour colour, double alpha) {
  return (colour & 0x00ffffffu) | static_cast<uint32_t>(std::lround(alpha * 255.0)) << 24;
}

Colour Mix(Colour a, Colour b, double t) {
  Colour mixed = 0xff000000u;
  for (int shift = 0; shift < 24; shift += 8) {
    const double from = (a >> shift) & 255, to = (b >> shift) & 255;
    mixed |= static_cast<uint32_t>(std::lround(from + (to - from) * t)) << shift;
  }
  return mixed;
}

const Palette& PaletteOf(Theme theme) { return theme == Theme::kLight ? kLight : kDark; }

std::vector<Colour> TermColours(std::span<const std::string> names, Theme theme) {
  constexpr int kCount = 3 * static_cast<int>(kHues.size());
  std::vector<bool> taken(kCount, false);
  std::vector<Colour> colours;
  for (const std::string& name : names) {
    if (colours.size() % kCount == 0) taken.assign(kCount, false);
    int index = static_cast<int>(NameHash(name) % kFirstChoices);
    if (taken[index]) {  // another plain hue if one is left, then the darker and lighter ones
      index = 0;
      while (taken[index]) ++index;
    }
    taken[index] = true;
    colours.push_back(HueFor(index, theme));
  }
  return colours;
}

void ApplyStyle(Theme theme) {
  const Palette& palette = PaletteOf(theme);
  ImGuiStyle& style = ImGui::GetStyle();
  style = ImGuiStyle();
  if (theme == Theme::kLight) {
    ImGui::StyleColorsLight();
  } else {
    ImGui::StyleColorsDark();
  }
  style.WindowPadding = ImVec2(12, 12);
  style.FramePadding = ImVec2(8, 5);
  style.ItemSpacing = ImVec2(8, 6);
  style.FrameRounding = style.GrabRounding = style.PopupRounding = style.TabRounding = 4;
  style.WindowBorderSize = style.ChildBorderSize = 1;
  style.Colors[ImGuiCol_WindowBg] = ToVec4(palette.background);
  style.Colors[ImGuiCol_Text] = ToVec4(palette.text);
  style.Colors[ImGuiCol_TextDisabled] = ToVec4(palette.muted);
  style.Colors[ImGuiCol_Border] = ToVec4(palette.border);
  StyleWidgets(style, palette, theme);
  if (ImPlot::GetCurrentContext() == nullptr) return;
  ImPlotStyle& plot = ImPlot::GetStyle();
  plot = ImPlotStyle();
  plot.PlotPadding = ImVec2(4, 4);
  plot.FitPadding = ImVec2(0, 0.06f);  // a curve does not run along the frame
  plot.LabelPadding = ImVec2(6, 4);
  plot.MajorTickLen = plot.MinorTickLen = ImVec2(0, 0);
  plot.MinorAlpha = 0.0f;
  plot.PlotBorderSize = 1;
  plot.Colors[ImPlotCol_FrameBg] = ImVec4(0, 0, 0, 0);
  plot.Colors[ImPlotCol_PlotBg] = ToVec4(palette.panel);
  plot.Colors[ImPlotCol_PlotBorder] = ToVec4(palette.border);
  plot.Colors[ImPlotCol_AxisGrid] = ToVec4(palette.grid);
  plot.Colors[ImPlotCol_AxisText] = ToVec4(palette.muted);
  plot.Colors[ImPlotCol_InlayText] = ToVec4(palette.text);
}

}  // namespace carrot
