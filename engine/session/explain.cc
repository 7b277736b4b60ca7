#include "engine/session/explain.h"

#include <fmt/format.h>

#include <algorithm>

#include "rewards/analysis/packed_episode.h"
#include "rewards/host/lua_reward.h"

namespace carrot {
namespace {

// Rows of one episode under a reward, evaluated from row 0 on.
struct EpisodeColumns {
  std::vector<double> memory, term, phi, total, reward;
  std::vector<uint8_t> flags;

  EpisodeColumns(const RewardSpec& spec, const PackedEpisode& episode)
      : memory(episode.rows() * spec.memory_width),
        term(episode.rows() * spec.terms.size()),
        phi(episode.rows()),
        total(episode.rows()),
        reward(episode.rows()),
        flags(episode.flags()) {}
  RewardColumns Columns(const RewardSpec& spec) {
    return {term.data(), spec.has_potential ? phi.data() : nullptr, total.data(), reward.data(),
            flags.data()};
  }
};

Result<const TraceEpisodeRows*> FindStep(const std::vector<TraceEpisodeRows>& episodes,
                                         const StepAddress& at) {
  const TraceEpisodeRows* found = nullptr;
  std::string held;
  for (const TraceEpisodeRows& episode : episodes) {
    if (episode.env == at.env && episode.episode == at.episode) found = &episode;
    if (held.size() < 60) {
      held += fmt::format("{}--env {} --episode {}", held.empty() ? "" : ", ", episode.env,
                          episode.episode);
    }
  }
  if (found == nullptr) {
    return Fail(MakeError(
        "I014",
        fmt::format("the recording has no episode {} of environment {}", at.episode, at.env),
        {fmt::format("it has {} episodes: {}, ...", episodes.size(), held)}));
  }
  const int64_t last = found->rows - 1;
  if (found->first_step > 0) {
    return Fail(MakeError("I014", "the beginning of this episode was not recorded"));
  }
  if (at.step < 1 || at.step > last) {
    return Fail(MakeError("I014", fmt::format("the episode has no step {}", at.step),
                          {fmt::format("steps are 1 to {}", last)}));
  }
  return found;
}

// Share of values below, ties counted half, in percent.
template <typename ValueOf>
double Percentile(int64_t rows, int64_t row, ValueOf value) {
  double below = 0, equal = 0;
  for (int64_t r = 1; r < rows; ++r) {
    below += value(r) < value(row);
    equal += value(r) == value(row);
  }
  return 100 * (below + 0.5 * equal) / static_cast<double>(std::max<int64_t>(1, rows - 1));
}

class Explainer {
 public:
  Explainer(const RewardFunction& reward, const PackedEpisode& episode,
            std::vector<SettingsFrom> settings)
      : reward_(reward),
        spec_(reward.spec()),
        episode_(episode),
        settings_(std::move(settings)),
        columns_(spec_, episode) {}

  // Raw columns, memory and phi of every row.
  Status Evaluate() {
    CARROT_ASSIGN_OR_RETURN(const auto evaluator, reward_.NewEvaluator());
    const RewardColumns out = columns_.Columns(spec_);
    ForSegments([&](int64_t begin, int64_t end, const RewardSettings& settings) {
      if (!settings.params.empty()) evaluator->SetParams(settings.params);
      if (begin == 0) evaluator->Begin(episode_.Batch(0, 1, columns_.memory.data()), out);
      begin = std::max<int64_t>(1, begin);
      if (begin < end) {
        evaluator->Evaluate(episode_.Batch(begin, end, columns_.memory.data()), out);
        CombineTerms(spec_, settings.weights, begin, end,
                     out.phi == nullptr ? nullptr : out.phi - 1, episode_.terminated(), out,
                     evaluator.get());
      }
    });
    return {};
  }

  void AddParts(int64_t row, StepExplanation* out) {
    const RewardSettings& settings = SettingsAt(row);
    for (size_t k = 0; k < spec_.terms.size(); ++k) AddTerm(row, k, settings.weights, out);
    if (spec_.has_potential) AddPotential(row, settings.weights, out);
    double sum = 0;
    for (const RewardPart& part : out->parts) sum += part.value;
    out->total = columns_.total[row];
    if (spec_.combine != Combine::kSum || sum != out->total) {
      out->parts.push_back({RewardPart::Kind::kCombine, "(combine)", 0, 0, out->total - sum});
    }
    AddStages(row, out);
    out->reward = columns_.reward[row];
    out->reward_percentile =
        Percentile(episode_.scored_rows(), row, [&](int64_t r) { return columns_.reward[r]; });
  }

  Status AddTraces(int64_t row, StepExplanation* out) const {
    EpisodeColumns again = columns_;  // the same row is written once more
    CARROT_ASSIGN_OR_RETURN(out->traces,
                            TraceReward(reward_, SettingsAt(row).params,
                                        episode_.Batch(row, row + 1, again.memory.data()),
                                        again.Columns(spec_), &out->errors));
    return {};
  }

