// Recordings: what is open, what else to open, and what a person says of its episodes.
#include <fmt/format.h>
#include <imgui.h>

#include <string>

#include "gui/panels/panels.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

// What is typed, and what was asked for with it.
struct RecordingsState {
  std::string path;
  bool asked = false;
  size_t messages = 0, open = 0;  // when it was asked
};
RecordingsState& State() {
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
  widgets::Muted("steps", ready ? fmt::format("{}", trace.trace->num_rows()) : "-");
  ImGui::PopID();
}

void Open(Ui& ui) {
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_PadOuterX;
  if (ImGui::BeginTable("open", 4, kFlags)) {
    ImGui::TableSetupColumn("recording", 0, 1);
    ImGui::TableSetupColumn("episodes", ImGuiTableColumnFlags_WidthFixed, 60);
    ImGui::TableSetupColumn("success", ImGuiTableColumnFlags_WidthFixed, 64);
    ImGui::TableSetupColumn("rows", ImGuiTableColumnFlags_WidthFixed, 56);
    ImGui::TableHeadersRow();
    for (size_t i = 0; i < ui.view.open.size(); ++i) {
      Recording(ui, ui.view.open[i], static_cast<int>(i));
    }
    Recording(ui, ui.view.live, -1);
    ImGui::EndTable();
  }
  RecordingsState& state = State();
  const bool enter = widgets::InputText("path", &state.path, "path of a .trace to open", -70);
  ImGui::SameLine();
  const bool pressed = widgets::Button("open", "Open", "A recording of this task");
  if ((enter || pressed) && !state.path.empty()) {
    ui.session.Send(OpenRecording{state.path});
    state.asked = true;
    state.messages = ui.view.messages.size();
    state.open = ui.view.open.size();
  }
  if (!state.asked) return;
  if (ui.view.open.size() > state.open) {
    state = {};
  } else if (ui.view.messages.size() > state.messages) {
    widgets::Paragraph("refused", ui.view.messages[state.messages].message, ui.palette.bad);
  }
}

const EpisodeLabel* NewestLabel(const FrameView& view, const TraceView& trace,
                                const TraceEpisodeRows& episode, bool rating) {
  const EpisodeLabel* newest = nullptr;
  for (const EpisodeLabel& label : view.labels) {
    const bool here = label.recording == trace.path && label.env == episode.env &&
                      label.episode == episode.episode;
    const bool kind = rating ? label.kind == "rating" : label.kind == "good" || label.kind == "bad";
    if (here && kind) newest = &label;  // the last one counts
  }
  return newest;
}

bool Choice(const char* name, const char* label, bool on, const char* tip) {
  if (on) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetColorU32(ImGuiCol_ButtonActive));
  const bool pressed = widgets::Button(name, label, tip);
  if (on) ImGui::PopStyleColor();
  return pressed;
}

void LabelButtons(Ui& ui) {
  const Scope scope("label");
  const TraceView& trace = ui.view.Shown();
  if (trace.path.empty() || trace.episodes->empty()) {
    widgets::Paragraph("none",
                       "The live world cannot be labelled: choose an episode of a recording.",
                       ui.palette.muted);
    return;
  }
  const TraceEpisodeRows& episode = (*trace.episodes)[ui.view.clock.episode];
  widgets::Text("episode", fmt::format("{}, episode {}", trace.name, ui.view.clock.episode));
  ImGui::SameLine();
  widgets::Muted("env", fmt::format("env {} no. {}", episode.env, episode.episode));
  const EpisodeLabel* judged = NewestLabel(ui.view, trace, episode, false);
  const EpisodeLabel* rated = NewestLabel(ui.view, trace, episode, true);
  for (const char* kind : {"good", "bad"}) {
    const bool on = judged != nullptr && judged->kind == kind;
    if (Choice(kind, kind, on, "Counts instead of the task's success when rewards are judged"))
      ui.session.Send(Label{.kind = kind});
    ImGui::SameLine(0, 4);
  }
  ImGui::SameLine(0, 14);
  for (int value = 1; value <= 5; ++value) {
    const std::string text = fmt::format("{}", value);
    const bool on = rated != nullptr && static_cast<int>(rated->value) == value;
    if (Choice(("rate" + text).c_str(), text.c_str(), on, "Rating: 1 is worst, 5 is best"))
      ui.session.Send(Label{.kind = "rating", .value = static_cast<double>(value)});
    if (value < 5) ImGui::SameLine(0, 4);
  }
}

// The recording and episode that a label is of; false if it is not open.
bool Find(const FrameView& view, const EpisodeLabel& label, int* recording, int* episode) {
  for (size_t i = 0; i < view.open.size(); ++i) {
    if (view.open[i].path != label.recording || !view.open[i].episodes) continue;
    for (size_t e = 0; e < view.open[i].episodes->size(); ++e) {
      const TraceEpisodeRows& rows = (*view.open[i].episodes)[e];
      if (rows.env != label.env || rows.episode != label.episode) continue;
      *recording = static_cast<int>(i);
      *episode = static_cast<int>(e);
      return true;
    }
  }
  return false;
}

void LabelRow(Ui& ui, const EpisodeLabel& label, size_t index) {
  const Scope scope(fmt::format("{}", index));
  int recording = -1, episode = -1;
  const bool open = Find(ui.view, label, &recording, &episode);
  const std::string name = open ? ui.view.open[recording].name : label.recording;
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  const Colour colour = label.kind == "good"  ? ui.palette.good
                        : label.kind == "bad" ? ui.palette.bad
                                              : ui.palette.text;
  const std::string kind =
      label.kind == "rating" ? fmt::format("rating {:g}", label.value) : label.kind;
  widgets::Text("kind", kind, colour);
  ImGui::TableNextColumn();
  const std::string where = fmt::format("{}, episode {}", name, open ? episode : label.episode);
  if (widgets::Selectable("row", where.c_str(), false) && open)
    ui.session.Send(Seek{recording, episode, 0});
  ImGui::TableNextColumn();
  widgets::Muted("text", label.from >= 0
                             ? fmt::format("{} steps {} to {}", label.text, label.from, label.to)
                             : label.text);
}

void Labels(Ui& ui) {
  const Scope scope("labels");
  if (ui.view.labels.empty()) {
    widgets::Muted("none", "no labels in this session yet");
    return;
  }
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_PadOuterX | ImGuiTableFlags_RowBg;
  if (!ImGui::BeginTable("labels", 3, kFlags)) return;
  ImGui::TableSetupColumn("kind", ImGuiTableColumnFlags_WidthFixed, 66);
  ImGui::TableSetupColumn("episode", 0, 1.4f);
  ImGui::TableSetupColumn("text", 0, 1);
  // The newest first: it is the one that was just given.
  for (size_t i = ui.view.labels.size(); i-- > 0;) LabelRow(ui, ui.view.labels[i], i);
  ImGui::EndTable();
}

}  // namespace

void DrawRecordings(Ui& ui) {
  Open(ui);
  widgets::Heading("label this episode");
  LabelButtons(ui);
  ImGui::Dummy(ImVec2(0, 2));
  Labels(ui);
}

}  // namespace carrot
