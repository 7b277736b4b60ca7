#include "engine/session/tuning.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/base/suggest.h"
#include "engine/session/tuned_values.h"

namespace carrot {
namespace {

std::vector<std::string> NamesOf(const RewardSpec& spec, const RewardSettings& settings) {
  std::vector<std::string> names;
  ForSettings(spec, settings, [&](const std::string& name, double, double, double, double) {
    names.push_back(name);
  });
  return names;
}

}  // namespace

void Tuning::Adopt(const RewardSpec& spec, const RewardSettings& settings) {
  std::vector<std::string> names = NamesOf(spec, settings);
  now_ = settings;
  dragged_.clear();
  if (names != names_) {  // what was done before is of another script, and values go by place
    past_.clear();
    future_.clear();
  }
  names_ = std::move(names);
}

void Tuning::Record(std::string text, std::string key, RewardSettings after, bool drag) {
  if (!key.empty() && dragged_ == key && !past_.empty()) {
    past_.back().text = std::move(text);
    past_.back().after = after;
  } else {
    past_.push_back({std::move(text), now_, after});
  }
  dragged_ = drag ? std::move(key) : "";
  future_.clear();
  now_ = std::move(after);
}

Status Tuning::Check(const std::string& name) const {
  if (std::find(names_.begin(), names_.end(), name) != names_.end()) return {};
  Diagnostic error = MakeError("U002", fmt::format("the reward has no `{}`", name));
  if (auto near = Suggest(name, names_); !near.empty())
    error.help = {"did you mean `" + near + "`?"};
  return Fail(std::move(error));
}

Status Tuning::Set(const RewardSpec& spec, const std::string& name, double value, bool drag) {
  CARROT_RETURN_IF_ERROR(Check(name));
  RewardSettings after = now_;
  TunedValues::Set(spec, {{name, value}}, &after);
  const RewardSettings& start = dragged_ == name && !past_.empty() ? past_.back().before : now_;
  std::string text = fmt::format("{} {:.4g} -> {:.4g}", name, TunedValues::Of(spec, start).at(name),
                                 TunedValues::Of(spec, after).at(name));
  Record(std::move(text), name, std::move(after), drag);
  return {};
}

Status Tuning::SetAll(const RewardSpec& spec, const std::map<std::string, double>& values,
                      std::string why) {
  for (const auto& [name, value] : values) CARROT_RETURN_IF_ERROR(Check(name));
  RewardSettings after = now_;
  TunedValues::Set(spec, values, &after);
  Replace(after, std::move(why));
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
