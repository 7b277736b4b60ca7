// A person acts: keys by the task's actions, shown over the picture; G and X keep the episode as a
// good or a bad demonstration.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "gui/panels/scene_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

// A world whose step is longer waits for the person; a faster one goes on by itself.
constexpr double kTurnSeconds = 0.2;

struct Binding {
  ImGuiKey key;
  int dimension;
  double value;
};
struct KeyMap {
  const Task* task = nullptr;
  std::vector<Binding> bindings;
  std::vector<std::pair<std::string, std::string>> lines;  // keys, what they do
  std::vector<double> neutral;
};

ImGuiKey KeyOfChoice(const std::string& name, const std::vector<Binding>& taken) {
  const auto has = [&name](const char* word) { return name.find(word) != std::string::npos; };
  const auto free = [&taken](ImGuiKey key) {
    return std::none_of(taken.begin(), taken.end(),
                        [key](const Binding& b) { return b.key == key; });
  };
  const std::pair<bool, ImGuiKey> usual[] = {
      {has("left"), ImGuiKey_LeftArrow},
      {has("right"), ImGuiKey_RightArrow},
      {has("forward") || has("up"), ImGuiKey_UpArrow},
      {has("back") || has("down"), ImGuiKey_DownArrow},
      {has("done") || has("noop") || has("stay") || has("none"), ImGuiKey_Space}};
  if (!has("pick") && !has("drop")) {
    for (const auto& [is, key] : usual) {
      if (is && free(key)) return key;
    }
  }
  // Else a letter of its name, but not one that judges or ends the play.
  for (const char c : name + "qwertyuiopasdfjklzcvbnm") {
    if (!std::isalpha(static_cast<unsigned char>(c)) || c == 'h' || c == 'g' || c == 'x') continue;
    const auto key = static_cast<ImGuiKey>(ImGuiKey_A + (std::tolower(c) - 'a'));
    if (free(key)) return key;
  }
  return ImGuiKey_None;
}

const char* ShortKey(ImGuiKey key) {
  switch (key) {
    case ImGuiKey_LeftArrow:
      return "Left";
    case ImGuiKey_RightArrow:
      return "Right";
    case ImGuiKey_UpArrow:
      return "Up";
    case ImGuiKey_DownArrow:
      return "Down";
    default:
      return ImGui::GetKeyName(key);
  }
}

void MapChoices(const ActionSpec& action, KeyMap* map) {
  int first = 0;
  for (size_t d = 0; d < action.choices.size(); ++d) {
    for (int c = 0; c < action.choices[d]; ++c) {
      const int at = first + c;
      const std::string name = at < static_cast<int>(action.choice_names.size())
                                   ? action.choice_names[at]
                                   : fmt::format("{} {}", action.names[d], c);
      const ImGuiKey key = KeyOfChoice(name, map->bindings);
      if (key == ImGuiKey_None) continue;
      map->bindings.push_back({key, static_cast<int>(d), static_cast<double>(c)});
      map->lines.emplace_back(ShortKey(key), name);
    }
    first += action.choices[d];
  }
  map->neutral.assign(action.choices.size(), 0.0);
}

// A pair of keys an actuator; those without keys stay at rest.
void MapActuators(const ActionSpec& action, KeyMap* map) {
  constexpr std::pair<ImGuiKey, ImGuiKey> kPairs[] = {{ImGuiKey_LeftArrow, ImGuiKey_RightArrow},
                                                      {ImGuiKey_DownArrow, ImGuiKey_UpArrow},
                                                      {ImGuiKey_A, ImGuiKey_D},
                                                      {ImGuiKey_S, ImGuiKey_W},
                                                      {ImGuiKey_Q, ImGuiKey_E},
                                                      {ImGuiKey_Z, ImGuiKey_C},
                                                      {ImGuiKey_J, ImGuiKey_L},
                                                      {ImGuiKey_K, ImGuiKey_I}};
  for (size_t d = 0; d < action.low.size(); ++d) {
    const double low = std::isfinite(action.low[d]) ? action.low[d] : -1;
    const double high = std::isfinite(action.high[d]) ? action.high[d] : 1;
    map->neutral.push_back(std::clamp(0.0, low, high));
    if (d >= std::size(kPairs)) continue;
    const auto [less, more] = kPairs[d];
    map->bindings.push_back({less, static_cast<int>(d), low});
    map->bindings.push_back({more, static_cast<int>(d), high});
    map->lines.emplace_back(fmt::format("{} {}", ShortKey(less), ShortKey(more)), action.names[d]);
  }
  if (action.low.size() > std::size(kPairs)) {
    map->lines.emplace_back(
        "", fmt::format("{} more stay at rest", action.low.size() - std::size(kPairs)));
  }
}

const KeyMap& KeyMapOf(const Task& task) {
  static KeyMap kept;  // one window
  if (kept.task == &task) return kept;
  kept = {.task = &task};
  const ActionSpec& action = task.spec().world.action;
  if (action.kind == ActionSpec::Kind::kDiscrete) {
    MapChoices(action, &kept);
  } else {
    MapActuators(action, &kept);
  }
  return kept;
}

