// Timeline: the whole recording at a glance; click or drag to go there.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "gui/panels/panels.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr float kRuler = 10;

// Flags of an episode's last row.
uint8_t EndOf(const TraceEpisodeRows& episode, const TraceView& trace) {
  const TraceBlock& last = *episode.blocks.back();
  return *Trace::Row<uint8_t>(last, trace.trace->layout().flags, last.rows - 1);
}

}  // namespace

void DrawTimeline(Ui& ui) {
  const FrameView& view = ui.view;
  // Which recording.
  {
    const Scope scope("traces");
    const auto choose = [&](int index, const std::string& name) {
      const bool on = view.clock.trace == index;
      ImGui::PushID(index);
      if (ImGui::Selectable(name.c_str(), on, 0,
                            ImVec2(ImGui::CalcTextSize(name.c_str()).x + 4, 0)) &&
          !on) {
        ui.session.Send(Seek{index, -1, index < 0 ? -1 : 0});
      }
      ImGui::PopID();
      Report(name, "row", name, on ? "on" : "off");
    };
    for (size_t i = 0; i < view.open.size(); ++i) {
      choose(static_cast<int>(i), view.open[i].name);
      ImGui::SameLine(0, 14);
    }
    choose(-1, "live");
  }
  const TraceView& trace = view.Shown();
  if (!trace.episodes || trace.episodes->empty()) return;
  const SeriesOrder& order = ui.series.Order(trace);
  const Pyramid& reward = ui.series.Reward(trace);
  const auto places = static_cast<double>(order.rows.size());
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 size(ImGui::GetContentRegionAvail().x,
                    std::max(16.0f, ImGui::GetContentRegionAvail().y));
  if (size.x < 40) return;
  ImGui::InvisibleButton("strip", size);
  ReportRect("strip", "plot", "", at, at + size, 0, places);
  const auto x_of = [&](double place) {
    return at.x + static_cast<float>(place / places) * size.x;
  };

  // Episodes: shaded by turns, coloured by their end.
  const int many = static_cast<int>(trace.episodes->size());
  for (int e = 0; e < many; ++e) {
    const float x0 = x_of(static_cast<double>(order.starts[e])),
                x1 = x_of(static_cast<double>(order.starts[e + 1]));
    if (e == view.clock.episode) {
      draw.AddRectFilled(ImVec2(x0, at.y), ImVec2(x1, at.y + size.y),
                         WithAlpha(ui.palette.total, 0.10));
    } else if (e % 2 == 1) {
      draw.AddRectFilled(ImVec2(x0, at.y), ImVec2(x1, at.y + size.y),
                         WithAlpha(ui.palette.grid, 0.5));
    }
    const TraceEpisodeRows& episode = (*trace.episodes)[e];
    if (!episode.ended) continue;
    const uint8_t flags = EndOf(episode, trace);
    const Colour colour = flags & kRowFault        ? ui.palette.bad
                          : flags & kRowSuccess    ? ui.palette.good
                          : flags & kRowTerminated ? ui.palette.bad
                                                   : ui.palette.notice;
    draw.AddRectFilled(ImVec2(x0, at.y), ImVec2(std::max(x0 + 1, x1 - 1), at.y + 4), colour);
  }
  // The reward, least to greatest in each column of pixels.
  PyramidPoints points;
  reward.Points(0, places, static_cast<int>(size.x), 1, &points);
  double low = 0, high = 1e-9;
  for (size_t i = 0; i < points.x.size(); ++i) {
    if (!std::isfinite(points.low[i])) continue;
    low = std::min(low, points.low[i]);
    high = std::max(high, points.high[i]);
  }
  const float top = at.y + kRuler, bottom = at.y + size.y - 3;
  const auto y_of = [&](double v) {
    return bottom - static_cast<float>((v - low) / (high - low)) * (bottom - top);
  };
  for (size_t i = 0; i < points.x.size(); ++i) {
    if (!std::isfinite(points.low[i])) continue;
    const float x = x_of(points.x[i]);
    draw.AddLine(ImVec2(x, y_of(points.low[i]) + 1), ImVec2(x, y_of(points.high[i])),
                 ui.palette.total);
  }
  // The clock.
  const int first = (*trace.episodes)[view.clock.episode].first_step;
  const float now =
      x_of(static_cast<double>(order.Place(view.clock.episode, view.clock.step, first)));
  draw.AddLine(ImVec2(now, at.y), ImVec2(now, at.y + size.y), ui.palette.text, 2);
  if (ImGui::IsItemHovered() || ImGui::IsItemActive()) {
    const double place =
        std::clamp((ImGui::GetIO().MousePos.x - at.x) / size.x, 0.0f, 1.0f) * places;
    const int episode = order.Episode(static_cast<int64_t>(place));
    const int step = static_cast<int>(static_cast<int64_t>(place) - order.starts[episode]);
    if (ImGui::IsItemActive()) ui.session.Send(Seek{view.clock.trace, episode, step});
    if (episode == view.clock.episode && !view.clock.playing && !ImGui::IsItemActive())
      ui.state.peek_step = step;
    ImGui::SetTooltip("episode %d, step %d", episode, step);
  }
}

}  // namespace carrot
