// Recordings read at half the rate: what a reward would pay if a step took twice as long.
#include <algorithm>
#include <cstring>

#include "rewards/analysis/evidence.h"

namespace carrot {
namespace {

// Rows of one episode as (block, row of the block).
std::vector<std::pair<const TraceBlock*, int>> RowsOf(const TraceEpisodeRows& episode) {
  std::vector<std::pair<const TraceBlock*, int>> rows;
  for (const TraceBlock* block : episode.blocks) {
    for (int i = 0; i < block->rows; ++i) rows.emplace_back(block, i);
  }
  return rows;
}

void CopyRow(const Trace& trace, const TraceBlock& block, int row, const TraceChunk& to,
             int64_t at) {
  for (int c = 0; c < trace.layout().size(); ++c) {
    const TraceColumnData& column = to.columns[c];
    std::memcpy(column.data + at * column.stride, Trace::Row(block, c, row),
                trace.layout().columns[c].row_bytes());
  }
}

void AddPaid(const EvidenceEpisode& episode, std::vector<double>& paid) {
  for (size_t k = 0; k < paid.size(); ++k) paid[k] += episode.paid[k];
}

}  // namespace

std::shared_ptr<const Trace> EverySecondRow(const Trace& trace) {
  TraceSpec spec = trace.spec();
  spec.dt *= 2;
  spec.horizon /= 2;
  auto out = std::make_shared<Trace>(std::move(spec));
  for (const TraceEpisodeRows& episode : trace.EpisodeRows()) {
    const auto rows = RowsOf(episode);
    if (episode.first_step > 0 || rows.size() < 3) continue;
    const size_t first = (rows.size() - 1) % 2;  // so that the last row is kept
    TraceBlock block;
    block.env = episode.env;
    block.episode = episode.episode;
    block.world_seed = episode.world_seed;
    for (size_t r = first; r < rows.size(); r += 2) {
      if (block.rows == kMaxBlockRows || r == first) {
        if (block.rows > 0) out->Publish(block);
        block.first_step = static_cast<int>((r - first) / 2);
        block.rows = 0;
        const auto left = static_cast<int64_t>((rows.size() - r + 1) / 2);
        block.chunk = out->NewChunk(std::min<int64_t>(kMaxBlockRows, left));
      }
      CopyRow(trace, *rows[r].first, rows[r].second, *block.chunk, block.rows++);
    }
    out->Publish(block);
  }
  return out;
}

DoubleDt MeasureDoubleDt(const Evidence& evidence, const StateSpec& state,
                         const RewardFunction& reward, ThreadPool& pool) {
  DoubleDt result;
  result.paid_before.assign(evidence.num_paid(), 0.0);
  result.paid_after = result.paid_before;
  std::vector<Recording> halved;
  for (const ScoredRecording& recording : evidence.recordings) {
    halved.push_back({recording.source.name, EverySecondRow(*recording.source.trace), false});
  }
  Result<Evidence> after =
      GatherEvidence(std::move(halved), state, reward, evidence.settings, pool);
  if (!after) return result;
  double before_count = 0, after_count = 0;
  for (const EvidenceEpisode& episode : evidence.episodes) {
    if (episode.length < 2) continue;  // left out of the halved recordings
    const EpisodeView view(evidence, episode);
    // An odd step before the first kept row is not part of what is compared.
    const double skipped = episode.length % 2 == 1 ? view.Reward(1) : 0;
    result.before += episode.episode_return - skipped;
    AddPaid(episode, result.paid_before);
    before_count += 1;
  }
  for (const EvidenceEpisode& episode : after->episodes) {
    result.after += episode.episode_return;
    AddPaid(episode, result.paid_after);
    after_count += 1;
  }
  if (before_count == 0 || after_count == 0) return {};
  result.before /= before_count;
  result.after /= after_count;
  for (double& paid : result.paid_before) paid /= before_count;
  for (double& paid : result.paid_after) paid /= after_count;
  return result;
}

}  // namespace carrot
