#include "gui/view/ranking.h"

#include <cmath>

#include "gui/view/compared.h"

namespace carrot {

const Ranking& RankingCache::Make(const FrameView& view) {
  Sources judged_from, ranked_from;
  for (const TraceView& trace : view.open) {
    judged_from.insert(judged_from.end(), {trace.trace, trace.labels});
    ranked_from.push_back(trace.totals);
  }
  const bool judged = judged_from == judged_from_;
  if (judged && ranked_from == ranked_from_) return ranking_;
  if (!judged) judged_ = JudgedOf(view);
  judged_from_ = std::move(judged_from);
  ranked_from_ = std::move(ranked_from);
  Ranking& ranking = ranking_ = {ranking_.version + 1};
  std::vector<double> truth, returns;
  for (const JudgedEpisode& episode : judged_) {
    const TraceView& trace = view.open[episode.recording];
    if (!trace.totals || episode.index >= static_cast<int>(trace.totals->episodes.size())) continue;
    const EpisodeScore& score = trace.totals->episodes[episode.index];
    if (!score.scored || !std::isfinite(score.episode_return)) continue;
    truth.push_back(episode.truth);
    returns.push_back(score.episode_return);
    ranking.episodes.push_back({episode, score.episode_return});
  }
  ranking.spearman = Spearman(returns, truth);
  ranking.pairs = CountPairs(truth, returns);
  return ranking;
}

}  // namespace carrot
