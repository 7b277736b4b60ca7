#include "engine/trace/trace_writer.h"

#include <algorithm>
#include <cstring>

#include "engine/base/check.h"

namespace carrot {
namespace {

constexpr int64_t kRegionBytes = 4 << 20;
constexpr int kRecentPerEnv = 4;  // summaries that ring mode keeps for each env

// Most columns are one number wide; a call of memcpy with an unknown size costs more than the copy.
void CopyBytes(std::byte* to, const void* from, size_t bytes) {
  if (bytes == 8) {
    std::memcpy(to, from, 8);
  } else {
    std::memcpy(to, from, bytes);
  }
}

// Appends the rows of an episode of another trace of the same spec.
void CopyEpisode(const TraceEpisodeRows& episode, Trace& to) {
  const TraceLayout& layout = to.layout();
  for (const TraceBlock* block : episode.blocks) {
    TraceChunk* chunk = to.NewChunk(block->rows);
    for (int c = 0; c < layout.size(); ++c) {
      const TraceColumnData& column = chunk->columns[c];
      for (int64_t r = 0; r < block->rows; ++r) {
        std::memcpy(column.data + r * column.stride, Trace::Row(*block, c, r),
                    layout.columns[c].row_bytes());
      }
    }
    TraceBlock moved = *block;
    moved.chunk = chunk;
    moved.offset = 0;
    to.Publish(moved);
  }
}

}  // namespace

TraceWriter::TraceWriter(std::shared_ptr<Trace> trace, const StateSpec& state, int num_envs,
                         TraceWriterOptions options)
    : trace_(std::move(trace)), options_(options), envs_(num_envs), attention_(num_envs) {
  const TraceSpec& spec = trace_->spec();
  const TraceLayout& layout = trace_->layout();
  for (size_t f = 0; f < spec.fields.size(); ++f) {
    const int source = state.Find(spec.fields[f].name);
    CARROT_CHECK(source >= 0 && state[source].bytes() == spec.fields[f].bytes());
    state_copies_.push_back({layout.state + static_cast<int>(f), source, state[source].bytes()});
  }
  action_bytes_ = spec.action.size() * sizeof(double);
  memory_bytes_ = spec.memory_width * sizeof(double);
  term_bytes_ = spec.terms.size() * sizeof(double);
  metric_bytes_ = spec.metrics.size() * sizeof(double);
  const int64_t by_bytes =
      kRegionBytes / static_cast<int64_t>(std::max<size_t>(1, layout.row_bytes));
  region_rows_ = options_.region_rows > 0 ? std::max<int64_t>(4, options_.region_rows)
                                          : std::clamp<int64_t>(by_bytes, kMaxBlockRows, 8192);
  if (options_.ring_rows > 0) {
    region_rows_ = std::max<int64_t>(4, options_.ring_rows);
    EpisodeSummary blank;
    blank.metrics.resize(spec.metrics.size());
    blank.term_sums.resize(spec.terms.size());
    recent_.assign(static_cast<size_t>(num_envs) * kRecentPerEnv, blank);
  }
  for (Env& env : envs_) {
    env.region = trace_->NewChunk(region_rows_);
    if (options_.ring_rows > 0) env.spare = trace_->NewChunk(region_rows_);
    // An episode has at least two rows, so this holds all blocks of two regions.
    env.closed.reserve(options_.ring_rows > 0 ? region_rows_ + 8 : 8);
  }
}

TraceWriter::~TraceWriter() = default;

void TraceWriter::Append(const StepRows& rows) {
  for (int env = rows.envs.begin; env < rows.envs.end; ++env) AppendRow(env, rows);
}

void TraceWriter::AppendRow(int index, const StepRows& rows) {
  Env& env = envs_[index];
  const int step = rows.step[index];
  OpenBlock& block = env.block;
  if (block.rows > 0 &&
      (step != block.first_step + block.rows || rows.episode[index] != block.episode)) {
    CloseBlock(env);  // reset before the end, or a restored snapshot
    attention_[index] = 1;
  }
  if (env.used == region_rows_) {
    CloseBlock(env);
    NextRegion(env);
  }
  if (block.rows == 0) {
    block = {env.used, rows.episode[index], rows.world_seed[index], step, 0, env.region};
  }
  const TraceLayout& layout = trace_->layout();
  const int64_t row = env.used++;
  ++block.rows;
  env.last_episode = rows.episode[index];
  env.last_step = step;
  auto at = [&](int column) {
    const TraceColumnData& data = env.region->columns[column];
    return data.data + row * data.stride;
  };
  const uint8_t flags = rows.reward.flags[index];
  *at(layout.flags) = static_cast<std::byte>(flags);
  if (rows.action != nullptr) {
    std::memcpy(at(layout.action),
                reinterpret_cast<const std::byte*>(rows.action) + index * action_bytes_,
                action_bytes_);
  } else {
    std::memset(at(layout.action), 0, action_bytes_);
  }
  for (const Copy& copy : state_copies_) {
    CopyBytes(at(copy.column),
              static_cast<const std::byte*>(rows.state[copy.source]) + index * copy.bytes,
              copy.bytes);
  }
  auto copy_group = [&](int column, const double* source, size_t bytes) {
    if (bytes == 0) return;
    std::memcpy(at(column), reinterpret_cast<const std::byte*>(source) + index * bytes, bytes);
  };
  copy_group(layout.memory, rows.memory, memory_bytes_);
  copy_group(layout.term, rows.reward.term, term_bytes_);
  if (layout.phi >= 0) CopyBytes(at(layout.phi), rows.reward.phi + index, 8);
  CopyBytes(at(layout.total), rows.reward.total + index, 8);
  CopyBytes(at(layout.reward), rows.reward.reward + index, 8);
  copy_group(layout.metric, rows.metric, metric_bytes_);

  if ((flags & (kRowTerminated | kRowTruncated)) || block.rows == kMaxBlockRows) {
    CloseBlock(env);
    attention_[index] = 1;
  }
  // A step appends at most two rows (the last of an episode, the first of the next).
  if (region_rows_ - env.used < 2) attention_[index] = 1;
}

void TraceWriter::CloseBlock(Env& env) {
  if (env.block.rows == 0) return;
  env.closed.push_back(env.block);
  env.block.rows = 0;
}

void TraceWriter::NextRegion(Env& env) {
  if (options_.ring_rows > 0) {
    std::swap(env.region, env.spare);
    std::erase_if(env.closed, [&](const OpenBlock& block) { return block.region == env.region; });
  } else {
    env.region = trace_->NewChunk(region_rows_);
  }
  env.used = 0;
}

void TraceWriter::PublishClosed(int index) {
  if (options_.ring_rows > 0) return;
  Env& env = envs_[index];
  for (const OpenBlock& block : env.closed) {
    trace_->Publish({index, block.episode, block.first_step, 0, block.rows, block.world_seed,
                     block.region, block.offset});
  }
  env.closed.clear();
}

void TraceWriter::Barrier(std::span<const EpisodeSummary> finished) {
  ++row_step_;
  // Summaries first: a reader that sees an episode's last block finds its summary.
  for (const EpisodeSummary& episode : finished) {
    if (options_.ring_rows > 0) {
      recent_[next_recent_] = episode;
      next_recent_ = (next_recent_ + 1) % recent_.size();
    } else {
      trace_->AddEpisode(episode);
    }
  }
  const bool commit = commit_requested_.exchange(false, std::memory_order_relaxed);
  for (size_t i = 0; i < envs_.size(); ++i) {
    if (!attention_[i] && !commit) continue;
    attention_[i] = 0;
    Env& env = envs_[i];
    const bool full = region_rows_ - env.used < 2;
    if ((full || commit) && options_.ring_rows == 0) CloseBlock(env);
    if (full) {
      CloseBlock(env);
      NextRegion(env);
    }
    PublishClosed(static_cast<int>(i));
  }
}

void TraceWriter::CommitAll() {
  if (options_.ring_rows > 0) return;
  for (size_t i = 0; i < envs_.size(); ++i) {
    CloseBlock(envs_[i]);
    PublishClosed(static_cast<int>(i));
  }
}

void TraceWriter::Record(const std::string& type, const std::string& name, double value,
                         const std::string& text, int env) {
  TraceEvent event{row_step_, env, type, name, value, text, {}, {}};
  for (const Env& e : envs_) {
    event.episode.push_back(e.last_episode);
    event.step.push_back(e.last_step);
  }
  trace_->AddEvent(std::move(event));
}

std::shared_ptr<Trace> TraceWriter::CopyRecent(int episodes, bool open) const {
  auto copy = std::make_shared<Trace>(trace_->spec());
  for (size_t i = 0; i < envs_.size(); ++i) {
    const int env = static_cast<int>(i);
    Trace held(trace_->spec());  // a view of the ring: no rows are copied into it
    auto publish = [&](const OpenBlock& block) {
      if (block.rows > 0) {
        held.Publish({env, block.episode, block.first_step, 0, block.rows, block.world_seed,
                      block.region, block.offset});
      }
    };
    for (const OpenBlock& block : envs_[i].closed) publish(block);
    publish(envs_[i].block);
    std::vector<TraceEpisodeRows> whole = held.EpisodeRows();
    std::erase_if(whole, [&](const TraceEpisodeRows& e) { return e.first_step > 0; });
    int finished = static_cast<int>(
        std::count_if(whole.begin(), whole.end(), [](const auto& e) { return e.ended; }));
    for (const TraceEpisodeRows& episode : whole) {
      const bool wanted = episode.ended ? finished <= episodes : open && &episode == &whole.back();
      if (episode.ended) --finished;
      if (!wanted) continue;
      CopyEpisode(episode, *copy);
      for (const EpisodeSummary& summary : recent_) {
        if (episode.ended && summary.env == env && summary.length == episode.rows - 1 &&
            summary.episode == episode.episode) {
          copy->AddEpisode(summary);
        }
      }
    }
  }
  return copy;
}

}  // namespace carrot
