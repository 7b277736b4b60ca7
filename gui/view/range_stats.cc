#include "gui/view/range_stats.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <limits>

namespace carrot {
namespace {

// Row numbers of the trace of those steps; empty if not all of them are scored.
std::vector<int64_t> RowsOf(const TraceView& trace, int episode, int from, int to, size_t terms) {
  std::vector<int64_t> rows;
  if (!trace.terms || !trace.totals || !trace.episodes) return rows;
  if (episode < 0 || episode >= static_cast<int>(trace.episodes->size())) return rows;
  const TraceEpisodeRows& known = (*trace.episodes)[episode];
  const auto scored = static_cast<int64_t>(trace.totals->total.size());
  if (trace.terms->term.size() < trace.totals->total.size() * terms) return rows;
  ForRows(known, [&](const TraceBlock& block, int i, int64_t row) {
    const int64_t step = known.first_step + row;
    if (step < from || step > to || block.first_row + i >= scored) return;
    rows.push_back(block.first_row + i);
  });
  return rows;
}

template <typename Value>
RangeRow Row(std::string name, const std::vector<int64_t>& rows, Value value, double* absolute) {
  RangeRow out{std::move(name)};
  double squares = 0;
  *absolute = 0;
  for (int64_t row : rows) {
    const double v = value(row);
    out.sum += v;
    squares += v * v;
    *absolute += std::abs(v);
  }
  const auto n = static_cast<double>(rows.size());
  out.first = value(rows.front());
  out.last = value(rows.back());
  out.mean = out.sum / n;
  out.deviation = std::sqrt(std::max(0.0, squares / n - out.mean * out.mean));
  out.share = std::numeric_limits<double>::quiet_NaN();
  return out;
}

}  // namespace

std::vector<RangeRow> RangeStats(const TraceView& trace, int episode, int from, int to,
                                 const RewardInfo& reward, bool weighted) {
  std::vector<RangeRow> out;
  if (!reward.function) return out;
  const RewardSpec& spec = reward.function->spec();
  const size_t n = spec.terms.size();
  const std::vector<int64_t> rows = RowsOf(trace, episode, from, to, n);
  if (rows.empty()) return out;
  std::vector<double> absolute(n);
  double all = 0, unused = 0;
  for (size_t k = 0; k < n; ++k) {
    const double weight = weighted ? reward.settings.weights.weights[k] : 1;
    const auto value = [&](int64_t row) { return weight * trace.terms->term[row * n + k]; };
    out.push_back(Row(spec.terms[k].name, rows, value, &absolute[k]));
    if (spec.terms[k].kind == TermKind::kMonitor) absolute[k] = 0;  // it pays nothing
    all += absolute[k];
  }
  for (size_t k = 0; k < n; ++k) out[k].share = all > 0 ? absolute[k] / all : 0;
  const Score& totals = *trace.totals;
  out.push_back(Row(
      "total", rows, [&](int64_t row) { return totals.total[row]; }, &unused));
  out.push_back(Row(
      "reward", rows, [&](int64_t row) { return totals.reward[row]; }, &unused));
  return out;
}

std::string RangeCsv(const TraceView& trace, int episode, int from, int to,
                     const RewardInfo& reward, double dt) {
  if (!reward.function) return "";
  const RewardSpec& spec = reward.function->spec();
  const size_t n = spec.terms.size();
  std::string text = "recording,env,episode,step,time";
  for (const RewardTermSpec& term : spec.terms) text += ",raw/" + term.name;
  for (const RewardTermSpec& term : spec.terms) text += ",weighted/" + term.name;
  text += ",total,reward\n";
  const std::vector<int64_t> rows = RowsOf(trace, episode, from, to, n);
  if (rows.empty()) return text;
  const TraceEpisodeRows& known = (*trace.episodes)[episode];
  int step = std::max(from, known.first_step);
  auto out = std::back_inserter(text);
  for (int64_t row : rows) {
    fmt::format_to(out, "{},{},{},{},{}", trace.name, known.env, known.episode, step, step * dt);
    for (size_t k = 0; k < n; ++k) fmt::format_to(out, ",{}", trace.terms->term[row * n + k]);
    for (size_t k = 0; k < n; ++k) {
      fmt::format_to(out, ",{}",
                     reward.settings.weights.weights[k] * trace.terms->term[row * n + k]);
    }
    fmt::format_to(out, ",{},{}\n", trace.totals->total[row], trace.totals->reward[row]);
    ++step;
  }
  return text;
}

}  // namespace carrot
