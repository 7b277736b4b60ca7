#include "engine/agent/ppo_config.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <array>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/json_text.h"
#include "engine/base/suggest.h"

namespace carrot {
namespace {

using nlohmann::json;

constexpr double kInf = std::numeric_limits<double>::infinity();
constexpr double kBig = 1e15;

template <typename E, size_t N>
using Names = std::array<std::pair<const char*, E>, N>;
constexpr Names<Activation, 2> kActivations = {
    {{"tanh", Activation::kTanh}, {"relu", Activation::kRelu}}};
constexpr Names<Anneal, 2> kAnneals = {{{"none", Anneal::kNone}, {"linear", Anneal::kLinear}}};
constexpr Names<KlRule, 3> kKlRules = {
    {{"none", KlRule::kNone}, {"stop", KlRule::kStop}, {"adaptive", KlRule::kAdaptive}}};

const auto& NamesOf(Activation) { return kActivations; }
const auto& NamesOf(Anneal) { return kAnneals; }
const auto& NamesOf(KlRule) { return kKlRules; }

tl::unexpected<Diagnostics> Bad(const PpoField& field, const std::string& expected,
                                const json& value) {
  return Fail(MakeError(
      "U020", fmt::format("`{}` must be {}, not {}", field.name, expected, JsonText(value)),
      {field.doc}));
}

Status InRange(const PpoField& field, double number, const json& value) {
  if (number >= field.low && number <= field.high) return {};
  const std::string expected = field.high >= kBig
                                   ? fmt::format("at least {:g}", field.low)
                                   : fmt::format("between {:g} and {:g}", field.low, field.high);
  return Bad(field, expected, value);
}

Status Read(const PpoField& field, double* out, const json& value) {
  if (!value.is_number()) return Bad(field, "a number", value);
  CARROT_RETURN_IF_ERROR(InRange(field, value.get<double>(), value));
  *out = value.get<double>();
  return {};
}

template <typename Int>
Status ReadInteger(const PpoField& field, Int* out, const json& value) {
  // 1e6 is a whole number to a person who types it.
  const bool whole =
      value.is_number_integer() ||
      (value.is_number_float() && value.get<double>() == std::floor(value.get<double>()) &&
       std::fabs(value.get<double>()) < 9e15);
  if (!whole) return Bad(field, "a whole number", value);
  CARROT_RETURN_IF_ERROR(InRange(field, value.get<double>(), value));
  *out = value.is_number_integer() ? value.get<Int>() : static_cast<Int>(value.get<double>());
  return {};
}
Status Read(const PpoField& f, int* out, const json& v) { return ReadInteger(f, out, v); }
Status Read(const PpoField& f, int64_t* out, const json& v) { return ReadInteger(f, out, v); }
Status Read(const PpoField& f, uint64_t* out, const json& v) { return ReadInteger(f, out, v); }

Status Read(const PpoField& field, bool* out, const json& value) {
  if (!value.is_boolean()) return Bad(field, "true or false", value);
  *out = value.get<bool>();
  return {};
}

Status Read(const PpoField& field, std::vector<int>* out, const json& value) {
  const std::string expected = "a list of up to 8 widths from 1 to 4096, like [64, 64]";
  if (!value.is_array() || value.size() > 8) return Bad(field, expected, value);
  std::vector<int> widths;
  for (const json& width : value) {
    if (!width.is_number_integer() || width.get<int64_t>() < 1 || width.get<int64_t>() > 4096) {
      return Bad(field, expected, value);
    }
    widths.push_back(width.get<int>());
  }
  *out = std::move(widths);
  return {};
}

template <typename E>
Status ReadEnum(const PpoField& field, E* out, const json& value) {
  std::string known;
  for (const auto& [name, e] : NamesOf(E{})) {
    if (value.is_string() && value.get<std::string>() == name) {
      *out = e;
      return {};
    }
    known += fmt::format("{}\"{}\"", known.empty() ? "" : ", ", name);
  }
  return Bad(field, "one of " + known, value);
}
Status Read(const PpoField& f, Activation* out, const json& v) { return ReadEnum(f, out, v); }
Status Read(const PpoField& f, Anneal* out, const json& v) { return ReadEnum(f, out, v); }
Status Read(const PpoField& f, KlRule* out, const json& v) { return ReadEnum(f, out, v); }

template <typename T>
json Write(const T& value) {
  if constexpr (std::is_enum_v<T>) {
    for (const auto& [name, e] : NamesOf(T{})) {
      if (e == value) return name;
    }
    return nullptr;
  } else {
    return value;
  }
}

Status SetField(PpoConfig& config, const std::string& name, const json& value) {
  std::vector<std::string> names;
  for (const PpoField& field : PpoFields(config)) {
    if (name == field.name) {
      return std::visit([&](auto* out) { return Read(field, out, value); }, field.value);
    }
    names.push_back(field.name);
  }
  std::vector<std::string> help;
  if (const std::string nearest = Suggest(name, names); !nearest.empty()) {
    help.push_back(fmt::format("did you mean `{}`?", nearest));
  }
  help.push_back(fmt::format("settings: {}", fmt::join(names, ", ")));
  return Fail(MakeError("U020", fmt::format("PPO has no setting `{}`", name), std::move(help)));
}

}  // namespace

std::vector<PpoField> PpoFields(PpoConfig& c) {
  return {
      {"num_envs", "environments stepped together", &c.num_envs, 1, 65536},
      {"rollout_steps", "steps of each environment per iteration", &c.rollout_steps, 1, 1 << 20},
      {"minibatch_size", "rows a gradient step", &c.minibatch_size, 1, 1 << 20},
      {"epochs", "passes over each batch", &c.epochs, 0, 1000},
      {"total_steps", "environment steps of the whole run", &c.total_steps, 1, kBig},
      {"hidden", "units of each hidden layer of both nets", &c.hidden, 0, 0},
      {"activation", "of the hidden layers: tanh or relu", &c.activation, 0, 0},
      {"init_log_std", "initial log standard deviation of continuous actions", &c.init_log_std, -20,
       5},
      {"gamma", "discount", &c.gamma, 0, 1},
      {"gae_lambda", "of generalised advantage estimation", &c.gae_lambda, 0, 1},
      {"clip_range", "of the probability ratio", &c.clip_range, 1e-6, kBig},
      {"value_clip", "largest change of a value that still counts; 0: off", &c.value_clip, 0, kBig},
      {"value_coef", "weight of the value loss", &c.value_coef, 0, kBig},
      {"entropy_coef", "weight of the entropy bonus", &c.entropy_coef, 0, kBig},
      {"max_grad_norm", "joint gradient norm is clipped to this; 0: off", &c.max_grad_norm, 0,
       kBig},
      {"normalize_advantage", "per minibatch", &c.normalize_advantage, 0, 1},
      {"target_kl", "used by kl_rule", &c.target_kl, 0, kBig},
      {"kl_rule", "none, stop (end the update early) or adaptive (learning rate)", &c.kl_rule, 0,
       0},
      {"reference_kl_coef", "weight of KL(policy || reference policy)", &c.reference_kl_coef, 0,
       kBig},
      {"learning_rate", "of Adam", &c.learning_rate, 0, 10},
      {"anneal", "learning rate: none, or linear to 0 at total_steps", &c.anneal, 0, 0},
      {"adam_beta1", "decay of Adam's mean", &c.adam_beta1, 0, 0.9999999},
      {"adam_beta2", "decay of Adam's mean square", &c.adam_beta2, 0, 0.9999999},
      {"adam_eps", "added to Adam's denominator", &c.adam_eps, 1e-30, 1},
      {"normalize_observation", "by running mean and variance", &c.normalize_observation, 0, 1},
      {"observation_clip", "after normalisation", &c.observation_clip, 1e-6, kBig},
      {"normalize_reward", "by the running deviation of the discounted return", &c.normalize_reward,
       0, 1},
      {"reward_clip", "after scaling", &c.reward_clip, 1e-6, kBig},
      {"seed", "of weights, action samples and minibatch order", &c.seed, 0, kInf},
  };
}

json ToJson(const PpoConfig& config) {
  json out = json::object();
  for (const PpoField& field : PpoFields(const_cast<PpoConfig&>(config))) {
    out[field.name] = std::visit([](auto* value) { return Write(*value); }, field.value);
  }
  return out;
}

Result<PpoConfig> PpoConfigFromJson(const json& values, const PpoConfig& base) {
  if (!values.is_object()) {
    return Fail(MakeError(
        "U020", fmt::format("PPO settings must be an object, not {}", values.type_name())));
  }
  PpoConfig config = base;
  for (const auto& [name, value] : values.items()) {
    CARROT_RETURN_IF_ERROR(SetField(config, name, value));
  }
  CARROT_RETURN_IF_ERROR(CheckPpoConfig(config));
  return config;
}

Status CheckPpoConfig(const PpoConfig& config) {
  if (config.kl_rule != KlRule::kNone && config.target_kl <= 0) {
    return Fail(MakeError("U020", "`kl_rule` needs a positive `target_kl`",
                          {"set `target_kl`, e.g. 0.02"}));
  }
  if (static_cast<int64_t>(config.num_envs) * config.rollout_steps > (int64_t{1} << 26)) {
    return Fail(MakeError("U020", "`num_envs` * `rollout_steps` is more than 67,108,864 rows"));
  }
  return {};
}

Status SetPpoField(PpoConfig& config, const std::string& name, const std::string& text) {
  json value = TryParseJson<json>(text);
  if (value.is_discarded()) value = text;  // tanh, linear
  return SetField(config, name, value);
}

}  // namespace carrot
