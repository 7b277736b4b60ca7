// The parts of the Scene panel, a file each. They draw over the picture and answer the mouse and
// the keys; what a world cannot do (gui/render/scene_view.h), they leave out.
#pragma once

#include <imgui.h>

#include <string>

#include "gui/panels/panels.h"
#include "gui/view/scenes.h"

namespace carrot {

// Where the picture lies, and the row that it shows.
struct ScenePlace {
  ImVec2 at, size;       // of the picture
  ImVec2 room_at, room;  // of the panel around it
  SceneView& view;
  const TraceView& trace;
  int step = 0;
  SceneRow row;
  bool hovered = false;  // the picture
  bool held = false;     // a drag that began in it lasts
  bool keys = false;     // the panel is hovered or focused, and nobody types
  bool live = false;     // the row is the live world's newest: hands can touch it

  ImVec2 At(const double share[2]) const {
    return ImVec2(at.x + static_cast<float>(share[0]) * size.x,
                  at.y + static_cast<float>(share[1]) * size.y);
  }
  const TraceEpisodeRows& Episode(const Ui& ui) const {
    return (*trace.episodes)[ui.view.clock.episode];
  }
};

// A key that the scene has before everyone else while `place.keys`.
bool SceneKey(const ScenePlace& place, ImGuiKeyChord chord, bool repeat = false);
// A line over the picture for some seconds.
void SceneNote(Ui& ui, const std::string& text);
// A small label with a background; reported as `name`. Its size.
ImVec2 SceneTag(const Ui& ui, const char* name, const std::string& text, ImVec2 at, Colour ink = 0);

// Another episode to look at beside the shown one (SceneState::ghost_trace, ghost_episode).
void SuggestOther(Ui& ui);
void ChooseOther(Ui& ui);  // a list of them
std::string EpisodeName(const FrameView& view, int trace, int episode);

void SceneHands(Ui& ui, const ScenePlace& place);     // camera, selection, pull
void SceneCells(Ui& ui, const ScenePlace& place);     // painting cells, moving the agent
void SceneOverlays(Ui& ui, const ScenePlace& place);  // trail, labels, selection, arrow
void SceneHeat(Ui& ui, const ScenePlace& place);      // what each cell would pay
void SceneMenu(Ui& ui, const ScenePlace& place);      // View: what is shown
void ScenePlay(Ui& ui, const ScenePlace& place);      // a person acts

}  // namespace carrot
