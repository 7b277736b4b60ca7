#include "gui/view/series.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "gui/view/paid_parts.h"

namespace carrot {

constexpr size_t kTwoThreads = 100'000;  // rows from which on a second one is worth it
constexpr int64_t kMostAhead = 200'000;  // rows of an episode that are summed within a frame

int SeriesOrder::Episode(int64_t place) const {
  const auto it = std::upper_bound(starts.begin(), starts.end(), place);
  return std::clamp<int>(static_cast<int>(it - starts.begin()) - 1, 0,
                         static_cast<int>(starts.size()) - 2);
}

void SeriesCache::BeginFrame(const FrameView& view) {
  // Recordings that are closed are forgotten.
  for (auto it = entries_.begin(); it != entries_.end();) {
    const auto is = [&](const TraceView& trace) {
      return it->first == trace.path + "#" + trace.name;
    };
    const bool shown = is(view.live) || std::any_of(view.open.begin(), view.open.end(), is);
    it = shown ? std::next(it) : entries_.erase(it);
  }
  ++frame_;
  reward_.clear();
  for (const PaidPart& part : PaidParts(view.reward)) reward_ += part.term->name + "\n";
}

bool SeriesCache::busy() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const auto& entry) {
    return entry.second.raw.coming.valid() || entry.second.sums.coming.valid();
  });
}

SeriesCache::Entry& SeriesCache::EntryOf(const TraceView& trace) {
  Entry& entry = entries_[trace.path + "#" + trace.name];
  if (entry.trace != trace.trace || entry.episodes != trace.episodes) {
    entry = {};
    entry.trace = trace.trace;
    entry.episodes = trace.episodes;
    SeriesOrder order;
    order.starts.push_back(0);
    for (const TraceEpisodeRows& episode : *trace.episodes) {
      ForRows(episode, [&](const TraceBlock& block, int i, int64_t) {
        order.rows.push_back(block.first_row + i);
      });
      order.starts.push_back(static_cast<int64_t>(order.rows.size()));
    }
    entry.order = std::make_shared<const SeriesOrder>(std::move(order));
  }
  if (entry.terms != trace.terms || entry.totals != trace.totals) entry.shares.clear();
  entry.terms = trace.terms;
  entry.totals = trace.totals;
  if (std::exchange(entry.frame, frame_) != frame_) {  // what is shown stays for a whole frame
    Follow(entry, trace.terms, false, &entry.raw);
    Follow(entry, trace.totals, true, &entry.sums);
  }
  return entry;
}

namespace {

using Episodes = std::vector<TraceEpisodeRows>;

// Nothing is paid for a reset state: a curve begins with the first step, and does not dip to 0.
void LeaveOutResets(const SeriesOrder& order, const Episodes& episodes,
                    std::vector<float>* column) {
  for (size_t e = 0; e < episodes.size(); ++e) {
    const auto start = static_cast<size_t>(order.starts[e]);
    if (episodes[e].first_step == 0 && start < column->size()) (*column)[start] = NAN;
  }
}

// Part by part, the rows read once in the order in which they lie.
std::vector<Pyramid> PartPyramids(const SeriesOrder& order, const Score& score,
                                  const Episodes& episodes, double gamma) {
  const size_t scored = score.total.size();
  const size_t width = scored > 0 ? score.term.size() / scored : 0;
  std::vector<std::vector<float>> columns(width);
  for (std::vector<float>& column : columns) column.resize(order.rows.size(), NAN);
  for (size_t place = 0; place < order.rows.size(); ++place) {
    const auto row = static_cast<size_t>(order.rows[place]);
    if (row >= scored) continue;
    const double* values = score.term.data() + row * width;
    for (size_t k = 0; k < width; ++k) columns[k][place] = static_cast<float>(values[k]);
  }
  if (scored > 0 && score.phi.size() == scored) {
    std::vector<float>& shaping = columns.emplace_back();
    for (const TraceEpisodeRows& episode : episodes) {
      const std::vector<double> values = EpisodeShaping(score, episode, gamma);
      shaping.insert(shaping.end(), values.begin(), values.end());
      shaping.resize(shaping.size() + static_cast<size_t>(episode.rows) - values.size(), NAN);
    }
  }
  std::vector<Pyramid> made(columns.size());
  const auto build = [&](size_t first) {
    for (size_t k = first; k < made.size(); k += 2) {
      LeaveOutResets(order, episodes, &columns[k]);
      made[k].Build(std::move(columns[k]));
    }
  };
  if (order.rows.size() < kTwoThreads) {
    build(0);
    build(1);
  } else {
    const std::future<void> others = std::async(std::launch::async, build, 1);
    build(0);
  }
  return made;
}

std::vector<Pyramid> SumPyramids(const SeriesOrder& order, const Score& score,
                                 const Episodes& episodes) {
  std::vector<Pyramid> made(2);
  const std::vector<double>* const sums[] = {&score.total, &score.reward};
  for (int k = 0; k < 2; ++k) {
    const std::vector<double>& column = *sums[k];
    if (k == 1 && score.reward == score.total) {  // no stage shapes it
      made[1] = made[0];
      break;
    }
    std::vector<float> values(order.rows.size(), NAN);
    for (size_t place = 0; place < order.rows.size(); ++place) {
      const auto row = static_cast<size_t>(order.rows[place]);
      if (row < column.size()) values[place] = static_cast<float>(column[row]);
    }
    LeaveOutResets(order, episodes, &values);
    made[k].Build(std::move(values));
  }
  return made;
}

}  // namespace

