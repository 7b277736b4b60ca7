// Field: the reward of the shown step as a function of two numbers of its state, all else as it
// was.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <memory>

#include "engine/session/reward_field.h"
#include "gui/panels/panels.h"
#include "gui/render/episode_rows.h"
#include "gui/view/heat_colours.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr double kFieldBudget = 0.004;  // seconds of a frame
constexpr int kSide = 64;

struct Scalar {
  std::string name;
  int field = 0, element = 0;  // of the StateSpec
  int column = 0;              // of the recording
  bool read = false;           // by the reward
};

// The numbers of the state that are recorded, those that the reward reads first.
std::vector<Scalar> ScalarsOf(const Ui& ui, const Trace& trace) {
  const StateSpec& state = ui.view.task->spec().state;
  const auto& reads = ui.view.reward.function->spec().fields_read;
  std::vector<Scalar> scalars;
  for (size_t i = 0; i < trace.spec().fields.size(); ++i) {
    const int field = state.Find(trace.spec().fields[i].name);
    if (field < 0 || state[field].dtype == DType::kBool) continue;
    const FieldSpec& spec = state[field];
    for (int e = 0; e < spec.size() && spec.size() <= 32; ++e) {
      std::string name = spec.name;
      if (spec.size() > 1) {
        name += e < static_cast<int>(spec.names.size()) ? "." + spec.names[static_cast<size_t>(e)]
                                                        : fmt::format("[{}]", e + 1);
      }
      scalars.push_back({name, field, e, trace.layout().state + static_cast<int>(i),
                         std::find(reads.begin(), reads.end(), field) != reads.end()});
    }
  }
  std::stable_partition(scalars.begin(), scalars.end(), [](const Scalar& s) { return s.read; });
  return scalars;
}

double ValueAt(const Ui& ui, const EpisodeRows& rows, const Scalar& scalar, int step) {
  const FieldSpec& spec = ui.view.task->spec().state[scalar.field];
  const std::byte* row = rows.Row(scalar.column, step);
  const auto read = [&](auto number) {
    std::memcpy(&number, row + static_cast<size_t>(scalar.element) * sizeof number, sizeof number);
    return static_cast<double>(number);
  };
  switch (spec.dtype) {
    case DType::kF64:
      return read(double{});
    case DType::kF32:
      return read(float{});
    case DType::kI32:
      return read(int32_t{});
    default:
      return read(uint8_t{});
  }
}

// What the episode went through, and a little more.
FieldAxis AxisOf(const Ui& ui, const EpisodeRows& rows, const Scalar& scalar) {
  FieldAxis axis{scalar.field, scalar.element, 0, 0};
  axis.low = axis.high = ValueAt(ui, rows, scalar, rows.first_step());
  const int stride = 1 + (rows.last_step() - rows.first_step()) / 500;
  for (int step = rows.first_step(); step <= rows.last_step(); step += stride) {
    const double value = ValueAt(ui, rows, scalar, step);
    axis.low = std::min(axis.low, value);
    axis.high = std::max(axis.high, value);
  }
  const double room = axis.high > axis.low ? 0.15 * (axis.high - axis.low) : 1;
  axis.low -= room;
  axis.high += room;
  return axis;
}

// The field of the shown step: made anew when anything that it depends on changed, but not while
// the clock runs.
struct KeptField {
  const void *trace = nullptr, *reward = nullptr;
  int episode = -1, step = -1;
  RewardSettings settings;
  std::string x, y;
  std::shared_ptr<const RewardFunction> function;  // keeps what the field refers to
  std::shared_ptr<const Trace> recording;
  FieldAxis axes[2];
  std::unique_ptr<RewardField> field;
  std::string why;
};
KeptField& TheField() {
  static KeptField kept;  // one window
  return kept;
}

bool Changed(const Ui& ui, const KeptField& kept) {
  const RewardInfo& reward = ui.view.reward;
  return kept.trace != ui.view.Shown().trace.get() || kept.reward != reward.function.get() ||
         kept.episode != ui.view.clock.episode ||
         (kept.step != ui.ShownStep() && !ui.view.clock.playing) ||
         !SameValues(kept.settings, reward.settings);
}

void Make(Ui& ui, const Scalar& x, const Scalar& y) {
  KeptField& kept = TheField();
  const TraceView& trace = ui.view.Shown();
  const RewardInfo& reward = ui.view.reward;
  const TraceEpisodeRows& episode = (*trace.episodes)[ui.view.clock.episode];
  const EpisodeRows rows(*trace.trace, episode);
  const int step = ui.ShownStep();
  kept = {trace.trace.get(),
          reward.function.get(),
          ui.view.clock.episode,
          step,
          reward.settings,
          x.name,
          y.name,
          reward.function,
          trace.trace,
          {AxisOf(ui, rows, x), AxisOf(ui, rows, y)}};
  auto made = RewardField::OfState(
      {*ui.view.task, *reward.function, reward.settings, *trace.trace, episode, step}, kept.axes[0],
      kept.axes[1], kSide);
  if (made) {
    kept.field = std::move(*made);
  } else {
    kept.why = made.error()[0].message;
  }
}

// A button with a list of the numbers; true: another one was chosen.
bool Choose(const char* name, const std::vector<Scalar>& scalars, std::string* chosen) {
  const Scope scope(name);
  bool changed = false;
  if (widgets::Button("choose", chosen->c_str())) ImGui::OpenPopup("list");
  if (!ImGui::BeginPopup("list")) return false;
  for (const Scalar& scalar : scalars) {
    if (!widgets::Selectable(scalar.name.c_str(), scalar.name.c_str(), scalar.name == *chosen))
      continue;
    *chosen = scalar.name;
    changed = true;
  }
  ImGui::EndPopup();
  return changed;
}

