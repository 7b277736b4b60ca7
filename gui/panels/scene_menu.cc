// View: what the scene shows beside the row, each with its key.
#include <fmt/format.h>
#include <imgui_internal.h>

#include "gui/panels/scene_parts.h"
#include "gui/view/paid_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr int kMostGhosts = 24;  // listed

}  // namespace

std::string EpisodeName(const FrameView& view, int trace, int episode) {
  return fmt::format("{}, episode {}", trace < 0 ? "live" : view.open[trace].name, episode);
}

// Another recording's episode, else another of this one.
void SuggestOther(Ui& ui) {
  SceneState& scene = ui.state.scene;
  const Clock& clock = ui.view.clock;
  const auto open = static_cast<int>(ui.view.open.size());
  scene.ghost_trace = clock.trace;
  scene.ghost_episode = clock.episode > 0 ? clock.episode - 1 : 1;
  for (int i = 0; i < open; ++i) {
    if (i == clock.trace) continue;
    scene.ghost_trace = i;
    scene.ghost_episode = 0;
    return;
  }
}

void ChooseOther(Ui& ui) {
  SceneState& scene = ui.state.scene;
  const Scope scope("ghosts");
  int listed = 0;
  for (int trace = -1; trace < static_cast<int>(ui.view.open.size()); ++trace) {
    const TraceView& view = trace < 0 ? ui.view.live : ui.view.open[trace];
    if (!view.episodes) continue;
    for (int e = 0; e < static_cast<int>(view.episodes->size()) && listed < kMostGhosts; ++e) {
      if (trace == ui.view.clock.trace && e == ui.view.clock.episode) continue;
      ++listed;
      const bool on = scene.ghost_trace == trace && scene.ghost_episode == e;
      const std::string name = EpisodeName(ui.view, trace, e);
      if (widgets::Selectable(name.c_str(), name.c_str(), on)) {
        scene.ghost_trace = trace;
        scene.ghost_episode = e;
      }
    }
  }
}

namespace {

void Toggle(const char* name, const char* label, ImGuiKey key, bool* on, const char* tip) {
  const std::string text = fmt::format("{}  ({})", label, ImGui::GetKeyName(key));
  widgets::Toggle(name, text.c_str(), on, tip);
}

void TrailTerms(Ui& ui) {
  SceneState& scene = ui.state.scene;
  if (!scene.trail || !ui.view.reward.function) return;
  const Scope scope("trail_by");
  const std::vector<PaidPart> parts = PaidParts(ui.view.reward);
  for (int k = -1; k < static_cast<int>(parts.size()); ++k) {
    const std::string name = k < 0 ? "by the reward" : parts[static_cast<size_t>(k)].term->name;
    ImGui::Indent(18);
    if (widgets::Selectable(name.c_str(), name.c_str(), scene.trail_term == k)) {
      scene.trail_term = k;
    }
    ImGui::Unindent(18);
  }
}

void Cameras(Ui& ui) {
  const std::vector<std::string> names = ui.scenes.CameraNames();
  if (names.empty()) return;
  widgets::Heading("camera");
  const Scope scope("cameras");
  SceneCamera& camera = ui.scenes.camera;
  if (widgets::Selectable("automatic", "automatic  (Esc)",
                          camera.kind == SceneCamera::Kind::kAutomatic)) {
    camera = {};
    ui.scenes.CameraChanged();
  }
  for (const std::string& name : names) {
    const bool on = camera.kind == SceneCamera::Kind::kNamed && camera.name == name;
    if (!widgets::Selectable(name.c_str(), name.c_str(), on)) continue;
    camera = {.kind = SceneCamera::Kind::kNamed, .name = name};
    ui.scenes.CameraChanged();
  }
}

}  // namespace

void SceneMenu(Ui& ui, const ScenePlace& place) {
  SceneState& scene = ui.state.scene;
  const bool board = place.view.Board().columns > 0;
  // While a person acts, letters are actions.
  if (!ui.view.human) {
    if (SceneKey(place, ImGuiKey_T)) scene.trail = !scene.trail;
    if (SceneKey(place, ImGuiKey_L)) scene.labels = !scene.labels;
    if (SceneKey(place, ImGuiKey_O)) {
      scene.ghost = !scene.ghost;
      if (scene.ghost) SuggestOther(ui);
    }
    if (board && SceneKey(place, ImGuiKey_R)) scene.heat = !scene.heat;
    if (board && SceneKey(place, ImGuiKey_E)) scene.edit = !scene.edit;
  }
  const float width = ImGui::CalcTextSize("View").x + 2 * ImGui::GetStyle().FramePadding.x;
  ImGui::SetCursorScreenPos(
      ImVec2(place.room_at.x + place.room.x - width - 8, place.room_at.y + 8));
  if (widgets::Button("view_menu", "View")) ImGui::OpenPopup("view");
  if (!ImGui::BeginPopup("view")) return;
  Toggle("labels", "Labels", ImGuiKey_L, &scene.labels,
         "The three terms that pay or cost most in this step, beside the body that they name");
  Toggle("trail", "Trail", ImGuiKey_T, &scene.trail,
         "Where the agent was, coloured by what it was paid there");
  TrailTerms(ui);
  const bool had_ghost = scene.ghost;
  Toggle("ghost", "Ghost", ImGuiKey_O, &scene.ghost, "Another episode's agent at the same step");
  if (scene.ghost && !had_ghost) SuggestOther(ui);
  if (scene.ghost) {
    ImGui::Indent(18);
    ChooseOther(ui);
    ImGui::Unindent(18);
  }
  if (board) {
    Toggle("heat", "Reward map", ImGuiKey_R, &scene.heat,
           "What the script would have paid had this step ended in each cell");
    Toggle("edit", "Edit cells", ImGuiKey_E, &scene.edit,
           "Paint the live world's cells, or move its agent");
  }
  Cameras(ui);
  ImGui::EndPopup();
}

}  // namespace carrot
