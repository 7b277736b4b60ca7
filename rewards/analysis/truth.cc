#include "rewards/analysis/truth.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/base/check.h"
#include "rewards/analysis/numbers.h"

namespace carrot {
namespace {

void ApplyLabels(const RecordingLabels& labels, JudgedEpisode& episode) {
  for (const EpisodeLabel& label : labels.labels) {
    const bool good = label.kind == LabelKind::kGood;
    if (!good && label.kind != LabelKind::kBad) continue;
    if (!label.Of(episode.env, episode.episode)) continue;
    episode.truth = good ? 1 : 0;
    episode.labelled = true;
  }
}

}  // namespace

std::vector<JudgedEpisode> JudgeEpisodes(std::span<const Trace* const> traces,
                                         std::span<const RecordingLabels> labels) {
  CARROT_CHECK(labels.empty() || labels.size() == traces.size());
  std::vector<JudgedEpisode> judged;
  for (size_t t = 0; t < traces.size(); ++t) {
    const std::vector<TraceEpisodeRows> rows = traces[t]->EpisodeRows();
    for (size_t e = 0; e < rows.size(); ++e) {
      const TraceBlock& last = *rows[e].blocks.back();
      const uint8_t flags = *Trace::Row<uint8_t>(last, traces[t]->layout().flags, last.rows - 1);
      if (!rows[e].ended || rows[e].first_step > 0 || (flags & kRowFault)) continue;
      JudgedEpisode episode;
      episode.recording = static_cast<int>(t);
      episode.index = static_cast<int>(e);
      episode.env = rows[e].env;
      episode.episode = rows[e].episode;
      episode.length = static_cast<int>(rows[e].rows - 1);
      episode.success = flags & kRowSuccess;
      episode.truth = episode.success ? 1 : 0;
      if (!labels.empty()) ApplyLabels(labels[t], episode);
      judged.push_back(episode);
    }
  }
  return judged;
}

std::vector<Preference> Preferences(std::span<const JudgedEpisode> episodes,
                                    std::span<const RecordingLabels> labels) {
  const auto find = [&](const std::string& recording, int env, int64_t number) {
    return std::find_if(episodes.begin(), episodes.end(), [&](const JudgedEpisode& e) {
      return e.env == env && e.episode == number && labels[e.recording].recording == recording;
    });
  };
  std::vector<Preference> preferences;
  for (const RecordingLabels& given : labels) {
    for (const EpisodeLabel& label : given.labels) {
      if (label.kind != LabelKind::kBetter) continue;
      const auto better = find(given.recording, label.env, label.episode);
      const auto worse = find(label.other_recording, label.other_env, label.other_episode);
      if (better == episodes.end() || worse == episodes.end()) continue;
      preferences.push_back({static_cast<size_t>(better - episodes.begin()),
                             static_cast<size_t>(worse - episodes.begin())});
    }
  }
  return preferences;
}

PairCounts CountPreferences(std::span<const Preference> preferences,
                            std::span<const double> returns) {
  PairCounts counts;
  for (const Preference& pair : preferences) {
    const double gap = returns[pair.better] - returns[pair.worse];
    if (std::isnan(gap)) continue;
    ++counts.comparable;
    ++(gap > 0 ? counts.agreeing : gap < 0 ? counts.inverted : counts.tied);
  }
  return counts;
}

std::vector<double> Returns(std::span<const JudgedEpisode> episodes,
                            std::span<const Score* const> scores) {
  std::vector<double> returns;
  for (const JudgedEpisode& episode : episodes) {
    returns.push_back(scores[episode.recording]->episodes[episode.index].episode_return);
  }
  return returns;
}

std::vector<double> Truths(std::span<const JudgedEpisode> episodes) {
  std::vector<double> truths;
  for (const JudgedEpisode& episode : episodes) truths.push_back(episode.truth);
  return truths;
}

std::vector<int> Strata(std::span<const JudgedEpisode> episodes, int recordings) {
  std::vector<int> strata(recordings, 0);
  for (const JudgedEpisode& episode : episodes) ++strata[episode.recording];
  return strata;
}

PairAccuracy JudgePairs(std::span<const double> truth, std::span<const double> score, uint64_t seed,
                        int resamples) {
  CARROT_CHECK(truth.size() == score.size());
  PairAccuracy accuracy;
  accuracy.pairs = CountPairs(truth, score);
  std::vector<double> sides[2];  // bad, good
  for (size_t i = 0; i < truth.size(); ++i) {
    if (!std::isnan(truth[i]) && !std::isnan(score[i])) sides[truth[i] > 0].push_back(score[i]);
  }
  accuracy.bad = static_cast<int64_t>(sides[0].size());
  accuracy.good = static_cast<int64_t>(sides[1].size());
  accuracy.share = {kNaN, kNaN, kNaN};
  if (!accuracy.judged()) return accuracy;
  // Sorted once; a resample is how often each was drawn, so counting pairs is one pass.
  std::vector<double> all(sides[0]);
  all.insert(all.end(), sides[1].begin(), sides[1].end());
  std::vector<int> order(all.size()), drawn(all.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](int a, int b) { return all[a] < all[b]; });
  const auto bad = static_cast<int>(sides[0].size());
  const int sizes[] = {bad, static_cast<int>(sides[1].size())};
  const double pairs = static_cast<double>(accuracy.bad) * static_cast<double>(accuracy.good);
  accuracy.share = BootstrapStatistic(
      sizes,
      [&](std::span<const int> samples) {
        std::fill(drawn.begin(), drawn.end(), 0);
        for (int i : samples) ++drawn[i];
        double below = 0, equal = 0, right = 0;  // bad ones seen
        double level = -std::numeric_limits<double>::infinity();
        for (int i : order) {
          if (all[i] != level) {
            below += equal;
            equal = 0;
            level = all[i];
          }
          if (i < bad) {
            equal += drawn[i];
          } else {
            right += drawn[i] * below;
          }
        }
        return right / pairs;
      },
      seed, resamples);
  return accuracy;
}

}  // namespace carrot
