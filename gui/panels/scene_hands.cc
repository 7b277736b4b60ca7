// The gestures of MuJoCo's viewer: the camera, the selected body, and the hand that pulls it.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <numbers>

#include "gui/panels/scene_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

Perturb CommandOf(const BodyPull& pull) {
  return {pull.body,
          pull.turn,
          {pull.at, pull.at + 3},
          {pull.to, pull.to + 3},
          {pull.quat, pull.quat + 4},
          pull.mass};
}

void SetCamera(Ui& ui, const SceneCamera& camera) {
  ui.scenes.camera = camera;
  ui.scenes.CameraChanged();
}

// Moves what is looked at with the mouse, in the plane of the picture.
void Pan(SceneCamera& camera, ImVec2 by, float height) {
  constexpr double kRadian = std::numbers::pi / 180, kHalfView = 22.5;  // of MuJoCo's cameras
  const double a = camera.azimuth * kRadian, e = camera.elevation * kRadian;
  const double metres = 2 * camera.distance * std::tan(kHalfView * kRadian) / height;
  const double right[3] = {std::sin(a), -std::cos(a), 0};
  const double up[3] = {-std::cos(a) * std::sin(e), -std::sin(a) * std::sin(e), std::cos(e)};
  for (int k = 0; k < 3; ++k) {
    camera.lookat[k] +=
        metres * (up[k] * static_cast<double>(by.y) - right[k] * static_cast<double>(by.x));
  }
  camera.kind = SceneCamera::Kind::kFree;
}

void MoveCamera(Ui& ui, const ScenePlace& place) {
  const ImGuiIO& io = ImGui::GetIO();
  const bool orbit = place.held && ImGui::IsMouseDragging(0);
  const bool pan = place.held && ImGui::IsMouseDragging(1);
  const bool zoom = place.hovered && io.MouseWheel != 0;
  if (!orbit && !pan && !zoom) return;
  SceneCamera camera = place.view.Camera();
  if (orbit) {
    camera.azimuth -= static_cast<double>(io.MouseDelta.x) * 0.4;
    camera.elevation =
        std::clamp(camera.elevation - static_cast<double>(io.MouseDelta.y) * 0.4, -89.0, 89.0);
  }
  if (pan) Pan(camera, io.MouseDelta, place.size.y);
  if (zoom) camera.distance *= io.MouseWheel > 0 ? 0.9 : 1.1;
  SetCamera(ui, camera);
}

void CameraKeys(Ui& ui, const ScenePlace& place) {
  if (SceneKey(place, ImGuiKey_Escape)) {
    ui.state.scene.selected = {};
    ui.state.scene.brush = -1;
    SetCamera(ui, {});
  }
  const bool next = SceneKey(place, ImGuiKey_RightBracket),
             before = SceneKey(place, ImGuiKey_LeftBracket);
  if (!next && !before) return;
  const std::vector<std::string> names = ui.scenes.CameraNames();
  const auto count = static_cast<int>(names.size()) + 1;  // 0 is the automatic one
  int now = 0;
  const SceneCamera& camera = ui.scenes.camera;
  for (int i = 1; camera.kind == SceneCamera::Kind::kNamed && i < count; ++i) {
    if (names[static_cast<size_t>(i - 1)] == camera.name) now = i;
  }
  now = (now + (next ? 1 : count - 1)) % count;
  if (now == 0) {
    SetCamera(ui, {});
  } else {
    SetCamera(ui, {.kind = SceneCamera::Kind::kNamed, .name = names[static_cast<size_t>(now - 1)]});
  }
  SceneNote(ui, now == 0 ? "camera: automatic"
                         : fmt::format("camera: {}", names[static_cast<size_t>(now - 1)]));
}

ScenePick Under(const ScenePlace& place) {
  const ImVec2 mouse = ImGui::GetIO().MousePos - place.at;
  return place.view.Pick(static_cast<double>(mouse.x / place.size.x),
                         static_cast<double>(mouse.y / place.size.y));
}

void Select(Ui& ui, const ScenePlace& place) {
  if (!place.hovered) return;
  if (ImGui::IsMouseDoubleClicked(0)) ui.state.scene.selected = Under(place);
  if (!ImGui::IsMouseDoubleClicked(1) || !ImGui::GetIO().KeyCtrl) return;
  const ScenePick pick = Under(place);
  if (pick.body == 0) return;
  SceneCamera camera = place.view.Camera();
  camera.kind = SceneCamera::Kind::kFollow;
  camera.body = pick.body;
  SetCamera(ui, camera);
}

// A spring from the selected body's point to the mouse, for as long as the button is held.
void Pull(Ui& ui, const ScenePlace& place) {
  SceneState& scene = ui.state.scene;
  const ImGuiIO& io = ImGui::GetIO();
  if (scene.pulling < 0 && place.hovered && io.KeyCtrl) {
    const int button = ImGui::IsMouseClicked(0) ? 0 : ImGui::IsMouseClicked(1) ? 1 : -1;
    if (button < 0) return;
    if (!place.live) {
      SceneNote(ui, ui.view.clock.trace >= 0
                        ? "this is a recording: Enter goes on from here as the live world"
                        : "this is the past: End goes to the newest step");
      return;
    }
    if (scene.selected.body == 0) scene.selected = Under(place);
    if (!place.view.Grab(scene.selected)) return;
    scene.pulling = button;
    scene.pull = place.view.Drag(0, 0, SceneView::Pull::kUpright, button == 0);
    ui.session.Send(CommandOf(scene.pull));
    return;
  }
  if (scene.pulling < 0) return;
  if (!ImGui::IsMouseDown(scene.pulling)) {
    scene.pulling = -1;
    ui.session.Send(Perturb{});
    return;
  }
  if (io.MouseDelta.x == 0 && io.MouseDelta.y == 0) return;
  scene.pull = place.view.Drag(static_cast<double>(io.MouseDelta.x / place.size.y),
                               static_cast<double>(io.MouseDelta.y / place.size.y),
                               io.KeyShift ? SceneView::Pull::kLevel : SceneView::Pull::kUpright,
                               scene.pulling == 0);
  ui.session.Send(CommandOf(scene.pull));
}

// Bodies are places that a script can name: "scene/body:torso".
void ReportBodies(const ScenePlace& place) {
  if (!ItemLog::Get().recording) return;
  const std::vector<std::string> names = place.view.BodyNames();
  for (size_t i = 1; i < names.size(); ++i) {
    double world[3], share[2];
    if (!place.view.Locate(place.row, {.body = static_cast<int>(i)}, world) ||
        !place.view.Project(world, share)) {
      continue;
    }
    const ImVec2 at = place.At(share);
    ReportRect("body:" + names[i], "point", names[i], at - ImVec2(1, 1), at + ImVec2(1, 1));
  }
}

}  // namespace

void SceneHands(Ui& ui, const ScenePlace& place) {
  Pull(ui, place);
  const bool cells = place.view.Board().columns > 0;
  if (ui.state.scene.pulling < 0 && !cells && !ImGui::GetIO().KeyCtrl) MoveCamera(ui, place);
  Select(ui, place);
  CameraKeys(ui, place);
  ReportBodies(place);
}

}  // namespace carrot
