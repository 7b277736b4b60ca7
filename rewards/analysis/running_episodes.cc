#include "rewards/analysis/running_episodes.h"

#include <fmt/format.h>

#include <algorithm>

#include "rewards/analysis/packed_episode.h"

namespace carrot {
namespace {

// The rows of env's running episode, or null if its beginning or its current row is missing.
const TraceEpisodeRows* RunningRows(const std::vector<TraceEpisodeRows>& episodes,
                                    const VectorEnv& env, int index) {
  for (auto it = episodes.rbegin(); it != episodes.rend(); ++it) {
    if (it->env != index || it->episode != env.episode()[index]) continue;
    return it->first_step == 0 && it->rows == env.step()[index] + 1 ? &*it : nullptr;
  }
  return nullptr;
}

// Scratch columns of one episode: only memory and phi are of interest.
struct Scratch {
  std::vector<double> memory, term, phi, total, reward;
  std::vector<uint8_t> flags;

  RewardColumns Columns(const RewardSpec& spec, int64_t rows) {
    memory.assign(rows * spec.memory_width, 0.0);
    term.assign(rows * spec.terms.size(), 0.0);
    for (auto* column : {&phi, &total, &reward}) column->assign(rows, 0.0);
    flags.assign(rows, 0);
    return {term.data(), spec.has_potential ? phi.data() : nullptr, total.data(), reward.data(),
            flags.data()};
  }
};

}  // namespace

Result<RewardStanding> StandingOf(const Trace& trace, const RewardFunction& reward,
                                  std::span<const double> params, const VectorEnv& env) {
  const RewardSpec& spec = reward.spec();
  RecordedFields fields(trace, env.task().spec().state);
  CARROT_RETURN_IF_ERROR(fields.Require(spec));
  CARROT_ASSIGN_OR_RETURN(auto evaluator, reward.NewEvaluator());
  if (!params.empty()) evaluator->SetParams(params);
  const std::vector<TraceEpisodeRows> episodes = trace.EpisodeRows();
  RewardStanding standing;
  PackedEpisode packed;
  Scratch scratch;
  for (int index = 0; index < env.num_envs(); ++index) {
    const TraceEpisodeRows* rows = RunningRows(episodes, env, index);
    if (rows == nullptr) {
      return Fail(MakeError(
          "I009",
          fmt::format("the running episode of environment {} is not recorded from its start",
                      index),
          {"record from a reset on, or reset the environments after the swap"}));
    }
    packed.Load(fields, *rows);
    const RewardColumns out = scratch.Columns(spec, packed.rows());
    evaluator->Begin(packed.Batch(0, 1, scratch.memory.data()), out);
    if (packed.scored_rows() > 1) {
      evaluator->Evaluate(packed.Batch(1, packed.scored_rows(), scratch.memory.data()), out);
    }
    standing.memory.insert(standing.memory.end(), scratch.memory.end() - spec.memory_width,
                           scratch.memory.end());
    if (spec.has_potential) standing.phi.push_back(scratch.phi.back());
  }
  return standing;
}

}  // namespace carrot
