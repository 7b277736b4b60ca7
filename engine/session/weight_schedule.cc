#include "engine/session/weight_schedule.h"

#include <algorithm>
#include <cmath>

#include "engine/base/check.h"

namespace carrot {
namespace {

constexpr size_t kMostEpisodes = 256;  // of each outcome that a judgement of trust looks at

// Share of (success, failure) pairs in which the success has more; ties count half.
double PairsInOrder(const std::vector<double>& good, const std::vector<double>& bad) {
  double right = 0;
  for (double g : good) {
    for (double b : bad) right += g > b ? 1.0 : g == b ? 0.5 : 0.0;
  }
  return right / static_cast<double>(good.size() * bad.size());
}

// By how much that share may miss 1/2 by chance, one-sided 5 % (Mann and Whitney 1947, normal
// approximation).
double PairsByChance(size_t good, size_t bad) {
  const auto n = static_cast<double>(good), m = static_cast<double>(bad);
  return 1.645 * std::sqrt((n + m + 1) / (12 * n * m));
}

}  // namespace

WeightSchedule::WeightSchedule(const RewardSpec& reward, std::vector<double> start)
    : rules_(reward.schedule),
      start_(std::move(start)),
      trust_(rules_.size()),
      open_(rules_.size()),
      squares_(reward.terms.size()) {
  CARROT_CHECK(start_.size() == reward.terms.size());
  seen_.step_sum.resize(reward.terms.size());
  seen_.episode_sum.resize(reward.terms.size());
}

std::vector<WeightChange> WeightSchedule::Begin(std::vector<double>& weights) {
  weights_ = &weights;
  for (const WeightRule& rule : rules_) {
    if (rule.kind == WeightRule::Kind::kGate) Set(rule.terms[0], 0, {{"open", false}});
  }
  weights_ = nullptr;
  return std::exchange(changes_, {});
}

void WeightSchedule::Observe(const VectorEnv& env) {
  const size_t terms = start_.size();
  for (int e = 0; e < env.num_envs(); ++e) {
    if (env.fault()[e]) continue;
    ++seen_.steps;
    ++all_steps_;
    for (size_t k = 0; k < terms; ++k) {
      const double value = env.terms()[e * terms + k];
      seen_.step_sum[k] += value;
      squares_[k] += value * value;
    }
  }
  for (const EpisodeSummary& episode : env.finished()) {
    if (episode.fault) continue;
    ++seen_.episodes;
    seen_.successes += episode.success;
    for (size_t k = 0; k < terms; ++k) seen_.episode_sum[k] += episode.term_sums[k];
    for (size_t i = 0; i < rules_.size(); ++i) {
      if (rules_[i].kind != WeightRule::Kind::kTrust) continue;
      auto& side = episode.success ? trust_[i].good : trust_[i].bad;
      const int term = rules_[i].terms[0];
      side.push_back(Sign(term) * episode.term_sums[term]);
      if (side.size() > kMostEpisodes) side.erase(side.begin());
    }
  }
}

std::vector<WeightChange> WeightSchedule::Update(int64_t step, std::vector<double>& weights) {
  weights_ = &weights;
  for (size_t i = 0; i < rules_.size(); ++i) {
    const WeightRule& rule = rules_[i];
    switch (rule.kind) {
      case WeightRule::Kind::kConstraint:
        Constrain(rule);
        break;
      case WeightRule::Kind::kTrust:
        Fade(rule, trust_[i], step);
        break;
      case WeightRule::Kind::kGate: {
        bool open = open_[i] != 0;
        Open(rule, open);
        open_[i] = open;
        break;
      }
      case WeightRule::Kind::kPreference:
        Prefer(rule);
        break;
    }
  }
  seen_.steps = seen_.episodes = seen_.successes = 0;
  std::fill(seen_.step_sum.begin(), seen_.step_sum.end(), 0);
  std::fill(seen_.episode_sum.begin(), seen_.episode_sum.end(), 0);
  weights_ = nullptr;
  return std::exchange(changes_, {});
}

void WeightSchedule::Set(int term, double weight, Json why) {
  double& current = (*weights_)[term];
  if (current == weight) return;
  changes_.push_back({term, current, weight, std::move(why)});
  current = weight;
}

// Dual ascent: the multiplier rises while the bound is broken and falls while there is room.
void WeightSchedule::Constrain(const WeightRule& rule) {
  const int term = rule.terms[0];
  const int64_t count = rule.per_episode ? seen_.episodes : seen_.steps;
  if (count == 0) return;
  const auto& sums = rule.per_episode ? seen_.episode_sum : seen_.step_sum;
  const double mean = sums[term] / static_cast<double>(count);
  const double violation = rule.at_most ? mean - rule.bound : rule.bound - mean;
  const double lambda =
      std::clamp(std::abs((*weights_)[term]) + rule.rate * violation, 0.0, rule.limit);
  Set(term, rule.at_most ? 0.0 - lambda : lambda, {{"mean", mean}, {"bound", rule.bound}});
}

void WeightSchedule::Fade(const WeightRule& rule, Trust& trust, int64_t step) {
  Json why = Json::object();
  const auto pairs = static_cast<size_t>(rule.pairs);
  if (trust.good.size() >= pairs && trust.bad.size() >= pairs) {
    const double in_order = PairsInOrder(trust.good, trust.bad);
    const double chance = PairsByChance(trust.good.size(), trust.bad.size());
    if (in_order + chance < 0.5) trust.factor *= 2 * in_order;
    why["pairs_in_order"] = in_order;
    trust.good.clear();
    trust.bad.clear();
  }
  const double age =
      rule.half_life > 0 ? std::exp2(-static_cast<double>(step) / rule.half_life) : 1;
  why["trust"] = trust.factor;
  why["age"] = age;
  const int term = rule.terms[0];
  Set(term, start_[term] * age * trust.factor, std::move(why));
}

void WeightSchedule::Open(const WeightRule& rule, bool& open) {
  const bool success = rule.after == WeightRule::kSuccess;
  const int64_t count = success ? seen_.episodes : seen_.steps;
  if (count == 0) return;
  const double sum = success ? static_cast<double>(seen_.successes) : seen_.step_sum[rule.after];
  const double mean = sum / static_cast<double>(count);
  open = mean >= (open ? rule.bound - rule.slack : rule.bound);
  const int term = rule.terms[0];
  Set(term, open ? start_[term] : 0, {{"open", open}, {"mean", mean}, {"bound", rule.bound}});
}

void WeightSchedule::Prefer(const WeightRule& rule) {
  for (size_t i = 0; i < rule.terms.size(); ++i) {
    const int term = rule.terms[i];
    const double rms =
        std::sqrt(squares_[term] / static_cast<double>(std::max<int64_t>(1, all_steps_)));
    if (rms > 0)
      Set(term, Sign(term) * rule.shares[i] / rms, {{"share", rule.shares[i]}, {"rms", rms}});
  }
}

WeightSchedule::Json WeightSchedule::Save() const {
  Json trust = Json::array();
  for (const Trust& t : trust_)
    trust.push_back({{"factor", t.factor}, {"good", t.good}, {"bad", t.bad}});
  return {{"trust", trust}, {"open", open_}, {"squares", squares_}, {"steps", all_steps_}};
}

void WeightSchedule::Load(const Json& state) {
  for (size_t i = 0; i < rules_.size(); ++i) {
    const Json& t = state.at("trust").at(i);
    trust_[i].factor = t.at("factor").get<double>();
    trust_[i].good = t.at("good").get<std::vector<double>>();
    trust_[i].bad = t.at("bad").get<std::vector<double>>();
    open_[i] = state.at("open").at(i).get<uint8_t>();
  }
  squares_ = state.at("squares").get<std::vector<double>>();
  squares_.resize(start_.size());
  all_steps_ = state.at("steps").get<int64_t>();
}

}  // namespace carrot
