// Inspector: every recorded value of the shown step, with its unit and its meaning.
#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "gui/panels/panels.h"
#include "gui/render/episode_rows.h"
#include "gui/view/parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr int kMostElements = 256;  // shown of one field when it is open: a grid may have thousands

// What is looked at.
struct InspectorState {
  std::string filter;
};
InspectorState& TheInspector() {
  static InspectorState state;  // one window
  return state;
}

// One column of the recording, whatever it is of.
struct Variable {
  std::string name, doc;
  std::span<const std::string> names, units;  // of elements; one unit may stand for all
  int column = 0;
};

bool Matches(const std::string& name) {
  return LowerCase(name).find(LowerCase(TheInspector().filter)) !=
         std::string::npos;  // of an empty one: always
}

bool Matches(const Variable& variable) {
  const auto matches = [](const std::string& name) { return Matches(name); };
  return matches(variable.name) ||
         std::any_of(variable.names.begin(), variable.names.end(), matches);
}

std::string UnitOf(const Variable& variable, int element) {
  if (variable.units.empty()) return "";
  const size_t last = variable.units.size() - 1;
  const std::string& unit = variable.units[std::min(static_cast<size_t>(element), last)];
  return unit == "1" ? "" : unit;
}

// One for the whole field, or none if its elements differ.
std::string UnitOfAll(const Variable& variable) {
  const auto differs = [&](const std::string& unit) { return unit != variable.units[0]; };
  if (std::any_of(variable.units.begin(), variable.units.end(), differs)) return "";
  return UnitOf(variable, 0);
}

template <typename T>
T At(const std::byte* row, int element) {
  return reinterpret_cast<const T*>(row)[element];
}

std::string ValueOf(const std::byte* row, NpyType type, int element, int digits) {
  switch (type) {
    case NpyType::kF8:
      return fmt::format("{:.{}g}", At<double>(row, element), digits);
    case NpyType::kF4:
      return fmt::format("{:.{}g}", At<float>(row, element), digits);
    case NpyType::kI8:
      return fmt::format("{}", At<int64_t>(row, element));
    case NpyType::kI4:
      return fmt::format("{}", At<int32_t>(row, element));
    case NpyType::kI2:
      return fmt::format("{}", At<int16_t>(row, element));
    case NpyType::kU8:
      return fmt::format("{}", At<uint64_t>(row, element));
    case NpyType::kU1:
      return fmt::format("{}", At<uint8_t>(row, element));
    case NpyType::kB1:
      return At<uint8_t>(row, element) != 0 ? "true" : "false";
  }
  return "";
}

void Elements(const Variable& variable, const TraceColumn& column, const std::byte* row) {
  const bool all = Matches(variable.name);
  for (int i = 0; i < std::min(column.width, kMostElements); ++i) {
    const bool named = i < static_cast<int>(variable.names.size());
    const std::string name = named ? variable.names[i] : fmt::format("[{}]", i + 1);  // as in Lua
    if (!all && !Matches(name)) continue;
    const Scope scope(name);
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    ImGui::Indent(24);
    widgets::Muted("name", name);
    ImGui::Unindent(24);
    ImGui::TableNextColumn();
    widgets::Text("value", ValueOf(row, column.type, i, 9));
    ImGui::TableNextColumn();
    widgets::Muted("unit", UnitOf(variable, i));
  }
  if (column.width <= kMostElements) return;
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  widgets::Muted("more", fmt::format("and {} more", column.width - kMostElements));
}

void Row(const Variable& variable, const TraceColumn& column, const std::byte* row) {
  const Scope scope(variable.name);
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  constexpr ImGuiTreeNodeFlags kLeaf =
      ImGuiTreeNodeFlags_Leaf | ImGuiTreeNodeFlags_NoTreePushOnOpen;
  const bool scalar = column.width == 1;
  if (!Matches(variable.name)) ImGui::SetNextItemOpen(true);  // it is here for its elements
  const bool open =
      ImGui::TreeNodeEx("field",
                        ImGuiTreeNodeFlags_SpanAvailWidth | ImGuiTreeNodeFlags_NoTreePushOnOpen |
                            (scalar ? kLeaf : 0),
                        "%s", variable.name.c_str());
  Report("field", "tree", variable.name, scalar ? "" : open ? "open" : "closed");
  widgets::Tip(variable.doc.empty() ? nullptr : variable.doc.c_str());
  ImGui::TableNextColumn();
  std::string text;
  constexpr int kInLine = 4;
  for (int i = 0; i < std::min(column.width, kInLine); ++i) {
    text += (i > 0 ? ", " : "") + ValueOf(row, column.type, i, scalar ? 9 : 4);
  }
  if (column.width > kInLine) text += fmt::format(", ... {}", column.width);
  widgets::Text("value", text);
  ImGui::TableNextColumn();
  widgets::Muted("unit", UnitOfAll(variable));
  if (open && !scalar) Elements(variable, column, row);
}

