#include "engine/session/tuning.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/suggest.h"

namespace carrot {
namespace {

std::vector<std::string> NamesOf(const RewardSpec& spec) {
  std::vector<std::string> names;
  for (const RewardTermSpec& term : spec.terms) names.push_back("w:" + term.name);
  if (spec.has_potential) names.push_back("w:potential");
  for (const ParamSpec& param : spec.params) names.push_back("p:" + param.name);
  return names;
}

}  // namespace

double* ValueOf(RewardSettings& settings, const RewardSpec& spec, const std::string& name) {
  if (name == "w:potential" && spec.has_potential) return &settings.weights.potential;
  for (size_t k = 0; k < spec.terms.size(); ++k) {
    if (name == "w:" + spec.terms[k].name) return &settings.weights.weights[k];
  }
  for (size_t k = 0; k < spec.params.size(); ++k) {
    if (name == "p:" + spec.params[k].name) return &settings.params[k];
  }
  return nullptr;
}

void Tuning::Adopt(const RewardSpec& spec, const RewardSettings& settings) {
  std::vector<std::string> names = NamesOf(spec);
  now_ = settings;
  dragged_.clear();
  if (names != names_) {  // what was done before is of another script, and values go by place
    past_.clear();
    future_.clear();
  }
  names_ = std::move(names);
}

void Tuning::Record(std::string text, std::string key, RewardSettings after, bool drag) {
  if (dragged_ == key && !past_.empty()) {
    past_.back().text = std::move(text);
    past_.back().after = after;
  } else {
    past_.push_back({std::move(text), now_, after});
  }
  dragged_ = drag ? std::move(key) : "";
  future_.clear();
  now_ = std::move(after);
}

Status Tuning::Set(const RewardSpec& spec, const std::string& name, double value, bool drag) {
  RewardSettings after = now_;
  double* target = ValueOf(after, spec, name);
  if (target == nullptr) {
    Diagnostic error = MakeError("U002", fmt::format("the reward has no `{}`", name));
    const std::vector<std::string> names = NamesOf(spec);
    if (auto near = Suggest(name, names); !near.empty())
      error.help = {"did you mean `" + near + "`?"};
    return Fail(std::move(error));
  }
  for (size_t k = 0; k < spec.params.size(); ++k) {
    if (target == &after.params[k])
      value = std::clamp(value, spec.params[k].low, spec.params[k].high);
  }
  RewardSettings start = dragged_ == name && !past_.empty() ? past_.back().before : now_;
  const double before = *ValueOf(start, spec, name);
  *target = value;
  Record(fmt::format("{} {:.4g} -> {:.4g}", name, before, value), name, std::move(after), drag);
  return {};
}

Status Tuning::Scale(const RewardSpec& spec, const std::string& prefix, double factor, bool drag) {
  const std::string key = "group " + prefix;
  // A drag scales from where it began, so that its way does not matter.
  RewardSettings after = dragged_ == key && !past_.empty() ? past_.back().before : now_;
  bool any = false;
  for (size_t k = 0; k < spec.terms.size(); ++k) {
    if (spec.terms[k].name.rfind(prefix, 0) != 0) continue;
    after.weights.weights[k] *= factor;
    any = true;
  }
  if (!any) return Fail(MakeError("U002", fmt::format("no term begins with `{}`", prefix)));
  Record(fmt::format("{} x {:.4g}", key, factor), key, std::move(after), drag);
  return {};
}

void Tuning::Replace(const RewardSettings& settings, std::string why) {
  Record(std::move(why), "", settings, false);
}

bool Tuning::Undo() {
  dragged_.clear();
  if (past_.empty()) return false;
  now_ = past_.back().before;
  future_.push_back(std::move(past_.back()));
  past_.pop_back();
  return true;
}

bool Tuning::Redo() {
  dragged_.clear();
  if (future_.empty()) return false;
  now_ = future_.back().after;
  past_.push_back(std::move(future_.back()));
  future_.pop_back();
  return true;
}

}  // namespace carrot
