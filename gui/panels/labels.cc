// Labels: judge the shown episode, say which of two is better, mark steps in which something goes
// wrong. All of it is kept with the recording (engine/trace/labels.h).
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <string>

#include "gui/panels/label_parts.h"
#include "gui/view/marks.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

// Of the panel alone: what is typed and held.
struct LabelsState {
  int held_trace = -1, held_episode = -1;  // the first of two to compare
  int from = -1, to = -1;                  // steps of an error
  int trace = -1, episode = -1;            // that they are of
  int64_t change = 0;                      // label that the next error type changes; 0: a new one
  bool edit_types = false;
  std::string type;     // a new one
  int64_t text_of = 0;  // bookmark whose text is being typed
  std::string text;
};
LabelsState& TheLabels() {
  static LabelsState state;  // one window
  return state;
}

bool Choice(const char* name, const char* label, bool on, const char* tip) {
  if (on) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetColorU32(ImGuiCol_ButtonActive));
  const bool pressed = widgets::SmallButton(name, label, tip);
  if (on) ImGui::PopStyleColor();
  return pressed;
}

// Beside the last item if it fits.
void Flow(const char* label, float gap = 4) {
  const float width = ImGui::CalcTextSize(label).x + 2 * ImGui::GetStyle().FramePadding.x;
  ImGui::SameLine(0, gap);
  if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
}

const EpisodeLabel* Find(const TraceView& trace, const TraceEpisodeRows& episode, bool rating) {
  for (const EpisodeLabel& label : trace.labels->labels) {
    const bool kind = rating ? label.kind == LabelKind::kRating
                             : label.kind == LabelKind::kGood || label.kind == LabelKind::kBad;
    if (kind && label.Of(episode.env, episode.episode)) return &label;
  }
  return nullptr;
}

// A second click takes it back.
void Toggle(Ui& ui, bool on, const EpisodeLabel* label, Label wanted) {
  if (on) {
    ui.session.Send(Unlabel{ui.view.clock.trace, label->id});
  } else {
    ui.session.Send(std::move(wanted));
  }
}

void Judge(Ui& ui, const TraceView& trace, const TraceEpisodeRows& episode) {
  const EpisodeLabel* judged = Find(trace, episode, false);
  for (const LabelKind kind : {LabelKind::kGood, LabelKind::kBad}) {
    const bool on = judged != nullptr && judged->kind == kind;
    if (Choice(
            Name(kind), Name(kind), on,
            "Counts instead of the task's success when rewards are judged. Again: takes it back"))
      Toggle(ui, on, judged, Label{.kind = Name(kind)});
    ImGui::SameLine(0, 4);
  }
  ImGui::SameLine(0, 14);
  widgets::Muted("rating", "rating");
  const EpisodeLabel* rated = Find(trace, episode, true);
  for (int value = 1; value <= 5; ++value) {
    const std::string text = fmt::format("{}", value);
    const bool on = rated != nullptr && static_cast<int>(rated->value) == value;
    ImGui::SameLine(0, 4);
    if (Choice(("rate" + text).c_str(), text.c_str(), on, "1 is worst, 5 is best"))
      Toggle(ui, on, rated, Label{.kind = "rating", .value = static_cast<double>(value)});
  }
}

// --- which of two is better

void Pair(Ui& ui) {
  LabelsState& state = TheLabels();
  const Clock& clock = ui.view.clock;
  const bool held =
      state.held_trace >= 0 && state.held_trace < static_cast<int>(ui.view.open.size());
  const bool same = held && state.held_trace == clock.trace && state.held_episode == clock.episode;
  if (!held || same) {
    if (Choice("hold", same ? "held: show another to compare" : "compare with another", same,
               "Holds this episode; then show another and say which is better")) {
      state.held_trace = same ? -1 : clock.trace;
      state.held_episode = clock.episode;
    }
    return;
  }
  const std::string other =
      fmt::format("{}, episode {}", ui.view.open[state.held_trace].name, state.held_episode);
  widgets::Muted("than", "this is");
  Flow("better");
  const bool better = widgets::SmallButton("better", "better", "This one is better than that");
  Flow("worse");
  const bool worse = widgets::SmallButton("worse", "worse", "That one is better than this");
  Flow("x");
  if (widgets::SmallButton("drop", "x", "Compare no more")) state.held_trace = -1;
  widgets::Muted("held", "than " + other);
  if (better) {
    ui.session.Send(
        Label{.kind = "better", .other = state.held_episode, .other_trace = state.held_trace});
  }
  if (worse) {
    ui.session.Send(Label{.kind = "better",
                          .other = clock.episode,
                          .other_trace = clock.trace,
                          .trace = state.held_trace,
                          .episode = state.held_episode});
  }
  if (better || worse) state.held_trace = -1;
}

