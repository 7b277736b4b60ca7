// What the Compare panel shows: the finished episodes of the open recordings under the reward in
// use (A) and another one (B), against the truth, and every recording under every reward. The same
// functions as `carrot compare`, and so the same numbers.
#pragma once

#include <limits>
#include <string>
#include <vector>

#include "engine/session/frame_view.h"
#include "rewards/analysis/ranking.h"
#include "rewards/analysis/truth.h"

namespace carrot {

struct ComparedRow {
  JudgedEpisode episode;
  double a = 0, b = std::numeric_limits<double>::quiet_NaN();  // returns
  bool wrong = false;  // a failure that A pays more than some success
};

struct OrderVerdict {
  double rho = std::numeric_limits<double>::quiet_NaN();  // Spearman's, of return and truth
  PairCounts pairs;                                       // of a good and a bad episode
  PairCounts preferences;                                 // labelled pairs
};

struct ComparedEpisodes {
  std::vector<ComparedRow> rows;  // highest return under A first
  OrderVerdict a, b;
  PairCounts between;                // A's order as the truth: `inverted` is where B disagrees
  std::vector<std::string> changes;  // from A to B in meaning (RewardChanges)
  std::string diff;                  // of the two scripts (LineDiff); "" if they are the same
};

// The finished episodes of what is open, with the labels of their recordings.
std::vector<JudgedEpisode> JudgedOf(const FrameView& view);

// `b`: an element of view.variants, or null. Only episodes that all of them have scored.
ComparedEpisodes CompareEpisodes(const FrameView& view, const VariantView* b);

// A recording is the behaviour of one policy.
struct MatrixRow {
  int recording = 0;
  int64_t episodes = 0;
  Interval success;               // Wilson, 95 %
  std::vector<Interval> returns;  // by column: mean with its 95 % bootstrap interval
  std::vector<int> typical;       // by column: the episode whose return is nearest to the mean
};
struct MatrixColumn {
  std::string name;
  int variant = 0;                                        // VariantView::id; 0: the reward in use
  double rho = std::numeric_limits<double>::quiet_NaN();  // of the rows' returns and success
};
struct RewardMatrix {
  std::vector<MatrixRow> rows;  // best success first
  std::vector<MatrixColumn> columns;
};
RewardMatrix MakeRewardMatrix(const FrameView& view);

// Whether anything that the two are made from has changed since it was last asked.
class ComparedInputs {
 public:
  bool Changed(const FrameView& view);

 private:
  std::vector<const void*> totals_;  // may share its address with one that is gone: see `fresh`
  std::vector<std::shared_ptr<const void>> held_;  // so that no address comes again
  std::vector<double> values_;
};

}  // namespace carrot
