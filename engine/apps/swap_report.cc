#include "engine/apps/swap_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/apps/table.h"
#include "engine/session/evaluation_json.h"

namespace carrot {
namespace {

// One term over all scored transitions.
struct TermLine {
  double mean = 0, paid = 0, share = 0;  // raw, weighted, of the sum of |weighted|
};

std::vector<TermLine> TermLines(const LiveReward& live) {
  const RewardSpec& spec = live.function->spec();
  const size_t n = spec.terms.size();
  std::vector<TermLine> lines(n);
  std::vector<double> magnitude(n, 0.0);
  double rows = 0, all = 0;
  for (const Score& score : *live.scores) {
    for (size_t r = 0; r < score.flags.size(); ++r) {
      if (score.flags[r] & (kRowReset | kRowFault)) continue;
      ++rows;
      for (size_t k = 0; k < n; ++k) {
        lines[k].mean += score.term[r * n + k];
        magnitude[k] += std::abs(live.settings.weights.weights[k] * score.term[r * n + k]);
      }
    }
  }
  for (size_t k = 0; k < n; ++k) {
    if (spec.terms[k].kind == TermKind::kMonitor) magnitude[k] = 0;
    all += magnitude[k];
  }
  for (size_t k = 0; k < n; ++k) {
    if (rows > 0) lines[k].mean /= rows;
    lines[k].paid = live.settings.weights.weights[k] * lines[k].mean;
    lines[k].share = all > 0 ? magnitude[k] / all : 0;
  }
  return lines;
}

const char* StatusOf(const SwapReport& report) {
  return report.swapped ? "swapped" : report.unchanged ? "unchanged" : "refused";
}

std::string ReturnText(const SwapReport& report) {
  const LiveReward& now = *report.now;
  std::string text = "mean return ";
  if (report.before != nullptr) text += Short(report.before->mean_return) + " -> ";
  return text + fmt::format("{} on {} recorded episode{} ({} steps)", Short(now.mean_return),
                            now.episodes, now.episodes == 1 ? "" : "s", Thousands(now.steps));
}

std::string DiffText(const RewardDiff& diff) {
  std::string text;
  const auto list = [&text](const char* what, const std::vector<std::string>& names) {
    if (!names.empty()) text += fmt::format("  {} {}\n", what, fmt::join(names, ", "));
  };
  list("new term", diff.terms_added);
  list("no term", diff.terms_removed);
  list("new parameter", diff.params_added);
  list("no parameter", diff.params_removed);
  for (const ValueChange& change : diff.values) {
    text += fmt::format("  {} {} -> {}\n", change.name, Short(change.before), Short(change.after));
  }
  for (const TermChange& change : diff.terms_changed) {
    text += fmt::format("  {} differs on {} of steps, mean {} -> {}\n", change.name,
                        Percent(static_cast<double>(change.rows) / static_cast<double>(change.of)),
                        Short(change.mean_before), Short(change.mean_after));
  }
  for (const std::string& rule : diff.rules) text += fmt::format("  {}\n", rule);
  return text.empty() ? "  nothing that the recordings show\n" : text;
}

std::string TermsText(const LiveReward& live, const Stream& stream) {
  const RewardSpec& spec = live.function->spec();
  const TunedValues::Values tuned = TunedValues::Overrides(spec, live.settings);
  Table table({{"term", Align::kLeft},
               {"weight"},
               {"mean", Align::kRight, "raw/step"},
               {"paid", Align::kRight, "a step"},
               {"share", Align::kRight, "of |paid|"}});
  const std::vector<TermLine> lines = TermLines(live);
  for (size_t k = 0; k < lines.size(); ++k) {
    const bool set = tuned.contains("w:" + spec.terms[k].name);
    table.Row({spec.terms[k].name, Short(live.settings.weights.weights[k]) + (set ? "*" : ""),
               Short(lines[k].mean), Short(lines[k].paid), Percent(lines[k].share)});
  }
  return table.Render(stream, 2);
}

std::string TunedText(const SwapReport& report, const TunedValues::Values& aside) {
  std::vector<std::string> kept, away;
  const LiveReward& now = *report.now;
  for (const auto& [name, value] : TunedValues::Overrides(now.function->spec(), now.settings)) {
    kept.push_back(fmt::format("{}={}", name, Short(value)));
  }
  for (const auto& [name, value] : aside) away.push_back(fmt::format("{}={}", name, Short(value)));
  std::string text;
  if (!kept.empty()) text += fmt::format("  set by hand: {}\n", fmt::join(kept, ", "));
  if (!away.empty()) {
    text += fmt::format("  put aside until the name returns: {}\n", fmt::join(away, ", "));
  }
  return text;
}

}  // namespace

std::string SwapReportText(const std::string& path, int64_t reload, const SwapReport& report,
                           const TunedValues::Values& aside, const Stream& stream) {
  std::string text;
  if (!report.diagnostics.empty()) text += Format(report.diagnostics, stream.color);
  text += fmt::format("[{}] {}: ", reload, path);
  if (report.unchanged) return text + "as the version in use\n";
  if (!report.swapped) {
    const size_t count = report.diagnostics.size();
    return text + fmt::format("{} problem{}\n", count, count == 1 ? "" : "s");
  }
  text += ReturnText(report) + "\n";
  if (report.before != nullptr) text += DiffText(report.diff);
  return text + TunedText(report, aside) + TermsText(*report.now, stream);
}

Json SwapReportJson(int64_t reload, const SwapReport& report, const TunedValues::Values& aside) {
  Json entry = {{"reload", reload}, {"status", StatusOf(report)}};
  if (report.now != nullptr) {
    const LiveReward& now = *report.now;
    const RewardSpec& spec = now.function->spec();
    entry["version"] = now.version;
    entry["hash"] = spec.hash;
    entry["episodes"] = now.episodes;
    entry["steps"] = now.steps;
    PutNumber(entry, "return", now.mean_return);
    if (report.swapped && report.before) PutNumber(entry, "before", report.before->mean_return);
    entry["terms"] = Json::object();
    const std::vector<TermLine> lines = TermLines(now);
    for (size_t k = 0; k < lines.size(); ++k) {
      Json cell = {{"weight", now.settings.weights.weights[k]}};
      PutNumber(cell, "mean", lines[k].mean);
      PutNumber(cell, "paid", lines[k].paid);
      PutNumber(cell, "share", lines[k].share);
      entry["terms"][spec.terms[k].name] = std::move(cell);
    }
    entry["tuned"] = Json(TunedValues::Overrides(spec, now.settings));
  }
  entry["aside"] = Json(aside);
  if (report.swapped && report.before) {
    Json& diff = entry["changes"];
    diff = {{"terms_added", report.diff.terms_added},
            {"terms_removed", report.diff.terms_removed},
            {"params_added", report.diff.params_added},
            {"params_removed", report.diff.params_removed},
            {"rules", report.diff.rules},
            {"values", Json::object()},
            {"terms", Json::object()}};
    for (const ValueChange& change : report.diff.values) {
      diff["values"][change.name] = {change.before, change.after};
    }
    for (const TermChange& change : report.diff.terms_changed) {
      diff["terms"][change.name] = {{"rows", change.rows},
                                    {"of", change.of},
                                    {"mean", {change.mean_before, change.mean_after}}};
    }
  }
  entry["diagnostics"] = Json::array();
  for (const Diagnostic& diagnostic : report.diagnostics) {
    entry["diagnostics"].push_back(Json(ToJson(diagnostic)));
  }
  return entry;
}

}  // namespace carrot
