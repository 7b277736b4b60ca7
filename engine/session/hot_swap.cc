#include "engine/session/hot_swap.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "engine/script/script_files.h"
#include "rewards/host/lua_reward.h"

namespace carrot {
namespace {

// A script that loops for ever costs its whole budget on every row, so few rows are tried first.
constexpr int64_t kSampleRows = 256;
constexpr int64_t kSampleEpisodes = 8;

// The beginnings of a few episodes, spread over the recording, as a recording of their own.
std::shared_ptr<const Trace> Sample(const Trace& trace, int64_t rows) {
  auto sample = std::make_shared<Trace>(trace.spec());
  const std::vector<TraceEpisodeRows> episodes = trace.EpisodeRows();
  const int64_t count = std::min<int64_t>(kSampleEpisodes, static_cast<int64_t>(episodes.size()));
  for (int64_t e = 0; e < count; ++e) {
    const TraceEpisodeRows& episode = episodes[e * static_cast<int64_t>(episodes.size()) / count];
    const TraceBlock& block = *episode.blocks[0];
    const int64_t n = std::min<int64_t>(block.rows, std::max<int64_t>(2, rows / count));
    TraceChunk* chunk = sample->NewChunk(n);
    for (int c = 0; c < sample->layout().size(); ++c) {
      const TraceColumnData& column = chunk->columns[c];
      for (int64_t r = 0; r < n; ++r) {
        std::memcpy(column.data + r * column.stride, Trace::Row(block, c, r),
                    sample->layout().columns[c].row_bytes());
      }
    }
    TraceBlock copy = block;
    copy.chunk = chunk;
    copy.offset = 0;
    copy.rows = static_cast<int>(n);
    sample->Publish(copy);
  }
  return sample;
}

void AddReturns(const std::vector<Score>& scores, LiveReward* live) {
  double sum = 0;
  for (const Score& score : scores) {
    for (const EpisodeScore& episode : score.episodes) {
      if (!episode.ended || episode.fault || !episode.scored) continue;
      ++live->episodes;
      live->steps += episode.length;
      sum += episode.episode_return;
    }
  }
  live->mean_return = live->episodes > 0 ? sum / static_cast<double>(live->episodes) : 0;
}

}  // namespace

HotSwap::HotSwap(std::shared_ptr<const Task> task, std::string path,
                 std::vector<std::shared_ptr<const Trace>> recordings, ThreadPool& pool)
    : task_(std::move(task)),
      path_(std::move(path)),
      recordings_(std::move(recordings)),
      pool_(pool) {
  const auto count = static_cast<int64_t>(std::max<size_t>(1, recordings_.size()));
  for (const auto& trace : recordings_) samples_.push_back(Sample(*trace, kSampleRows / count));
}

std::shared_ptr<const LiveReward> HotSwap::live() const {
  const std::lock_guard lock(mutex_);
  return live_;
}

std::vector<std::string> HotSwap::Files() const { return ScriptFiles(path_); }

SwapReport HotSwap::Refuse(Diagnostics diagnostics) const {
  SwapReport report;
  report.before = report.now = live();
  const std::string note =
      report.now == nullptr
          ? "no version is in use yet"
          : fmt::format("keeping the last good version ({}, hash {})", report.now->version,
                        report.now->function->spec().hash.substr(0, 8));
  for (Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::kError) diagnostic.notes.push_back(note);
  }
  report.diagnostics = std::move(diagnostics);
  return report;
}

Result<std::vector<Score>> HotSwap::ScoreAll(
    const std::vector<std::shared_ptr<const Trace>>& recordings, const RewardFunction& reward,
    RewardSettings settings) const {
  std::vector<Score> scores;
  for (const auto& trace : recordings) {
    settings.weights.gamma = trace->spec().gamma;
    CARROT_ASSIGN_OR_RETURN(Score score,
                            Rescore(*trace, task_->spec().state, reward, settings, pool_));
    if (HasError(score.errors)) return Fail(std::move(score.errors));
    scores.push_back(std::move(score));
  }
  return scores;
}

Result<std::shared_ptr<LiveReward>> HotSwap::Try(std::shared_ptr<const RewardFunction> reward,
                                                 RewardSettings settings) const {
  CARROT_RETURN_IF_ERROR(ScoreAll(samples_, *reward, settings));
  auto live = std::make_shared<LiveReward>();
  CARROT_ASSIGN_OR_RETURN(std::vector<Score> scores, ScoreAll(recordings_, *reward, settings));
  AddReturns(scores, live.get());
  live->scores = std::make_shared<const std::vector<Score>>(std::move(scores));
  live->function = std::move(reward);
  live->settings = std::move(settings);
  return live;
}

SwapReport HotSwap::Reload() {
  const std::shared_ptr<const LiveReward> before = live();
  Result<std::shared_ptr<const RewardFunction>> loaded = LoadReward(path_, task_->spec());
  if (!loaded) return Refuse(std::move(loaded).error());
  const RewardSpec& spec = (*loaded)->spec();
  if (before != nullptr && before->function->spec().hash == spec.hash) {
    SwapReport same;
    same.unchanged = true;
    same.before = same.now = before;
    return same;
  }
  const RewardSettings settings =
      before == nullptr ? DefaultSettings(spec, RewardWeights().gamma)
                        : tuned_.Carry(before->function->spec(), before->settings, spec);
  Result<std::shared_ptr<LiveReward>> tried = Try(*loaded, settings);
  if (!tried) return Refuse(std::move(tried).error());

  SwapReport report;
  report.swapped = true;
  report.before = before;
  if (before != nullptr) {
    (*tried)->version = before->version;
    report.diff = DiffRewards({before->function->spec(), before->settings, *before->scores},
                              {spec, settings, *(*tried)->scores});
    tuned_.Keep(before->function->spec(), before->settings, spec);
  }
  ++(*tried)->version;
  report.now = std::move(*tried);
  const std::lock_guard lock(mutex_);
  live_ = report.now;
  return report;
}

Status HotSwap::Tune(const RewardSettings& settings) {
  const std::shared_ptr<const LiveReward> before = live();
  if (before == nullptr) return {};
  CARROT_ASSIGN_OR_RETURN(std::shared_ptr<LiveReward> tuned, Try(before->function, settings));
  tuned->version = before->version;
  const std::lock_guard lock(mutex_);
  live_ = std::move(tuned);
  return {};
}

void HotSwap::Weigh(const RewardWeights& weights) {
  const std::shared_ptr<const LiveReward> before = live();
  if (before == nullptr) return;
  auto weighed = std::make_shared<LiveReward>(*before);
  weighed->settings.weights = weights;
  const std::lock_guard lock(mutex_);
  live_ = std::move(weighed);
}

}  // namespace carrot
