// The recorded episodes of a view in the order of their returns, against what is true of them.
#pragma once

#include <memory>
#include <vector>

#include "engine/session/frame_view.h"
#include "rewards/analysis/truth.h"

namespace carrot {

struct RankedEpisode {
  JudgedEpisode episode;      // with the labels of its recording
  double episode_return = 0;  // under the settings in use
};

struct Ranking {
  int64_t version = 0;                  // differs from that of any other ranking of the cache
  std::vector<RankedEpisode> episodes;  // of recordings that are scored
  double spearman = 0;                  // of return and truth; NaN without an order
  PairCounts pairs;  // of a good and a bad one: `inverted` are in the wrong order
};

// One thread. Labels and outcomes are read once for a set of recordings, ranks are counted once for
// their scores: a frame in which nothing changed costs nothing.
class RankingCache {
 public:
  const Ranking& Make(const FrameView& view);

 private:
  using Sources = std::vector<std::shared_ptr<const void>>;  // held, so that no address comes again
  Sources judged_from_, ranked_from_;
  std::vector<JudgedEpisode> judged_;
  Ranking ranking_;
};

}  // namespace carrot
