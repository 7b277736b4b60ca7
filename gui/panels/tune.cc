// Tune: each term with its weight, what it is worth now, and its share; parameters; snapshots.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "gui/panels/panels.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

using widgets::Edit;

struct Row {
  double raw = 0, share = 0;
};

void Send(Ui& ui, const std::string& name, double value, Edit edit) {
  if (edit != Edit::kNone) ui.session.Send(SetValue{name, value, edit == Edit::kDragging});
}

// A slider's range: around the script's value, wide enough for the value in use.
std::pair<double, double> RangeOf(double value, double script) {
  const double size = std::max({std::abs(value), std::abs(script), 0.01});
  const double high = std::pow(10.0, std::ceil(std::log10(size * 1.5)));
  return script < 0 || value < 0 ? std::pair(-high, 0.0) : std::pair(0.0, high);
}

// Keeps the range of the slider that is dragged: with one that follows the value, the value runs
// away under a mouse that stands still. What it ends with is what was dragged to, which the view
// may not show yet.
Edit HeldSlider(const char* name, double* value, double low, double high, bool logarithmic) {
  struct Drag {
    ImGuiID slider = 0;
    double low = 0, high = 1, value = 0;
  };
  static Drag drag;  // one mouse
  const ImGuiID id = ImGui::GetID(name);
  if (drag.slider == id) std::tie(low, high) = std::pair(drag.low, drag.high);
  const double shown = *value;
  const Edit edit =
      widgets::Slider(name, value, low, high, logarithmic, ImGui::GetContentRegionAvail().x);
  if (edit == Edit::kDone && drag.slider == id && *value == shown) *value = drag.value;
  if (ImGui::IsItemActive()) {
    drag = {id, low, high, *value};
  } else if (drag.slider == id) {
    drag.slider = 0;
  }
  return edit;
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

void Term(Ui& ui, int k, const Row& row, double largest) {
  const RewardInfo& reward = ui.view.reward;
  const RewardTermSpec& term = reward.function->spec().terms[k];
  const Scope scope(term.name);
  const bool monitor = term.kind == TermKind::kMonitor;
  double weight = reward.settings.weights.weights[k];
  const double script = reward.defaults.weights.weights[k];
  const Colour colour = ui.TermColours()[k];
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float line = ImGui::GetFrameHeight();
  ImGui::GetWindowDrawList()->AddCircleFilled(at + ImVec2(6, line / 2), 5,
                                              weight == 0 ? WithAlpha(colour, 0.35) : colour);
  ImGui::Dummy(ImVec2(14, line));
  ImGui::SameLine(0, 4);
  ImGui::AlignTextToFramePadding();
  const bool changed = weight != script;
  if (changed) ImGui::PushFont(ui.fonts.semibold, 0);
  widgets::Text("name", term.name + (changed ? " *" : ""), monitor ? ui.palette.muted : 0);
  if (changed) ImGui::PopFont();
  widgets::Tip(
      changed ? fmt::format("{}\n\nscript {:g} -> {:g}; double-click the slider for the script's",
                            term.doc, script, weight)
                    .c_str()
              : term.doc.c_str());
  ImGui::TableNextColumn();
  if (!monitor) {
    const auto [low, high] = RangeOf(weight, script);
    double value = weight;
    const Edit edit = HeldSlider("weight", &value, low, high, false);
    if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(0)) {
      ui.session.Send(ResetValue{"w:" + term.name});
    } else {
      Send(ui, "w:" + term.name, value, edit);
    }
  } else {
    ImGui::AlignTextToFramePadding();
    ImGui::TextDisabled("monitor");
  }
  ImGui::TableNextColumn();
  if (!monitor) {
    double value = weight;
    Send(ui, "w:" + term.name, value,
         widgets::Number("value", &value, ImGui::GetContentRegionAvail().x));
  }
  ImGui::TableNextColumn();
  Bar("adds", monitor ? 0 : weight * row.raw, largest, colour, ImGui::GetContentRegionAvail().x);
  widgets::Tip(fmt::format("raw {:.4g} {} x weight {:.4g} = {:.4g}", row.raw, term.unit, weight,
                           weight * row.raw)
                   .c_str());
  ImGui::TableNextColumn();
  ImGui::AlignTextToFramePadding();
  widgets::Muted("share", monitor ? "-" : fmt::format("{:3.0f} %", 100 * row.share));
  widgets::Tip("share of what all terms pay or take in this episode");
}

