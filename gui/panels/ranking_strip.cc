// The ranking at the bottom of Tune: every recorded episode by its return under the weights in use.
// Successes are discs, failures rings; a reward that means what it should has the discs on the
// right.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <tuple>

#include "gui/panels/panels.h"
#include "gui/view/ranking.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr float kHeight = 50, kRadius = 4, kReach = 13, kPitch = 2, kWidePitch = 6;  // pixels
constexpr size_t kMany = 500;  // episodes from which on a dot may stand for its neighbours

// Episodes with nearly one return lie beside each other, always in the same place.
constexpr size_t kRows = 5;
size_t RowOf(size_t i) { return i * 2 % kRows; }
float Row(size_t i) { return 0.26f + 0.08f * static_cast<float>(RowOf(i)); }

struct Scale {
  double low = 0, high = 1;
  ImVec2 min, max;
  ImVec2 At(const RankedEpisode& episode, size_t i) const {
    const auto t = static_cast<float>((episode.episode_return - low) / (high - low));
    return {min.x + t * (max.x - min.x), min.y + Row(i) * (max.y - min.y)};
  }
};

struct Dot {
  ImVec2 centre;  // from the strip's corner
  bool good;
};

// What is drawn of ten thousand episodes: none that another of its kind hides. Made anew for other
// returns and another size.
const std::vector<Dot>& DotsOf(const Ranking& ranking, const Scale& scale) {
  static std::vector<Dot> dots;  // one window
  static int64_t version = 0;
  static ImVec2 size;
  const ImVec2 now = scale.max - scale.min;
  if (version == ranking.version && size.x == now.x && size.y == now.y) return dots;
  version = ranking.version;
  size = now;
  dots.clear();
  const float pitch = ranking.episodes.size() > kMany ? kWidePitch : kPitch;
  std::set<std::tuple<bool, size_t, int>> taken;
  for (size_t i = 0; i < ranking.episodes.size(); ++i) {
    const ImVec2 centre = scale.At(ranking.episodes[i], i) - scale.min;
    const bool good = ranking.episodes[i].episode.truth > 0;
    if (taken.insert({good, RowOf(i), static_cast<int>(centre.x / pitch)}).second)
      dots.push_back({centre, good});
  }
  return dots;
}

Scale ScaleOf(const Ranking& ranking, ImVec2 min, ImVec2 max) {
  const auto [low, high] = std::minmax_element(
      ranking.episodes.begin(), ranking.episodes.end(),
      [](const auto& a, const auto& b) { return a.episode_return < b.episode_return; });
  Scale scale{low->episode_return, high->episode_return, min, max};
  const double margin = std::max(1e-9, 0.04 * (scale.high - scale.low));
  scale.low -= margin;
  scale.high += margin;
  return scale;
}

void Numbers(Ui& ui, const Ranking& ranking) {
  const PairCounts& pairs = ranking.pairs;
  if (pairs.comparable == 0) {
    widgets::Muted("inversions", "ranking: it takes a success and a failure to judge");
    return;
  }
  widgets::Text("inversions", fmt::format("inversions {}/{}", pairs.inverted, pairs.comparable),
                pairs.inverted > 0 ? ui.palette.bad : ui.palette.good);
  widgets::Tip("Pairs of a success and a failure in which the failure has the higher return");
  ImGui::SameLine(0, 12);
  widgets::Muted("rho", std::isfinite(ranking.spearman)
                            ? fmt::format("rho {:+.2f}", ranking.spearman)
                            : "rho -");
  widgets::Tip(
      "Spearman's, of return and success. With two outcomes it does not reach 1: look at the "
      "inversions");
}

// The episode under the mouse; -1: none.
int Nearest(const Ranking& ranking, const Scale& scale) {
  if (!ImGui::IsItemHovered()) return -1;
  int nearest = -1;
  float best = kReach * kReach;
  for (size_t i = 0; i < ranking.episodes.size(); ++i) {
    const float distance = ImLengthSqr(scale.At(ranking.episodes[i], i) - ImGui::GetIO().MousePos);
    if (!(distance <= best)) continue;
    best = distance;
    nearest = static_cast<int>(i);
  }
  return nearest;
}

void Gesture(Ui& ui, const RankedEpisode& hovered) {
  const JudgedEpisode& episode = hovered.episode;
  const std::string text =
      fmt::format("{}, episode {}: {}{}, return {:.5g}", ui.view.open[episode.recording].name,
                  episode.index, episode.truth > 0 ? "success" : "failure",
                  episode.labelled ? " (labelled)" : "", hovered.episode_return);
  ImGui::SetTooltip("%s\nclick to see it", text.c_str());
  ReportRect("hovered", "text", text, ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
  if (ImGui::IsItemClicked()) ui.session.Send(Seek{episode.recording, episode.index, 0});
}

}  // namespace

void DrawRankingStrip(Ui& ui) {
  static RankingCache cache;  // one window
  const Ranking& ranking = cache.Make(ui.view);
  if (ranking.episodes.empty()) return;
  const Scope scope("ranking");
  Numbers(ui, ranking);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 end = at + ImVec2(std::max(60.0f, ImGui::GetContentRegionAvail().x), kHeight);
  ImGui::InvisibleButton("strip", end - at);
  const Scale scale = ScaleOf(ranking, at, end);
  ReportRect("strip", "plot", fmt::format("{} episodes", ranking.episodes.size()), at, end,
             scale.low, scale.high);
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  draw.AddRectFilled(at, end, ui.palette.panel, 3);
  draw.AddRect(at, end, ui.palette.border, 3);
  const int hovered = Nearest(ranking, scale);
  for (const Dot& dot : DotsOf(ranking, scale)) {
    if (dot.good) draw.AddCircleFilled(at + dot.centre, kRadius, ui.palette.good);
    // A whole thickness is drawn with a third of the triangles.
    if (!dot.good) draw.AddCircle(at + dot.centre, kRadius, ui.palette.bad, 10, 2);
  }
  const Clock& clock = ui.view.clock;
  for (size_t i = 0; i < ranking.episodes.size(); ++i) {
    const JudgedEpisode& episode = ranking.episodes[i].episode;
    const bool shown = clock.trace == episode.recording && clock.episode == episode.index;
    if (shown || static_cast<int>(i) == hovered)
      draw.AddCircle(scale.At(ranking.episodes[i], i), kRadius + 3, ui.palette.text, 0, 1.5f);
  }
  if (hovered >= 0) Gesture(ui, ranking.episodes[hovered]);
  const float line = ImGui::GetTextLineHeight();
  const std::string low = fmt::format("{:.4g}", scale.low),
                    high = fmt::format("{:.4g}", scale.high);
  draw.AddText(ImVec2(at.x + 4, end.y - line), ui.palette.muted, low.c_str());
  draw.AddText(ImVec2(end.x - 4 - ImGui::CalcTextSize(high.c_str()).x, end.y - line),
               ui.palette.muted, high.c_str());
}

}  // namespace carrot