 private:
  template <typename Body>
  void ForSegments(Body body) const {
    for (size_t s = 0; s < settings_.size(); ++s) {
      const int64_t end =
          s + 1 < settings_.size() ? settings_[s + 1].begin : episode_.scored_rows();
      body(settings_[s].begin, std::min(end, episode_.scored_rows()), settings_[s].settings);
    }
  }
  const RewardSettings& SettingsAt(int64_t row) const {
    size_t s = settings_.size() - 1;
    while (settings_[s].begin > row) --s;
    return settings_[s].settings;
  }

  void AddTerm(int64_t row, size_t k, const RewardWeights& weights, StepExplanation* out) const {
    const size_t n = spec_.terms.size();
    const auto raw = [&](int64_t r) { return columns_.term[r * n + k]; };
    RewardPart part;
    part.name = spec_.terms[k].name;
    part.raw = raw(row);
    if (spec_.terms[k].kind != TermKind::kMonitor) part.weight = weights.weights[k];
    part.value = part.weight != 0 ? part.weight * part.raw : 0;
    part.percentile = Percentile(episode_.scored_rows(), row, raw);
    out->parts.push_back(std::move(part));
  }

  void AddPotential(int64_t row, const RewardWeights& weights, StepExplanation* out) const {
    const auto shaping = [&](int64_t r) {
      return PotentialShaping(weights.gamma, columns_.phi[r], episode_.terminated()[r] != 0,
                              columns_.phi[r - 1]);
    };
    RewardPart part{RewardPart::Kind::kPotential, kPotentialName};
    part.raw = shaping(row);
    part.weight = weights.potential;
    part.value = part.weight * part.raw;
    part.percentile = Percentile(episode_.scored_rows(), row, shaping);
    part.gamma = weights.gamma;
    part.phi = episode_.terminated()[row] ? 0 : columns_.phi[row];
    part.phi_before = columns_.phi[row - 1];
    out->parts.push_back(std::move(part));
  }

  // What the i-th stage adds is the reward with i stages less the reward with i - 1.
  void AddStages(int64_t row, StepExplanation* out) const {
    std::vector<double> before = columns_.total;
    for (size_t i = 0; i < spec_.stages.size(); ++i) {
      std::vector<double> after = before;
      for (double& reward : after) reward = ApplyStage(spec_.stages[i], reward);
      const auto added = [&](int64_t r) { return after[r] - before[r]; };
      RewardPart part{RewardPart::Kind::kStage, fmt::format("(stage {})", i + 1)};
      part.value = added(row);
      part.percentile = Percentile(episode_.scored_rows(), row, added);
      out->parts.push_back(std::move(part));
      before = std::move(after);
    }
  }

  const RewardFunction& reward_;
  const RewardSpec& spec_;
  const PackedEpisode& episode_;
  std::vector<SettingsFrom> settings_;
  EpisodeColumns columns_;
};

std::vector<std::string> EndingOf(uint8_t flags) {
  std::vector<std::string> names;
  const std::pair<uint8_t, const char*> bits[] = {{kRowTerminated, "terminated"},
                                                  {kRowTruncated, "truncated"},
                                                  {kRowSuccess, "success"},
                                                  {kRowFault, "fault"}};
  for (const auto& [bit, name] : bits) {
    if (flags & bit) names.push_back(name);
  }
  return names;
}

const TraceBlock& BlockOf(const TraceEpisodeRows& episode, int64_t* row) {
  size_t b = 0;
  while (*row >= episode.blocks[b]->rows) *row -= episode.blocks[b++]->rows;
  return *episode.blocks[b];
}

}  // namespace

std::string ShapingText(const RewardPart& potential) {
  return fmt::format("gamma {:g} x phi now {:.6g} - phi before {:.6g}", potential.gamma,
                     potential.phi, potential.phi_before);
}

Result<StepExplanation> ExplainStep(const Trace& trace, const StateSpec& state,
                                    const RewardFunction& reward, const RewardSettings* settings,
                                    const StepAddress& at) {
  const std::vector<TraceEpisodeRows> episodes = trace.EpisodeRows();
  CARROT_ASSIGN_OR_RETURN(const TraceEpisodeRows* rows, FindStep(episodes, at));
  std::vector<SettingsFrom> in_force;
  if (settings != nullptr) {
    in_force.push_back({0, *settings});
  } else {
    CARROT_ASSIGN_OR_RETURN(in_force, RecordedSettings(reward.spec(), trace, *rows));
  }
  RecordedFields fields(trace, state);
  CARROT_RETURN_IF_ERROR(fields.Require(reward.spec()));
  PackedEpisode episode;
  episode.Load(fields, *rows);

  StepExplanation out;
  out.at = at;
  out.world_seed = rows->world_seed;
  out.length = static_cast<int>(rows->rows) - 1;
  out.ending = EndingOf(episode.flags()[at.step]);
  int64_t in_block = at.step;
  const TraceBlock& block = BlockOf(*rows, &in_block);
  out.recorded_reward = *Trace::Row<double>(block, trace.layout().reward, in_block);
  if (at.step >= episode.scored_rows()) return out;  // a fault: no script saw this row
  Explainer explainer(reward, episode, std::move(in_force));
  CARROT_RETURN_IF_ERROR(explainer.Evaluate());
  explainer.AddParts(at.step, &out);
  CARROT_RETURN_IF_ERROR(explainer.AddTraces(at.step, &out));
  return out;
}

}  // namespace carrot
