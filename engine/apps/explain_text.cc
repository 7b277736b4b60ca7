#include "engine/apps/explain_text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/apps/table.h"
#include "engine/session/evaluation_json.h"

namespace carrot {
namespace {

constexpr size_t kMostInputs = 12;

const TermTrace* TraceOf(const StepExplanation& step, const std::string& what,
                         const std::string& name) {
  for (const TermTrace& trace : step.traces) {
    if (trace.what == what && trace.name == name) return &trace;
  }
  return nullptr;
}

std::string Rank(double percentile) { return fmt::format("{:.0f} %", percentile); }

std::string PartsText(const StepExplanation& step, const Stream& stream) {
  Table table({{"term", Align::kLeft},
               {"raw"},
               {"weight"},
               {"adds"},
               {"rank", Align::kRight, "in episode"}});
  const auto add = [&](const RewardPart& part) {
    const bool weighted =
        part.kind == RewardPart::Kind::kTerm || part.kind == RewardPart::Kind::kPotential;
    table.Row({part.name, weighted ? Short(part.raw) : "", weighted ? Short(part.weight) : "",
               Short(part.value), Rank(part.percentile)});
  };
  const auto is_stage = [](const RewardPart& p) { return p.kind == RewardPart::Kind::kStage; };
  for (const RewardPart& part : step.parts) {
    if (!is_stage(part)) add(part);
  }
  const bool staged = std::any_of(step.parts.begin(), step.parts.end(), is_stage);
  if (staged) table.Row({"total", "", "", Short(step.total)});
  for (const RewardPart& part : step.parts) {
    if (is_stage(part)) add(part);
  }
  table.Row({"reward", "", "", Short(step.reward), Rank(step.reward_percentile)});
  return table.Render(stream);
}

std::string NamesText(const TracedLine& line) {
  std::vector<std::string> parts;
  for (const TracedName& name : line.names) {
    parts.push_back(name.was.empty()
                        ? fmt::format("{} = {}", name.name, name.value)
                        : fmt::format("{} = {} -> {}", name.name, name.was, name.value));
  }
  std::string text = fmt::format("{}", fmt::join(parts, ", "));
  if (line.count > 1) text += fmt::format("{}({} times)", text.empty() ? "" : "  ", line.count);
  return text;
}

// The function's lines; those that ran carry their values behind them.
std::string FunctionText(const TracedFunction& function, const Stream& stream) {
  size_t width = 0;
  for (const std::string& line : function.source) width = std::max(width, line.size());
  width = std::min<size_t>(width, 72);
  std::string text;
  for (size_t i = 0; i < function.source.size(); ++i) {
    const int number = function.first_line + static_cast<int>(i);
    const auto ran = std::find_if(function.lines.begin(), function.lines.end(),
                                  [&](const TracedLine& line) { return line.line == number; });
    std::string values = ran == function.lines.end() ? "" : NamesText(*ran);
    std::string line = fmt::format("{:>5} {} {}", number, ran == function.lines.end() ? ' ' : '|',
                                   function.source[i]);
    const size_t length = std::max(width, function.source[i].size()) + 8 + 5 + values.size();
    if (!values.empty() && stream.is_terminal && static_cast<int>(length) > stream.width) {
      // Below, where the two do not fit beside each other.
      line += "\n" + Hang("        -- ", values, stream, 11, Style::kPlain);
      line.pop_back();
    } else if (!values.empty()) {
      line += std::string(width > function.source[i].size() ? width - function.source[i].size() : 0,
                          ' ');
      line += Paint("  -- " + values, Style::kDim, stream.color);
    }
    text += line + "\n";
  }
  return text;
}

std::string TraceText(const TermTrace& trace, const std::string& value, const RewardSpec& reward,
                      bool library, const Stream& stream) {
  std::string text = trace.name;
  if (!value.empty()) text += " = " + value;
  if (trace.functions.empty()) return "\n" + text + "\n";
  text = Hang("", text + fmt::format("  ({}:{})", trace.functions[0].file, trace.result_line),
              stream, 2);
  for (const TracedFunction& function : trace.functions) {
    if (function.depth > 0 && function.file != reward.path && !library) continue;
    if (function.depth > 0) text += fmt::format("  calls {}\n", function.file);
    text += FunctionText(function, stream);
  }
  return "\n" + text;
}

// Inputs by name over all functions of the script itself; the first value of each is kept.
std::map<std::string, TracedName> Inputs(const StepExplanation& step) {
  std::map<std::string, TracedName> inputs;
  for (const TermTrace& trace : step.traces) {
    for (const TracedFunction& function : trace.functions) {
      if (function.depth > 0) continue;
      for (const TracedLine& line : function.lines) {
        for (const TracedName& name : line.names) {
          if (name.name.find_first_of(".[") == std::string::npos) continue;
          inputs.emplace(name.name, name);
        }
      }
    }
  }
  return inputs;
}

struct InputChange {
  std::string name, here, there;
  double size = 0;  // relative, 0..1
};

std::vector<InputChange> ChangedInputs(const StepExplanation& step, const StepExplanation& other) {
  std::vector<InputChange> changes;
  const std::map<std::string, TracedName> there = Inputs(other);
  for (const auto& [name, here] : Inputs(step)) {
    const auto found = there.find(name);
    if (found == there.end() || found->second.value == here.value) continue;
    const std::vector<double>&a = here.numbers, &b = found->second.numbers;
    double difference = 0, magnitude = 0;
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
      difference += std::abs(a[i] - b[i]);
      magnitude += std::abs(a[i]) + std::abs(b[i]);
    }
    changes.push_back(
        {name, here.value, found->second.value, magnitude > 0 ? difference / magnitude : 1});
  }
  std::stable_sort(changes.begin(), changes.end(),
                   [](const InputChange& a, const InputChange& b) { return a.size > b.size; });
  return changes;
}

// Parts of both steps by name, the largest difference first.
struct PartChange {
  std::string name;
  double here = 0, there = 0;
};
std::vector<PartChange> PartChanges(const StepExplanation& step, const StepExplanation& other) {
  std::vector<PartChange> changes;
  for (const RewardPart& part : step.parts) changes.push_back({part.name, part.value, 0});
  for (const RewardPart& part : other.parts) {
    const auto same = std::find_if(changes.begin(), changes.end(),
                                   [&](const PartChange& c) { return c.name == part.name; });
    if (same != changes.end()) {
      same->there = part.value;
    } else {
      changes.push_back({part.name, 0, part.value});
    }
  }
  std::stable_sort(changes.begin(), changes.end(), [](const PartChange& a, const PartChange& b) {
    return std::abs(a.here - a.there) > std::abs(b.here - b.there);
  });
  return changes;
}

const char* KindName(RewardPart::Kind kind) {
  constexpr const char* kNames[] = {"term", "potential", "combine", "stage"};
  return kNames[static_cast<int>(kind)];
}

Json NameJson(const TracedName& name) {
  Json entry = {{"name", name.name}, {"value", name.value}};
  if (!name.was.empty()) entry["was"] = name.was;
  if (name.numbers.size() == 1) PutNumber(entry, "number", name.numbers[0]);
  if (name.numbers.size() > 1) entry["numbers"] = name.numbers;
  return entry;
}

Json TraceJson(const TermTrace& trace) {
  Json entry = {{"what", trace.what}, {"name", trace.name}, {"line", trace.result_line}};
  entry["functions"] = Json::array();
  for (const TracedFunction& function : trace.functions) {
    Json lines = Json::array();
    for (const TracedLine& line : function.lines) {
      const auto at = static_cast<size_t>(line.line - function.first_line);
      Json item = {{"line", line.line}, {"count", line.count}, {"source", function.source[at]}};
      item["values"] = Json::array();
      for (const TracedName& name : line.names) item["values"].push_back(NameJson(name));
      lines.push_back(std::move(item));
    }
    entry["functions"].push_back({{"file", function.file},
                                  {"first_line", function.first_line},
                                  {"last_line", function.last_line},
                                  {"depth", function.depth},
                                  {"lines", std::move(lines)}});
  }
  return entry;
}

}  // namespace

