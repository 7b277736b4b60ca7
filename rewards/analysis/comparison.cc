#include "rewards/analysis/comparison.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace carrot {
namespace {

// What the sums of several recordings have in common: no order, no spread.
std::vector<TermSums> SumOverRecordings(std::span<const Trace* const> traces,
                                        const ComparedReward& reward, ThreadPool& pool) {
  std::vector<TermSums> all;
  for (size_t t = 0; t < traces.size(); ++t) {
    const std::vector<TermSums> sums = SumTerms(*traces[t], reward.reward->spec(), reward.scores[t],
                                                reward.settings.weights.gamma, pool);
    all.resize(sums.size());
    for (size_t k = 0; k < sums.size(); ++k) {
      all[k].rows += sums[k].rows;
      all[k].non_zero += sums[k].non_zero;
      all[k].sum += sums[k].sum;
      all[k].abs_sum += sums[k].abs_sum;
      const auto rows = static_cast<double>(std::max<int64_t>(1, all[k].rows));
      all[k].mean = all[k].sum / rows;
    }
  }
  return all;
}

// Samples of each stratum, for intervals.
std::vector<std::vector<double>> Stratify(std::span<const double> values,
                                          std::span<const int> strata) {
  std::vector<std::vector<double>> groups;
  size_t at = 0;
  for (int size : strata) {
    groups.emplace_back(values.begin() + at, values.begin() + at + size);
    at += size;
  }
  return groups;
}

std::vector<PolicyRow> Policies(const Comparison& comparison, int recordings) {
  std::vector<PolicyRow> rows;
  for (int t = 0; t < recordings; ++t) {
    PolicyRow row;
    row.recording = t;
    row.returns.assign(comparison.returns.size(), 0.0);
    int64_t successes = 0;
    for (size_t e = 0; e < comparison.episodes.size(); ++e) {
      if (comparison.episodes[e].recording != t) continue;
      ++row.episodes;
      successes += comparison.episodes[e].success;
      for (size_t r = 0; r < row.returns.size(); ++r) row.returns[r] += comparison.returns[r][e];
    }
    if (row.episodes == 0) continue;
    for (double& mean : row.returns) mean /= static_cast<double>(row.episodes);
    row.success = WilsonInterval(successes, row.episodes);
    rows.push_back(std::move(row));
  }
  std::stable_sort(rows.begin(), rows.end(), [](const PolicyRow& a, const PolicyRow& b) {
    return a.success.value > b.success.value;
  });
  return rows;
}

std::vector<double> Successes(const Comparison& comparison, int recording) {
  std::vector<double> successes;
  for (const JudgedEpisode& episode : comparison.episodes) {
    if (episode.recording == recording) successes.push_back(episode.success ? 1 : 0);
  }
  return successes;
}

void CompareNeighbours(const Comparison& comparison, std::vector<PolicyRow>& rows,
                       const ComparisonOptions& options) {
  for (size_t i = 0; i < rows.size(); ++i) {
    std::vector<std::vector<double>> mine, next;
    if (i + 1 < rows.size()) {
      mine.push_back(Successes(comparison, rows[i].recording));
      next.push_back(Successes(comparison, rows[i + 1].recording));
    }
    rows[i].over_next = ProbabilityOfImprovement(mine, next, options.seed, options.resamples);
  }
}

double PolicySpearman(const std::vector<PolicyRow>& policies, size_t reward) {
  std::vector<double> returns, success;
  for (const PolicyRow& row : policies) {
    returns.push_back(row.returns[reward]);
    success.push_back(row.success.value);
  }
  return Spearman(returns, success);
}

RewardPair ComparePair(const Comparison& comparison, int a, int b, const CanonicalSample& starc,
                       const CanonicalSample& epic, const ComparisonOptions& options) {
  RewardPair pair;
  pair.a = a;
  pair.b = b;
  pair.starc = StarcDistance(starc, a, b, options.distances);
  pair.epic = EpicDistance(epic, a, b, options.distances);
  const std::vector<double>&x = comparison.returns[a], &y = comparison.returns[b];
  pair.spearman = Spearman(x, y);
  pair.counts = CountPairs(x, y);
  pair.widest = WidestInversions(x, y, options.widest);
  return pair;
}

template <typename Spec>
const Spec* Find(const std::vector<Spec>& specs, const std::string& name) {
  for (const Spec& spec : specs) {
    if (spec.name == name) return &spec;
  }
  return nullptr;
}

// Lines for names that only one side has, or whose values differ.
void AddChanges(const char* what, const char* value, const std::map<std::string, double>& a,
                const std::map<std::string, double>& b, std::vector<std::string>& lines) {
  for (const auto& [name, x] : a) {
    const auto it = b.find(name);
    if (it == b.end()) {
      lines.push_back(fmt::format("{} `{}`: only in the first", what, name));
    } else if (it->second != x) {
      lines.push_back(fmt::format("{} `{}`: {} -> {}", value, name, x, it->second));
    }
  }
  for (const auto& [name, y] : b) {
    if (!a.contains(name)) lines.push_back(fmt::format("{} `{}`: only in the second", what, name));
  }
}

template <typename Specs>
std::map<std::string, double> ByName(const Specs& specs, const std::vector<double>& values) {
  std::map<std::string, double> named;
  for (size_t i = 0; i < specs.size(); ++i) named[specs[i].name] = values[i];
  return named;
}

}  // namespace

