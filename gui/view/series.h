// SeriesCache: what panels draw of a recording, as columns in the order of display: its episodes
// one after the other. Everything is made on first use and kept as long as the view's columns are
// the same. Columns of much data are made on a thread of their own: until then panels draw the last
// ones of the same reward, so that no frame waits for a million rows.
#pragma once

#include <future>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/session/frame_view.h"
#include "gui/render/style.h"
#include "gui/view/pyramid.h"

namespace carrot {

// Where the episodes of a recording lie on the axis of display.
struct SeriesOrder {
  std::vector<int64_t> rows;    // row number of the trace, by place
  std::vector<int64_t> starts;  // place of each episode's first row, and the end
  int64_t Place(int episode, int step, int first_step = 0) const {
    return starts[episode] + step - first_step;
  }
  int Episode(int64_t place) const;  // that a place belongs to
};

class SeriesCache {
 public:
  // `at_once`: so many values may be made between two frames, less work than a frame; more go to a
  // thread.
  explicit SeriesCache(size_t at_once = 2'500'000) : at_once_(at_once) {}
  // Call once a frame, before panels are drawn.
  void BeginFrame(const FrameView& view);
  // Columns are being made; the next frames may show others.
  bool busy() const;

  const SeriesOrder& Order(const TraceView& trace);
  const Pyramid& Raw(const TraceView& trace, int part);  // unweighted; by PaidParts
  const Pyramid& Total(const TraceView& trace);
  const Pyramid& Reward(const TraceView& trace);
  // Total and reward of one episode under the weights in use, whatever of the recording still waits
  // for them: a dragged weight is seen in the next frame.
  struct Sums {
    const Pyramid *total = nullptr, *reward = nullptr;
    int64_t first = 0;  // place of their first sample
  };
  Sums EpisodeSums(const TraceView& trace, int episode, const RewardInfo& reward);
  // A scalar (element) of a recorded field, for plots of observables.
  const Pyramid& Field(const TraceView& trace, int field, int element);

  const std::vector<Colour>& TermColours(const FrameView& view, Theme theme);

  // Over an episode, under the weights in use: sum of w * raw, its absolute value, by PaidParts.
  struct Shares {
    std::vector<double> paid, absolute;
  };
  const Shares& EpisodeShares(const TraceView& trace, int episode, const RewardInfo& reward);

 private:
  // Pyramids of one score's columns, and those that will follow them.
  struct Columns {
    std::shared_ptr<const Score> source;  // of `shown`, or of what is being made
    std::string reward;                   // whose terms they are
    std::vector<Pyramid> shown;
    std::future<std::vector<Pyramid>> coming;
  };
  // Of one episode, ahead of the recording's.
  struct Ahead {
    int episode = -1;
    std::shared_ptr<const Score> terms;
    RewardWeights weights;
    Score score;
    Pyramid total, reward;
  };
  struct Entry {
    std::shared_ptr<const Trace> trace;
    std::shared_ptr<const std::vector<TraceEpisodeRows>> episodes;
    std::shared_ptr<const Score> terms, totals;
    std::shared_ptr<const SeriesOrder> order;
    Columns raw;   // a term each
    Columns sums;  // total, reward
    Ahead ahead;
    int64_t frame = -1;
    std::map<std::pair<int, int>, Pyramid> fields;
    std::map<int, Shares> shares;
    RewardWeights shares_weights;
  };
  Entry& EntryOf(const TraceView& trace);
  void Follow(const Entry& entry, const std::shared_ptr<const Score>& source, bool sums,
              Columns* columns);

  size_t at_once_;
  std::map<std::string, Entry> entries_;  // by name and path
  std::string reward_;                    // names of the terms in use
  int64_t frame_ = 0;
  std::vector<Colour> colours_;
  std::vector<std::string> colour_names_;
  Theme colour_theme_ = Theme::kLight;
};

}  // namespace carrot
