// The line above the timeline, and the timeline's keys: they work wherever the mouse is.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>

#include "gui/panels/panels.h"
#include "gui/panels/timeline_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

// 0 is as fast as it goes: the last.
constexpr double kFinerSpeeds[] = {1.0 / 64, 1.0 / 32, 1.0 / 16, 0.1, 0.25, 0.5, 0.75, 1,
                                   1.5,      2,        3,        4,   8,    16,  32,   0};

struct HeadState {
  MarkCache marks;
  // The bookmark that was just made and is being named.
  int trace = -1, episode = -1, step = -1;
  bool focus = false;
  std::string text;
};
HeadState& TheHead() {
  static HeadState state;  // one window
  return state;
}

void Recordings(Ui& ui) {
  const Scope scope("traces");
  const FrameView& view = ui.view;
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

void LoopText(Ui& ui) {
  const Clock& clock = ui.view.clock;
  if (clock.loop_from < 0) return;
  ImGui::SameLine(0, 18);
  widgets::Text("loop", fmt::format("loop {} to {}", clock.loop_from, clock.loop_to));
  ImGui::SameLine(0, 4);
  if (widgets::SmallButton("loop_off", "x", "Plays on instead of round"))
    ui.session.Send(SetLoop{});
}

void BookmarkText(Ui& ui) {
  HeadState& state = TheHead();
  if (state.step < 0) return;
  ImGui::SameLine(0, 18);
  widgets::Text("bookmarked", fmt::format("bookmark at step {}:", state.step));
  ImGui::SameLine(0, 6);
  if (state.focus) ImGui::SetKeyboardFocusHere();
  state.focus = false;
  if (widgets::InputText("bookmark", &state.text, "what is here (Enter)", 180)) {
    ui.session.Send(Label{.kind = "bookmark",
                          .text = state.text,
                          .from = state.step,
                          .trace = state.trace,
                          .episode = state.episode});
    state.step = -1;
  } else if (ImGui::IsItemDeactivated()) {  // Escape, or a click elsewhere: it stays without a text
    state.step = -1;
  }
}

// "3 success  2 fallen": click for the next episode that ended so.
void Ends(Ui& ui, const std::vector<Mark>& marks) {
  const std::map<std::string, int>& counts = TheHead().marks.ends();
  float width = 0;
  const float padding = 2 * ImGui::GetStyle().FramePadding.x + 6;
  for (const auto& [end, count] : counts) {
    width += ImGui::CalcTextSize(fmt::format("{} {}", count, end).c_str()).x + padding;
  }
  ImGui::SameLine();
  const float room = ImGui::GetContentRegionAvail().x;
  if (room < width) return ImGui::NewLine();
  ImGui::SetCursorPosX(ImGui::GetCursorPosX() + room - width);
  const Scope scope("ends");
  for (const auto& [end, count] : counts) {
    ImGui::PushStyleColor(ImGuiCol_Text, EndColour(ui, end));
    const bool pressed = widgets::SmallButton(end.c_str(), fmt::format("{} {}", count, end).c_str(),
                                              "Episodes that ended so. Click: to the next one");
    ImGui::PopStyleColor();
    ImGui::SameLine(0, 6);
    if (!pressed) continue;
    const Mark* next = nullptr;
    for (const Mark& mark : marks) {
      if (mark.kind != MarkKind::kEpisode || mark.text != end) continue;
      if (next == nullptr) next = &mark;  // round from the last to the first
      if (mark.episode <= ui.view.clock.episode) continue;
      next = &mark;
      break;
    }
    ui.session.Send(Seek{ui.view.clock.trace, next->episode, 0});
  }
  ImGui::NewLine();
}

void Bookmark(Ui& ui) {
  HeadState& state = TheHead();
  const Clock& clock = ui.view.clock;
  if (clock.trace < 0) {
    ui.state.toast = "bookmarks belong to a recording: this is the live world";
    ui.state.toast_until = ui.time + 4;
    return;
  }
  state.trace = clock.trace;
  state.episode = clock.episode;
  state.step = ui.ShownStep();
  state.text.clear();
  state.focus = true;
  ui.session.Send(Label{.kind = "bookmark", .from = state.step});
}

void Faster(Ui& ui, int direction) {
  const double now = ui.view.clock.speed > 0 ? ui.view.clock.speed : INFINITY;
  const auto at = [](double speed) { return speed > 0 ? speed : INFINITY; };
  const int count = static_cast<int>(std::size(kFinerSpeeds));
  for (int i = 0; i < count; ++i) {
    const double speed = kFinerSpeeds[direction > 0 ? i : count - 1 - i];
    if (direction > 0 ? at(speed) > now : at(speed) < now) return ui.session.Send(SetSpeed{speed});
  }
}

}  // namespace

const std::vector<Mark>& TimelineMarks(const FrameView& view) {
  return TheHead().marks.Of(view, view.Shown());
}

Colour EndColour(const Ui& ui, const std::string& end) {
  if (end == "success") return ui.palette.good;
  if (end == "time_limit") return ui.palette.notice;
  return end == "not finished" ? ui.palette.muted : ui.palette.bad;
}

void DrawTimelineHead(Ui& ui, const std::vector<Mark>& marks) {
  Recordings(ui);
  LoopText(ui);
  BookmarkText(ui);
  Ends(ui, marks);
}

void TimelineKeys(Ui& ui) {
  const auto pressed = [](ImGuiKeyChord chord) {
    return ImGui::Shortcut(chord, ImGuiInputFlags_RouteGlobal | ImGuiInputFlags_Repeat);
  };
  const Clock& clock = ui.view.clock;
  const int second = std::max(1, static_cast<int>(std::lround(1 / ui.view.task->spec().world.dt)));
  if (pressed(ImGuiMod_Alt | ImGuiKey_RightArrow)) ui.session.Send(StepBy{second});
  if (pressed(ImGuiMod_Alt | ImGuiKey_LeftArrow)) ui.session.Send(StepBy{-second});
  for (const int direction : {1, -1}) {
    if (!pressed(ImGuiMod_Ctrl | (direction > 0 ? ImGuiKey_RightArrow : ImGuiKey_LeftArrow)))
      continue;
    const Mark* mark = NextMark(TimelineMarks(ui.view), clock.episode, clock.step, direction);
    if (mark == nullptr) continue;
    ui.session.Send(Pause{});
    ui.session.Send(Seek{clock.trace, mark->episode, mark->from});
    ui.state.toast = mark->kind == MarkKind::kEpisode
                         ? fmt::format("episode {}: {}", mark->episode, mark->text)
                         : mark->text;
    ui.state.toast_until = ui.time + 4;
  }
  if (pressed(ImGuiKey_M)) Bookmark(ui);
  if (pressed(ImGuiKey_Equal) || pressed(ImGuiMod_Shift | ImGuiKey_Equal) ||
      pressed(ImGuiKey_KeypadAdd))
    Faster(ui, 1);
  if (pressed(ImGuiKey_Minus) || pressed(ImGuiKey_KeypadSubtract)) Faster(ui, -1);
}

}  // namespace carrot
