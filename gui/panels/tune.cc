// Tune: each term with its weight, what it is worth now, and its share; parameters. Snapshots and
// the ranking below them are in files of their own.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <numeric>

#include "gui/panels/panels.h"
#include "gui/panels/tune_parts.h"
#include "gui/view/paid_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

using widgets::Edit;

constexpr double kSaid = 5;  // seconds that a refusal stands

struct PartNow {
  double raw = 0, share = 0;
};

void Send(Ui& ui, const std::string& name, double value, Edit edit) {
  if (edit != Edit::kNone) ui.session.Send(SetValue{name, value, edit == Edit::kDragging});
}

// A slider's range: around the script's value, so that it holds still from one drag to the next;
// wider only once the value in use has come to its end.
std::pair<double, double> RangeOf(double value, double script) {
  const double size = std::clamp(std::abs(script), 0.01, 1e300);
  double high = std::pow(10.0, std::ceil(std::log10(size * 1.5)));
  while (high <= std::min(std::abs(value), 1e300)) high *= 10;
  return script < 0 || value < 0 ? std::pair(-high, 0.0) : std::pair(0.0, high);
}

// As many digits as a hand can set: they are what is written to the script.
double Rounded(double value) { return std::strtod(fmt::format("{:.4g}", value).c_str(), nullptr); }

// A weight or a parameter: a slider, and the number beside it, which may be typed. Double-click:
// the script's own. `low` and `high`: what it may be.
void Value(Ui& ui, const char* slider, const char* number, const std::string& name, double value,
           std::pair<double, double> range, bool logarithmic,
           double low = -std::numeric_limits<double>::infinity(),
           double high = std::numeric_limits<double>::infinity()) {
  double dragged = value, typed = value;
  bool type = false;
  const Edit edit =
      widgets::DragSlider(slider, &dragged, range.first, range.second, logarithmic, &type);
  widgets::Tip(
      "Shift drags finely, Alt coarsely. Double-click: the script's own. Ctrl-click: type");
  if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(0)) {
    ui.session.Send(ResetValue{name});
  } else if (dragged = Rounded(dragged); edit == Edit::kDone || dragged != value) {
    Send(ui, name, dragged, edit);
  }
  ImGui::TableNextColumn();
  std::string refused;
  const Edit done =
      widgets::Number(number, &typed, ImGui::GetContentRegionAvail().x, type, &refused);
  if (!refused.empty()) {
    ui.state.Toast(fmt::format("`{:.40}` is no number: 0.5, 1/8, 2*x and -1e-3 are", refused),
                   ui.time + kSaid);
  }
  if (done != Edit::kNone && (typed < low || typed > high)) {
    ui.state.Toast(fmt::format("{} goes from {:g} to {:g}: {:g} became {:g}", name.substr(2), low,
                               high, typed, std::clamp(typed, low, high)),
                   ui.time + kSaid);
  }
  Send(ui, name, typed, done);
}

// --- names

// Right-click on a name.
void Menu(Ui& ui, const std::string& name, double value, const SourceSpan& where) {
  if (ImGui::IsItemClicked(ImGuiMouseButton_Right)) ImGui::OpenPopup("menu");
  if (!ImGui::BeginPopup("menu")) return;
  {
    const Scope scope("menu");
    if (where.line > 0 &&
        widgets::Selectable("line", fmt::format("Go to line {}", where.line).c_str(), false)) {
      ui.state.source_line = where.line;
      FocusPanel("source");
    }
    const std::string setting = fmt::format("--set {}={}", name, value);
    if (widgets::Selectable("copy", ("Copy  " + setting).c_str(), false)) {
      ImGui::SetClipboardText(setting.c_str());
      ui.state.Toast("copied: " + setting, ui.time + 3);
    }
    if (widgets::Selectable("reset", "Back to the script's value", false))
      ui.session.Send(ResetValue{name});
  }
  ImGui::EndPopup();
}

// Bold with a star if it is not the script's own.
void Name(Ui& ui, const std::string& label, const std::string& name, const std::string& doc,
          double own, double value, const SourceSpan& where, Colour colour) {
  ImGui::AlignTextToFramePadding();
  const bool changed = own != value;
  if (changed) ImGui::PushFont(ui.fonts.semibold, 0);
  widgets::Text("name", label + (changed ? " *" : ""), colour);
  if (changed) ImGui::PopFont();
  std::string tip = doc;
  if (changed) tip += fmt::format("{}file {:g} -> {:g}", doc.empty() ? "" : "\n\n", own, value);
  if (!tip.empty()) widgets::Tip(tip.c_str());
  Menu(ui, name, value, where);
}

