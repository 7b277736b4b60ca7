// Candidates: the board of reward scripts that were written by a language model, or by anyone.
#include <fmt/format.h>
#include <imgui.h>

#include <string>

#include "gui/panels/panels.h"
#include "gui/view/parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

void CommandLine(Ui& ui, const char* name, const std::string& command, const char* what) {
  const Scope scope(name);
  CopyButton(ui, "copy", "copy", command);
  ImGui::SameLine();
  ImGui::PushFont(ui.fonts.semibold, 0);
  widgets::Text("command", command);
  ImGui::PopFont();
  ImGui::SameLine(0, 14);
  widgets::Muted("what", what);
}

}  // namespace

// There is nothing yet that makes or scores candidates: the panel says so, and what works today.
void DrawCandidates(Ui& ui) {
  widgets::Text("none", "No candidates yet: nothing writes or watches them in this version.");
  widgets::Paragraph(
      "what",
      "The board will rank reward scripts as they arrive in a folder: parsed, linted, played, "
      "audited and trained, each with its rank correlation with success, its success after "
      "training, its alarms, and file and line of what it failed on.",
      ui.palette.muted);
  ImGui::Dummy(ImVec2(0, 2));
  widgets::Text("today", "What works today, from the command line:");
  const std::string reward = ui.view.reward.path.empty() ? "REWARD" : ui.view.reward.path;
  std::string traces;
  for (const TraceView& trace : ui.view.open) traces += " " + trace.path;
  if (traces.empty()) traces = " F.trace";
  CommandLine(ui, "check", "carrot check candidates/*.lua --format json",
              "errors, warnings and lints of each script");
  CommandLine(ui, "compare",
              fmt::format("carrot compare {} candidates/*.lua --trace{}", reward, traces),
              "which of them orders what is recorded as success does");
}

}  // namespace carrot
