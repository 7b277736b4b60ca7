#include "gui/view/series.h"

#include <algorithm>
#include <cmath>

namespace carrot {

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
}

SeriesCache::Entry& SeriesCache::EntryOf(const TraceView& trace) {
  Entry& entry = entries_[trace.path + "#" + trace.name];
  if (entry.trace != trace.trace || entry.episodes != trace.episodes) {
    entry = {};
    entry.trace = trace.trace;
    entry.episodes = trace.episodes;
    entry.order.starts.push_back(0);
    for (const TraceEpisodeRows& episode : *trace.episodes) {
      ForRows(episode, [&](const TraceBlock& block, int i, int64_t) {
        entry.order.rows.push_back(block.first_row + i);
      });
      entry.order.starts.push_back(static_cast<int64_t>(entry.order.rows.size()));
    }
  }
  if (entry.terms != trace.terms) {
    entry.terms = trace.terms;
    entry.raw.clear();
    entry.shares.clear();
  }
  if (entry.totals != trace.totals) {
    entry.totals = trace.totals;
    entry.total.reset();
    entry.reward.reset();
    entry.shares.clear();
  }
  return entry;
}

const SeriesOrder& SeriesCache::Order(const TraceView& trace) { return EntryOf(trace).order; }

const Pyramid& SeriesCache::Raw(const TraceView& trace, int term) {
  Entry& entry = EntryOf(trace);
  auto [it, made] = entry.raw.try_emplace(term);
  if (!made || !entry.terms || entry.terms->total.empty()) return it->second;
  const std::vector<double>& column = entry.terms->term;
  const auto width = static_cast<int64_t>(column.size() / entry.terms->total.size());
  const auto scored = static_cast<int64_t>(entry.terms->total.size());
  if (term >= width) return it->second;
  it->second.Build(static_cast<int64_t>(entry.order.rows.size()), [&](int64_t place) {
    const int64_t row = entry.order.rows[place];
    return row < scored ? column[row * width + term] : NAN;
  });
  return it->second;
}

namespace {

const Pyramid& OfColumn(std::unique_ptr<Pyramid>& kept, const SeriesOrder& order,
                        const std::vector<double>* column) {
  if (kept) return *kept;
  kept = std::make_unique<Pyramid>();
  if (column == nullptr) return *kept;
  const auto scored = static_cast<int64_t>(column->size());
  kept->Build(static_cast<int64_t>(order.rows.size()), [&](int64_t place) {
    const int64_t row = order.rows[place];
    return row < scored ? (*column)[row] : NAN;
  });
  return *kept;
}

}  // namespace

const Pyramid& SeriesCache::Total(const TraceView& trace) {
  Entry& entry = EntryOf(trace);
  return OfColumn(entry.total, entry.order, entry.totals ? &entry.totals->total : nullptr);
}

const Pyramid& SeriesCache::Reward(const TraceView& trace) {
  Entry& entry = EntryOf(trace);
  return OfColumn(entry.reward, entry.order, entry.totals ? &entry.totals->reward : nullptr);
}

const Pyramid& SeriesCache::Field(const TraceView& trace, int field, int element) {
  Entry& entry = EntryOf(trace);
  auto [it, made] = entry.fields.try_emplace({field, element});
  if (!made) return it->second;
  const FieldSpec& spec = trace.trace->spec().fields[field];
  const int column = trace.trace->layout().state + field;
  std::vector<float> values;
  values.reserve(entry.order.rows.size());
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
  it->second.Build(static_cast<int64_t>(values.size()), [&](int64_t i) { return values[i]; });
  return it->second;
}

const std::vector<Colour>& SeriesCache::TermColours(const FrameView& view, Theme theme) {
  std::vector<std::string> names;
  if (view.reward.function) {
    for (const RewardTermSpec& term : view.reward.function->spec().terms)
      names.push_back(term.name);
  }
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
  if (entry.shares_weights.weights != reward.settings.weights.weights) {
    entry.shares.clear();
    entry.shares_weights = reward.settings.weights;
  }
  auto [it, made] = entry.shares.try_emplace(episode);
  const size_t n = reward.function ? reward.function->spec().terms.size() : 0;
  if (!made && it->second.paid.size() == n) return it->second;
  Shares& shares = it->second;
  shares.paid.assign(n, 0.0);
  shares.absolute.assign(n, 0.0);
  if (!entry.terms || entry.terms->term.size() != entry.terms->total.size() * n) return shares;
  const auto scored = static_cast<int64_t>(entry.terms->total.size());
  for (int64_t place = entry.order.starts[episode]; place < entry.order.starts[episode + 1];
       ++place) {
    const int64_t row = entry.order.rows[place];
    if (row >= scored) continue;
    for (size_t k = 0; k < n; ++k) {
      if (reward.function->spec().terms[k].kind == TermKind::kMonitor) continue;
      const double value = reward.settings.weights.weights[k] * entry.terms->term[row * n + k];
      shares.paid[k] += value;
      shares.absolute[k] += std::abs(value);
    }
  }
  return shares;
}

}  // namespace carrot