void Param(Ui& ui, int k) {
  const RewardInfo& reward = ui.view.reward;
  const ParamSpec& param = reward.function->spec().params[k];
  const Scope scope(param.name);
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  ImGui::AlignTextToFramePadding();
  const bool changed = reward.settings.params[k] != reward.defaults.params[k];
  widgets::Text("name", param.name + (changed ? " *" : ""));
  widgets::Tip(param.doc.c_str());
  ImGui::TableNextColumn();
  double value = reward.settings.params[k];
  double low = param.low, high = param.high;
  if (!std::isfinite(low) || !std::isfinite(high))
    std::tie(low, high) = RangeOf(value, param.value);
  const Edit edit = HeldSlider("value", &value, low, high, low > 0 && high / low > 100);
  if (ImGui::IsItemHovered() && ImGui::IsMouseDoubleClicked(0)) {
    ui.session.Send(ResetValue{"p:" + param.name});
  } else {
    Send(ui, "p:" + param.name, value, edit);
  }
  ImGui::TableNextColumn();
  double typed = reward.settings.params[k];
  Send(ui, "p:" + param.name, typed,
       widgets::Number("number", &typed, ImGui::GetContentRegionAvail().x));
  ImGui::TableNextColumn();
  ImGui::AlignTextToFramePadding();
  widgets::Muted("unit", param.unit);
}

void Snapshots(Ui& ui) {
  const Scope scope("snapshots");
  if (widgets::SmallButton("save", "+ snapshot", "Keeps these weights and parameters")) {
    ui.session.Send(SaveSnapshot{});
  }
  for (size_t i = 0; i < ui.view.snapshots.size(); ++i) {
    ImGui::SameLine(0, 6);
    if (ImGui::GetContentRegionAvail().x < 90) ImGui::NewLine();
    const std::string name = fmt::format("{}", i);
    if (widgets::SmallButton(name.c_str(), ui.view.snapshots[i].name.c_str(), "Click to load")) {
      ui.session.Send(LoadSnapshot{static_cast<int>(i)});
    }
  }
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
  const int n = static_cast<int>(spec.terms.size());
  std::vector<Row> rows(n);
  double largest = 0;
  if (trace.terms && trace.episodes && !trace.episodes->empty()) {
    const SeriesOrder& order = ui.series.Order(trace);
    const int episode = ui.view.clock.episode;
    const int64_t place =
        order.Place(episode, ui.ShownStep(), (*trace.episodes)[episode].first_step);
    const SeriesCache::Shares& shares = ui.series.EpisodeShares(trace, episode, reward);
    double sum = 0;
    for (double share : shares.absolute) sum += share;
    for (int k = 0; k < n; ++k) {
      const Pyramid& raw = ui.series.Raw(trace, k);
      if (place < raw.size()) rows[k].raw = raw.At(place);
      if (sum > 0) rows[k].share = shares.absolute[k] / sum;
      largest = std::max(largest, std::abs(reward.settings.weights.weights[k] * rows[k].raw));
    }
  }
  constexpr ImGuiTableFlags kTable = ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_PadOuterX;
  if (ImGui::BeginTable("terms", 5, kTable)) {
    ImGui::TableSetupColumn("term", 0, 0.9f);
    ImGui::TableSetupColumn("weight", 0, 1.1f);
    ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, 58);
    ImGui::TableSetupColumn("adds", 0, 0.7f);
    ImGui::TableSetupColumn("share", ImGuiTableColumnFlags_WidthFixed, 42);
    ImGui::TableHeadersRow();
    for (int k = 0; k < n; ++k) Term(ui, k, rows[k], largest);
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
  ImGui::Dummy(ImVec2(0, 4));
  Snapshots(ui);
  ImGui::Dummy(ImVec2(0, 4));
  widgets::Text("mean_return", fmt::format("mean return {:.6g}", reward.mean_return));
  ImGui::SameLine();
  widgets::Muted("note", "same behaviour, new score");
  widgets::Tip(
      "What this reward pays for what was recorded. A policy that is trained on it will behave "
      "otherwise.");
  ui.state.copied["tune"] =
      fmt::format("carrot rescore --trace {} --reward {}", trace.path, reward.path);
}

}  // namespace carrot
