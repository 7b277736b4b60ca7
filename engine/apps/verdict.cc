#include "engine/apps/verdict.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdlib>

#include "engine/base/suggest.h"

namespace carrot {
namespace {

std::string Trim(const std::string& text) {
  const size_t first = text.find_first_not_of(' ');
  if (first == std::string::npos) return "";
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::vector<std::string> Figures(const TaskSpec& task) {
  std::vector<std::string> names{"return", "success", "length", "faults"};
  for (const MetricSpec& metric : task.metrics) names.push_back(metric.name);
  return names;
}

Estimate FigureOf(const std::string& name, const EvaluationSummary& summary, int faults,
                  const TaskSpec& task) {
  if (name == "return") return summary.episode_return;
  if (name == "success") return summary.success;
  if (name == "length") return summary.length;
  if (name == "faults") {
    const double count = faults;
    return {count, count, count, 0};
  }
  for (size_t k = 0; k < summary.metrics.size(); ++k) {
    if (task.metrics[k].name == name) return summary.metrics[k];
  }
  return {};
}

}  // namespace

Result<Condition> ParseCondition(const std::string& text, const TaskSpec& task) {
  Condition condition;
  condition.text = text;
  const size_t at = text.find_first_of("<>=!");
  const size_t end = text.find_first_not_of("<>=!", at);
  Diagnostic malformed =
      MakeError("U002", fmt::format("--fail-if takes NAME OP NUMBER, not `{}`", text),
                {"for example --fail-if 'success<0.5' or --fail-if 'return.low<=100'"});
  if (at == std::string::npos || end == std::string::npos) return Fail(malformed);
  condition.op = text.substr(at, end - at);
  const std::string number = Trim(text.substr(end));
  char* rest = nullptr;
  condition.value = std::strtod(number.c_str(), &rest);
  const bool known_op = condition.op == "<" || condition.op == "<=" || condition.op == ">" ||
                        condition.op == ">=" || condition.op == "==" || condition.op == "!=";
  if (number.empty() || *rest != 0 || !std::isfinite(condition.value) || !known_op) {
    return Fail(malformed);
  }
  condition.name = Trim(text.substr(0, at));
  for (const char* bound : {"low", "high"}) {
    const std::string suffix = std::string(".") + bound;
    if (condition.name.size() <= suffix.size() || !condition.name.ends_with(suffix)) continue;
    condition.bound = bound;
    condition.name.resize(condition.name.size() - suffix.size());
    break;
  }
  const std::vector<std::string> known = Figures(task);
  for (const std::string& name : known) {
    if (name == condition.name) return condition;
  }
  Diagnostic error =
      MakeError("U002", fmt::format("--fail-if knows no figure `{}`", condition.name));
  if (const std::string nearest = Suggest(condition.name, known); !nearest.empty()) {
    error.help.push_back(fmt::format("did you mean `{}`?", nearest));
  }
  error.help.push_back(fmt::format("figures: {} (and .low, .high)", fmt::join(known, ", ")));
  return Fail(std::move(error));
}

bool Holds(const Condition& condition, const EvaluationSummary& summary, int faults,
           const TaskSpec& task) {
  const Estimate figure = FigureOf(condition.name, summary, faults, task);
  const double value = condition.bound == "low"    ? figure.low
                       : condition.bound == "high" ? figure.high
                                                   : figure.mean;
  if (std::isnan(value)) return true;
  if (condition.op == "<") return value < condition.value;
  if (condition.op == "<=") return value <= condition.value;
  if (condition.op == ">") return value > condition.value;
  if (condition.op == ">=") return value >= condition.value;
  if (condition.op == "==") return value == condition.value;
  return value != condition.value;
}

}  // namespace carrot
