// A/B: two episodes side by side at the same step, and what their steps were paid.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "gui/panels/scene_parts.h"
#include "gui/render/episode_rows.h"
#include "gui/view/paid_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr size_t kMostRows = 4;  // terms that are listed

struct Side {
  const char* name;
  const TraceView* trace = nullptr;
  int episode = 0, step = 0;
  std::string title;
};

Side SideOf(const Ui& ui, const char* name, int trace, int episode) {
  Side side{.name = name};
  if (trace >= static_cast<int>(ui.view.open.size())) return side;
  const TraceView& view = trace < 0 ? ui.view.live : ui.view.open[trace];
  if (!view.episodes || episode >= static_cast<int>(view.episodes->size())) return side;
  const EpisodeRows rows(*view.trace, (*view.episodes)[episode]);
  side.trace = &view;
  side.episode = episode;
  side.step = std::clamp(ui.ShownStep(), rows.first_step(), rows.last_step());
  side.title = fmt::format("{}   {}{}", name, EpisodeName(ui.view, trace, episode),
                           side.step < ui.ShownStep() ? "   (over)" : "");
  return side;
}

int64_t PlaceOf(Ui& ui, const Side& side) {
  return ui.series.Order(*side.trace)
      .Place(side.episode, side.step, (*side.trace->episodes)[side.episode].first_step);
}

void Picture(Ui& ui, SceneCache& scenes, const Side& side, ImVec2 size) {
  const Scope scope(side.name);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  ImGui::Dummy(size);
  if (side.trace == nullptr) {
    SceneTag(ui, "title", fmt::format("{}   choose an episode", side.name), at + ImVec2(8, 8));
    return;
  }
  ImVec2 picture = size;
  const auto aspect = static_cast<float>(scenes.aspect());
  if (aspect < size.x / size.y && aspect < 1.2f) picture.x = size.y * aspect;
  if (aspect < 1.2f && picture.x > 0 && aspect > size.x / size.y) picture.y = size.x / aspect;
  const unsigned int texture =
      scenes.Draw(*ui.view.task, *side.trace, side.episode, side.step, static_cast<int>(picture.x),
                  static_cast<int>(picture.y), ui.state.theme, 1.0);
  const ImVec2 from = at + (size - picture) / 2;
  if (texture != 0) {
    ImGui::GetWindowDrawList()->AddImage(static_cast<ImTextureID>(texture), from, from + picture,
                                         ImVec2(0, 1), ImVec2(1, 0));
  }
  ReportRect("view", "scene", fmt::format("step {}", side.step), from, from + picture);
  const ImVec2 title = SceneTag(ui, "title", side.title, at + ImVec2(8, 8));
  SceneTag(ui, "paid",
           fmt::format("step {}   reward {:.3f}", side.step,
                       ui.series.Reward(*side.trace).AtOrZero(PlaceOf(ui, side))),
           at + ImVec2(8, 12 + title.y), ui.palette.muted);
}

// The terms that differ most in this step.
void Differences(Ui& ui, const Side& a, const Side& b) {
  const std::vector<PaidPart> parts = PaidParts(ui.view.reward);
  const int64_t places[] = {PlaceOf(ui, a), PlaceOf(ui, b)};
  std::vector<std::array<double, 2>> paid;
  for (size_t k = 0; k < parts.size(); ++k) {
    const int part = static_cast<int>(k);
    paid.push_back({parts[k].Pays(ui.series.Raw(*a.trace, part).AtOrZero(places[0])),
                    parts[k].Pays(ui.series.Raw(*b.trace, part).AtOrZero(places[1]))});
  }
  std::vector<size_t> order(parts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t i, size_t j) {
    return std::abs(paid[i][1] - paid[i][0]) > std::abs(paid[j][1] - paid[j][0]);
  });
  order.resize(std::min(order.size(), kMostRows));
  const Scope scope("differences");
  if (!ImGui::BeginTable("differences", 4, ImGuiTableFlags_SizingStretchSame)) return;
  for (const char* title : {"term", "A", "B", "B - A"}) ImGui::TableSetupColumn(title);
  ImGui::TableHeadersRow();
  for (const size_t k : order) {
    const std::string& term = parts[k].term->name;
    const Scope row(term);
    ImGui::TableNextRow();
    ImGui::TableNextColumn();
    widgets::Text("name", term, ui.TermColours()[k]);
    const double values[] = {paid[k][0], paid[k][1], paid[k][1] - paid[k][0]};
    const char* names[] = {"a", "b", "delta"};
    for (int i = 0; i < 3; ++i) {
      ImGui::TableNextColumn();
      widgets::Text(names[i], fmt::format("{:+.4g}", values[i]));
    }
  }
  ImGui::EndTable();
}

}  // namespace

void DrawCompareScenes(Ui& ui) {
  SceneState& scene = ui.state.scene;
  const Clock& clock = ui.view.clock;
  static bool chosen = false;  // one window
  if (!chosen || (scene.ghost_trace == clock.trace && scene.ghost_episode == clock.episode)) {
    if (!scene.ghost) SuggestOther(ui);
    chosen = true;
  }
  const Side a = SideOf(ui, "A", clock.trace, clock.episode);
  const Side b = SideOf(ui, "B", scene.ghost_trace, scene.ghost_episode);
  const float line = ImGui::GetTextLineHeightWithSpacing();
  const bool list = a.trace && b.trace && ui.view.reward.function;
  const ImVec2 room = ImGui::GetContentRegionAvail();
  const float rows =
      list ? static_cast<float>(std::min(kMostRows, PaidParts(ui.view.reward).size()) + 1) : 0;
  const float height = std::max(60.0f, room.y - rows * (line + 4) - 6);
  constexpr float kDivider = 6;
  const float left = std::floor((room.x - kDivider) * scene.divider);
  if (left < 40 || room.x - left < 40) return;
  ui.scenes.Beside().camera = ui.scenes.camera;
  Picture(ui, ui.scenes, a, ImVec2(left, height));
  ImGui::SameLine(0, 0);
  ImGui::InvisibleButton("divider", ImVec2(kDivider, height));
  Report("divider", "divider");
  if (ImGui::IsItemHovered() || ImGui::IsItemActive()) {
    ImGui::SetMouseCursor(ImGuiMouseCursor_ResizeEW);
  }
  if (ImGui::IsItemActive()) {
    scene.divider = std::clamp(scene.divider + ImGui::GetIO().MouseDelta.x / room.x, 0.2f, 0.8f);
  }
  ImGui::SameLine(0, 0);
  const ImVec2 right_at = ImGui::GetCursorScreenPos();
  const float right = room.x - left - kDivider;
  Picture(ui, ui.scenes.Beside(), b, ImVec2(right, height));
  const ImVec2 after = ImGui::GetCursorScreenPos();
  const float width = ImGui::CalcTextSize("Choose B").x + 2 * ImGui::GetStyle().FramePadding.x;
  ImGui::SetCursorScreenPos(right_at + ImVec2(right - width - 8, 8));
  if (widgets::Button("choose", "Choose B")) ImGui::OpenPopup("other");
  if (ImGui::BeginPopup("other")) {
    ChooseOther(ui);
    ImGui::EndPopup();
  }
  ImGui::SetCursorScreenPos(after);
  ImGui::Dummy(ImVec2(0, 0));
  if (list) Differences(ui, a, b);
}

}  // namespace carrot
