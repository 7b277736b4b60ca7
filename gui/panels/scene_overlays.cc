// Over the picture: the way of the agent, the terms that count most, the selected body and its
// pull.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "gui/panels/scene_parts.h"
#include "gui/render/episode_rows.h"
#include "gui/view/heat_colours.h"
#include "gui/view/paid_parts.h"
#include "gui/view/parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr int kMostTrailPoints = 200;
constexpr size_t kLabels = 3;

bool Screen(const ScenePlace& place, const double world[3], ImVec2* at) {
  double share[2];
  if (!place.view.Project(world, share)) return false;
  *at = place.At(share);
  return std::abs(share[0]) < 20 && std::abs(share[1]) < 20;
}

bool ScreenOf(const ScenePlace& place, const ScenePick& point, ImVec2* at) {
  double world[3];
  return place.view.Locate(place.row, point, world) && Screen(place, world, at);
}

// Where the agent was, in the world: found once a recording's episode, and on as it grows.
struct Trail {
  const void *trace = nullptr, *view = nullptr;
  int episode = -1, stride = 1;
  std::vector<std::array<double, 3>> points;  // of steps first + i * stride
};

const Trail& TrailNow(Ui& ui, const ScenePlace& place) {
  static Trail kept;  // one window
  const EpisodeRows rows(*place.trace.trace, place.Episode(ui));
  const int steps = rows.last_step() - rows.first_step() + 1;
  const int stride = 1 + steps / kMostTrailPoints;
  if (kept.trace != place.trace.trace.get() || kept.view != &place.view ||
      kept.episode != ui.view.clock.episode || kept.stride != stride) {
    kept = {place.trace.trace.get(), &place.view, ui.view.clock.episode, stride, {}};
  }
  for (int i = static_cast<int>(kept.points.size()); i * stride < steps; ++i) {
    const std::vector<void*> columns =
        rows.SceneColumns(*ui.view.task, rows.first_step() + i * stride);
    std::array<double, 3> world{};
    if (!place.view.Locate({columns, 0}, {}, world.data())) break;
    kept.points.push_back(world);
  }
  return kept;
}

void DrawTrail(Ui& ui, const ScenePlace& place) {
  const Trail& trail = TrailNow(ui, place);
  const int first = place.Episode(ui).first_step;
  const std::vector<PaidPart> parts = PaidParts(ui.view.reward);
  const int wanted = ui.state.scene.trail_term;
  const PaidPart* part =  // none: by the reward
      wanted >= 0 && wanted < static_cast<int>(parts.size()) ? &parts[wanted] : nullptr;
  const Pyramid& series = part ? ui.series.Raw(place.trace, wanted) : ui.series.Reward(place.trace);
  const SeriesOrder& order = ui.series.Order(place.trace);
  const int shown =
      std::min((place.step - first) / trail.stride + 1, static_cast<int>(trail.points.size()));
  std::vector<double> paid(static_cast<size_t>(std::max(0, shown)));
  for (int i = 0; i < shown; ++i) {
    const double value = series.AtOrZero(order.Place(ui.view.clock.episode, i * trail.stride));
    paid[static_cast<size_t>(i)] = part ? part->Pays(value) : value;
  }
  if (paid.size() < 2) return;
  const auto [low, high] = std::minmax_element(paid.begin() + 1, paid.end());
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  ImVec2 from, to;
  bool have = false;
  for (int i = 0; i < shown; ++i) {
    const bool seen = Screen(place, trail.points[static_cast<size_t>(i)].data(), &to);
    if (seen && have) {
      draw.AddLine(from, to, WithAlpha(ui.palette.text, 0.35), 5);
      draw.AddLine(from, to, HeatColour(paid[static_cast<size_t>(i)], *low, *high), 3);
    }
    have = seen;
    from = to;
  }
  const std::string what = part ? part->term->name : "reward";
  const std::string text = fmt::format("trail: {}  {:.3g} to {:.3g}", what, *low, *high);
  SceneTag(ui, "trail", text,
           ImVec2(place.room_at.x + 8, place.room_at.y + place.room.y - ImGui::GetFontSize() - 14),
           ui.palette.muted);
}

// The body whose name is in the term's ("foot_slip": foot); the longest. 0: the agent.
int BodyOf(const std::string& term, const std::vector<std::string>& bodies) {
  const std::string name = LowerCase(term);
  int found = 0;
  for (size_t i = 1; i < bodies.size(); ++i) {
    const std::string body = LowerCase(bodies[i]);
    if (body.size() < 3 || name.find(body) == std::string::npos) continue;
    if (found == 0 || body.size() > bodies[static_cast<size_t>(found)].size())
      found = static_cast<int>(i);
  }
  return found;
}

