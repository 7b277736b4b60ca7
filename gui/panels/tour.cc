// The first minute: four cards that say what this is for, and a tour that asks for the real
// gestures. A step of the tour ends when the gesture was made, not when a button was pressed.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <cmath>

#include "gui/panels/panels.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

// What was there when the step began.
struct Before {
  int step = -1;
  RewardSettings settings;
  int clock = 0, version = 0;
  std::string undo;
  bool waiting = false;
};

struct TourStep {
  const char* title;
  const char* text;
  bool (*done)(const Ui& ui, const Before& before);
};

constexpr TourStep kSteps[] = {
    {"Drag a weight",
     "Pull the slider of a term in Tune. Everything that was recorded is scored anew while you "
     "drag: nothing is "
     "simulated again.",
     [](const Ui& ui, const Before& b) {
       return ui.view.reward.settings.weights.weights != b.settings.weights.weights;
     }},
    {"Compare with the file",
     "Hold ` (the grave accent): as long as it is down, everything shows the script's own values.",
     [](const Ui& ui, const Before&) { return ui.view.flipped; }},
    {"Take it back", "Press Ctrl+Z. A drag is one step.",
     [](const Ui& ui, const Before& b) { return ui.view.reward.history != b.undo; }},
    {"Stop the time", "Press Space.",
     [](const Ui& ui, const Before&) { return !ui.view.clock.playing; }},
    {"Look at another moment",
     "Move the mouse over a plot: the scene shows that step while you are there.",
     [](const Ui& ui, const Before&) { return ui.state.peek_step >= 0; }},
    {"Go there", "Click in the plot. Every panel shows the same step.",
     [](const Ui& ui, const Before& b) {
       return ui.view.clock.step != b.clock && !ui.view.clock.playing;
     }},
    {"Find anything", "Press Ctrl+K and type a few letters of what you want.",
     [](const Ui& ui, const Before&) { return ui.state.palette_open; }},
};

void Tour(Ui& ui) {
  static Before before;  // one window
  UiState& state = ui.state;
  constexpr int kCount = static_cast<int>(std::size(kSteps));
  if (state.tour_step >= kCount) {
    state.tour_open = false;
    return;
  }
  if (before.step != state.tour_step) {
    before = {state.tour_step, ui.view.reward.settings, ui.view.clock.step, ui.view.reward.version,
              ui.view.reward.history};
  }
  const TourStep& step = kSteps[state.tour_step];
  const Scope scope("tour");
  const ImGuiViewport& screen = *ImGui::GetMainViewport();
  ImGui::SetNextWindowPos(screen.Pos + ImVec2(screen.Size.x - 20, screen.Size.y - 46),
                          ImGuiCond_Always, ImVec2(1, 1));
  ImGui::SetNextWindowSize(ImVec2(340, 0));
  constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoDocking |
                                      ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoFocusOnAppearing;
  ImGui::Begin("###tour", nullptr, kFlags);
  ImGui::PushFont(ui.fonts.semibold, 0);
  widgets::Text("title", fmt::format("{}  ({} of {})", step.title, state.tour_step + 1, kCount));
  ImGui::PopFont();
  widgets::Paragraph("text", step.text);
  if (widgets::SmallButton("skip", "skip")) ++state.tour_step;
  ImGui::SameLine();
  if (widgets::SmallButton("end", "end the tour")) state.tour_open = false;
  ImGui::End();
  if (before.step == state.tour_step && step.done(ui, before)) ++state.tour_step;
}

struct Card {
  const char *id, *title, *text, *layout;
};
constexpr Card kCards[] = {
    {"tune", "Tune",
     "Weigh a reward while the robot moves. Recorded episodes are scored anew as you drag.",
     "tune"},
    {"evaluate", "Evaluate",
     "Which reward ranks good behaviour above bad? Compare on the same recordings.", "evaluate"},
    {"author", "Author",
     "Write Lua in your own editor. Every save is checked, scored and explained, line by line.",
     "author"},
    {"llm", "LLM",
     "Rewards that a language model wrote: check, compare and sweep them in its loop, in a "
     "sandbox.",
     "llm"},
};

void Welcome(Ui& ui) {
  const Scope scope("welcome");
  const ImGuiViewport& screen = *ImGui::GetMainViewport();
  ImGui::SetNextWindowPos(screen.Pos + screen.Size / 2, ImGuiCond_Always, ImVec2(0.5f, 0.5f));
  ImGui::SetNextWindowSize(ImVec2(820, 0));
  constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoDocking |
                                      ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(24, 20));
  ImGui::Begin("###welcome", nullptr, kFlags);
  ImGui::PushFont(ui.fonts.semibold, 22);
  widgets::Text("title", "Design a reward that means what you want");
  ImGui::PopFont();
  widgets::Muted(
      "what", fmt::format("This is {}: {}", ui.view.task->spec().name, ui.view.task->spec().doc));
  ImGui::Dummy(ImVec2(0, 6));
  const float width = (ImGui::GetContentRegionAvail().x - 3 * 12) / 4;
  for (const Card& card : kCards) {
    ImGui::BeginChild(card.id, ImVec2(width, 180), ImGuiChildFlags_Borders,
                      ImGuiWindowFlags_NoScrollbar);
    ImGui::PushFont(ui.fonts.semibold, 17);
    ImGui::TextUnformatted(card.title);
    ImGui::PopFont();
    ImGui::PushTextWrapPos(0);
    ImGui::TextUnformatted(card.text);
    ImGui::PopTextWrapPos();
    ImGui::SetCursorPosY(180 - 44);
    if (widgets::Button(card.id, "Open")) {
      ui.state.layout = card.layout;
      ui.state.layout_changed = true;
      ui.state.welcome = false;
    }
    ImGui::EndChild();
    ImGui::SameLine(0, 12);
  }
  ImGui::NewLine();
  ImGui::Dummy(ImVec2(0, 4));
  if (widgets::Button("tour", "Show me in one minute")) {
    ui.state.tour_open = true;
    ui.state.tour_step = 0;
    ui.state.welcome = false;
  }
  ImGui::SameLine();
  if (widgets::Button("close", "Close") || ImGui::IsKeyPressed(ImGuiKey_Escape))
    ui.state.welcome = false;
  ImGui::End();
  ImGui::PopStyleVar();
}

}  // namespace

void DrawTour(Ui& ui) {
  if (ui.state.welcome) Welcome(ui);
  if (ui.state.tour_open) Tour(ui);
}

}  // namespace carrot