Result<Comparison> CompareRewards(std::span<const Trace* const> traces, const StateSpec& state,
                                  std::span<const ComparedReward> rewards, ThreadPool& pool,
                                  const ComparisonOptions& options) {
  Comparison out;
  out.episodes = JudgeEpisodes(traces, options.labels);
  const std::vector<Preference> preferences = Preferences(out.episodes, options.labels);
  const std::vector<double> truth = Truths(out.episodes);
  const std::vector<int> strata = Strata(out.episodes, static_cast<int>(traces.size()));
  for (const ComparedReward& reward : rewards) {
    std::vector<double> returns = Returns(out.episodes, reward.scores);
    RewardVerdict verdict;
    verdict.episode_return =
        BootstrapMean(Stratify(returns, strata), options.seed, options.resamples);
    verdict.iqm = BootstrapIqm(Stratify(returns, strata), options.seed, options.resamples);
    verdict.spearman = SpearmanInterval(returns, truth, strata, options.seed, options.resamples);
    verdict.pairs = JudgePairs(truth, returns, options.seed, options.resamples);
    verdict.preferences = CountPreferences(preferences, returns);
    if (options.near_misses) {
      verdict.consistency = CheckConsistency(traces, reward.scores, pool, options.consistency);
    }
    verdict.terms = TermTable(reward.reward->spec(), SumOverRecordings(traces, reward, pool),
                              reward.settings.weights);
    out.rewards.push_back(std::move(verdict));
    out.returns.push_back(std::move(returns));
  }
  if (rewards.size() > 1) {
    const CanonicalSample starc = StarcSample(traces, rewards, options.distances);
    out.potentials = starc.potentials;
    CARROT_ASSIGN_OR_RETURN(const CanonicalSample epic,
                            EpicSample(traces, state, rewards, pool, options.distances));
    for (int a = 0; a < static_cast<int>(rewards.size()); ++a) {
      for (int b = a + 1; b < static_cast<int>(rewards.size()); ++b) {
        out.pairs.push_back(ComparePair(out, a, b, starc, epic, options));
      }
    }
  }
  out.policies = Policies(out, static_cast<int>(traces.size()));
  CompareNeighbours(out, out.policies, options);
  for (size_t r = 0; r < rewards.size(); ++r) {
    out.policy_spearman.push_back(PolicySpearman(out.policies, r));
  }
  return out;
}

std::vector<std::string> RewardChanges(const ComparedReward& a, const ComparedReward& b) {
  const RewardSpec &x = a.reward->spec(), &y = b.reward->spec();
  std::vector<std::string> lines;
  AddChanges("term", "weight of", ByName(x.terms, a.settings.weights.weights),
             ByName(y.terms, b.settings.weights.weights), lines);
  AddChanges("parameter", "parameter", ByName(x.params, a.settings.params),
             ByName(y.params, b.settings.params), lines);
  for (const RewardTermSpec& term : x.terms) {
    const RewardTermSpec* other = Find(y.terms, term.name);
    if (other != nullptr && other->kind != term.kind) {
      lines.push_back(
          fmt::format("kind of `{}`: {} -> {}", term.name, Name(term.kind), Name(other->kind)));
    }
  }
  if (x.has_potential != y.has_potential) {
    lines.push_back(fmt::format("potential: only in the {}", x.has_potential ? "first" : "second"));
  } else if (x.has_potential && a.settings.weights.potential != b.settings.weights.potential) {
    lines.push_back(fmt::format("weight of the potential: {} -> {}", a.settings.weights.potential,
                                b.settings.weights.potential));
  }
  if (x.combine != y.combine) lines.emplace_back("combine differs");
  return lines;
}

}  // namespace carrot
