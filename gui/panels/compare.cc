// Compare: does the reward order what is recorded as success does, and does a snapshot do better?
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "gui/panels/compare_parts.h"
#include "gui/panels/panels.h"
#include "gui/view/compared.h"
#include "gui/view/parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

struct CompareState {
  CompareChoice choice;
  bool diff = false;
  ComparedInputs inputs;
  int made_with = 0;
  ComparedEpisodes compared;
  RewardMatrix table;
  bool table_stale = true;
};
CompareState& TheCompare() {
  static CompareState state;  // one window
  return state;
}

const VariantView* FindVariant(const FrameView& view, int id) {
  for (const VariantView& variant : view.variants) {
    if (variant.id == id) return &variant;
  }
  return nullptr;
}

bool Ready(const TraceView& trace) { return trace.terms && trace.totals; }

// The numbers of this moment; while a weight is dragged only those that follow it at once.
void Update(const FrameView& view) {
  CompareState& state = TheCompare();
  const bool changed = state.inputs.Changed(view);
  if (changed) state.table_stale = true;
  if (state.table_stale && state.choice.matrix && !ImGui::IsMouseDown(0)) {
    state.table = MakeRewardMatrix(view);
    state.table_stale = false;
  }
  const VariantView* b = FindVariant(view, state.choice.b);
  if (b == nullptr) state.choice.b = 0;
  if (!changed && state.made_with == state.choice.b) return;
  state.made_with = state.choice.b;
  state.compared = CompareEpisodes(view, b);
}

// --- the verdict

void Verdict(Ui& ui, const char* name, const std::string& title, const OrderVerdict& verdict) {
  const Scope scope(name);
  ImGui::PushFont(ui.fonts.semibold, 0);
  widgets::Paragraph("title", title);
  ImGui::PopFont();
  widgets::Text("rho", std::isfinite(verdict.rho)
                           ? fmt::format("rank correlation with success {:+.2f}", verdict.rho)
                           : "rank correlation: nothing to order");
  widgets::Tip(
      "Spearman's, of return and success over the episodes. 1 is not reached when there are only "
      "two outcomes: look at the pairs");
  const PairCounts& pairs = verdict.pairs;
  if (pairs.comparable == 0) {
    widgets::Paragraph("pairs", "It takes a success and a failure to judge the order.",
                       ui.palette.muted);
  } else {
    widgets::Text("pairs",
                  fmt::format("{} of {} pairs wrong", pairs.inverted, pairs.comparable) +
                      (pairs.tied > 0 ? fmt::format(", {} tied", pairs.tied) : ""),
                  pairs.inverted > 0 ? ui.palette.bad : ui.palette.good);
    widgets::Tip("Pairs of a success and a failure in which the failure has the higher return");
  }
  const PairCounts& labelled = verdict.preferences;
  if (labelled.comparable == 0) return;
  widgets::Text(
      "preferences",
      fmt::format("{} of {} labelled pairs right", labelled.agreeing, labelled.comparable),
      labelled.agreeing < labelled.comparable ? ui.palette.bad : ui.palette.good);
  widgets::Tip("Pairs of which a person said which is better (Recordings)");
}

void Changes(Ui& ui, const ComparedEpisodes& compared) {
  const Scope scope("changes");
  widgets::Heading("from A to B");
  if (compared.changes.empty()) {
    widgets::Paragraph("none",
                       compared.diff.empty() ? "The same script with the same values."
                                             : "No weight, parameter or term by name: the "
                                               "functions differ.",
                       ui.palette.muted);
  }
  for (size_t i = 0; i < compared.changes.size(); ++i) {
    widgets::Paragraph(fmt::format("{}", i).c_str(), compared.changes[i]);
  }
  if (compared.diff.empty()) return;
  widgets::Toggle("diff", "lines of the scripts", &TheCompare().diff);
}

void Summary(Ui& ui, const ComparedEpisodes& compared) {
  Verdict(ui, "a",
          fmt::format("A: {} as tuned, {} episodes", ui.view.reward.function->spec().name,
                      compared.rows.size()),
          compared.a);
  ImGui::Dummy(ImVec2(0, 2));
  const VariantView* b = FindVariant(ui.view, TheCompare().choice.b);
  if (b == nullptr) {
    widgets::Paragraph("no_b", "B: none. Choose one of the rewards above, or add one.",
                       ui.palette.muted);
    return;
  }
  if (b->busy) {
    widgets::Muted("busy", "B: " + b->name + " is being scored");
    return;
  }
  if (b->function == nullptr) return;  // its chip says why
  Verdict(ui, "b_verdict", "B: " + b->name, compared.b);
  widgets::Text("between", fmt::format("A and B disagree on {} of {} pairs",
                                       compared.between.inverted, compared.between.comparable));
  widgets::Tip("Pairs of episodes that A and B put in opposite order, successes or not");
  Changes(ui, compared);
}

bool WithB(const FrameView& view) {
  const VariantView* b = FindVariant(view, TheCompare().choice.b);
  return b != nullptr && !b->busy && b->function != nullptr;
}

// --- the table

