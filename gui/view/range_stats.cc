#include "gui/view/range_stats.h"

#include <fmt/format.h>

#include <cmath>
#include <iterator>
#include <limits>

#include "gui/view/paid_parts.h"

namespace carrot {
namespace {

struct RangeRows {
  std::vector<int64_t> rows;    // numbers of the trace; empty if not all of them are scored
  std::vector<double> shaping;  // of the same rows; empty without a potential
};

RangeRows RowsOf(const TraceView& trace, int episode, int from, int to, const RewardSpec& spec) {
  RangeRows out;
  if (!trace.terms || !trace.totals || !trace.episodes) return out;
  if (episode < 0 || episode >= static_cast<int>(trace.episodes->size())) return out;
  const TraceEpisodeRows& known = (*trace.episodes)[episode];
  const auto scored = static_cast<int64_t>(trace.totals->total.size());
  if (trace.terms->term.size() < trace.totals->total.size() * spec.terms.size()) return out;
  std::vector<double> shaping;
  if (spec.has_potential) shaping = EpisodeShaping(*trace.terms, known, trace.trace->spec().gamma);
  ForRows(known, [&](const TraceBlock& block, int i, int64_t row) {
    const int64_t step = known.first_step + row;
    if (step < from || step > to || block.first_row + i >= scored) return;
    out.rows.push_back(block.first_row + i);
    if (row < static_cast<int64_t>(shaping.size())) out.shaping.push_back(shaping[row]);
  });
  return out;
}

// Raw values of one part, by index of `range.rows`.
std::vector<double> Raw(const TraceView& trace, const RangeRows& range, size_t part, size_t terms) {
  if (part >= terms && !range.shaping.empty()) return range.shaping;
  std::vector<double> values(range.rows.size(), std::numeric_limits<double>::quiet_NaN());
  if (part >= terms) return values;
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = trace.terms->term[range.rows[i] * terms + part];
  return values;
}

RangeRow Row(std::string name, const std::vector<double>& values, double* absolute) {
  RangeRow out{std::move(name)};
  double squares = 0;
  *absolute = 0;
  for (double v : values) {
    out.sum += v;
    squares += v * v;
    *absolute += std::abs(v);
  }
  const auto n = static_cast<double>(values.size());
  out.first = values.front();
  out.last = values.back();
  out.mean = out.sum / n;
  out.deviation = std::sqrt(std::max(0.0, squares / n - out.mean * out.mean));
  out.share = std::numeric_limits<double>::quiet_NaN();
  return out;
}

std::vector<double> At(const std::vector<int64_t>& rows, const std::vector<double>& column) {
  std::vector<double> values;
  values.reserve(rows.size());
  for (int64_t row : rows) values.push_back(column[row]);
  return values;
}

}  // namespace

std::vector<RangeRow> RangeStats(const TraceView& trace, int episode, int from, int to,
                                 const RewardInfo& reward, bool weighted) {
  std::vector<RangeRow> out;
  if (!reward.function) return out;
  const RewardSpec& spec = reward.function->spec();
  const RangeRows range = RowsOf(trace, episode, from, to, spec);
  if (range.rows.empty()) return out;
  const std::vector<PaidPart> parts = PaidParts(reward);
  std::vector<double> absolute(parts.size());
  double all = 0, unused = 0;
  for (size_t k = 0; k < parts.size(); ++k) {
    std::vector<double> values = Raw(trace, range, k, spec.terms.size());
    if (weighted) {
      for (double& value : values) value *= parts[k].weight;
    }
    out.push_back(Row(parts[k].term->name, values, &absolute[k]));
    if (!parts[k].CanWeigh()) absolute[k] = 0;  // it pays nothing
    all += absolute[k];
  }
  for (size_t k = 0; k < parts.size(); ++k) out[k].share = all > 0 ? absolute[k] / all : 0;
  out.push_back(Row("total", At(range.rows, trace.totals->total), &unused));
  out.push_back(Row("reward", At(range.rows, trace.totals->reward), &unused));
  return out;
}

std::string RangeCsv(const TraceView& trace, int episode, int from, int to,
                     const RewardInfo& reward, double dt) {
  if (!reward.function) return "";
  const RewardSpec& spec = reward.function->spec();
  const std::vector<PaidPart> parts = PaidParts(reward);
  std::string text = "recording,env,episode,step,time";
  for (const PaidPart& part : parts) text += ",raw/" + part.term->name;
  for (const PaidPart& part : parts) text += ",weighted/" + part.term->name;
  text += ",total,reward\n";
  const RangeRows range = RowsOf(trace, episode, from, to, spec);
  if (range.rows.empty()) return text;
  std::vector<std::vector<double>> raw;
  for (size_t k = 0; k < parts.size(); ++k) raw.push_back(Raw(trace, range, k, spec.terms.size()));
  const TraceEpisodeRows& known = (*trace.episodes)[episode];
  int step = std::max(from, known.first_step);
  auto out = std::back_inserter(text);
  for (size_t i = 0; i < range.rows.size(); ++i) {
    fmt::format_to(out, "{},{},{},{},{}", trace.name, known.env, known.episode, step, step * dt);
    for (const std::vector<double>& values : raw) fmt::format_to(out, ",{}", values[i]);
    for (size_t k = 0; k < parts.size(); ++k)
      fmt::format_to(out, ",{}", parts[k].weight * raw[k][i]);
    const int64_t row = range.rows[i];
    fmt::format_to(out, ",{},{}\n", trace.totals->total[row], trace.totals->reward[row]);
    ++step;
  }
  return text;
}

}  // namespace carrot
