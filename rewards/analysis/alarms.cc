#include "rewards/analysis/alarms.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <sstream>

#include "rewards/analysis/numbers.h"
#include "rewards/analysis/ranking.h"

namespace carrot {
namespace {

constexpr double kRise = 0.2;     // of the larger of the two returns
constexpr double kLevel = 0.1;    // growth since the third sixth of the run, of the whole rise
constexpr double kFlat = 0.05;    // success may be so much above the beginning
constexpr double kFall = 0.2;     // of success: no levelling off is needed then
constexpr double kShorter = 0.7;  // A004: length now, of the beginning
constexpr double kRankLimit = 0.3, kLengthRho = 0.95, kEndingShare = 0.7, kLoopShare = 0.6;
constexpr double kSure = 1.645;  // deviations of a one-sided 95 % bound
constexpr size_t kRankEpisodes = 20, kClass = 3;
constexpr size_t kStages = 6;
constexpr double kStageEpisodes = 8;

double ReturnOf(const EvidenceEpisode& episode) { return episode.episode_return; }
double LengthOf(const EvidenceEpisode& episode) { return episode.length; }

size_t Successes(std::span<const EvidenceEpisode> episodes) {
  return std::count_if(episodes.begin(), episodes.end(),
                       [](const EvidenceEpisode& e) { return e.success; });
}

template <typename Better>
int Largest(size_t terms, Better value) {
  int best = 0;
  for (size_t k = 1; k < terms; ++k) {
    if (value(k) > value(static_cast<size_t>(best))) best = static_cast<int>(k);
  }
  return best;
}

Finding Guilty(const AlarmInput& input, int term, std::string message,
               std::vector<std::pair<std::string, double>> evidence) {
  Finding finding;
  finding.term = input.terms[term];
  if (input.evidence) finding.where = input.evidence->TermPlace(term);
  finding.message = std::move(message);
  finding.evidence = std::move(evidence);
  return finding;
}

void NotJudged(Findings& out, const std::string& why) {
  out.push_back({.judged = false, .message = "not judged: " + why});
}

// Episodes are enough for a statement about ranks, or says what is missing.
bool Rankable(const AlarmInput& input, Findings& out) {
  const size_t n = input.episodes.size(), successes = Successes(input.episodes);
  if (n >= kRankEpisodes && successes >= kClass && n - successes >= kClass) return true;
  if (successes == 0) {
    NotJudged(out, "no successful episode (add one: carrot run --policy ... --record)");
  } else {
    NotJudged(out, fmt::format("{} episodes with {} successes (it takes {} with {} of each)", n,
                               successes, kRankEpisodes, kClass));
  }
  return false;
}

Stage Pool(std::span<const Stage> stages) {
  Stage pool;
  for (const Stage& stage : stages) {
    pool.episodes += stage.episodes;
    pool.episode_return += stage.episodes * stage.episode_return;
    pool.success += stage.episodes * stage.success;
    pool.length += stage.episodes * stage.length;
    pool.fallen += stage.episodes * stage.fallen;
    pool.paid.resize(std::max(pool.paid.size(), stage.paid.size()));
    for (size_t k = 0; k < stage.paid.size(); ++k) pool.paid[k] += stage.episodes * stage.paid[k];
  }
  if (pool.episodes == 0) return pool;
  for (double* sum : {&pool.episode_return, &pool.success, &pool.length, &pool.fallen})
    *sum /= pool.episodes;
  for (double& sum : pool.paid) sum /= pool.episodes;
  return pool;
}

// A run so far, in sixths.
struct Course {
  std::vector<Stage> part;
  const Stage& first() const { return part.front(); }
  const Stage& last() const { return part.back(); }
  bool RoseSince(const Stage& stage) const {
    const double scale = std::max(std::abs(last().episode_return), std::abs(stage.episode_return));
    return last().episode_return - stage.episode_return > kRise * scale;
  }
  // Little of the rise came after the third sixth: more than half of the run ago.
  bool levelled() const {
    return last().episode_return - part[2].episode_return <
           kLevel * (last().episode_return - first().episode_return);
  }
  // No part of the run succeeded more often than the first.
  bool success_flat() const {
    return std::all_of(part.begin(), part.end(), [&](const Stage& stage) {
      return stage.success <= first().success + kFlat;
    });
  }
  // Against the beginning, by a test of two proportions: rare successes count from the third on or
  // so.
  bool success_rises() const {
    const Stage &a = first(), &b = last();
    const double share =
        (a.success * a.episodes + b.success * b.episodes) / (a.episodes + b.episodes);
    const double deviation = std::sqrt(share * (1 - share) * (1 / a.episodes + 1 / b.episodes));
    return deviation > 0 && b.success - a.success > kSure * deviation;
  }
  int GrownSince(const Stage& stage) const {
    return Largest(last().paid.size(), [&](size_t k) { return last().paid[k] - stage.paid[k]; });
  }
};

bool MakeCourse(std::span<const Stage> series, Course* course) {
  const size_t n = series.size();
  if (n < kStages) return false;
  for (size_t i = 0; i < kStages; ++i) {
    const size_t from = n * i / kStages, to = n * (i + 1) / kStages;
    course->part.push_back(Pool(series.subspan(from, to - from)));
  }
  return std::all_of(course->part.begin(), course->part.end(), [](const Stage& stage) {
    return stage.episodes >= kStageEpisodes && !stage.paid.empty();
  });
}

// The stage since which the return rose and success did not, or null: the beginning, once the
// return has levelled off; or one since which success fell.
const Stage* RisenSince(const Course& course) {
  for (const Stage& stage : course.part) {
    const bool fell = course.last().success < stage.success - kFall;
    if (fell && course.RoseSince(stage)) return &stage;
  }
  const bool risen = course.RoseSince(course.first()) && course.levelled();
  return risen && course.success_flat() ? &course.first() : nullptr;
}

void ReturnUpSuccessFlat(const AlarmInput& input, Findings& out) {
  Course course;
  if (input.series.empty()) return;
  if (!MakeCourse(input.series, &course)) {
    return NotJudged(out, fmt::format("the course of training takes {} stages of {} episodes",
                                      kStages, static_cast<int>(kStageEpisodes)));
  }
  const Stage* since = RisenSince(course);
  if (since == nullptr) return;
  const Stage& now = course.last();
  const int term = course.GrownSince(*since);
  out.push_back(Guilty(
      input, term,
      fmt::format("the return went from {:.4g} to {:.4g} while success went from {:.2f} to {:.2f}; "
                  "`{}` grew most",
                  since->episode_return, now.episode_return, since->success, now.success,
                  input.terms[term]),
      {{"return_before", since->episode_return},
       {"return_now", now.episode_return},
       {"success_before", since->success},
       {"success_now", now.success},
       {"term_growth", now.paid[term] - since->paid[term]}}));
}

// Mean of what term k pays over the episodes that `in` takes.
template <typename In>
double MeanPaid(std::span<const EvidenceEpisode> episodes, size_t k, In in) {
  double sum = 0, count = 0;
  for (const EvidenceEpisode& episode : episodes) {
    if (!in(episode)) continue;
    sum += episode.paid[k];
    count += 1;
  }
  return count > 0 ? sum / count : 0;
}

// Standard deviation of an estimate of 2 AUC - 1. Source: Hanley, McNeil (1982), "The meaning and
// use of the area under a receiver operating characteristic (ROC) curve".
double RankDeviation(double rank, double successes, double failures) {
  const double auc = (rank + 1) / 2, square = auc * auc;
  const double q1 = auc / (2 - auc), q2 = 2 * square / (1 + auc);
  const double variance =
      auc * (1 - auc) + (successes - 1) * (q1 - square) + (failures - 1) * (q2 - square);
  return 2 * std::sqrt(std::max(0.0, variance) / (successes * failures));
}

void Rank(const AlarmInput& input, Findings& out) {
  if (!Rankable(input, out)) return;
  const double rank = RankOfSuccess(input.episodes, ReturnOf);
  const auto successes = static_cast<double>(Successes(input.episodes));
  const double failures = static_cast<double>(input.episodes.size()) - successes;
  if (!(rank + kSure * RankDeviation(rank, successes, failures) < kRankLimit)) return;
  // Midway in a run that learns, returns rank how hard the episodes' starts were: no alarm while
  // success rises. Should it fall again, A001 sees that.
  Course course;
  if (MakeCourse(input.series, &course) && course.success_rises()) return;
  const auto failed = [](const EvidenceEpisode& e) { return !e.success; };
  const auto succeeded = [](const EvidenceEpisode& e) { return e.success; };
  const int term = Largest(input.terms.size(), [&](size_t k) {
    return MeanPaid(input.episodes, k, failed) - MeanPaid(input.episodes, k, succeeded);
  });
  out.push_back(Guilty(
      input, term,
      fmt::format("returns rank successes no better than failures (rank correlation {:.2f} over "
                  "{} episodes); `{}` favours failures most",
                  rank, input.episodes.size(), input.terms[term]),
      {{"rank", rank}, {"episodes", static_cast<double>(input.episodes.size())}}));
}

void FollowsLength(const AlarmInput& input, Findings& out) {
  if (!Rankable(input, out)) return;
  std::vector<double> returns, lengths;
  for (const EvidenceEpisode& episode : input.episodes) {
    returns.push_back(episode.episode_return);
    lengths.push_back(episode.length);
  }
  const double rho = Spearman(returns, lengths);
  const double success = RankOfSuccess(input.episodes, LengthOf);
  if (!(rho > kLengthRho) || !(success < kRankLimit)) return;
  // The largest part of the returns' variance.
  const auto n = static_cast<double>(returns.size());
  double mean = 0;
  for (double r : returns) mean += r / n;
  const int term = Largest(input.terms.size(), [&](size_t k) {
    double covariance = 0;
    for (size_t e = 0; e < returns.size(); ++e)
      covariance += input.episodes[e].paid[k] * (returns[e] - mean);
    return covariance;
  });
  out.push_back(Guilty(
      input, term,
      fmt::format("the return is the episode's length in other words (correlation {:.3f}), and "
                  "longer episodes do not succeed more often; `{}` pays for time",
                  rho, input.terms[term]),
      {{"length_correlation", rho}, {"success_by_length", success}}));
}

// Over a run: episodes became shorter, paid more and end by failing.
bool EndsSooner(const AlarmInput& input, Findings& out) {
  Course course;
  if (!MakeCourse(input.series, &course)) return false;
  const Stage &first = course.first(), &now = course.last();
  if (!course.RoseSince(first) || !course.success_flat() || now.fallen < 0.5 ||
      now.length >= kShorter * first.length) {
    return false;
  }
  const int term = course.GrownSince(first);
  out.push_back(Guilty(
      input, term,
      fmt::format("episodes now fail after {:.0f} steps instead of {:.0f}, which earns {:.4g} "
                  "instead of {:.4g}; `{}` takes less that way",
                  now.length, first.length, now.episode_return, first.episode_return,
                  input.terms[term]),
      {{"length_before", first.length},
       {"length_now", now.length},
       {"return_before", first.episode_return},
       {"return_now", now.episode_return}}));
  return true;
}

// At one time: early failures against episodes that last at least twice as long.
void EndingPays(const AlarmInput& input, Findings& out) {
  if (EndsSooner(input, out)) return;
  std::vector<double> lengths, early_returns, late_returns;
  for (const EvidenceEpisode& e : input.episodes) lengths.push_back(e.length);
  if (lengths.size() < kRankEpisodes) {
    return NotJudged(out, fmt::format("it takes {} episodes", kRankEpisodes));
  }
  const double longest = *std::max_element(lengths.begin(), lengths.end());
  const double limit = std::max(Median(lengths), longest / 2) / 2;
  const auto early = [&](const EvidenceEpisode& e) {
    return e.terminated && !e.success && e.length <= limit;
  };
  const auto late = [&](const EvidenceEpisode& e) { return e.length >= 2 * limit; };
  std::vector<double> truth, score;
  size_t count = 0;
  for (const EvidenceEpisode& e : input.episodes) {
    if (!early(e) && !late(e)) continue;
    truth.push_back(early(e) ? 1 : 0);
    score.push_back(e.episode_return);
    count += early(e);
  }
  if (count < kClass || truth.size() - count < kClass) return;
  const PairCounts pairs = CountPairs(truth, score);
  const double share = static_cast<double>(pairs.agreeing) / static_cast<double>(pairs.comparable);
  if (!(share > kEndingShare)) return;  // NaN: no pair can be compared
  const int term = Largest(input.terms.size(), [&](size_t k) {
    return MeanPaid(input.episodes, k, early) - MeanPaid(input.episodes, k, late);
  });
  out.push_back(
      Guilty(input, term,
             fmt::format("failing within {:.0f} steps earns more than lasting twice as long in "
                         "{:.0f} % of comparisons; `{}` makes the difference",
                         limit, 100 * share, input.terms[term]),
             {{"share", share}, {"early_failures", static_cast<double>(count)}}));
}

void LoopFarming(const AlarmInput& input, Findings& out) {
  if (!input.evidence) return;
  const Evidence& evidence = *input.evidence;
  const double success = evidence.MedianSuccess();
  if (std::isnan(success)) {
    return NotJudged(out, "no successful episode (add one: carrot run --policy ... --record)");
  }
  std::vector<const EvidenceEpisode*> loops;
  for (const EvidenceEpisode& e : evidence.episodes) {
    if (!e.success && e.loops >= kLoopShare && e.episode_return > success) loops.push_back(&e);
  }
  if (loops.size() < kClass) return;
  const EvidenceEpisode* best = *std::max_element(
      loops.begin(), loops.end(), [](const EvidenceEpisode* a, const EvidenceEpisode* b) {
        return a->episode_return < b->episode_return;
      });
  const int term = Largest(best->paid.size(), [&](size_t k) { return best->paid[k]; });
  if (evidence.terms[term].std == 0) return;  // it pays for time wherever that is spent: A003
  Finding finding =
      Guilty(input, term,
             fmt::format("{} failed episodes live on coming back to the same places and outscore a "
                         "success, the best with {:.4g} "
                         "against {:.4g}; `{}` pays for each round",
                         loops.size(), best->episode_return, success, input.terms[term]),
             {{"episodes", static_cast<double>(loops.size())},
              {"loop_return", best->episode_return},
              {"success_return", success}});
  finding.frames = {BusiestFrames(evidence, *best, term, 1)};
  out.push_back(std::move(finding));
}

constexpr AlarmRule kRules[] = {
    {"A005", "loop_farming", LoopFarming, ""},
    {"A004", "ending_pays", EndingPays, ""},
    {"A003", "follows_length", FollowsLength, "A005"},
    {"A002", "rank", Rank, "A003 A004 A005"},
    {"A001", "return_up_success_flat", ReturnUpSuccessFlat, "A002 A003 A004 A005"},
};

}  // namespace

std::span<const AlarmRule> AlarmRules() { return kRules; }

Stage MakeStage(std::span<const EvidenceEpisode> episodes, size_t terms) {
  Stage stage;
  stage.paid.assign(terms, 0.0);
  stage.episodes = static_cast<double>(episodes.size());
  for (const EvidenceEpisode& episode : episodes) {
    stage.episode_return += episode.episode_return / stage.episodes;
    stage.success += episode.success / stage.episodes;
    stage.length += episode.length / stage.episodes;
    stage.fallen += (episode.terminated && !episode.success) / stage.episodes;
    for (size_t k = 0; k < terms; ++k) stage.paid[k] += episode.paid[k] / stage.episodes;
  }
  return stage;
}

Findings FindAlarms(const AlarmInput& input, const RewardSpec& reward) {
  Findings all;
  for (const AlarmRule& rule : kRules) {
    Findings found;
    rule.find(input, found);
    for (Finding& finding : found) {
      finding.code = rule.code;
      finding.name = rule.name;
      finding.level = Level::kAlarm;
      if (input.evidence && finding.judged && finding.frames.empty()) {
        AddFrames(*input.evidence, &finding);
      }
      all.push_back(std::move(finding));
    }
  }
  DropExplained({}, &all);
  std::stable_sort(all.begin(), all.end(),
                   [](const Finding& a, const Finding& b) { return a.code < b.code; });
  Mute(reward, all);
  return all;
}

std::vector<Stage> StagesOf(const Evidence& evidence) {
  std::vector<std::vector<EvidenceEpisode>> stages(evidence.recordings.size());
  for (const EvidenceEpisode& episode : evidence.episodes) {
    stages[episode.recording].push_back(episode);
  }
  std::vector<Stage> series;
  for (const auto& episodes : stages) {
    series.push_back(MakeStage(episodes, evidence.terms.size()));
  }
  return series;
}

Findings FindAlarms(const Evidence& evidence, std::span<const Stage> series) {
  AlarmInput input{.episodes = evidence.episodes, .series = series, .evidence = &evidence};
  for (const TermRow& term : evidence.terms) input.terms.push_back(term.name);
  return FindAlarms(input, *evidence.reward);
}

void DropExplained(std::span<const std::string> earlier, Findings* findings) {
  std::string present;
  for (const std::string& code : earlier) present += code + " ";
  for (const Finding& finding : *findings) {
    if (finding.judged) present += finding.code + " ";
  }
  std::erase_if(*findings, [&](const Finding& finding) {
    const auto* rule = std::find_if(std::begin(kRules), std::end(kRules),
                                    [&](const auto& r) { return finding.code == r.code; });
    if (rule == std::end(kRules) || !finding.judged) return false;
    std::istringstream by(rule->explained_by);
    return std::any_of(std::istream_iterator<std::string>(by), {}, [&](const std::string& code) {
      return present.find(code) != std::string::npos;
    });
  });
}

void AddFrames(const Evidence& evidence, Finding* finding) {
  int term = -1;
  for (size_t k = 0; k < evidence.terms.size(); ++k) {
    if (evidence.terms[k].name == finding->term) term = static_cast<int>(k);
  }
  if (term < 0) return;
  finding->where = evidence.TermPlace(term);
  const EvidenceEpisode* best = nullptr;
  for (const EvidenceEpisode& episode : evidence.episodes) {
    const bool better = !best || (best->success && !episode.success) ||
                        (best->success == episode.success && episode.paid[term] > best->paid[term]);
    if (better) best = &episode;
  }
  if (best) finding->frames = {BusiestFrames(evidence, *best, term, 1)};
}

double RankOfSuccess(std::span<const EvidenceEpisode> episodes,
                     double (*value)(const EvidenceEpisode&)) {
  std::vector<double> truth, score;
  for (const EvidenceEpisode& episode : episodes) {
    truth.push_back(episode.success ? 1 : 0);
    score.push_back(value(episode));
  }
  const PairCounts pairs = CountPairs(truth, score);
  return static_cast<double>(pairs.agreeing - pairs.inverted) /
         static_cast<double>(pairs.comparable);
}

}  // namespace carrot
