// Explain: this step's reward, taken apart down to the Lua line with the values that it read.
#include "engine/session/explain.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "gui/panels/panels.h"
#include "gui/view/paid_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr double kReadable = 0.1;  // seconds for which a number stands while the world moves

// The last explanation: made anew when the step, the reward or its settings changed.
struct Explained {
  const void *trace = nullptr, *reward = nullptr;
  StepAddress at;
  RewardSettings settings;
  std::optional<StepExplanation> step;
  std::string why;
  double until = 0;  // it stands while playing
};

const Explained& ExplainNow(Ui& ui) {
  static Explained kept;  // one window
  const TraceView& trace = ui.view.Shown();
  const TraceEpisodeRows& episode = (*trace.episodes)[ui.view.clock.episode];
  const StepAddress at{episode.env, episode.episode, std::max(1, ui.ShownStep())};
  const RewardInfo& reward = ui.view.reward;
  const bool same_reward = kept.trace == trace.trace.get() &&
                           kept.reward == reward.function.get() &&
                           SameValues(kept.settings, reward.settings);
  const bool same_step =
      kept.at.env == at.env && kept.at.episode == at.episode &&
      (kept.at.step == at.step || (ui.view.clock.playing && ui.time < kept.until));
  if (same_reward && same_step) return kept;
  kept = {trace.trace.get(),  reward.function.get(), at, reward.settings, {}, "",
          ui.time + kReadable};
  Result<StepExplanation> step =
      ExplainStep(*trace.trace, ui.view.task->spec().state, *reward.function, &kept.settings, at);
  if (step) {
    kept.step = std::move(*step);
  } else {
    kept.why = step.error()[0].message;
  }
  return kept;
}

// The lines that ran, each with the values that it read.
void Lines(Ui& ui, const TermTrace& trace) {
  for (const TracedFunction& function : trace.functions) {
    if (function.depth > 0) continue;  // of a module
    for (const TracedLine& line : function.lines) {
      const int index = line.line - function.first_line;
      if (index < 0 || index >= static_cast<int>(function.source.size())) continue;
      std::string values;
      for (const TracedName& name : line.names) {
        values += fmt::format("{}{} = {}", values.empty() ? "" : ", ", name.name, name.value);
      }
      ImGui::TextDisabled("%4d", line.line);
      ImGui::SameLine();
      ImGui::PushFont(ui.fonts.mono, 0);
      const std::string& source = function.source[index];
      const size_t begin = std::min(source.size(), source.find_first_not_of(" \t"));
      widgets::Text(fmt::format("line{}", line.line).c_str(), source.substr(begin));
      ImGui::PopFont();
      widgets::Tip(source.c_str());  // it may be longer than the panel is wide
      if (values.empty()) continue;
      ImGui::Indent(36);
      widgets::Paragraph(fmt::format("values{}", line.line).c_str(), values, ui.palette.notice);
      ImGui::Unindent(36);
    }
  }
}

}  // namespace

void DrawExplain(Ui& ui) {
  const TraceView& trace = ui.view.Shown();
  if (!ui.view.reward.function || !trace.episodes || trace.episodes->empty() ||
      ui.view.clock.length < 1) {
    widgets::Muted("none", "nothing to explain yet");
    return;
  }
  const Explained& explained = ExplainNow(ui);
  if (!explained.step) {
    widgets::Paragraph("why", explained.why);
    return;
  }
  const StepExplanation& step = *explained.step;
  ImGui::PushFont(ui.fonts.semibold, 0);
  widgets::Text("title", fmt::format("step {}: reward {:.6g}", step.at.step, step.reward));
  ImGui::PopFont();
  widgets::Muted(
      "rank", fmt::format("higher than {:.0f} % of this episode's steps", step.reward_percentile));
  double largest = 1e-12;
  for (const RewardPart& part : step.parts) largest = std::max(largest, std::abs(part.value));
  const std::vector<PaidPart> paid = PaidParts(ui.view.reward);
  for (const RewardPart& part : step.parts) {
    const Scope scope(part.name);
    Colour colour = ui.palette.muted;
    for (size_t k = 0; k < paid.size(); ++k) {
      if (paid[k].term->name == part.name) colour = ui.TermColours()[k];
    }
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const float width = ImGui::GetContentRegionAvail().x;
    const bool open =
        ImGui::TreeNodeEx(part.name.c_str(), ImGuiTreeNodeFlags_SpanAvailWidth, "%s", "");
    Report("part", "tree", part.name, open ? "open" : "closed");
    ImDrawList& draw = *ImGui::GetWindowDrawList();
    const float height = ImGui::GetTextLineHeight() + 4, left = at.x + 26;
    const float half = std::max(5.0f, (width - 225) / 2), middle = left + 110 + half;
    const float length = static_cast<float>(part.value / largest) * half;
    draw.AddText(ImVec2(left, at.y), ui.palette.text, part.name.c_str());
    draw.AddRectFilled(ImVec2(std::min(middle, middle + length), at.y + 2),
                       ImVec2(std::max(middle, middle + length), at.y + height - 4), colour, 2);
    draw.AddLine(ImVec2(middle, at.y), ImVec2(middle, at.y + height - 2),
                 ImGui::GetColorU32(ImGuiCol_Border));
    const std::string value = fmt::format("{:+.5g}", part.value);
    draw.AddText(ImVec2(at.x + width - ImGui::CalcTextSize(value.c_str()).x - 4, at.y),
                 ui.palette.text, value.c_str());
    ReportRect("value", "text", value, at, at + ImVec2(width, height));
    if (!open) continue;
    if (part.kind == RewardPart::Kind::kTerm) {
      widgets::Paragraph(
          "how",
          fmt::format("raw {:.6g} x weight {:g}; raw is higher than {:.0f} % of the episode's",
                      part.raw, part.weight, part.percentile),
          ui.palette.muted);
    }
    const bool potential = part.kind == RewardPart::Kind::kPotential;
    if (potential) {
      widgets::Paragraph(
          "how",
          fmt::format("raw {:.6g} = {}; x weight {:g}", part.raw, ShapingText(part), part.weight),
          ui.palette.muted);
    }
    for (const TermTrace& lines : step.traces) {
      if (potential ? lines.what == "potential" : lines.name == part.name) Lines(ui, lines);
    }
    ImGui::TreePop();
  }
  ImGui::Separator();
  widgets::Text("total", fmt::format("total {:.9g}", step.total));
  for (const Diagnostic& error : step.errors)
    widgets::Paragraph("error", error.message, ui.palette.bad);
  ui.state.copied["explain"] =
      fmt::format("carrot explain --trace {} --env {} --episode {} --step {} --reward {}",
                  trace.path, step.at.env, step.at.episode, step.at.step, ui.view.reward.path);
}

}  // namespace carrot
