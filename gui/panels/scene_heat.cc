// The reward of each cell: what the script in use would have paid had the shown step ended there.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>

#include "engine/session/reward_field.h"
#include "gui/panels/scene_parts.h"
#include "gui/view/heat_colours.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr double kHeatBudget = 0.004;  // seconds of a frame

// The field of the shown step: made anew when the step, the board, the script or a value changed.
struct Heat {
  const void *trace = nullptr, *reward = nullptr, *instead = nullptr;
  int episode = -1, step = -1;
  RewardSettings settings;
  std::shared_ptr<const RewardFunction> function;  // keeps what the field refers to
  std::unique_ptr<RewardField> field;
  std::string why;
};

Heat& HeatNow(Ui& ui, const ScenePlace& place) {
  static Heat kept;  // one window
  const RewardInfo& reward = ui.view.reward;
  const auto& edited = place.live ? ui.view.hand.edited : nullptr;
  const bool same = kept.trace == place.trace.trace.get() && kept.reward == reward.function.get() &&
                    kept.instead == edited.get() && kept.episode == ui.view.clock.episode &&
                    kept.step == place.step && SameValues(kept.settings, reward.settings);
  if (same) return kept;
  kept = {place.trace.trace.get(),
          reward.function.get(),
          edited.get(),
          ui.view.clock.episode,
          place.step,
          reward.settings,
          reward.function};
  RewardFieldStep at{*ui.view.task,      *reward.function,  reward.settings,
                     *place.trace.trace, place.Episode(ui), place.step};
  if (edited) at.instead = edited->next();
  Result<std::unique_ptr<RewardField>> made = RewardField::OfCells(at);
  if (made) {
    kept.field = std::move(*made);
  } else {
    kept.why = made.error()[0].message;
  }
  return kept;
}

void Legend(const Ui& ui, const ScenePlace& place, const RewardField& field) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  constexpr float kWidth = 14, kHeight = 150;
  const ImVec2 at(place.room_at.x + place.room.x - 84, place.room_at.y + 52);
  draw.AddRectFilled(at - ImVec2(10, 24), at + ImVec2(78, kHeight + 14),
                     WithAlpha(ui.palette.background, 0.82), 4);
  draw.AddText(at - ImVec2(3, 21), ui.palette.muted, "reward");
  constexpr int kSteps = 50;
  for (int i = 0; i < kSteps; ++i) {
    const double share = 1 - (i + 0.5) / kSteps;
    const double value = field.low() + share * (field.high() - field.low());
    const float y = at.y + kHeight * static_cast<float>(i) / kSteps;
    draw.AddRectFilled(ImVec2(at.x, y), ImVec2(at.x + kWidth, y + kHeight / kSteps + 1),
                       HeatColour(value, field.low(), field.high()));
  }
  const auto mark = [&](double value) {
    const double span = field.high() - field.low();
    const double share = span > 0 ? (value - field.low()) / span : 0.5;
    const float y = at.y + kHeight * static_cast<float>(1 - share);
    draw.AddLine(ImVec2(at.x + kWidth, y), ImVec2(at.x + kWidth + 4, y), ui.palette.muted);
    draw.AddText(ImVec2(at.x + kWidth + 7, y - ImGui::GetFontSize() / 2), ui.palette.text,
                 fmt::format("{:.3g}", value).c_str());
  };
  mark(field.high());
  if (field.high() > field.low()) mark(field.low());
  const double span = field.high() - field.low();
  if (field.low() < -0.08 * span && field.high() > 0.08 * span) mark(0);
  ReportRect("heat_legend", "text", fmt::format("{:.6g} .. {:.6g}", field.low(), field.high()), at,
             at + ImVec2(kWidth, kHeight));
}

}  // namespace

void SceneHeat(Ui& ui, const ScenePlace& place) {
  const SceneBoard board = place.view.Board();
  if (!ui.state.scene.heat || board.columns == 0) return;
  if (!ui.view.reward.function) return SceneNote(ui, "no reward has been loaded");
  Heat& heat = HeatNow(ui, place);
  if (!heat.field) return SceneNote(ui, "no reward map: " + heat.why);
  RewardField& field = *heat.field;
  const auto start = std::chrono::steady_clock::now();
  while (!field.done() &&
         std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() <
             kHeatBudget) {
    field.Advance();
  }
  if (field.low() > field.high()) return;
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  double agent[3] = {-1, -1, 0};
  place.view.Locate(place.row, {}, agent);
  for (int y = 0; y < field.rows(); ++y) {
    for (int x = 0; x < field.columns(); ++x) {
      const double value = field.values()[y * field.columns() + x];
      if (!std::isfinite(value)) continue;
      const double from[2] = {board.left + x * board.cell_width, board.top + y * board.cell_height};
      const double to[2] = {from[0] + board.cell_width, from[1] + board.cell_height};
      const ImVec2 min = place.At(from), max = place.At(to);
      const Colour colour = HeatColour(value, field.low(), field.high());
      if (std::floor(agent[0]) == x && std::floor(agent[1]) == y) {  // the agent stays in sight
        draw.AddRect(min + ImVec2(2, 2), max - ImVec2(2, 2), colour, 0, 0, 4);
      } else {
        draw.AddRectFilled(min, max, WithAlpha(colour, 0.72));
      }
      if (!place.hovered || !ImRect(min, max).Contains(ImGui::GetIO().MousePos)) continue;
      const std::string text = fmt::format("cell {}, {}: reward {:.6g}", x, y, value);
      ImGui::SetTooltip("%s", text.c_str());
      ReportRect("heat_value", "text", text, min, max);
    }
  }
  Legend(ui, place, field);
}

}  // namespace carrot
