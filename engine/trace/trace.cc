#include "engine/trace/trace.h"

#include <algorithm>
#include <cstdlib>
#include <map>

#include "engine/base/check.h"

namespace carrot {
namespace {

constexpr size_t kAlign = 64;
size_t RoundUp(size_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }

}  // namespace

TraceChunk AllocateChunk(const TraceSpec& spec, const TraceLayout& layout, int64_t rows) {
  // A group is a run of columns whose values of one row are neighbours.
  struct Group {
    int begin, end;
  };
  std::vector<Group> groups;
  for (int c = 0; c < layout.memory; ++c) groups.push_back({c, c + 1});
  const int terms_end = layout.term + static_cast<int>(spec.terms.size());
  groups.push_back({layout.memory, layout.term});
  groups.push_back({layout.term, terms_end});
  for (int c = terms_end; c < layout.metric; ++c) groups.push_back({c, c + 1});
  groups.push_back({layout.metric, layout.size()});

  std::vector<size_t> widths;
  size_t total = 0;
  for (const Group& group : groups) {
    size_t width = 0;
    for (int c = group.begin; c < group.end; ++c) width += layout.columns[c].row_bytes();
    // A row of memory is copied whole; entries may leave gaps in it.
    if (group.begin == layout.memory && group.end == layout.term) {
      width = spec.memory_width * sizeof(double);
    }
    widths.push_back(width);
    total += RoundUp(width * rows);
  }
  // Not cleared: pages that no row reaches are never touched.
  std::shared_ptr<void> storage(std::aligned_alloc(kAlign, std::max(total, kAlign)), std::free);
  CARROT_CHECK(storage != nullptr);
  TraceChunk chunk;
  chunk.capacity = rows;
  chunk.columns.resize(layout.columns.size());
  auto* base = static_cast<std::byte*>(storage.get());
  for (size_t g = 0; g < groups.size(); ++g) {
    size_t at = 0;
    for (int c = groups[g].begin; c < groups[g].end; ++c) {
      if (groups[g].begin == layout.memory && c < layout.term) {
        at = spec.memory[c - layout.memory].offset * sizeof(double);
      }
      chunk.columns[c] = {base + at, static_cast<int64_t>(widths[g])};
      at += layout.columns[c].row_bytes();
    }
    base += RoundUp(widths[g] * rows);
  }
  chunk.storage = std::move(storage);
  return chunk;
}

Trace::Trace(TraceSpec spec) : spec_(std::move(spec)), layout_(spec_) {}

int64_t Trace::num_rows() const {
  const int64_t count = num_blocks();
  if (count == 0) return 0;
  const TraceBlock& last = block(count - 1);
  return last.first_row + last.rows;
}

std::vector<EpisodeSummary> Trace::episodes(size_t from) const {
  std::lock_guard lock(mutex_);
  from = std::min(from, episodes_.size());
  return {episodes_.begin() + from, episodes_.end()};
}

std::vector<TraceEvent> Trace::events(size_t from) const {
  std::lock_guard lock(mutex_);
  from = std::min(from, events_.size());
  return {events_.begin() + from, events_.end()};
}

std::vector<TraceEpisodeRows> Trace::EpisodeRows() const {
  std::vector<TraceEpisodeRows> episodes;
  std::map<int, size_t> open;  // env -> episode whose next block may follow
  const int64_t count = num_blocks();
  for (int64_t b = 0; b < count; ++b) {
    const TraceBlock& block = this->block(b);
    auto it = open.find(block.env);
    const bool follows =
        it != open.end() && !episodes[it->second].ended &&
        episodes[it->second].episode == block.episode &&
        episodes[it->second].first_step + episodes[it->second].rows == block.first_step;
    if (!follows) {
      it = open.insert_or_assign(block.env, episodes.size()).first;
      TraceEpisodeRows fresh;
      fresh.env = block.env;
      fresh.episode = block.episode;
      fresh.world_seed = block.world_seed;
      fresh.first_step = block.first_step;
      episodes.push_back(std::move(fresh));
    }
    TraceEpisodeRows& episode = episodes[it->second];
    episode.blocks.push_back(&block);
    episode.rows += block.rows;
    const uint8_t last = *Row<uint8_t>(block, layout_.flags, block.rows - 1);
    episode.ended = last & (kRowTerminated | kRowTruncated);
  }
  return episodes;
}

int64_t Trace::memory_bytes() const {
  std::lock_guard lock(mutex_);
  return chunk_bytes_;
}

TraceChunk* Trace::NewChunk(int64_t rows) {
  return AdoptChunk(AllocateChunk(spec_, layout_, rows));
}

TraceChunk* Trace::AdoptChunk(TraceChunk chunk) {
  std::lock_guard lock(mutex_);
  chunk_bytes_ += chunk.capacity * static_cast<int64_t>(layout_.row_bytes);
  chunks_.push_back(std::make_unique<TraceChunk>(std::move(chunk)));
  return chunks_.back().get();
}

void Trace::Publish(TraceBlock block) {
  const int64_t index = published_.load(std::memory_order_relaxed);
  CARROT_CHECK(index < kSegment * kMaxSegments);
  auto& segment = segments_[index / kSegment];
  if (segment == nullptr) segment = std::make_unique<TraceBlock[]>(kSegment);
  block.first_row = next_row_;
  next_row_ += block.rows;
  segment[index % kSegment] = block;
  published_.store(index + 1, std::memory_order_release);
}

void Trace::AddEpisode(const EpisodeSummary& episode) {
  std::lock_guard lock(mutex_);
  episodes_.push_back(episode);
}

void Trace::AddEvent(TraceEvent event) {
  std::lock_guard lock(mutex_);
  events_.push_back(std::move(event));
}

}  // namespace carrot
