// Problems: what is wrong with the newest version of the script, and commands that could not be
// done.
#include <fmt/format.h>

#include "gui/panels/panels.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

void Show(Ui& ui, const Diagnostic& problem, int index) {
  const Scope scope(fmt::format("{}", index));
  const Colour colour = problem.severity == Severity::kError ? ui.palette.bad : ui.palette.notice;
  widgets::Paragraph("message", fmt::format("{}  {}", problem.code, problem.message), colour);
  ImGui::Indent(16);
  if (!problem.where.file.empty()) {
    widgets::Muted("where", fmt::format("{}:{}:{}", problem.where.file, problem.where.line,
                                        problem.where.column));
  }
  if (!problem.excerpt.empty()) {
    ImGui::PushFont(ui.fonts.mono, 0);
    widgets::Text("excerpt", problem.excerpt);
    if (problem.where.column > 0) {
      const auto before = static_cast<size_t>(problem.where.column - 1);
      widgets::Text("caret", std::string(before, ' ') + "^", colour);
    }
    ImGui::PopFont();
  }
  for (const std::string& help : problem.help) widgets::Paragraph("help", help);
  for (const std::string& note : problem.notes) widgets::Muted("note", note);
  ImGui::Unindent(16);
}

}  // namespace

void DrawProblems(Ui& ui) {
  int index = 0;
  for (const Diagnostic& problem : ui.view.reward.problems) Show(ui, problem, index++);
  for (const Diagnostic& problem : ui.view.messages) Show(ui, problem, index++);
  if (index == 0) widgets::Muted("none", "no problems");
}

}  // namespace carrot
