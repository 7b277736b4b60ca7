#include "rewards/analysis/hidden_state.h"

#include <fmt/format.h>

#include <cstring>

#include "rewards/analysis/rescore.h"

namespace carrot {
namespace {

bool SameBits(const double& a, const double& b) { return std::memcmp(&a, &b, sizeof(a)) == 0; }

// The first value that differs: "term `x`" and its row; or "".
std::string FirstDifference(const RewardSpec& reward, const Score& a, const Score& b,
                            int64_t* row) {
  const size_t n = reward.terms.size();
  for (size_t i = 0; i < a.term.size(); ++i) {
    *row = static_cast<int64_t>(i / n);
    if (!SameBits(a.term[i], b.term[i])) return "term `" + reward.terms[i % n].name + "`";
  }
  for (size_t r = 0; r < a.total.size(); ++r) {
    *row = static_cast<int64_t>(r);
    if (r < a.phi.size() && !SameBits(a.phi[r], b.phi[r])) return "the potential";
    if (!SameBits(a.total[r], b.total[r])) return "`combine`";
  }
  return "";
}

}  // namespace

Diagnostics FindHiddenState(const Trace& trace, const StateSpec& state,
                            const RewardFunction& reward) {
  ThreadPool pool(1);
  const RewardSpec& spec = reward.spec();
  const RewardSettings settings = DefaultSettings(spec, trace.spec().gamma);
  Result<Score> ascending = Rescore(trace, state, reward, settings, pool);
  Result<Score> descending =
      Rescore(trace, state, reward, settings, pool, EpisodeOrder::kDescending);
  if (!ascending) return std::move(ascending).error();
  if (!descending) return std::move(descending).error();
  int64_t row = 0;
  const std::string what = FirstDifference(spec, *ascending, *descending, &row);
  if (what.empty()) return {};
  Diagnostic d = MakeError(
      "R018", fmt::format("{} depends on which environments are evaluated before", what),
      {"keep what must be remembered in `memory`: it belongs to one environment and is recorded"});
  d.where.file = spec.path;
  for (const RewardTermSpec& term : spec.terms) {
    if (what == "term `" + term.name + "`") d.where = term.where;
  }
  for (int64_t b = 0; b < trace.num_blocks(); ++b) {
    const TraceBlock& block = trace.block(b);
    if (row < block.first_row || row >= block.first_row + block.rows) continue;
    d.notes.push_back(fmt::format("first in environment {}, episode {}, step {}", block.env,
                                  block.episode, block.first_step + row - block.first_row));
  }
  return {std::move(d)};
}

}  // namespace carrot
