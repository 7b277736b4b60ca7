// Scene: the world at the shown step. The gestures and overlays are in scene_*.cc.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>

#include "gui/panels/scene_parts.h"
#include "gui/render/episode_rows.h"
#include "gui/widgets/items.h"

namespace carrot {

bool SceneKey(const ScenePlace& place, ImGuiKeyChord chord, bool repeat) {
  ImGuiInputFlags flags = ImGuiInputFlags_RouteGlobal | ImGuiInputFlags_RouteOverFocused;
  if (repeat) flags |= ImGuiInputFlags_Repeat;
  return place.keys && ImGui::Shortcut(chord, flags);
}

void SceneNote(Ui& ui, const std::string& text) {
  ui.state.scene.note = text;
  ui.state.scene.note_until = ui.time + 5;
}

ImVec2 SceneTag(const Ui& ui, const char* name, const std::string& text, ImVec2 at, Colour ink) {
  const ImVec2 size = ImGui::CalcTextSize(text.c_str()) + ImVec2(14, 6);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(at, at + size, WithAlpha(ui.palette.background, 0.82), 4);
  draw.AddText(at + ImVec2(7, 3), ink != 0 ? ink : ui.palette.text, text.c_str());
  ReportRect(name, "text", text, at, at + size);
  return size;
}

namespace {

SceneExtras ExtrasOf(const Ui& ui, int step, bool newest) {
  SceneExtras extras;
  const SceneState& scene = ui.state.scene;
  if (newest) extras.instead = ui.view.hand.edited;
  if (!scene.ghost || scene.ghost_trace >= static_cast<int>(ui.view.open.size())) return extras;
  const TraceView& other = scene.ghost_trace < 0 ? ui.view.live : ui.view.open[scene.ghost_trace];
  if (!other.episodes || scene.ghost_episode >= static_cast<int>(other.episodes->size())) {
    return extras;
  }
  extras.ghost = other.trace;
  extras.ghost_episode = scene.ghost_episode;
  extras.ghost_step = step;
  return extras;
}

// Time, reward and return of the shown step.
void Hud(Ui& ui, const ScenePlace& place) {
  const double dt = ui.view.task->spec().world.dt;
  double total = 0, gathered = 0;
  const SeriesOrder& order = ui.series.Order(place.trace);
  const Pyramid& reward = ui.series.Reward(place.trace);
  const int episode = ui.view.clock.episode;
  for (int64_t p = order.starts[episode] + 1,
               end = order.Place(episode, place.step, place.Episode(ui).first_step);
       p <= end && p < reward.size(); ++p) {
    total = reward.At(p);
    gathered += total;
  }
  // Beside a board there is room for lines.
  const char* gap = place.size.x < place.room.x ? "\n" : "   ";
  const std::string text = fmt::format(
      "{:.2f} s{}reward {:.3f}{}return {:.1f}{}", place.step * dt, gap, total, gap, gathered,
      ui.state.peek_step >= 0 && ui.state.peek ? fmt::format("{}(peek)", gap) : "");
  SceneTag(ui, "hud", text, place.room_at + ImVec2(8, 8));
}

void Note(Ui& ui, const ScenePlace& place) {
  const SceneState& scene = ui.state.scene;
  if (scene.note.empty() || ui.time > scene.note_until) return;
  const ImVec2 size = ImGui::CalcTextSize(scene.note.c_str()) + ImVec2(14, 6);
  SceneTag(
      ui, "note", scene.note,
      ImVec2(place.room_at.x + std::max(8.0f, (place.room.x - size.x) / 2), place.room_at.y + 38),
      ui.palette.notice);
}

}  // namespace

void DrawScene(Ui& ui) {
  const TraceView& trace = ui.view.Shown();
  const ImVec2 room_at = ImGui::GetCursorScreenPos();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (!trace.episodes || trace.episodes->empty() || room.x < 16 || room.y < 16) return;
  if (ui.state.Fault("scene")) return;
  const Clock& clock = ui.view.clock;
  const int step = ui.ShownStep();
  const bool live = clock.trace < 0 && step == clock.length &&
                    clock.episode + 1 == static_cast<int>(trace.episodes->size());
  const float aspect = static_cast<float>(ui.scenes.aspect());
  ImVec2 size(room.x, room.y);
  if (aspect < room.x / room.y && aspect < 1.2f)
    size.x = room.y * aspect;  // square boards stay square
  const SceneExtras extras = ExtrasOf(ui, step, live);
  const unsigned int texture =
      ui.scenes.Draw(*ui.view.task, trace, clock.episode, step, static_cast<int>(size.x),
                     static_cast<int>(size.y), ui.state.theme, 1.0, extras);
  if (texture == 0 || ui.scenes.view() == nullptr) {
    widgets::Paragraph("why", ui.scenes.why().empty() ? "nothing to show yet" : ui.scenes.why());
    return;
  }
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + (room.x - size.x) / 2);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::GetWindowDrawList()->AddImage(static_cast<ImTextureID>(texture), at, at + size,
                                       ImVec2(0, 1), ImVec2(1, 0));
  // A button, so that a drag that began in the picture goes on outside of it.
  ImGui::SetNextItemAllowOverlap();
  ImGui::InvisibleButton("picture", size,
                         ImGuiButtonFlags_MouseButtonLeft | ImGuiButtonFlags_MouseButtonRight |
                             ImGuiButtonFlags_MouseButtonMiddle);
  Report("view", "scene", fmt::format("step {}", step));
  const EpisodeRows rows(*trace.trace, (*trace.episodes)[clock.episode]);
  const std::vector<void*> columns = rows.SceneColumns(*ui.view.task, step);
  ScenePlace place{.at = at,
                   .size = size,
                   .room_at = room_at,
                   .room = room,
                   .view = *ui.scenes.view(),
                   .trace = trace,
                   .step = step,
                   .row = {columns, 0}};
  if (extras.instead) place.row.columns = extras.instead->next();
  place.hovered = ImGui::IsItemHovered();
  place.held = ImGui::IsItemActive();
  place.keys = !ImGui::GetIO().WantTextInput &&
               (ImGui::IsWindowHovered(ImGuiHoveredFlags_AllowWhenBlockedByActiveItem) ||
                ImGui::IsWindowFocused());
  place.live = live;
  ImGui::PushClipRect(room_at, room_at + room, true);
  ScenePlay(ui, place);  // first: its keys go before those of the others
  SceneHands(ui, place);
  SceneHeat(ui, place);
  SceneCells(ui, place);
  SceneOverlays(ui, place);
  Hud(ui, place);
  Note(ui, place);
  SceneMenu(ui, place);
  ImGui::PopClipRect();
}

}  // namespace carrot