std::string ExplanationText(const StepExplanation& step, const RewardSpec& reward, bool library,
                            const Stream& stream) {
  std::string text = fmt::format("env {}, episode {}, step {} of {}, seed {}", step.at.env,
                                 step.at.episode, step.at.step, step.length, step.world_seed);
  if (!step.ending.empty()) text += fmt::format(": {}", fmt::join(step.ending, ", "));
  text = Hang("", text, stream, 2);
  if (step.parts.empty()) return text + "the simulation failed here: no reward was computed\n";
  if (step.recorded_reward != step.reward) {
    text +=
        fmt::format("reward {} (recorded: {})\n", Short(step.reward), Short(step.recorded_reward));
  }
  text += "\n" + PartsText(step, stream);
  for (const RewardPart& part : step.parts) {
    const bool potential = part.kind == RewardPart::Kind::kPotential;
    if (part.kind != RewardPart::Kind::kTerm && !potential) continue;
    const TermTrace* trace =
        potential ? TraceOf(step, "potential", "potential") : TraceOf(step, "term", part.name);
    if (trace == nullptr) continue;  // the name of a field: nothing ran
    text += TraceText(*trace, Short(part.raw) + (potential ? " = " + ShapingText(part) : ""),
                      reward, library, stream);
  }
  for (const TermTrace& trace : step.traces) {
    if (trace.what == "derive") text += TraceText(trace, "", reward, library, stream);
  }
  return text;
}