void TableRow(Ui& ui, const ComparedRow& row, int rank, bool with_b) {
  const Scope scope(fmt::format("{}", rank));
  ImGui::TableNextRow();
  if (row.wrong) ImGui::TableSetBgColor(ImGuiTableBgTarget_RowBg0, WithAlpha(ui.palette.bad, 0.12));
  ImGui::TableNextColumn();
  const bool shown = IsShown(ui, row);
  const std::string text = fmt::format("{}", rank + 1);
  ImGui::PushID("row");
  if (ImGui::Selectable(text.c_str(), shown, ImGuiSelectableFlags_SpanAllColumns))
    ShowCompared(ui, row);
  ImGui::PopID();
  Report("row", "row", text, shown ? "on" : "off");
  if (row.wrong) widgets::Tip("A failure that outscores a success");
  ImGui::TableNextColumn();
  widgets::Text("recording", ui.view.open[row.episode.recording].name);
  ImGui::TableNextColumn();
  widgets::Text("episode", fmt::format("{}", row.episode.index));
  ImGui::TableNextColumn();
  const bool good = row.episode.truth > 0;
  widgets::Text("success",
                fmt::format("{}{}", good ? "yes" : "no", row.episode.labelled ? "*" : ""),
                good ? ui.palette.good : ui.palette.bad);
  if (row.episode.labelled) widgets::Tip("* labelled by a person");
  ImGui::TableNextColumn();
  widgets::Text("length", fmt::format("{}", row.episode.length));
  ImGui::TableNextColumn();
  widgets::Text("a", fmt::format("{:.5g}", row.a));
  if (!with_b) return;
  ImGui::TableNextColumn();
  widgets::Text("b", fmt::format("{:.5g}", row.b));
  ImGui::TableNextColumn();
  widgets::Muted("difference", fmt::format("{:+.4g}", row.b - row.a));
}

void Table(Ui& ui, const ComparedEpisodes& compared) {
  const bool with_b = WithB(ui.view);
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_ScrollY | ImGuiTableFlags_PadOuterX;
  if (!ImGui::BeginTable(with_b ? "with_b" : "a", with_b ? 8 : 6, kFlags)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("#", ImGuiTableColumnFlags_WidthFixed, 30);
  ImGui::TableSetupColumn("recording", 0, 1.4f);
  ImGui::TableSetupColumn("episode", 0, 0.8f);
  ImGui::TableSetupColumn("success", 0, 0.8f);
  ImGui::TableSetupColumn("length", 0, 0.7f);
  ImGui::TableSetupColumn(with_b ? "return A" : "return");
  if (with_b) {
    ImGui::TableSetupColumn("return B");
    ImGui::TableSetupColumn("B - A");
  }
  ImGui::TableHeadersRow();
  ImGuiListClipper clipper;
  clipper.Begin(static_cast<int>(compared.rows.size()));
  while (clipper.Step()) {
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      TableRow(ui, compared.rows[i], i, with_b);
    }
  }
  ImGui::EndTable();
}

// --- the panel

void Episodes(Ui& ui, const ComparedEpisodes& compared) {
  const float width = ImGui::GetContentRegionAvail().x;
  if (ImGui::BeginChild("summary", ImVec2(std::min(330.0f, width * 0.28f), 0)))
    Summary(ui, compared);
  ImGui::EndChild();
  ImGui::SameLine();
  if (ImGui::BeginChild("episodes", ImVec2(width * 0.38f, 0))) {
    const Scope scope("episodes");
    Table(ui, compared);
  }
  ImGui::EndChild();
  ImGui::SameLine();
  const bool diff = TheCompare().diff && !compared.diff.empty();
  if (ImGui::BeginChild("picture", ImVec2(0, 0), 0,
                        diff ? ImGuiWindowFlags_HorizontalScrollbar : 0)) {
    if (diff) {
      DrawDiff(ui, compared.diff);
    } else {
      DrawComparePicture(ui, compared, WithB(ui.view));
    }
  }
  ImGui::EndChild();
}

// The command that prints the same numbers: with the tuned values as a file it cannot have.
std::string CommandOf(const FrameView& view) {
  std::string command = "carrot compare " + view.reward.path;
  for (const VariantView& variant : view.variants) {
    if (!variant.asked) command += " " + variant.path;
  }
  command += " --trace";
  for (const TraceView& trace : view.open) command += " " + trace.path;
  return command;
}

}  // namespace

void DrawCompare(Ui& ui) {
  const FrameView& view = ui.view;
  if (!view.reward.function || view.open.empty()) {
    widgets::Paragraph("none",
                       "Nothing to compare: it takes a reward and recordings of successes and "
                       "failures. Open some in Recordings.",
                       ui.palette.muted);
    return;
  }
  CompareState& state = TheCompare();
  DrawComparedRewards(ui, &state.choice);
  Update(view);
  if (state.compared.rows.empty()) {
    widgets::Paragraph("none",
                       std::any_of(view.open.begin(), view.open.end(), Ready)
                           ? "No recorded episode has ended yet, so there is no return to compare."
                           : "The recordings are being scored.",
                       ui.palette.muted);
    return;
  }
  if (state.choice.matrix) {
    DrawMatrix(ui, state.table);
  } else {
    Episodes(ui, state.compared);
  }
  ui.state.copied["compare"] = CommandOf(view);
}

}  // namespace carrot
