#include "engine/apps/report.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/apps/table.h"

namespace carrot {

std::string RateText(const Estimate& rate) {
  return fmt::format("{:.2f} [{:.2f}, {:.2f}]", rate.mean, rate.low, rate.high);
}

std::string TermTableText(const EvaluationSummary& summary, const RewardSpec& reward,
                          const Stream& stream) {
  Table table({{"term", Align::kLeft},
               {"kind", Align::kLeft},
               {"weight"},
               {"mean", Align::kRight, "raw/step"},
               {"paid", Align::kRight, "an episode"},
               {"share", Align::kRight, "of |paid|"},
               {"active", Align::kRight, "of steps"},
               {"range", Align::kRight, "raw"}});
  const auto row = [&](const std::string& name, TermKind kind, const TermSummary& term) {
    table.Row({name, Name(kind), Short(term.weight), Short(term.mean),
               Short(term.weight * term.sum), Percent(term.share), Percent(term.activation),
               Short(term.low) + " .. " + Short(term.high)});
  };
  for (size_t k = 0; k < summary.terms.size(); ++k)
    row(reward.terms[k].name, reward.terms[k].kind, summary.terms[k]);
  if (summary.shaping) row(kPotentialName, TermKind::kShaping, *summary.shaping);
  return table.Render(stream);
}

std::string EvaluationText(const EvaluationSummary& summary, const TaskSpec& task, int faults,
                           const Stream& stream) {
  size_t width = 7;
  for (const MetricSpec& metric : task.metrics) width = std::max(width, metric.name.size());
  std::string out;
  const auto line = [&](const std::string& label, const std::string& text) {
    out += Hang(fmt::format("{:<{}}", label, width + 2), text, stream, -1, Style::kBold);
  };
  const Estimate& paid = summary.episode_return;
  line("return", fmt::format("{}   (95 % interval, {} episodes{})",
                             PlusMinus(paid.mean, paid.low, paid.high), summary.episodes,
                             faults > 0 ? fmt::format(", {} faults left out", faults) : ""));
  if (!task.success_doc.empty())
    line("success", RateText(summary.success) + "   " + task.success_doc);
  std::string length =
      PlusMinus(summary.length.mean, summary.length.low, summary.length.high) + " steps";
  for (const auto& [cause, count] : summary.causes) {
    length += fmt::format("   {} {}", cause, count);
  }
  line("length", length);
  for (size_t k = 0; k < summary.metrics.size(); ++k) {
    const Estimate& value = summary.metrics[k];
    line(task.metrics[k].name,
         fmt::format("{} {}", PlusMinus(value.mean, value.low, value.high), task.metrics[k].unit));
  }
  return out;
}

}  // namespace carrot