// --- what goes wrong

// The steps that an error label would be of: as chosen here, else the selection of the plots, else
// the loop.
void Steps(Ui& ui) {
  LabelsState& state = TheLabels();
  const Clock& clock = ui.view.clock;
  if (state.trace != clock.trace || state.episode != clock.episode) {
    state.trace = clock.trace;
    state.episode = clock.episode;
    state.from = state.to = -1;
    state.change = 0;
  }
  static int selected = -1;  // the last one that was taken over
  const int selection = ui.state.select_from * 100'003 + ui.state.select_to;
  if (selection != selected && ui.state.select_from >= 0) {
    state.from = ui.state.select_from;
    state.to = ui.state.select_to;
  }
  selected = selection;
  if (state.from < 0 && clock.loop_from >= 0) {
    state.from = clock.loop_from;
    state.to = clock.loop_to;
  }
  widgets::Muted("what", state.change > 0 ? "change it to" : "error in");
  Flow("steps 0000 to 0000");
  widgets::Text("steps", state.from < 0 ? "no steps yet"
                                        : fmt::format("steps {} to {}", state.from, state.to));
  widgets::Tip("Shift-drag in the plots selects steps, or set both ends from the clock");
  Flow("from here", 8);
  if (widgets::SmallButton("from", "from here", "The first step: where the clock stands")) {
    state.from = clock.step;
    state.to = std::max(state.to, clock.step);
  }
  Flow("to here");
  if (widgets::SmallButton("to", "to here", "The last step: where the clock stands")) {
    state.to = clock.step;
    state.from = state.from < 0 ? clock.step : std::min(state.from, clock.step);
  }
}

void Types(Ui& ui) {
  LabelsState& state = TheLabels();
  const Scope scope("types");
  std::vector<std::string> types = ui.view.error_types;
  for (size_t i = 0; i < types.size(); ++i) {
    if (i > 0) Flow(types[i].c_str());
    ImGui::BeginDisabled(state.from < 0);
    if (widgets::SmallButton(types[i].c_str(), types[i].c_str(),
                             "Labels these steps: this goes wrong there")) {
      ui.session.Send(Label{.kind = "error",
                            .text = types[i],
                            .from = state.from,
                            .to = state.to,
                            .id = state.change});
      state.from = state.to = -1;
      state.change = 0;
      ui.state.select_from = ui.state.select_to = -1;
    }
    ImGui::EndDisabled();
    if (!state.edit_types) continue;
    ImGui::SameLine(0, 1);
    const Scope type(types[i]);
    if (widgets::SmallButton("remove", "x", "No more in this list; labels keep it")) {
      types.erase(types.begin() + static_cast<int64_t>(i));
      ui.session.Send(SetErrorTypes{types});
      return;
    }
  }
  if (!types.empty()) Flow("edit list", 10);
  if (Choice("edit", "edit list", state.edit_types, "Add and remove kinds of errors"))
    state.edit_types = !state.edit_types;
  if (!state.edit_types) return;
  const bool enter = widgets::InputText("new", &state.type, "another kind of error", -60);
  ImGui::SameLine();
  if ((widgets::SmallButton("add", "add") || enter) && !state.type.empty()) {
    types.push_back(state.type);
    ui.session.Send(SetErrorTypes{types});
    state.type.clear();
  }
}

// --- the list