// "track/" of "track/lin"; "" if the name has none.
std::string GroupOf(const std::string& name) {
  const size_t slash = name.rfind('/');
  return slash == std::string::npos ? "" : name.substr(0, slash + 1);
}

// A bar from the middle: what the term adds at this step, of the largest of all terms.
void Bar(const char* name, double value, double largest, ImU32 colour, float width) {
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = ImGui::GetFrameHeight();
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float middle = at.x + width / 2;
  const float length = largest > 0 ? static_cast<float>(value / largest) * width / 2 : 0;
  draw.AddRectFilled(ImVec2(std::min(middle, middle + length), at.y + 5),
                     ImVec2(std::max(middle, middle + length), at.y + height - 5), colour, 2);
  draw.AddLine(ImVec2(middle, at.y + 3), ImVec2(middle, at.y + height - 3),
               ImGui::GetColorU32(ImGuiCol_Border));
  ImGui::Dummy(ImVec2(width, height));
  ReportRect(name, "bar", fmt::format("{:.4g}", value), at, at + ImVec2(width, height));
}

void Part(Ui& ui, const PaidPart& part, Colour colour, const PartNow& row, double largest) {
  const RewardTermSpec& term = *part.term;
  const Scope scope(term.name);
  const std::string group = GroupOf(term.name);
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  if (!group.empty()) ImGui::SetCursorPosX(ImGui::GetCursorPosX() + 8);
  DrawSwitch(ui, part, colour);
  ImGui::SameLine(0, 4);
  Name(ui, term.name.substr(group.size()), part.setting, term.doc, part.own, part.weight,
       term.where, part.CanWeigh() ? 0 : ui.palette.muted);
  ImGui::TableNextColumn();
  if (part.CanWeigh()) {
    Value(ui, "weight", "value", part.setting, part.weight, RangeOf(part.weight, part.own), false);
  } else {
    ImGui::AlignTextToFramePadding();
    ImGui::TextDisabled("monitor");
    ImGui::TableNextColumn();
  }
  ImGui::TableNextColumn();
  const double adds = part.Pays(row.raw);
  Bar("adds", adds, largest, colour, ImGui::GetContentRegionAvail().x);
  widgets::Tip(
      fmt::format("raw {:.4g} {} x weight {:.4g} = {:.4g}", row.raw, term.unit, part.weight, adds)
          .c_str());
  ImGui::TableNextColumn();
  ImGui::AlignTextToFramePadding();
  widgets::Muted("share", part.CanWeigh() ? fmt::format("{:3.0f} %", 100 * row.share) : "-");
  widgets::Tip("share of what all terms pay or take in this episode");
}

// The row above the terms of a group: all or none of them, and all weights by one factor.
void Group(Ui& ui, const std::string& group) {
  static double factor = 1;  // of the drag that is going on; one mouse
  static std::string dragged;
  const Scope scope(group);
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::AlignTextToFramePadding();
  widgets::Muted("name", group);
  ImGui::TableNextColumn();
  double value = dragged == group ? factor : 1;
  const Edit edit = widgets::DragSlider("factor", &value, 0.1, 10, true);
  widgets::Tip("Multiplies the weights of the group");
  if (edit != Edit::kNone) {
    factor = value;
    dragged = edit == Edit::kDragging ? group : "";
    ui.session.Send(ScaleGroup{group, value, edit == Edit::kDragging});
  }
  ImGui::TableNextColumn();
  ImGui::AlignTextToFramePadding();
  widgets::Muted("by", fmt::format("x {:.3g}", value));
  ImGui::TableNextColumn();
  if (widgets::SmallButton("all", "all", "All of the group on")) SwitchGroup(ui, group, true);
  ImGui::TableNextColumn();
  if (widgets::SmallButton("none", "none", "Only watch the group")) SwitchGroup(ui, group, false);
}

void Param(Ui& ui, int k) {
  const RewardInfo& reward = ui.view.reward;
  const ParamSpec& param = reward.function->spec().params[k];
  const Scope scope(param.name);
  const double value = reward.settings.params[k];
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  Name(ui, param.name, "p:" + param.name, param.doc, reward.defaults.params[k], value, param.where,
       0);
  ImGui::TableNextColumn();
  std::pair<double, double> range(param.low, param.high);
  if (!std::isfinite(param.low) || !std::isfinite(param.high)) range = RangeOf(value, param.value);
  Value(ui, "value", "number", "p:" + param.name, value, range,
        range.first > 0 && range.second / range.first > 100, param.low, param.high);
  ImGui::TableNextColumn();
  ImGui::AlignTextToFramePadding();
  widgets::Muted("unit", param.unit);
}

