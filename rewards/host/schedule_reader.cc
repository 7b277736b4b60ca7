#include "rewards/host/schedule_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/base/suggest.h"

namespace carrot {
namespace {

class ScheduleReader {
 public:
  ScheduleReader(const std::vector<RewardTermSpec>& terms, Combine combine, const LuaScript& script,
                 Diagnostics* errors)
      : terms_(terms), combine_(combine), script_(script), errors_(errors) {
    for (const RewardTermSpec& term : terms) names_.push_back(term.name);
  }

  std::vector<WeightRule> Read(const LuaValue& list) {
    for (const LuaValue& item : list.array) ReadRule(item);
    for (const LuaEntry& entry : list.entries) {
      Error("R020", fmt::format("`schedule` is a list, but it has the key `{}`", entry.key),
            entry.where, "write schedule = { multi.constraint { \"term\", most = 1 } }");
    }
    return std::move(rules_);
  }

 private:
  void Error(const char* code, std::string message, const SourceSpan& where, std::string help) {
    errors_->push_back(script_.ErrorAt(code, std::move(message), where, {std::move(help)}));
  }

  void ReadRule(const LuaValue& value) {
    const LuaValue* name = value.Find("rule");
    const auto known =
        std::find_if(std::begin(kWeightRuleNames), std::end(kWeightRuleNames),
                     [&](const char* rule) { return name != nullptr && name->string == rule; });
    if (known == std::end(kWeightRuleNames)) {
      Error("R024", "a rule of `schedule` must come from the multi library", value.where,
            "write local multi = require \"multi\" and schedule = { multi.constraint { ... } }");
      return;
    }
    WeightRule rule;
    rule.kind = static_cast<WeightRule::Kind>(known - std::begin(kWeightRuleNames));
    rule.where = value.where;
    TableReader r(value, fmt::format("multi.{}", *known), script_, errors_);
    r.Any("rule");
    switch (rule.kind) {
      case WeightRule::Kind::kConstraint:
        ReadTerm(r, rule);
        ReadConstraint(r, rule);
        break;
      case WeightRule::Kind::kTrust:
        ReadTerm(r, rule);
        Above(r, "half_life", &rule.half_life);
        r.Integer("pairs", &rule.pairs);
        if (rule.pairs < 1) r.Error("R025", "pairs must be 1 or more", "pairs");
        break;
      case WeightRule::Kind::kGate:
        ReadTerm(r, rule);
        ReadGate(r, rule);
        break;
      case WeightRule::Kind::kPreference:
        return ReadPreference(value, std::move(rule));
    }
    r.Finish();
    rules_.push_back(std::move(rule));
  }

  int FindTerm(const std::string& name, const SourceSpan& where, bool or_success = false) {
    std::vector<std::string> known = names_;
    if (or_success) known.emplace_back("success");
    const auto found = std::find(names_.begin(), names_.end(), name);
    if (found != names_.end()) return static_cast<int>(found - names_.begin());
    const std::string nearest = Suggest(name, known);
    Error("R024", fmt::format("`{}` is not a term of this reward", name), where,
          nearest.empty() ? fmt::format("terms: {}", fmt::join(known, ", "))
                          : fmt::format("did you mean `{}`?", nearest));
    return -1;
  }

  // The term whose weight the rule sets: no other rule may.
  void Own(WeightRule& rule, const std::string& name, const SourceSpan& where) {
    const int term = FindTerm(name, where);
    if (term < 0) return;
    if (std::count(owned_.begin(), owned_.end(), term) > 0) {
      Error("R023", fmt::format("two rules set the weight of `{}`", name), where,
            "keep one of them");
    } else if (terms_[term].kind == TermKind::kMonitor) {
      Error("R025", fmt::format("`{}` is a monitor, which never counts", name), where,
            "give the term another kind");
    }
    owned_.push_back(term);
    rule.terms.push_back(term);
  }
  void ReadTerm(TableReader& r, WeightRule& rule) {
    const LuaValue* name = r.Item(1);
    if (name != nullptr && name->is_string()) {
      Own(rule, name->string, rule.where);
    } else {
      Error("R022", fmt::format("multi.{} needs the name of a term first", Name(rule.kind)),
            rule.where,
            fmt::format("write multi.{} {{ \"{}\", ... }}", Name(rule.kind),
                        names_.empty() ? "term" : names_[0]));
    }
  }
  void Above(TableReader& r, const char* key, double* out) {
    if (r.Number(key, out) && !(*out > 0 && std::isfinite(*out))) {
      r.Error("R025", fmt::format("{} must be above 0", key), key);
    }
  }