void LabelRow(Ui& ui, int recording, const EpisodeLabel& label) {
  LabelsState& state = TheLabels();
  const TraceView& trace = ui.view.open[recording];
  const Scope scope(fmt::format("{}.{}", recording, label.id));
  const int episode = EpisodeIndex(trace, label.env, label.episode);
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  const Colour colour = label.kind == LabelKind::kGood ? ui.palette.good
                        : label.kind == LabelKind::kBad || label.kind == LabelKind::kError
                            ? ui.palette.bad
                            : ui.palette.text;
  if (state.text_of == label.id && label.kind == LabelKind::kBookmark) {
    if (widgets::InputText("text", &state.text, "what is here", -1)) {
      ui.session.Send(Label{.kind = "bookmark",
                            .text = state.text,
                            .from = label.from,
                            .trace = recording,
                            .episode = episode,
                            .id = label.id});
      state.text_of = 0;
    }
  } else {
    const std::string text = LabelText(ui.view, label);
    widgets::Text("kind", text, colour);
    widgets::Tip(text.c_str());
  }
  ImGui::TableNextColumn();
  // The steps first: they tell more than the end of a recording's name, which a narrow panel cuts.
  std::string where = fmt::format("{}", episode);
  if (label.kind == LabelKind::kError) where += fmt::format(": {}-{}", label.from, label.to);
  if (label.kind == LabelKind::kBookmark) where += fmt::format(": {}", label.from);
  where += "  " + trace.name;
  const bool shown = ui.view.clock.trace == recording && ui.view.clock.episode == episode;
  if (widgets::Selectable("row", where.c_str(), shown) && episode >= 0)
    ui.session.Send(Seek{recording, episode, std::max(0, label.from)});
  widgets::Tip(fmt::format("Shows episode {} of {}", episode, trace.name).c_str());
  ImGui::TableNextColumn();
  if (widgets::SmallButton("remove", "x", "Takes it back"))
    ui.session.Send(Unlabel{recording, label.id});
  if (label.kind == LabelKind::kError || label.kind == LabelKind::kBookmark) {
    ImGui::SameLine(0, 4);
    if (widgets::SmallButton("change", "edit", "Other steps or another kind; another text")) {
      ui.session.Send(Seek{recording, episode, std::max(0, label.from)});
      state.text_of = label.kind == LabelKind::kBookmark ? label.id : 0;
      state.text = label.text;
      if (label.kind == LabelKind::kError) {
        state.trace = recording;
        state.episode = episode;
        state.from = label.from;
        state.to = label.to;
        state.change = label.id;
      }
    }
  }
}

void List(Ui& ui) {
  const Scope scope("labels");
  const bool any = std::any_of(ui.view.open.begin(), ui.view.open.end(), [](const TraceView& t) {
    return t.labels && !t.labels->labels.empty();
  });
  if (!any) {
    widgets::Muted("none", "no labels in these recordings yet");
    return;
  }
  constexpr ImGuiTableFlags kFlags =
      ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_PadOuterX | ImGuiTableFlags_RowBg;
  if (!ImGui::BeginTable("labels", 3, kFlags)) return;
  ImGui::TableSetupColumn("label", 0, 1.3f);
  ImGui::TableSetupColumn("episode: steps", 0, 1.2f);
  ImGui::TableSetupColumn("", ImGuiTableColumnFlags_WidthFixed, 54);
  for (int i = 0; i < static_cast<int>(ui.view.open.size()); ++i) {
    if (!ui.view.open[i].labels) continue;
    // The newest first: it is the one that was just given.
    const auto held = ui.view.open[i].labels;
    for (size_t l = held->labels.size(); l-- > 0;) LabelRow(ui, i, held->labels[l]);
  }
  ImGui::EndTable();
}

}  // namespace

void DrawLabels(Ui& ui) {
  widgets::Heading("label this episode");
  const TraceView& trace = ui.view.Shown();
  {
    const Scope scope("label");
    if (!trace.labels || trace.episodes->empty()) {
      widgets::Paragraph("none",
                         "The live world cannot be labelled: choose an episode of a recording.",
                         ui.palette.muted);
    } else {
      const TraceEpisodeRows& episode = (*trace.episodes)[ui.view.clock.episode];
      widgets::Text("episode", fmt::format("{}, episode {}", trace.name, ui.view.clock.episode));
      ImGui::SameLine();
      widgets::Muted("env", fmt::format("env {} no. {}", episode.env, episode.episode));
      Judge(ui, trace, episode);
      Pair(ui);
      Steps(ui);
      Types(ui);
    }
  }
  ImGui::Dummy(ImVec2(0, 2));
  List(ui);
}

}  // namespace carrot