// What each part is worth at the shown step and in its episode; `largest`: of what they add.
std::vector<PartNow> RowsNow(Ui& ui, const std::vector<PaidPart>& parts, double* largest) {
  const TraceView& trace = ui.view.Shown();
  std::vector<PartNow> rows(parts.size());
  if (!trace.terms || !trace.episodes || trace.episodes->empty()) return rows;
  const int episode = ui.view.clock.episode;
  const int64_t place =
      ui.series.Order(trace).Place(episode, ui.ShownStep(), (*trace.episodes)[episode].first_step);
  const std::vector<double>& paid =
      ui.series.EpisodeShares(trace, episode, ui.view.reward).absolute;
  const double sum = std::accumulate(paid.begin(), paid.end(), 0.0);
  for (size_t k = 0; k < parts.size(); ++k) {
    rows[k].raw = ui.series.Raw(trace, static_cast<int>(k)).AtOrZero(place);
    if (sum > 0 && std::isfinite(sum)) rows[k].share = paid[k] / sum;
    *largest = std::max(*largest, std::abs(parts[k].Pays(rows[k].raw)));
  }
  return rows;
}

}  // namespace

void DrawTune(Ui& ui) {
  const RewardInfo& reward = ui.view.reward;
  if (!reward.function) {
    widgets::Paragraph("none", reward.problems.empty() ? "No reward is loaded."
                                                       : "The reward does not load: see Problems.");
    return;
  }
  const RewardSpec& spec = reward.function->spec();
  const TraceView& trace = ui.view.Shown();
  const std::vector<PaidPart> parts = PaidParts(reward);
  double largest = 0;
  const std::vector<PartNow> rows = RowsNow(ui, parts, &largest);
  // The verdict stays in sight, whatever has to be scrolled.
  const float verdict = kRankingStripHeight + ImGui::GetTextLineHeightWithSpacing() +
                        2 * ImGui::GetStyle().ItemSpacing.y;
  ImGui::BeginChild("rows", ImVec2(0, std::max(60.0f, ImGui::GetContentRegionAvail().y - verdict)));
  const ImGuiStyle& style = ImGui::GetStyle();
  ImGui::PushStyleVar(ImGuiStyleVar_FramePadding, ImVec2(style.FramePadding.x, 2));
  ImGui::PushStyleVar(ImGuiStyleVar_CellPadding, ImVec2(style.CellPadding.x, 1));
  constexpr ImGuiTableFlags kTable = ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_PadOuterX;
  if (ImGui::BeginTable("terms", 5, kTable)) {
    ImGui::TableSetupColumn("term", 0, 1.15f);
    ImGui::TableSetupColumn("weight", 0, 1.1f);
    ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, 58);
    ImGui::TableSetupColumn("adds", 0, 0.45f);
    ImGui::TableSetupColumn("share", ImGuiTableColumnFlags_WidthFixed, 42);
    ImGui::TableHeadersRow();
    std::string group;
    for (size_t k = 0; k < parts.size(); ++k) {
      if (const std::string now = GroupOf(parts[k].term->name); now != group) {
        group = now;
        if (!group.empty()) Group(ui, group);
      }
      Part(ui, parts[k], ui.TermColours()[k], rows[k], largest);
    }
    ImGui::EndTable();
  }
  if (!spec.params.empty()) {
    const Scope scope("params");
    if (ImGui::BeginTable("params", 4, kTable)) {
      ImGui::TableSetupColumn("parameter", 0, 0.9f);
      ImGui::TableSetupColumn("value", 0, 1.4f);
      ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, 58);
      ImGui::TableSetupColumn("unit", ImGuiTableColumnFlags_WidthFixed, 42);
      ImGui::TableHeadersRow();
      for (size_t k = 0; k < spec.params.size(); ++k) Param(ui, static_cast<int>(k));
      ImGui::EndTable();
    }
  }
  ImGui::PopStyleVar(2);
  ImGui::Dummy(ImVec2(0, 1));
  DrawSnapshots(ui);
  ImGui::EndChild();
  widgets::Text("mean_return", fmt::format("mean return {:.6g}", reward.mean_return));
  ImGui::SameLine();
  widgets::Muted("note", "same behaviour, new score");
  widgets::Tip(
      "What this reward pays for what was recorded. A policy that is trained on it will behave "
      "otherwise.");
  DrawRankingStrip(ui);
  ui.state.copied["tune"] =
      fmt::format("carrot rescore --trace {} --reward {}", trace.path, reward.path);
}

}  // namespace carrot