// Brings `columns` to `source`: at once if it is little, else as soon as it is made.
void SeriesCache::Follow(const Entry& entry, const std::shared_ptr<const Score>& source, bool sums,
                         Columns* columns) {
  const auto ready = [&] {
    return columns->coming.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  if (columns->coming.valid() && ready()) columns->shown = columns->coming.get();
  if (columns->coming.valid() || columns->source == source) return;
  if (columns->reward != reward_) columns->shown.clear();  // never curves under others' names
  columns->reward = reward_;
  columns->source = source;
  if (!source) return columns->shown.clear();
  const auto make = [order = entry.order, episodes = entry.episodes, trace = entry.trace, source,
                     sums] {
    if (sums) return SumPyramids(*order, *source, *episodes);
    return PartPyramids(*order, *source, *episodes, trace->spec().gamma);
  };
  const size_t values = sums ? 2 * source->total.size() : source->term.size();
  if (values <= at_once_) {
    columns->shown = make();
  } else {
    columns->coming = std::async(std::launch::async, make);
  }
}

const SeriesOrder& SeriesCache::Order(const TraceView& trace) { return *EntryOf(trace).order; }

namespace {

const Pyramid& AtOrNone(const std::vector<Pyramid>& made, size_t k) {
  static const Pyramid none;
  return k < made.size() ? made[k] : none;
}

}  // namespace

const Pyramid& SeriesCache::Raw(const TraceView& trace, int part) {
  return AtOrNone(EntryOf(trace).raw.shown, static_cast<size_t>(part));
}
const Pyramid& SeriesCache::Total(const TraceView& trace) {
  return AtOrNone(EntryOf(trace).sums.shown, 0);
}
const Pyramid& SeriesCache::Reward(const TraceView& trace) {
  return AtOrNone(EntryOf(trace).sums.shown, 1);
}

SeriesCache::Sums SeriesCache::EpisodeSums(const TraceView& trace, int episode,
                                           const RewardInfo& reward) {
  Entry& entry = EntryOf(trace);
  const Sums recording{&AtOrNone(entry.sums.shown, 0), &AtOrNone(entry.sums.shown, 1), 0};
  if (trace.fresh && entry.sums.source == trace.totals && !entry.sums.coming.valid())
    return recording;
  const TraceEpisodeRows& rows = (*trace.episodes)[episode];
  const RewardSpec& spec = reward.function->spec();
  const Score* terms = entry.terms.get();
  const size_t count = terms ? terms->total.size() : 0;
  const bool evaluated =
      terms && terms->term.size() == count * spec.terms.size() &&
      (!spec.has_potential || terms->phi.size() == count) && rows.first_step == 0 &&
      rows.blocks.back()->first_row + rows.blocks.back()->rows <= static_cast<int64_t>(count) &&
      reward.settings.weights.weights.size() == spec.terms.size();
  if (!evaluated || !CanReweight(spec) || rows.rows > kMostAhead) return recording;
  Ahead& ahead = entry.ahead;
  if (ahead.episode != episode || ahead.terms != entry.terms ||
      ahead.weights != reward.settings.weights) {
    ahead.episode = episode;
    ahead.terms = entry.terms;
    ahead.weights = reward.settings.weights;
    RewardWeights weights = ahead.weights;
    weights.gamma = trace.trace->spec().gamma;
    RecombineEpisode(*trace.trace, spec, weights, *terms, rows, ahead.score);
    const auto build = [&](const std::vector<double>& column, Pyramid* pyramid) {
      std::vector<float> values;
      ForRows(rows, [&](const TraceBlock& block, int i, int64_t) {
        values.push_back(static_cast<float>(column[block.first_row + i]));
      });
      values[0] = NAN;  // as LeaveOutResets: its first row is here
      pyramid->Build(std::move(values));
    };
    build(ahead.score.total, &ahead.total);
    build(ahead.score.reward, &ahead.reward);
  }
  return {&ahead.total, &ahead.reward, entry.order->starts[episode]};
}

const Pyramid& SeriesCache::Field(const TraceView& trace, int field, int element) {
  Entry& entry = EntryOf(trace);
  auto [it, made] = entry.fields.try_emplace({field, element});
  if (!made) return it->second;
  const FieldSpec& spec = trace.trace->spec().fields[field];
  const int column = trace.trace->layout().state + field;
  std::vector<float> values;
  values.reserve(entry.order->rows.size());
  for (const TraceEpisodeRows& episode : *trace.episodes) {
    ForRows(episode, [&](const TraceBlock& block, int i, int64_t) {
      const std::byte* at = Trace::Row(block, column, i);
      const auto* typed = at + element * spec.bytes() / std::max(1, spec.size());
      switch (spec.dtype) {
        case DType::kF64:
          values.push_back(static_cast<float>(*reinterpret_cast<const double*>(typed)));
          break;
        case DType::kF32:
          values.push_back(*reinterpret_cast<const float*>(typed));
          break;
        case DType::kI32:
          values.push_back(static_cast<float>(*reinterpret_cast<const int32_t*>(typed)));
          break;
        default:
          values.push_back(static_cast<float>(*reinterpret_cast<const uint8_t*>(typed)));
          break;
      }
    });
  }
  it->second.Build(std::move(values));
  return it->second;
}

const std::vector<Colour>& SeriesCache::TermColours(const FrameView& view, Theme theme) {
  std::vector<std::string> names;
  for (const PaidPart& part : PaidParts(view.reward)) names.push_back(part.term->name);
  if (names != colour_names_ || theme != colour_theme_) {
    colours_ = carrot::TermColours(names, theme);
    colour_names_ = std::move(names);
    colour_theme_ = theme;
  }
  return colours_;
}

const SeriesCache::Shares& SeriesCache::EpisodeShares(const TraceView& trace, int episode,
                                                      const RewardInfo& reward) {
  Entry& entry = EntryOf(trace);
  if (entry.shares_weights != reward.settings.weights) {
    entry.shares.clear();
    entry.shares_weights = reward.settings.weights;
  }
  auto [it, made] = entry.shares.try_emplace(episode);
  const std::vector<PaidPart> parts = PaidParts(reward);
  Shares& shares = it->second;
  if (!made && shares.paid.size() == parts.size()) return shares;
  shares.paid.assign(parts.size(), 0.0);
  shares.absolute.assign(parts.size(), 0.0);
  const size_t terms = reward.function ? reward.function->spec().terms.size() : 0;
  if (!entry.terms || entry.terms->term.size() != entry.terms->total.size() * terms) return shares;
  const auto add = [&](size_t part, double raw) {
    const double value = parts[part].Pays(raw);
    shares.paid[part] += value;
    shares.absolute[part] += std::abs(value);
  };
  const auto scored = static_cast<int64_t>(entry.terms->total.size());
  for (int64_t place = entry.order->starts[episode]; place < entry.order->starts[episode + 1];
       ++place) {
    const int64_t row = entry.order->rows[place];
    if (row >= scored) continue;
    for (size_t k = 0; k < terms; ++k) add(k, entry.terms->term[row * terms + k]);
  }
  if (parts.size() > terms) {
    const double gamma = entry.trace->spec().gamma;
    for (double raw : EpisodeShaping(*entry.terms, (*entry.episodes)[episode], gamma))
      add(terms, raw);
  }
  return shares;
}

}  // namespace carrot