std::string DifferenceText(const StepExplanation& step, const StepExplanation& other,
                           const Stream& stream) {
  const std::string here = fmt::format("step {}", step.at.step),
                    there = fmt::format("step {}", other.at.step);
  Table parts({{"adds", Align::kLeft}, {here}, {there}, {"difference"}});
  for (const PartChange& change : PartChanges(step, other)) {
    parts.Row(
        {change.name, Short(change.here), Short(change.there), Short(change.here - change.there)});
  }
  parts.Row({"reward", Short(step.reward), Short(other.reward), Short(step.reward - other.reward)});
  Table inputs({{"input", Align::kLeft}, {here}, {there}});
  const std::vector<InputChange> changes = ChangedInputs(step, other);
  for (size_t i = 0; i < std::min(changes.size(), kMostInputs); ++i) {
    inputs.Row({changes[i].name, changes[i].here, changes[i].there});
  }
  std::string text = parts.Render(stream);
  if (!inputs.empty()) text += "\n" + inputs.Render(stream);
  return text;
}

Json ExplanationJson(const StepExplanation& step, const RewardSpec& reward) {
  Json object = {
      {"env", step.at.env},    {"episode", step.at.episode},    {"step", step.at.step},
      {"length", step.length}, {"world_seed", step.world_seed}, {"reward_hash", reward.hash},
      {"ending", step.ending}};
  PutNumber(object, "total", step.total);
  PutNumber(object, "reward", step.reward);
  PutNumber(object, "recorded_reward", step.recorded_reward);
  PutNumber(object, "percentile", step.reward_percentile);
  object["parts"] = Json::array();
  for (const RewardPart& part : step.parts) {
    Json entry = {{"kind", KindName(part.kind)}, {"name", part.name}};
    PutNumber(entry, "raw", part.raw);
    PutNumber(entry, "weight", part.weight);
    PutNumber(entry, "value", part.value);
    PutNumber(entry, "percentile", part.percentile);
    if (part.kind == RewardPart::Kind::kPotential) {
      PutNumber(entry, "gamma", part.gamma);
      PutNumber(entry, "phi", part.phi);
      PutNumber(entry, "phi_before", part.phi_before);
    }
    object["parts"].push_back(std::move(entry));
  }
  object["traces"] = Json::array();
  for (const TermTrace& trace : step.traces) object["traces"].push_back(TraceJson(trace));
  object["errors"] = Json::array();
  for (const Diagnostic& error : step.errors) object["errors"].push_back(Json(ToJson(error)));
  return object;
}

Json DifferenceJson(const StepExplanation& step, const StepExplanation& other) {
  Json object = {{"step", step.at.step}, {"against", other.at.step}};
  object["parts"] = Json::array();
  for (const PartChange& change : PartChanges(step, other)) {
    Json entry = {{"name", change.name}};
    PutNumber(entry, "value", change.here);
    PutNumber(entry, "against", change.there);
    object["parts"].push_back(std::move(entry));
  }
  object["inputs"] = Json::array();
  for (const InputChange& change : ChangedInputs(step, other)) {
    object["inputs"].push_back(
        {{"name", change.name}, {"value", change.here}, {"against", change.there}});
  }
  return object;
}

}  // namespace carrot
