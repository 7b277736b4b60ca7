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
  for (size_t k = 0; k < summary.terms.size(); ++k) {
    const TermSummary& term = summary.terms[k];
    table.Row({reward.terms[k].name, Name(reward.terms[k].kind), Short(term.weight),
               Short(term.mean), Short(term.weight * term.sum), Percent(term.share),
               Percent(term.activation), Short(term.low) + " .. " + Short(term.high)});
  }
  return table.Render(stream);
}

std::string EvaluationText(const EvaluationSummary& summary, const TaskSpec& task, int faults,
                           const Stream& stream) {
  size_t width = 7;
  for (const MetricSpec& metric : task.metrics) width = std::max(width, metric.name.size());
  const auto label = [&](const char* text) {
    return Paint(fmt::format("{:<{}}", text, width + 2), Style::kBold, stream.color);
  };
  const Estimate& paid = summary.episode_return;
  std::string out = fmt::format("{}{}   (95 % interval, {} episodes{})\n", label("return"),
                                PlusMinus(paid.mean, paid.low, paid.high), summary.episodes,
                                faults > 0 ? fmt::format(", {} faults left out", faults) : "");
  if (!task.success_doc.empty()) {
    out +=
        fmt::format("{}{}   {}\n", label("success"), RateText(summary.success), task.success_doc);
  }
  out += fmt::format("{}{} steps", label("length"),
                     PlusMinus(summary.length.mean, summary.length.low, summary.length.high));
  for (const auto& [cause, count] : summary.causes) out += fmt::format("   {} {}", cause, count);
  out += "\n";
  for (size_t k = 0; k < summary.metrics.size(); ++k) {
    const Estimate& value = summary.metrics[k];
    out += fmt::format("{}{} {}\n", label(task.metrics[k].name.c_str()),
                       PlusMinus(value.mean, value.low, value.high), task.metrics[k].unit);
  }
  return out;
}

}  // namespace carrot
