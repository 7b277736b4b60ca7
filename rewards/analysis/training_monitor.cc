#include "rewards/analysis/training_monitor.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace carrot {
namespace {

constexpr size_t kRecent = 256;         // episodes that A002 to A004 look at
constexpr size_t kIterations = 12;      // before which nothing is judged
constexpr int64_t kJudgedFraction = 2;  // of the run: from half of its steps on. Before, a run that
                                        // will succeed may stand on a plateau.

nlohmann::json StageJson(const Stage& s) {
  return {s.episodes, s.episode_return, s.success, s.length, s.fallen, s.paid};
}
Stage StageFrom(const nlohmann::json& j) { return {j[0], j[1], j[2], j[3], j[4], j[5]}; }

nlohmann::json EpisodeToJson(const EvidenceEpisode& e) {
  return {e.length, e.episode_return, e.success, e.terminated, e.paid};
}
EvidenceEpisode EpisodeFrom(const nlohmann::json& j) {
  EvidenceEpisode e;
  e.length = j[0];
  e.episode_return = j[1];
  e.success = j[2];
  e.terminated = j[3];
  e.paid = j[4].get<std::vector<double>>();
  return e;
}

}  // namespace

TrainingMonitor::TrainingMonitor(const RewardSpec& reward, int64_t total_steps)
    : reward_(reward), total_steps_(total_steps) {
  for (const RewardTermSpec& term : reward.terms) terms_.push_back(term.name);
}

void TrainingMonitor::Add(const EpisodeSummary& summary, std::span<const double> weights) {
  if (summary.fault) return;
  EvidenceEpisode episode;
  episode.length = summary.length;
  episode.episode_return = summary.episode_return;
  episode.success = summary.success;
  episode.terminated = summary.terminated;
  for (size_t k = 0; k < terms_.size(); ++k) {
    const bool monitor = reward_.terms[k].kind == TermKind::kMonitor;
    episode.paid.push_back(monitor ? 0.0 : weights[k] * summary.term_sums[k]);
  }
  if (episode.success) {
    successes_ += 1;
    success_return_ += episode.episode_return;
  }
  iteration_.push_back(std::move(episode));
}

Findings TrainingMonitor::EndIteration(int64_t step) {
  series_.push_back(MakeStage(iteration_, terms_.size()));
  recent_.insert(recent_.end(), iteration_.begin(), iteration_.end());
  if (recent_.size() > kRecent) recent_.erase(recent_.begin(), recent_.end() - kRecent);
  iteration_.clear();
  if (series_.size() < kIterations || step < total_steps_ / kJudgedFraction) return {};
  return New(FindAlarms({.terms = terms_, .episodes = recent_, .series = series_}, reward_));
}

Findings TrainingMonitor::JudgeEvaluation(Evidence& evidence, Findings suspicions) {
  if (successes_ > 0) evidence.known_success = success_return_ / successes_;
  for (Finding& finding : suspicions) AddFrames(evidence, &finding);
  for (Finding& finding : New(FindAlarms(evidence, series_))) {
    const bool twice = std::any_of(suspicions.begin(), suspicions.end(),
                                   [&](const Finding& f) { return f.code == finding.code; });
    if (!twice) suspicions.push_back(std::move(finding));
  }
  const std::vector<std::string> earlier = raised_;
  for (const Finding& finding : suspicions) raised_.push_back(finding.code);
  DropExplained(earlier, &suspicions);
  return suspicions;
}

// Judged, not muted, not raised before.
Findings TrainingMonitor::New(Findings findings) const {
  std::erase_if(findings, [&](const Finding& finding) {
    const bool known = std::find(raised_.begin(), raised_.end(), finding.code) != raised_.end();
    return !finding.judged || !finding.muted.empty() || known;
  });
  return findings;
}

nlohmann::json TrainingMonitor::ToJson() const {
  nlohmann::json json = {{"successes", successes_},
                         {"success_return", success_return_},
                         {"raised", raised_},
                         {"series", nlohmann::json::array()},
                         {"recent", nlohmann::json::array()}};
  for (const Stage& stage : series_) json["series"].push_back(StageJson(stage));
  for (const EvidenceEpisode& e : recent_) json["recent"].push_back(EpisodeToJson(e));
  return json;
}

bool TrainingMonitor::Load(const nlohmann::json& json) {
  try {  // nlohmann throws on a wrong type; nothing leaves this function
    successes_ = json.at("successes");
    success_return_ = json.at("success_return");
    for (const auto& stage : json.at("series")) series_.push_back(StageFrom(stage));
    for (const auto& episode : json.at("recent")) recent_.push_back(EpisodeFrom(episode));
    raised_ = json.at("raised").get<std::vector<std::string>>();
  } catch (const std::exception&) {
    return false;
  }
  return true;
}

}  // namespace carrot