// The terms that pay or cost most in this step, beside what they speak of.
void DrawLabels(Ui& ui, const ScenePlace& place) {
  if (!ui.view.reward.function || !place.trace.terms) return;
  const std::vector<PaidPart> parts = PaidParts(ui.view.reward);
  const std::vector<Colour>& colours = ui.TermColours();
  const int64_t at = ui.series.Order(place.trace)
                         .Place(ui.view.clock.episode, place.step, place.Episode(ui).first_step);
  std::vector<double> paid;
  for (size_t k = 0; k < parts.size(); ++k)
    paid.push_back(parts[k].Pays(ui.series.Raw(place.trace, static_cast<int>(k)).AtOrZero(at)));
  std::vector<size_t> by_size(paid.size());
  std::iota(by_size.begin(), by_size.end(), size_t{0});
  std::stable_sort(by_size.begin(), by_size.end(),
                   [&](size_t a, size_t b) { return std::abs(paid[a]) > std::abs(paid[b]); });
  by_size.resize(std::min(by_size.size(), kLabels));
  const std::vector<std::string> bodies = place.view.BodyNames();
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const float line = ImGui::GetFontSize() + 8;
  std::map<int, int> stacked;
  const Scope scope("labels");
  for (const size_t k : by_size) {
    if (paid[k] == 0) continue;
    const int body = BodyOf(parts[k].term->name, bodies);
    ImVec2 spot;
    if (!ScreenOf(place, {.body = body}, &spot)) continue;
    const std::string text = fmt::format("{} {:+.3g}", parts[k].term->name, paid[k]);
    const float width = ImGui::CalcTextSize(text.c_str()).x + 26;
    const int row = stacked[body]++;
    ImVec2 corner(spot.x + 56, spot.y - 1.5f * line + static_cast<float>(row) * line);
    corner.x = std::clamp(corner.x, place.room_at.x, place.room_at.x + place.room.x - width);
    corner.y = std::clamp(corner.y, place.room_at.y + 40, place.room_at.y + place.room.y - line);
    draw.AddLine(spot, corner + ImVec2(0, line / 2), WithAlpha(colours[k], 0.7), 1.5f);
    draw.AddCircleFilled(spot, 3, colours[k]);
    draw.AddRectFilled(corner, corner + ImVec2(width, line - 2),
                       WithAlpha(ui.palette.background, 0.85), 4);
    draw.AddRectFilled(corner + ImVec2(6, line / 2 - 5), corner + ImVec2(14, line / 2 + 3),
                       colours[k], 2);
    draw.AddText(corner + ImVec2(19, 3), ui.palette.text, text.c_str());
    ReportRect(parts[k].term->name, "text", text, corner, corner + ImVec2(width, line - 2));
  }
}

void Arrow(ImVec2 from, ImVec2 to, Colour colour) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const ImVec2 along = to - from;
  const float length = std::sqrt(along.x * along.x + along.y * along.y);
  if (length < 2) return;
  const ImVec2 unit = along / length, side(-unit.y, unit.x);
  const float head = std::min(12.0f, length * 0.6f);
  draw.AddLine(from, to - unit * (head * 0.8f), colour, 3);
  draw.AddTriangleFilled(to, to - unit * head + side * (head * 0.45f),
                         to - unit * head - side * (head * 0.45f), colour);
}

double Length(const double v[3]) { return std::hypot(v[0], v[1], v[2]); }

void DrawSelected(Ui& ui, const ScenePlace& place) {
  const SceneState& scene = ui.state.scene;
  if (scene.selected.body == 0) return;
  const std::vector<std::string> names = place.view.BodyNames();
  const auto body = static_cast<size_t>(scene.selected.body);
  ImVec2 at;
  if (body >= names.size() || !ScreenOf(place, scene.selected, &at)) return;
  constexpr Colour kHand = Rgb(0xd55e00);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddCircleFilled(at, 5, kHand);
  draw.AddCircle(at, 5, ui.palette.background, 0, 1.5f);
  std::string text = names[body].empty() ? fmt::format("body {}", body) : names[body];
  if (scene.pulling >= 0) {
    const BodyWrench& wrench = ui.view.hand.wrench;
    text += scene.pull.turn ? fmt::format("   {:.3g} N m", Length(wrench.torque))
                            : fmt::format("   {:.3g} N", Length(wrench.force));
    ImVec2 to;
    if (!scene.pull.turn && Screen(place, scene.pull.to, &to)) Arrow(at, to, kHand);
    if (scene.pull.turn) draw.AddCircle(at, 18, kHand, 0, 3);
  }
  // To the left: the labels of terms are to the right.
  const float width = ImGui::CalcTextSize(text.c_str()).x + 14;
  SceneTag(ui, "selected", text,
           ImVec2(std::max(place.room_at.x, at.x - width - 10), at.y - ImGui::GetFontSize() - 8));
}

}  // namespace

void SceneOverlays(Ui& ui, const ScenePlace& place) {
  if (ui.state.scene.trail) DrawTrail(ui, place);
  if (ui.state.scene.labels) DrawLabels(ui, place);
  DrawSelected(ui, place);
}

}  // namespace carrot
