// Trace: recorded steps as columns, in memory or mapped from a folder. One writer publishes, any
// number of threads read.
//
//   block = consecutive rows of one episode          chunk = memory of some rows of every column
//   +-----------------------------+                  +------------+------------+--- ...
//   | env, episode, first step,   |  chunk, offset   | flags      | action     | state/...
//   | first row, rows, world seed |----------------->| [capacity] | [capacity] | [capacity]
//   +-----------------------------+                  +------------+------------+--- ...
//
// Rows are numbered in the order of publication: block b covers rows [first_row, first_row + rows).
// A published block and the memory it points at never move and never change, so readers need no
// lock: they read num_blocks() (acquire) and then any block below it.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "engine/core/step_sink.h"
#include "engine/trace/trace_spec.h"

namespace carrot {

inline constexpr int kMaxBlockRows = 1024;

// Where one column of a chunk lies. Terms of one row are neighbours in memory but separate files,
// so rows may be further apart than a row is wide.
struct TraceColumnData {
  std::byte* data = nullptr;
  int64_t stride = 0;  // bytes from row to row
};

struct TraceChunk {
  std::vector<TraceColumnData> columns;  // by TraceLayout index
  int64_t capacity = 0;                  // rows
  std::shared_ptr<void> storage;         // what keeps `columns` alive
};

struct TraceBlock {
  int env = 0;
  int64_t episode = 0;
  int first_step = 0;  // 0: the block begins with the reset row
  int64_t first_row = 0;
  int rows = 0;
  uint64_t world_seed = 0;
  const TraceChunk* chunk = nullptr;
  int64_t offset = 0;  // row of the chunk
};

// What changed while recording. It applies to the rows after (episode[env], step[env]) of each env.
struct TraceEvent {
  int64_t row_step = 0;  // barriers since the recording began
  int env = -1;          // -1: all
  std::string type;  // weight | potential_weight | param | script | perturb | label | segment ...
  std::string name;  // of the term or parameter
  double value = 0;
  std::string text;              // script hash, label, JSON of the owner's choice
  std::vector<int64_t> episode;  // by env; empty: no position (a label of the whole recording)
  std::vector<int> step;
};

// Rows of one episode in order. Steps are contiguous; first_step > 0 means that the beginning was
// not recorded or was dropped.
struct TraceEpisodeRows {
  int env = 0;
  int64_t episode = 0;
  uint64_t world_seed = 0;
  int first_step = 0;
  int64_t rows = 0;
  bool ended = false;  // the last row carries a terminated or truncated flag
  std::vector<const TraceBlock*> blocks;
};

// Calls visit(block, row of the block, row of the episode) for each row, in order.
template <typename Visit>
void ForRows(const TraceEpisodeRows& episode, Visit visit) {
  int64_t row = 0;
  for (const TraceBlock* block : episode.blocks) {
    for (int i = 0; i < block->rows; ++i) visit(*block, i, row++);
  }
}

class Trace {
 public:
  explicit Trace(TraceSpec spec);
  Trace(const Trace&) = delete;
  Trace& operator=(const Trace&) = delete;

  const TraceSpec& spec() const { return spec_; }
  const TraceLayout& layout() const { return layout_; }

  // Any thread, any time.
  int64_t num_blocks() const { return published_.load(std::memory_order_acquire); }
  const TraceBlock& block(int64_t index) const {
    return segments_[index / kSegment][index % kSegment];
  }
  int64_t num_rows() const;
  std::vector<EpisodeSummary> episodes(size_t from = 0) const;  // finished ones; no term sums
  std::vector<TraceEvent> events(size_t from = 0) const;
  // Published rows grouped by episode, ordered by (first row of the episode).
  std::vector<TraceEpisodeRows> EpisodeRows() const;

  // Row `row` of the block (0-based), column by TraceLayout index.
  static const std::byte* Row(const TraceBlock& block, int column, int64_t row) {
    const TraceColumnData& data = block.chunk->columns[column];
    return data.data + (block.offset + row) * data.stride;
  }
  template <typename T>
  static const T* Row(const TraceBlock& block, int column, int64_t row) {
    return reinterpret_cast<const T*>(Row(block, column, row));
  }

  // Steps (rows) found after the last whole block when the folder was opened; 0 for live traces.
  int64_t dropped_steps() const { return dropped_steps_; }
  // Bytes of chunk memory, for displays.
  int64_t memory_bytes() const;

  // Writers only, one thread at a time. NewChunk may be called by several.
  TraceChunk* NewChunk(int64_t rows);
  TraceChunk* AdoptChunk(TraceChunk chunk);
  void Publish(TraceBlock block);  // sets first_row
  void AddEpisode(const EpisodeSummary& episode);
  void AddEvent(TraceEvent event);
  void set_dropped_steps(int64_t steps) { dropped_steps_ = steps; }

 private:
  static constexpr int64_t kSegment = 4096, kMaxSegments = 4096;

  TraceSpec spec_;
  TraceLayout layout_;
  std::array<std::unique_ptr<TraceBlock[]>, kMaxSegments> segments_;
  std::atomic<int64_t> published_{0};
  int64_t next_row_ = 0;
  int64_t dropped_steps_ = 0;
  mutable std::mutex mutex_;  // chunks_, episodes_, events_: touched at barriers only
  std::vector<std::unique_ptr<TraceChunk>> chunks_;
  int64_t chunk_bytes_ = 0;
  std::vector<EpisodeSummary> episodes_;
  std::vector<TraceEvent> events_;
};

// Memory for `rows` rows of every column; terms and memory entries of a row are kept together.
TraceChunk AllocateChunk(const TraceSpec& spec, const TraceLayout& layout, int64_t rows);

}  // namespace carrot