void Switch(Ui& ui, const KeyMap& map, bool turns) {
  if (ui.view.human) {
    ui.session.Send(HumanAction{});
    return;
  }
  if (ui.view.clock.trace >= 0) ui.session.Send(Reset{});  // the live world, from its beginning
  ui.session.Send(HumanAction{true, map.neutral});
  ui.session.Send(turns ? Command(Pause{}) : Command(Play{}));
  ui.state.scene.edit = false;
}

// A step for each press.
void TakeTurn(Ui& ui, const ScenePlace& place, const KeyMap& map) {
  for (const Binding& binding : map.bindings) {
    if (!SceneKey(place, binding.key, true)) continue;
    std::vector<double> action = map.neutral;
    action[static_cast<size_t>(binding.dimension)] = binding.value;
    ui.session.Send(HumanAction{true, std::move(action)});
    ui.session.Send(StepBy{1});
  }
}

// What the held keys say; a choice stays until the next one.
void Hold(Ui& ui, const ScenePlace& place, const KeyMap& map, bool choices) {
  const std::vector<double>& before = ui.view.human_action;
  std::vector<double> action =
      choices && before.size() == map.neutral.size() ? before : map.neutral;
  for (const Binding& binding : map.bindings) {
    SceneKey(place, binding.key);  // nobody else's
    if (place.keys && ImGui::IsKeyDown(binding.key)) {
      action[static_cast<size_t>(binding.dimension)] = binding.value;
    }
  }
  if (action != before) ui.session.Send(HumanAction{true, std::move(action)});
}

// Good or bad: kept as a recording of its own.
void Judge(Ui& ui, const ScenePlace& place) {
  static size_t open = ui.view.open.size();  // one window
  if (ui.view.open.size() != open) {
    open = ui.view.open.size();
    const TraceView& kept = ui.view.open.back();
    if (kept.labels && !kept.labels->labels.empty()) {
      SceneNote(ui, fmt::format("kept as {}: {}.trace", Name(kept.labels->labels.back().kind),
                                kept.name));
    }
  }
  if (SceneKey(place, ImGuiKey_G)) ui.session.Send(Label{.kind = "good"});
  if (SceneKey(place, ImGuiKey_X)) ui.session.Send(Label{.kind = "bad"});
}

void DrawKeys(Ui& ui, const ScenePlace& place, const KeyMap& map, bool turns) {
  const bool over =
      ui.view.clock.trace < 0 && place.Episode(ui).ended && place.step == ui.view.clock.length;
  std::vector<std::pair<std::string, std::string>> lines = map.lines;
  lines.emplace_back("G  X", "keep as good, as bad");
  lines.emplace_back("H", "stop acting");
  if (!turns) lines.emplace_back("Space", over ? "next episode" : "pause");
  const std::string title = ui.view.clock.trace >= 0 ? "you act in the live world (K)"
                            : over                   ? "the episode is over"
                            : place.keys             ? "you act"
                                                     : "you act: mouse over the picture";
  float keys = 0, width = ImGui::CalcTextSize(title.c_str()).x;
  for (const auto& [key, what] : lines) keys = std::max(keys, ImGui::CalcTextSize(key.c_str()).x);
  for (const auto& [key, what] : lines) {
    width = std::max(width, keys + 12 + ImGui::CalcTextSize(what.c_str()).x);
  }
  const float line = ImGui::GetFontSize() + 3;
  const ImVec2 size(width + 20, line * static_cast<float>(lines.size() + 1) + 14);
  const ImVec2 at(place.room_at.x + 8, place.room_at.y + place.room.y - size.y - 8);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(at, at + size, WithAlpha(ui.palette.background, 0.86), 5);
  draw.AddText(at + ImVec2(10, 6), over ? ui.palette.notice : ui.palette.total, title.c_str());
  std::string all = title;
  for (size_t i = 0; i < lines.size(); ++i) {
    const float y = at.y + 8 + line * static_cast<float>(i + 1);
    draw.AddText(ImVec2(at.x + 10, y), ui.palette.text, lines[i].first.c_str());
    draw.AddText(ImVec2(at.x + 22 + keys, y), ui.palette.muted, lines[i].second.c_str());
    all += fmt::format("\n{}: {}", lines[i].first, lines[i].second);
  }
  ReportRect("keys", "text", all, at, at + size);
}

}  // namespace

void ScenePlay(Ui& ui, const ScenePlace& place) {
  const KeyMap& map = KeyMapOf(*ui.view.task);
  const TaskSpec& task = ui.view.task->spec();
  const bool turns = task.world.dt >= kTurnSeconds;
  if (SceneKey(place, ImGuiKey_H)) Switch(ui, map, turns);
  Judge(ui, place);
  if (!ui.view.human) return;
  if (ui.view.clock.trace < 0) {
    if (turns) {
      TakeTurn(ui, place, map);
    } else {
      Hold(ui, place, map, task.world.action.kind == ActionSpec::Kind::kDiscrete);
    }
  }
  DrawKeys(ui, place, map, turns);
}

}  // namespace carrot
