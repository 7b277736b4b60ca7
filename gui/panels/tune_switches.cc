// On and off: whether a term of the Tune panel counts, or is only watched.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "gui/panels/tune_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

// A weight to come back to: the one before it was set to 0, else the script's, else 1.
std::map<std::string, double>& KeptWeights() {
  static std::map<std::string, double> kept;  // by setting; one window
  return kept;
}
double WhenOn(const PaidPart& part) {
  const auto found = KeptWeights().find(part.setting);
  if (found != KeptWeights().end()) return found->second;
  return part.own != 0 ? part.own : 1;
}

// Sets the weights of the parts that `on` is told of to 0, or back to what they were: one step.
template <typename On>
void Switch(Ui& ui, std::string why, On on) {
  SetValues command{{}, std::move(why)};
  for (const PaidPart& part : PaidParts(ui.view.reward)) {
    if (part.weight != 0) KeptWeights()[part.setting] = part.weight;
    if (!part.CanWeigh()) continue;
    const std::optional<bool> wanted = on(part);
    if (!wanted || *wanted == (part.weight != 0)) continue;
    command.values[part.setting] = *wanted ? WhenOn(part) : 0;
  }
  if (!command.values.empty()) ui.session.Send(std::move(command));
}

void Toggle(Ui& ui, const PaidPart& part) {
  const bool on = part.weight != 0;
  Switch(ui, fmt::format("{} {}", part.term->name, on ? "only watched" : "on"),
         [&](const PaidPart& other) {
           return other.term == part.term ? std::optional(!on) : std::nullopt;
         });
}

// This part alone; if it already is, all of them.
void Solo(Ui& ui, const PaidPart& part) {
  const std::vector<PaidPart> parts = PaidParts(ui.view.reward);
  const bool alone = std::all_of(parts.begin(), parts.end(), [&](const PaidPart& other) {
    return !other.CanWeigh() || (other.weight != 0) == (other.term == part.term);
  });
  Switch(ui, alone ? "all terms on" : "solo " + part.term->name,
         [&](const PaidPart& other) { return std::optional(alone || other.term == part.term); });
}

}  // namespace

void SwitchGroup(Ui& ui, const std::string& group, bool on) {
  Switch(ui, fmt::format("group {} {}", group, on ? "on" : "only watched"),
         [&](const PaidPart& part) {
           const bool in_group = part.term->name.rfind(group, 0) == 0;
           return in_group ? std::optional(on) : std::nullopt;
         });
}

void DrawSwitch(Ui& ui, const PaidPart& part, Colour colour) {
  const bool on = part.weight != 0;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float line = ImGui::GetFrameHeight();
  const bool pressed = ImGui::InvisibleButton("dot", ImVec2(14, line));
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  if (on || !part.CanWeigh()) {
    draw.AddCircleFilled(at + ImVec2(6, line / 2), 5, on ? colour : WithAlpha(colour, 0.35));
  } else {  // watched: it is computed and drawn, and counts for nothing
    draw.AddCircle(at + ImVec2(6, line / 2), 4.5f, colour, 0, 1.5f);
  }
  Report("dot", "toggle", on ? "on" : "watched", on ? "on" : "off");
  if (!part.CanWeigh()) {
    widgets::Tip("A monitor of the script: it is computed and drawn, and never counts");
    return;
  }
  widgets::Tip(on ? "Click: only watch it (weight 0). Alt-click: this term alone"
                  : "Click: back to its weight. Alt-click: this term alone");
  if (pressed && ImGui::GetIO().KeyAlt) {
    Solo(ui, part);
  } else if (pressed) {
    Toggle(ui, part);
  }
}

}  // namespace carrot
