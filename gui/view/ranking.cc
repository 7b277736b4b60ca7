#include "gui/view/ranking.h"

namespace carrot {
namespace {

// Labels of this session count over the recorded success, as recorded ones do.
void ApplyLabels(const FrameView& view, JudgedEpisode* episode) {
  for (const EpisodeLabel& label : view.labels) {
    const bool here = view.open[episode->recording].path == label.recording &&
                      episode->env == label.env && episode->episode == label.episode;
    if (!here || (label.kind != "good" && label.kind != "bad")) continue;
    episode->truth = label.kind == "good" ? 1 : 0;
    episode->labelled = true;
  }
}

}  // namespace

Ranking RankingCache::Make(const FrameView& view) {
  std::vector<const Trace*> traces;
  for (const TraceView& trace : view.open) traces.push_back(trace.trace.get());
  if (traces != traces_) {
    judged_ = JudgeEpisodes(traces);
    traces_ = std::move(traces);
  }
  Ranking ranking;
  std::vector<double> truth, returns;
  for (JudgedEpisode episode : judged_) {
    const TraceView& trace = view.open[episode.recording];
    if (!trace.totals || episode.index >= static_cast<int>(trace.totals->episodes.size())) continue;
    const EpisodeScore& score = trace.totals->episodes[episode.index];
    if (!score.scored) continue;
    ApplyLabels(view, &episode);
    truth.push_back(episode.truth);
    returns.push_back(score.episode_return);
    ranking.episodes.push_back({episode, score.episode_return});
  }
  ranking.spearman = Spearman(returns, truth);
  ranking.pairs = CountPairs(truth, returns);
  return ranking;
}

}  // namespace carrot
