// The review of what is written to the script: its lines before and after, and nothing happens
// without a yes.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <string>

#include "engine/session/script_edit.h"
#include "gui/panels/panels.h"
#include "gui/view/parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

bool Cancelled() {
  return widgets::Button("cancel", "Cancel", "Esc") || ImGui::IsKeyPressed(ImGuiKey_Escape);
}

// Whether it is done with.
bool Review(Ui& ui) {
  const RewardInfo& reward = ui.view.reward;
  if (!reward.function) {
    widgets::Text("none", "No reward is loaded.");
    return Cancelled();
  }
  const RewardSpec& spec = reward.function->spec();
  const Result<std::string> text = EditDefaults(spec, reward.settings);
  if (!text) {
    const Diagnostic& error = text.error()[0];
    widgets::Paragraph("error", error.message, ui.palette.bad);
    if (error.where.line > 0)
      widgets::Muted("where", fmt::format("{}:{}", error.where.file, error.where.line));
    for (const std::string& help : error.help) widgets::Paragraph("help", help);
    return Cancelled();
  }
  const std::string diff = LineDiff(spec.source, *text);
  if (diff.empty()) {
    widgets::Text("none", "Every value is the script's own: there is nothing to write.");
    return Cancelled();
  }
  const float rows = 2 + static_cast<float>(std::count(diff.begin(), diff.end(), '\n'));
  const float height = std::min(rows * ImGui::GetTextLineHeightWithSpacing(),
                                ImGui::GetMainViewport()->Size.y * 0.5f);
  ImGui::BeginChild("diff", ImVec2(0, height), ImGuiChildFlags_Borders,
                    ImGuiWindowFlags_HorizontalScrollbar);
  DrawDiff(ui, diff);
  ImGui::EndChild();
  widgets::Paragraph(
      "back", "To take it back later: undo (Ctrl+Z) brings the old values, then write again.",
      ui.palette.muted);
  const bool yes = widgets::Button("confirm", "Write (Ctrl+Enter)") ||
                   ImGui::IsKeyChordPressed(ImGuiMod_Ctrl | ImGuiKey_Enter);
  ImGui::SameLine();
  if (yes) {
    ui.session.Send(WriteScript{});
    ui.state.Toast("written to " + reward.path, ui.time + 4);
  }
  return Cancelled() || yes;
}

}  // namespace

void DrawWriteScript(Ui& ui) {
  if (!ui.state.write_open || ui.view.flipped) return;  // it writes the tuning, not the reference
  const Scope scope("write");
  const ImGuiViewport& screen = *ImGui::GetMainViewport();
  ImGui::SetNextWindowPos(screen.Pos + ImVec2(screen.Size.x / 2, screen.Size.y * 0.45f),
                          ImGuiCond_Always, ImVec2(0.5f, 0.5f));
  ImGui::SetNextWindowSize(ImVec2(std::min(860.0f, screen.Size.x - 40), 0));
  constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoDocking |
                                      ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoSavedSettings;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(18, 14));
  ImGui::Begin("###write", nullptr, kFlags);
  if (ImGui::IsWindowAppearing()) ImGui::SetWindowFocus();
  ImGui::PushFont(ui.fonts.semibold, 0);
  widgets::Text("title", "Write to " + ui.view.reward.path);
  ImGui::PopFont();
  if (Review(ui)) ui.state.write_open = false;
  ImGui::End();
  ImGui::PopStyleVar();
}

}  // namespace carrot
