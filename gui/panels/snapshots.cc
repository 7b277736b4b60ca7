// Snapshots of the tuning, as chips: click loads, Shift-click makes it the reference that holding
// the grave accent shows, right-click asks for more. Beside them, writing the tuning to the script.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <string>
#include <vector>

#include "engine/session/tuned_values.h"
#include "gui/panels/panels.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

// What loading it would change.
std::vector<std::string> Changes(const RewardInfo& reward, const RewardSettings& settings) {
  const RewardSpec& spec = reward.function->spec();
  const TunedValues::Values now = TunedValues::Of(spec, reward.settings);
  std::vector<std::string> lines;
  for (const auto& [name, value] : TunedValues::Of(spec, settings)) {
    if (value != now.at(name))
      lines.push_back(fmt::format("{}  {:.4g} -> {:.4g}", name, now.at(name), value));
  }
  if (lines.empty()) lines.push_back("the values in use");
  return lines;
}

void Menu(Ui& ui, int index, const std::vector<std::string>& changes) {
  static std::string name;  // one popup
  const SnapshotInfo& snapshot = ui.view.snapshots[index];
  if (ImGui::IsItemClicked(ImGuiMouseButton_Right)) {
    name = snapshot.name;
    ImGui::OpenPopup("menu");
  }
  if (!ImGui::BeginPopup("menu")) return;
  {
    const Scope scope("menu");
    if (widgets::InputText("name", &name, "name", 190)) {
      ui.session.Send(RenameSnapshot{index, name});
      ImGui::CloseCurrentPopup();
    }
    widgets::Tip("Enter renames it");
    for (size_t i = 0; i < changes.size(); ++i) {
      widgets::Muted(fmt::format("change{}", i).c_str(), changes[i]);
    }
    ImGui::Separator();
    if (widgets::Selectable("load", "Load", false)) ui.session.Send(LoadSnapshot{index});
    const bool reference = ui.view.reference == index;
    if (widgets::Selectable("reference",
                            reference ? "No longer the reference" : "Make it the reference", false))
      ui.session.Send(SetReference{reference ? -1 : index});
    if (widgets::Selectable("delete", "Delete", false)) ui.session.Send(DeleteSnapshot{index});
  }
  ImGui::EndPopup();
}

void Chip(Ui& ui, int index) {
  const SnapshotInfo& snapshot = ui.view.snapshots[index];
  const std::string id = fmt::format("{}", index);
  const bool reference = ui.view.reference == index;
  const std::vector<std::string> changes = Changes(ui.view.reward, snapshot.settings);
  std::string tip = "Click loads, Shift-click: reference, right-click: more\n";
  for (const std::string& change : changes) tip += "\n" + change;
  const Scope scope(id);
  if (reference) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetColorU32(ImGuiCol_ButtonActive));
  const std::string label = snapshot.name + (reference ? " (ref)" : "");
  const bool pressed = widgets::SmallButton("chip", label.c_str(), tip.c_str());
  if (reference) ImGui::PopStyleColor();
  if (pressed && ImGui::GetIO().KeyShift) {
    ui.session.Send(SetReference{reference ? -1 : index});
  } else if (pressed) {
    ui.session.Send(LoadSnapshot{index});
  }
  Menu(ui, index, changes);
}

float ChipWidth(const std::string& label) {
  return ImGui::CalcTextSize(label.c_str()).x + 2 * ImGui::GetStyle().FramePadding.x;
}

}  // namespace

void DrawSnapshots(Ui& ui) {
  const Scope scope("snapshots");
  const float right = ImGui::GetCursorScreenPos().x + ImGui::GetContentRegionAvail().x;
  // On the same line if there is room for it.
  const auto next = [&](const std::string& label) {
    ImGui::SameLine(0, 6);
    if (ImGui::GetCursorScreenPos().x + ChipWidth(label) > right) ImGui::NewLine();
  };
  if (widgets::SmallButton("save", "+", "Keeps these weights and parameters as a snapshot"))
    ui.session.Send(SaveSnapshot{});
  for (size_t i = 0; i < ui.view.snapshots.size(); ++i) {
    next(ui.view.snapshots[i].name + " (ref)");
    Chip(ui, static_cast<int>(i));
  }
  next("Write to script...");
  if (widgets::SmallButton(
          "write", "Write to script...",
          ui.state.write_open ? nullptr : "Shows what would change in the file, and asks"))
    ui.state.write_open = true;
  const std::string reference =
      ui.view.reference < 0 ? "the script's values" : ui.view.snapshots[ui.view.reference].name;
  if (ui.view.flipped) {
    widgets::Text("flip", "Shown: " + reference, ui.palette.notice);
  } else {
    widgets::Muted("flip", "Hold ` to see " + reference);
  }
}

}  // namespace carrot