void DrawMap(Ui& ui, const KeptField& kept, const double now[2]) {
  const RewardField& field = *kept.field;
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float line = ImGui::GetFontSize() + 4;
  const ImVec2 size(std::max(60.0f, room.x - 64), std::max(60.0f, room.y - line - 6));
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::Dummy(ImVec2(room.x, size.y + line));
  ReportRect("map", "plot", fmt::format("{:.6g} .. {:.6g}", field.low(), field.high()), at,
             at + size, kept.axes[0].low, kept.axes[0].high);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const ImVec2 cell = size / static_cast<float>(kSide);
  for (int y = 0; y < kSide; ++y) {
    for (int x = 0; x < kSide; ++x) {
      const double value = field.values()[y * kSide + x];
      if (!std::isfinite(value)) continue;
      const ImVec2 min(at.x + cell.x * static_cast<float>(x),
                       at.y + cell.y * static_cast<float>(kSide - 1 - y));
      draw.AddRectFilled(min, min + cell + ImVec2(0.5f, 0.5f),
                         HeatColour(value, field.low(), field.high()));
    }
  }
  const auto share = [&](int a, double v) {
    return static_cast<float>((v - kept.axes[a].low) / (kept.axes[a].high - kept.axes[a].low));
  };
  const ImVec2 here(at.x + share(0, now[0]) * size.x, at.y + (1 - share(1, now[1])) * size.y);
  draw.AddCircle(here, 6, Rgb(0xffffff), 0, 3.5f);
  draw.AddCircle(here, 6, Rgb(0x101010), 0, 1.5f);
  draw.AddText(at + ImVec2(0, size.y + 2), ui.palette.muted,
               fmt::format("{:.3g}", kept.axes[0].low).c_str());
  const std::string high = fmt::format("{:.3g}", kept.axes[0].high);
  draw.AddText(at + ImVec2(size.x - ImGui::CalcTextSize(high.c_str()).x, size.y + 2),
               ui.palette.muted, high.c_str());
  const float x = at.x + size.x + 8;
  draw.AddText(ImVec2(x, at.y), ui.palette.muted, fmt::format("{:.3g}", kept.axes[1].high).c_str());
  draw.AddText(ImVec2(x, at.y + size.y - line), ui.palette.muted,
               fmt::format("{:.3g}", kept.axes[1].low).c_str());
  const ImVec2 mouse = ImGui::GetIO().MousePos - at;
  if (!ImGui::IsWindowHovered() || mouse.x < 0 || mouse.y < 0 || mouse.x >= size.x ||
      mouse.y >= size.y) {
    return;
  }
  const int i = static_cast<int>(mouse.x / cell.x),
            j = kSide - 1 - static_cast<int>(mouse.y / cell.y);
  const auto value_of = [&](int a, int n) {
    return kept.axes[a].low + (kept.axes[a].high - kept.axes[a].low) * n / (kSide - 1);
  };
  const std::string text =
      fmt::format("{} {:.4g}, {} {:.4g}: reward {:.6g}", kept.x, value_of(0, i), kept.y,
                  value_of(1, j), field.values()[j * kSide + i]);
  ImGui::SetTooltip("%s", text.c_str());
  ReportRect("value", "text", text, at, at + size);
}

}  // namespace

void DrawField(Ui& ui) {
  const TraceView& trace = ui.view.Shown();
  if (!ui.view.reward.function || !trace.episodes || trace.episodes->empty()) {
    widgets::Muted("none", "no reward or no step to look at yet");
    return;
  }
  KeptField& kept = TheField();
  const std::vector<Scalar> scalars = ScalarsOf(ui, *trace.trace);
  if (scalars.size() < 2) {
    widgets::Muted("none", "the state has fewer than two numbers");
    return;
  }
  const auto find = [&](const std::string& name, size_t otherwise) -> const Scalar& {
    for (const Scalar& scalar : scalars) {
      if (scalar.name == name) return scalar;
    }
    return scalars[otherwise];
  };
  std::string x = find(kept.x, 0).name, y = find(kept.y, 1).name;
  ImGui::AlignTextToFramePadding();
  widgets::Muted("across", "across");
  ImGui::SameLine();
  bool changed = Choose("x", scalars, &x);
  ImGui::SameLine(0, 16);
  ImGui::AlignTextToFramePadding();
  widgets::Muted("up", "up");
  ImGui::SameLine();
  changed = Choose("y", scalars, &y) || changed;
  if (changed || Changed(ui, kept)) Make(ui, find(x, 0), find(y, 1));
  if (!kept.field) {
    widgets::Paragraph("why", kept.why);
    return;
  }
  const auto start = std::chrono::steady_clock::now();
  while (!kept.field->done() &&
         std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() <
             kFieldBudget) {
    kept.field->Advance();
  }
  const EpisodeRows rows(*kept.recording, (*trace.episodes)[kept.episode]);
  const double now[2] = {ValueAt(ui, rows, find(x, 0), kept.step),
                         ValueAt(ui, rows, find(y, 1), kept.step)};
  widgets::Text("range",
                fmt::format("step {}: reward {:.4g} to {:.4g}{}", kept.step, kept.field->low(),
                            kept.field->high(), kept.field->done() ? "" : " ..."));
  widgets::Tip(
      "What the script would have paid had this step ended with these two numbers at other values. "
      "Everything else stays as recorded, also what a simulation would have changed with them.");
  DrawMap(ui, kept, now);
}

}  // namespace carrot