void Section(const Trace& trace, const EpisodeRows& rows, int step, const char* title,
             const std::vector<Variable>& variables) {
  if (std::none_of(variables.begin(), variables.end(),
                   [](const Variable& variable) { return Matches(variable); }))
    return;
  const Scope scope(title);
  ImGui::TableNextRow();
  ImGui::TableNextColumn();
  widgets::Muted("title", title);
  for (const Variable& variable : variables) {
    if (!Matches(variable)) continue;
    const TraceColumn& column = trace.layout().columns[variable.column];
    Row(variable, column, rows.Row(variable.column, step));
  }
}

std::vector<Variable> StateOf(const Trace& trace, const StateSpec& state) {
  std::vector<Variable> variables;
  const std::vector<FieldSpec>& fields = trace.spec().fields;
  for (size_t i = 0; i < fields.size(); ++i) {
    // The task of today explains a field better than an old recording of it.
    const int known = state.Find(fields[i].name);
    variables.push_back({fields[i].name, known >= 0 ? state[known].doc : fields[i].doc,
                         fields[i].names, fields[i].units,
                         trace.layout().state + static_cast<int>(i)});
  }
  return variables;
}

std::vector<Variable> MemoryOf(const Trace& trace) {
  std::vector<Variable> variables;
  const std::vector<MemorySpec>& memory = trace.spec().memory;
  for (size_t i = 0; i < memory.size(); ++i) {
    variables.push_back({memory[i].name,
                         "the reward's memory, as it was recorded",
                         {},
                         {},
                         trace.layout().memory + static_cast<int>(i)});
  }
  return variables;
}

std::vector<Variable> MetricsOf(const Trace& trace) {
  std::vector<Variable> variables;
  const std::vector<MetricSpec>& metrics = trace.spec().metrics;
  for (size_t i = 0; i < metrics.size(); ++i) {
    variables.push_back({metrics[i].name,
                         metrics[i].doc,
                         {},
                         {&metrics[i].unit, 1},
                         trace.layout().metric + static_cast<int>(i)});
  }
  return variables;
}

}  // namespace

void DrawInspector(Ui& ui) {
  const TraceView& shown = ui.view.Shown();
  if (!shown.trace || !shown.episodes || shown.episodes->empty()) {
    widgets::Muted("none", "nothing is recorded yet");
    return;
  }
  const EpisodeRows rows(*shown.trace, (*shown.episodes)[ui.view.clock.episode]);
  const int step = std::clamp(ui.ShownStep(), rows.first_step(), rows.last_step());
  widgets::InputText("filter", &TheInspector().filter, "filter fields", -90);
  ImGui::SameLine();
  widgets::Muted("step", fmt::format("step {}", step));
  constexpr ImGuiTableFlags kFlags = ImGuiTableFlags_SizingStretchProp | ImGuiTableFlags_RowBg |
                                     ImGuiTableFlags_ScrollY | ImGuiTableFlags_Resizable;
  if (!ImGui::BeginTable("fields", 3, kFlags)) return;
  ImGui::TableSetupScrollFreeze(0, 1);
  ImGui::TableSetupColumn("field", 0, 1.1f);
  ImGui::TableSetupColumn("value", 0, 1.5f);
  ImGui::TableSetupColumn("unit", ImGuiTableColumnFlags_WidthFixed, 52);
  ImGui::TableHeadersRow();
  const Trace& trace = *shown.trace;
  Section(trace, rows, step, "state", StateOf(trace, ui.view.task->spec().state));
  Section(trace, rows, step, "action",
          {{"action",
            "what was done in the step that led here",
            trace.spec().action.names,
            {},
            trace.layout().action}});
  Section(trace, rows, step, "memory", MemoryOf(trace));
  Section(trace, rows, step, "metric", MetricsOf(trace));
  for (const std::string& name : trace.spec().omitted) {
    if (!Matches(name)) continue;
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    widgets::Muted(name.c_str(), name);
    ImGui::TableNextColumn();
    widgets::Muted("omitted", "not recorded: too large");
  }
  ImGui::EndTable();
}

}  // namespace carrot
