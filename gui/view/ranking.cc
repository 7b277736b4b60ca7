#include "gui/view/ranking.h"

#include "gui/view/compared.h"

namespace carrot {

Ranking RankingCache::Make(const FrameView& view) {
  std::vector<std::shared_ptr<const void>> made_from;
  for (const TraceView& trace : view.open) {
    made_from.insert(made_from.end(), {trace.trace, trace.labels});
  }
  if (made_from != made_from_) {
    judged_ = JudgedOf(view);
    made_from_ = std::move(made_from);
  }
  Ranking ranking;
  std::vector<double> truth, returns;
  for (const JudgedEpisode& episode : judged_) {
    const TraceView& trace = view.open[episode.recording];
    if (!trace.totals || episode.index >= static_cast<int>(trace.totals->episodes.size())) continue;
    const EpisodeScore& score = trace.totals->episodes[episode.index];
    if (!score.scored) continue;
    truth.push_back(episode.truth);
    returns.push_back(score.episode_return);
    ranking.episodes.push_back({episode, score.episode_return});
  }
  ranking.spearman = Spearman(returns, truth);
  ranking.pairs = CountPairs(truth, returns);
  return ranking;
}

}  // namespace carrot
