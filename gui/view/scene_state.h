// What the scene shows beside the row itself, and what the mouse is about to do in it.
#pragma once

#include <string>

#include "gui/render/scene_view.h"

namespace carrot {

struct SceneState {
  bool trail = false, labels = false, heat = false, ghost = false, edit = false;
  int trail_term = -1;                      // coloured by that term; -1: by the total
  int ghost_trace = -1, ghost_episode = 0;  // as Clock::trace and Clock::episode

  float divider = 0.5f;  // of the two pictures of A/B

  ScenePick selected;     // a body; body 0: none
  int pulling = -1;       // mouse button that holds the selected body; -1: none
  BodyPull pull;          // while pulling
  int brush = -1;         // SceneView::Brushes; -1: the mouse moves the agent
  bool dragging = false;  // the agent
  int painted = -1;       // the cell that the brush touched last

  std::string note;  // over the picture, until note_until
  double note_until = 0;
};

}  // namespace carrot
