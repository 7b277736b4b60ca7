// What a panel is given: the newest view, the session to send commands to, and the state of the
// screen that is nobody else's business. A panel is a function of these, in a file of its own
// (gui/panels); to add one is one line in panel_list.cc.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/session/session.h"
#include "gui/render/canvas.h"
#include "gui/render/style.h"
#include "gui/view/curve_picture.h"
#include "gui/view/scene_state.h"
#include "gui/view/series.h"

namespace carrot {

class SceneCache;

// State of the screen only: never in a recording, never in commands.jsonl.
struct UiState {
  // Hovering a plot shows that step in the scene without moving the clock; -1: nothing is hovered.
  int peek_step = -1;
  bool peek = true;
  int mark_a = -1, mark_b = -1;          // cursors of the plots, steps of the shown episode
  int select_from = -1, select_to = -1;  // the range selected in the plots, of the same; -1: none
  std::string selected_term;             // highlighted everywhere; "": none
  Theme theme = Theme::kLight;
  std::string layout = "tune";  // tune, evaluate, author, llm
  bool layout_changed = true;
  bool palette_open = false, tour_open = false, welcome = false;
  bool write_open = false;  // the review of what is written to the script
  int source_line = 0;      // to show in Source; 0: none was asked for
  int tour_step = 0;
  std::map<std::string, bool> hidden;  // panels that were closed, by id
  std::map<std::string, std::string>
      copied;  // panel -> the command that does the same without a screen
  SceneState scene;
  std::string toast;
  double toast_until = 0;
  // Test of the tests (CARROT_TEST_FAULT): what is broken on purpose; "": nothing.
  std::string fault;
  bool Fault(std::string_view name) const { return fault == name; }
  void Toast(std::string text, double until) {
    toast = std::move(text);
    toast_until = until;
  }
};

// The way of panels to the session.
class CommandSender {
 public:
  CommandSender(Session& session, const UiState& state) : session_(session), state_(state) {}
  void Send(Command command) {
    if (state_.Fault("seek") && std::holds_alternative<Seek>(command)) return;
    if (state_.Fault("rescore") && std::holds_alternative<SetValue>(command)) return;
    session_.Send(std::move(command));
    any_ = true;
  }

  bool any() const { return any_; }  // was sent

 private:
  Session& session_;
  const UiState& state_;
  bool any_ = false;
};

struct Ui {
  const FrameView& view;
  CommandSender session;
  UiState& state;
  SeriesCache& series;
  SceneCache& scenes;
  std::map<std::string, CurvePicture>& pictures;  // of plots, by name; made on first use
  const Fonts& fonts;
  const Palette& palette;
  double time = 0;  // seconds since the start, of the virtual clock while a script drives

  // The step that everything shows: the peeked one, else the clock's.
  int ShownStep() const {
    return state.peek && state.peek_step >= 0 && state.peek_step <= view.clock.length
               ? state.peek_step
               : view.clock.step;
  }
  // The colours of the reward's terms, the same in every panel.
  const std::vector<Colour>& TermColours() const { return series.TermColours(view, state.theme); }
};

enum class Slot { kLeft, kCentre, kRight, kBottom, kOver };

struct Panel {
  const char* id;  // of its items, of `expect` in scripts, of ImGui ("Title###id")
  const char* title;
  Slot slot;            // where it lies in the standard layout
  const char* layouts;  // those that show it: "tune author"; "author!": in front of its place
  void (*draw)(Ui& ui);
  int (*count)(const Ui& ui) = nullptr;  // beside the title, if it is not 0
};

std::span<const Panel> Panels();
// Brings a panel's tab to the front.
void FocusPanel(const char* id);

}  // namespace carrot
