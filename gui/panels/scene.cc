// Scene: the world at the shown step.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>

#include "gui/panels/panels.h"
#include "gui/view/scenes.h"
#include "gui/widgets/items.h"

namespace carrot {

void DrawScene(Ui& ui) {
  const TraceView& trace = ui.view.Shown();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (!trace.episodes || trace.episodes->empty() || room.x < 16 || room.y < 16) return;
  if (ui.state.Fault("scene")) return;
  const int step = ui.ShownStep();
  const float aspect = static_cast<float>(ui.scenes.aspect());
  ImVec2 size(room.x, room.y);
  if (aspect < room.x / room.y && aspect < 1.2f)
    size.x = room.y * aspect;  // square boards stay square
  const unsigned int texture =
      ui.scenes.Draw(*ui.view.task, trace, ui.view.clock.episode, step, static_cast<int>(size.x),
                     static_cast<int>(size.y), ui.state.theme, 1.0);
  if (texture == 0) {
    widgets::Paragraph("why", ui.scenes.why().empty() ? "nothing to show yet" : ui.scenes.why());
    return;
  }
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + (room.x - size.x) / 2);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::Image(static_cast<ImTextureID>(texture), size, ImVec2(0, 1), ImVec2(1, 0));
  Report("view", "scene", fmt::format("step {}", step));
  // The gestures of MuJoCo's viewer.
  if (ImGui::IsItemHovered()) {
    const ImGuiIO& io = ImGui::GetIO();
    SceneCamera& camera = ui.scenes.camera;
    const bool orbit = ImGui::IsMouseDragging(0), zoom = io.MouseWheel != 0;
    if ((orbit || zoom) && camera.kind != SceneCamera::Kind::kFree) {
      camera.kind = SceneCamera::Kind::kFree;
    }
    if (orbit) {
      camera.azimuth -= io.MouseDelta.x * 0.4;
      camera.elevation = std::clamp(camera.elevation - io.MouseDelta.y * 0.4, -89.0, 89.0);
    }
    if (zoom) camera.distance *= io.MouseWheel > 0 ? 0.9 : 1.1;
    if (ImGui::IsKeyPressed(ImGuiKey_Escape)) {
      camera = {};
      ui.scenes.CameraChanged();
    }
    if (orbit || zoom) ui.scenes.CameraChanged();
  }
  // What is shown, over the picture.
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const double dt = ui.view.task->spec().world.dt;
  double total = 0, gathered = 0;
  const SeriesOrder& order = ui.series.Order(trace);
  const Pyramid& reward = ui.series.Reward(trace);
  const int episode = ui.view.clock.episode;
  for (int64_t p = order.starts[episode] + 1,
               end = order.Place(episode, step, (*trace.episodes)[episode].first_step);
       p <= end && p < reward.size(); ++p) {
    total = reward.At(p);
    gathered += total;
  }
  const std::string text =
      fmt::format("{:.2f} s   reward {:.3f}   return {:.1f}{}", step * dt, total, gathered,
                  ui.state.peek_step >= 0 && ui.state.peek ? "   (peek)" : "");
  const ImVec2 extent = ImGui::CalcTextSize(text.c_str());
  draw.AddRectFilled(at + ImVec2(8, 8), at + ImVec2(24, 16) + extent,
                     WithAlpha(ui.palette.background, 0.8), 4);
  draw.AddText(at + ImVec2(16, 12), ui.palette.text, text.c_str());
  ReportRect("hud", "text", text, at + ImVec2(8, 8), at + ImVec2(24, 16) + extent);
}

}  // namespace carrot