  void ReadConstraint(TableReader& r, WeightRule& rule) {
    double least = 0;
    const bool most = r.Number("most", &rule.bound), has_least = r.Number("least", &least);
    if (most == has_least) {
      Error("R022", "a constraint needs either most = bound or least = bound", rule.where,
            "write multi.constraint { \"term\", most = 0.2 }");
    }
    rule.at_most = most;
    if (has_least) rule.bound = least;
    Above(r, "rate", &rule.rate);
    Above(r, "limit", &rule.limit);
    std::string per = "step";
    r.String("per", &per);
    rule.per_episode = per == "episode";
    if (per != "step" && per != "episode") {
      r.Error("R024", fmt::format("`{}` is not what a mean is taken over", per), "per",
              {"write per = \"step\" or per = \"episode\""});
    }
    CheckSign(rule);
  }
  // Lagrange multipliers are not negative, and a sum is what they belong to.
  void CheckSign(const WeightRule& rule) {
    if (combine_ != Combine::kSum) {
      Error("R025", "a constraint needs combine = \"sum\"", rule.where, "remove `combine`");
    }
    if (rule.terms.empty()) return;
    const RewardTermSpec& term = terms_[rule.terms[0]];
    if (rule.at_most ? term.weight > 0 : term.weight < 0) {
      Error("R025",
            fmt::format("`{}` is held {} a bound, so its weight starts at {} or {}, not {}",
                        term.name, rule.at_most ? "below" : "above", 0,
                        rule.at_most ? "below" : "above", term.weight),
            rule.where, fmt::format("write weight = {} in the term", -term.weight));
    }
  }

  void ReadGate(TableReader& r, WeightRule& rule) {
    std::string after;
    if (r.String("after", &after)) {
      if (after != "success") rule.after = FindTerm(after, rule.where, true);
    } else {
      r.Missing("after", "after = \"success\" or the name of a term");
    }
    if (!r.Number("least", &rule.bound)) r.Missing("least", "least = 0.9");
    r.Number("slack", &rule.slack);
    if (rule.slack < 0) r.Error("R025", "slack must not be negative", "slack");
  }

  void ReadPreference(const LuaValue& value, WeightRule rule) {
    double sum = 0;
    for (const LuaEntry& entry : value.entries) {
      if (entry.key == "rule") continue;
      if (!entry.value.is_number() || !(entry.value.number > 0)) {
        Error("R025", fmt::format("the preference for `{}` must be a number above 0", entry.key),
              entry.where, "leave out terms that shall not count");
        continue;
      }
      Own(rule, entry.key, entry.where);
      rule.shares.push_back(entry.value.number);
      sum += entry.value.number;
    }
    if (rule.terms.empty() || !value.array.empty()) {
      Error("R022", "multi.preference needs terms with their shares", value.where,
            "write multi.preference { forward = 0.7, effort = 0.3 }");
    }
    for (double& share : rule.shares) share /= sum;
    rules_.push_back(std::move(rule));
  }

  const std::vector<RewardTermSpec>& terms_;
  Combine combine_;
  const LuaScript& script_;
  Diagnostics* errors_;
  std::vector<std::string> names_;
  std::vector<int> owned_;
  std::vector<WeightRule> rules_;
};

}  // namespace

std::vector<WeightRule> ReadSchedule(const LuaValue* list, const std::vector<RewardTermSpec>& terms,
                                     Combine combine, const LuaScript& script,
                                     Diagnostics* errors) {
  if (list == nullptr) return {};
  return ScheduleReader(terms, combine, script, errors).Read(*list);
}

nlohmann::ordered_json ScheduleJson(const RewardSpec& reward) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const WeightRule& rule : reward.schedule) {
    nlohmann::ordered_json item = {{"rule", Name(rule.kind)}};
    for (int term : rule.terms) item["terms"].push_back(reward.terms[term].name);
    switch (rule.kind) {
      case WeightRule::Kind::kConstraint:
        item[rule.at_most ? "most" : "least"] = rule.bound;
        item["per"] = rule.per_episode ? "episode" : "step";
        item["rate"] = rule.rate;
        item["limit"] = rule.limit;
        break;
      case WeightRule::Kind::kTrust:
        item["half_life"] = rule.half_life;
        item["pairs"] = rule.pairs;
        break;
      case WeightRule::Kind::kGate:
        item["after"] = rule.after < 0 ? "success" : reward.terms[rule.after].name;
        item["least"] = rule.bound;
        item["slack"] = rule.slack;
        break;
      case WeightRule::Kind::kPreference:
        item["shares"] = rule.shares;
        break;
    }
    list.push_back(std::move(item));
  }
  return list;
}

}  // namespace carrot
