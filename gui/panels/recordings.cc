// Recordings: what is open, what else to open, and what a person says of its episodes.
#include <fmt/format.h>
#include <imgui.h>

#include <string>

#include "gui/panels/label_parts.h"
#include "gui/panels/panels.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

// What is typed, and what was asked for with it.
struct RecordingsState {
  std::string path;
  bool asked = false;
  int64_t messages = 0;  // when it was asked
  size_t open = 0;
};
RecordingsState& TheRecordings() {
  static RecordingsState state;  // one window
  return state;
}

struct Counts {
  int finished = 0, successes = 0;
};

// The flags that each last row was recorded with: they do not depend on the reward.
Counts Count(const TraceView& trace) {
  Counts counts;
  for (const TraceEpisodeRows& episode : *trace.episodes) {
    if (!episode.ended) continue;
    const TraceBlock& last = *episode.blocks.back();
    ++counts.finished;
    const uint8_t flags = *Trace::Row<uint8_t>(last, trace.trace->layout().flags, last.rows - 1);
    if (flags & kRowSuccess) ++counts.successes;
  }
  return counts;
}

void Recording(Ui& ui, const TraceView& trace, int index) {
  const Scope scope(trace.name);
  ImGui::PushID(index);  // two may have one name
  const bool on = ui.view.clock.trace == index;
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  if (widgets::Selectable("row", trace.name.c_str(), on) && !on)
    ui.session.Send(Seek{index, -1, index < 0 ? -1 : 0});
  if (!trace.path.empty()) widgets::Tip(trace.path.c_str());
  const bool ready = trace.trace && trace.episodes;
  const Counts counts = ready ? Count(trace) : Counts{};
  ImGui::TableNextColumn();
  widgets::Text("episodes", ready ? fmt::format("{}", trace.episodes->size()) : "-");
  ImGui::TableNextColumn();
  const std::string share =
      counts.finished > 0 ? fmt::format("{} of {}", counts.successes, counts.finished) : "-";
  widgets::Text("success", share, counts.successes > 0 ? ui.palette.good : ui.palette.muted);
  ImGui::TableNextColumn();
  const std::string labels = trace.labels && !trace.labels->labels.empty()
                                 ? fmt::format("{}", trace.labels->labels.size())
                                 : "-";
  widgets::Text("labels", labels, labels == "-" ? ui.palette.muted : 0);
  if (trace.labels && trace.labels->skipped > 0) {
    widgets::Tip(fmt::format("{} lines of its labels.jsonl are no labels (torn by a crash, or of a "
                             "later version) and were passed over",
                             trace.labels->skipped)
                     .c_str());
  }
  ImGui::TableNextColumn();
  widgets::Muted("steps", ready ? fmt::format("{}", trace.trace->num_rows()) : "-");
  ImGui::PopID();
}

void Open(Ui& ui) {
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_PadOuterX;
  if (ImGui::BeginTable("open", 5, kFlags)) {
    ImGui::TableSetupColumn("recording", 0, 1);
    ImGui::TableSetupColumn("episodes", ImGuiTableColumnFlags_WidthFixed, 60);
    ImGui::TableSetupColumn("success", ImGuiTableColumnFlags_WidthFixed, 64);
    ImGui::TableSetupColumn("labels", ImGuiTableColumnFlags_WidthFixed, 42);
    ImGui::TableSetupColumn("rows", ImGuiTableColumnFlags_WidthFixed, 56);
    ImGui::TableHeadersRow();
    for (size_t i = 0; i < ui.view.open.size(); ++i) {
      Recording(ui, ui.view.open[i], static_cast<int>(i));
    }
    Recording(ui, ui.view.live, -1);
    ImGui::EndTable();
  }
  RecordingsState& state = TheRecordings();
  const bool enter = widgets::InputText("path", &state.path, "path of a .trace to open", -70);
  ImGui::SameLine();
  const bool pressed = widgets::Button("open", "Open", "A recording of this task");
  if ((enter || pressed) && !state.path.empty()) {
    ui.session.Send(OpenRecording{state.path});
    state.asked = true;
    state.messages = ui.view.message_count;
    state.open = ui.view.open.size();
  }
  if (!state.asked) return;
  if (ui.view.open.size() > state.open) {
    state = {};
  } else if (const Diagnostic* refused = ui.view.MessageAfter(state.messages)) {
    widgets::Paragraph("refused", refused->message, ui.palette.bad);
  }
}

}  // namespace

void DrawRecordings(Ui& ui) {
  Open(ui);
  DrawLabels(ui);
}

}  // namespace carrot
