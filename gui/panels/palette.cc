// The command palette (Ctrl+K): every command, term, parameter, panel, episode and recording, by a
// few letters of its name.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cctype>
#include <functional>

#include "gui/panels/panels.h"
#include "gui/view/paid_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

struct Entry {
  std::string name, keys;
  std::function<void()> run;
};

struct PaletteState {
  std::string query;
  int chosen = 0;
  bool opened = false;
};
PaletteState& ThePalette() {
  static PaletteState state;  // one window
  return state;
}

// The letters of the query in order: smaller is better, -1 is no match. Letters that follow each
// other and begin words count for more.
int MatchCost(const std::string& name, const std::string& query) {
  int score = 0;
  size_t at = 0;
  for (char c : query) {
    size_t found = at;
    while (found < name.size() && std::tolower(name[found]) != std::tolower(c)) ++found;
    if (found == name.size()) return -1;
    const bool begins = found == 0 || name[found - 1] == ' ' || name[found - 1] == '_';
    score += static_cast<int>(found - at) * (begins ? 1 : 3);
    at = found + 1;
  }
  return score + static_cast<int>(name.size()) / 8;
}

std::vector<Entry> Entries(Ui& ui) {
  std::vector<Entry> all;
  auto& session = ui.session;
  const auto send = [&](const char* name, const char* keys, Command command) {
    all.push_back({name, keys, [&session, command] { session.Send(command); }});
  };
  send(ui.view.clock.playing ? "Pause" : "Play", "Space",
       ui.view.clock.playing ? Command(Pause{}) : Command(Play{}));
  send("Undo", "Ctrl+Z", Undo{});
  send("Redo", "Ctrl+Shift+Z", Redo{});
  send("Reload the script", "Ctrl+L", ReloadReward{});
  all.push_back({"Write to script...", "", [&ui] { ui.state.write_open = true; }});
  send("Take a snapshot", "", SaveSnapshot{});
  send("Go on live from this step", "Enter", Command(std::in_place_type<Branch>));
  send("Start a new live episode", "Backspace", Reset{});
  send("Train 200,000 steps", "", StartTrain{});
  send("Live world", "K", Seek{-1, -1, -1});
  for (double speed : {0.1, 0.25, 1.0, 4.0}) {
    all.push_back({fmt::format("Speed {:g}x", speed), "",
                   [&session, speed] { session.Send(SetSpeed{speed}); }});
  }
  send("Speed as fast as it goes", "5", SetSpeed{0});
  for (const Panel& panel : Panels()) {
    if (panel.slot == Slot::kOver) continue;
    all.push_back({fmt::format("Show {}", panel.title), "", [id = panel.id] { FocusPanel(id); }});
  }
  UiState& state = ui.state;
  constexpr std::pair<const char*, const char*> kLayouts[] = {
      {"tune", "F5"}, {"evaluate", "F6"}, {"author", "F7"}, {"llm", "F8"}};
  for (const auto& [layout, key] : kLayouts) {
    all.push_back({fmt::format("Layout {}", layout), key, [&state, layout = layout] {
                     state.layout = layout;
                     state.layout_changed = true;
                   }});
  }
  all.push_back({"Theme light or dark", "", [&state] {
                   state.theme = state.theme == Theme::kLight ? Theme::kDark : Theme::kLight;
                   ApplyStyle(state.theme);
                 }});
  all.push_back({"One-minute tour", "", [&state] {
                   state.tour_open = true;
                   state.tour_step = 0;
                 }});
  for (const PaidPart& part : PaidParts(ui.view.reward)) {
    all.push_back({fmt::format("Term {}: back to the script's weight", part.term->name), "",
                   [&session, name = part.setting] { session.Send(ResetValue{name}); }});
  }
  for (size_t i = 0; i < ui.view.open.size(); ++i) {
    all.push_back({fmt::format("Recording {}", ui.view.open[i].name), "", [&session, i] {
                     session.Send(Seek{static_cast<int>(i), -1, 0});
                   }});
  }
  return all;
}

}  // namespace

void DrawPalette(Ui& ui) {
  PaletteState& state = ThePalette();
  if (!ui.state.palette_open) {
    state = {};
    return;
  }
  const Scope scope("palette");
  const ImGuiViewport& screen = *ImGui::GetMainViewport();
  ImGui::SetNextWindowPos(screen.Pos + ImVec2(screen.Size.x / 2, 90), ImGuiCond_Always,
                          ImVec2(0.5f, 0));
  ImGui::SetNextWindowSize(ImVec2(520, 0));
  constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoDocking |
                                      ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings;
  ImGui::Begin("###palette", nullptr, kFlags);
  if (!state.opened) {
    ImGui::SetWindowFocus();
    ImGui::SetKeyboardFocusHere();
    state.opened = true;
  }
  const bool enter = widgets::InputText("query", &state.query, "what to do", -1);
  std::vector<Entry> entries = Entries(ui);
  std::vector<std::pair<int, const Entry*>> found;
  for (const Entry& entry : entries) {
    const int score = MatchCost(entry.name, state.query);
    if (score >= 0) found.emplace_back(score, &entry);
  }
  if (!state.query.empty()) {
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
  }
  if (ImGui::IsKeyPressed(ImGuiKey_DownArrow)) ++state.chosen;
  if (ImGui::IsKeyPressed(ImGuiKey_UpArrow)) --state.chosen;
  const int shown = std::min<int>(12, static_cast<int>(found.size()));
  state.chosen = shown > 0 ? std::clamp(state.chosen, 0, shown - 1) : 0;
  const Entry* run = nullptr;
  for (int i = 0; i < shown; ++i) {
    const Entry& entry = *found[i].second;
    if (widgets::Selectable(fmt::format("{}", i).c_str(), entry.name.c_str(), i == state.chosen))
      run = &entry;
    if (entry.keys.empty()) continue;
    ImGui::SameLine(ImGui::GetWindowWidth() - 110);
    ImGui::TextDisabled("%s", entry.keys.c_str());
  }
  if (shown == 0) widgets::Muted("none", "nothing of that name");
  if (enter && shown > 0) run = found[state.chosen].second;
  if (run) run->run();
  if (run || ImGui::IsKeyPressed(ImGuiKey_Escape)) ui.state.palette_open = false;
  ImGui::End();
}

}  // namespace carrot
