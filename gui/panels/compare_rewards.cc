// The rewards that Compare has beside the one in use: scripts and snapshots, to add, to choose as B
// and to remove.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <string>

#include "gui/panels/compare_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

bool Chip(const char* name, const std::string& label, bool on, const char* tip) {
  if (on) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetColorU32(ImGuiCol_ButtonActive));
  const bool pressed = widgets::SmallButton(name, label.c_str(), tip);
  if (on) ImGui::PopStyleColor();
  return pressed;
}

void VariantChip(Ui& ui, const VariantView& variant, CompareChoice* choice) {
  const Scope scope(fmt::format("{}", variant.id));
  const bool failed = !variant.busy && variant.function == nullptr;
  const std::string tip =
      failed ? Format(variant.problems)
             : fmt::format("{}{}\nClick: it is B", variant.path,
                           variant.asked ? ", with the values of the snapshot" : "");
  if (failed) ImGui::PushStyleColor(ImGuiCol_Text, ui.palette.bad);
  if (Chip("use", variant.busy ? variant.name + " ..." : variant.name, choice->b == variant.id,
           tip.c_str())) {
    choice->b = choice->b == variant.id ? 0 : variant.id;
    choice->matrix = false;
  }
  if (failed) ImGui::PopStyleColor();
  ImGui::SameLine(0, 1);
  if (widgets::SmallButton("remove", "x", "No more to compare with"))
    ui.session.Send(RemoveVariant{variant.id});
}

bool IsAdded(const FrameView& view, const SnapshotInfo& snapshot) {
  return std::any_of(view.variants.begin(), view.variants.end(), [&](const VariantView& variant) {
    return variant.asked && variant.name == snapshot.name &&
           variant.asked->params == snapshot.settings.params &&
           variant.asked->weights.weights == snapshot.settings.weights.weights;
  });
}

void Problems(Ui& ui) {
  for (const VariantView& variant : ui.view.variants) {
    if (variant.busy || variant.function != nullptr || variant.problems.empty()) continue;
    widgets::Paragraph("problem", variant.name + ": " + variant.problems[0].message,
                       ui.palette.bad);
  }
}

}  // namespace

void DrawComparedRewards(Ui& ui, CompareChoice* choice) {
  static std::string typed;          // one window
  ImGui::AlignTextToFramePadding();  // level with the text field
  if (Chip("pairs", "A against B", !choice->matrix, "Two rewards, every episode"))
    choice->matrix = false;
  ImGui::SameLine(0, 4);
  if (Chip("matrix", "matrix", choice->matrix, "Every recording under every reward"))
    choice->matrix = true;
  ImGui::SameLine(0, 18);
  widgets::Muted("with", "with");
  const Scope scope("rewards");
  if (const int last = ui.view.variants.empty() ? 0 : ui.view.variants.back().id;
      last > choice->newest) {
    choice->newest = last;
    if (choice->b == 0) choice->b = last;
  }
  for (const VariantView& variant : ui.view.variants) {
    ImGui::SameLine(0, 8);
    VariantChip(ui, variant, choice);
  }
  for (size_t i = 0; i < ui.view.snapshots.size(); ++i) {
    const SnapshotInfo& snapshot = ui.view.snapshots[i];
    if (IsAdded(ui.view, snapshot)) continue;
    ImGui::SameLine(0, 8);
    if (widgets::SmallButton(fmt::format("snapshot{}", i).c_str(), ("+ " + snapshot.name).c_str(),
                             "Compare with this snapshot's values")) {
      ui.session.Send(AddVariant{"", static_cast<int>(i)});
    }
  }
  ImGui::SameLine(0, 12);
  const bool enter = widgets::InputText("path", &typed, "name or path of a reward", 190);
  ImGui::SameLine(0, 4);
  const bool pressed = widgets::SmallButton("add", "add", "Scores it on what is open");
  if ((enter || pressed) && !typed.empty()) {
    ui.session.Send(AddVariant{typed});
    typed.clear();
  }
  Problems(ui);
}

}  // namespace carrot
