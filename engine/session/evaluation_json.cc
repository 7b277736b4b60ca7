#include "engine/session/evaluation_json.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

namespace carrot {

using Json = nlohmann::ordered_json;

void PutNumber(Json& object, const std::string& key, double value) {
  if (std::isfinite(value)) {
    object[key] = value;
  } else {
    object[key] = nullptr;
    object["nan"] = true;
  }
}

namespace {

Json EstimateJson(const Estimate& estimate) {
  Json object = Json::object();
  PutNumber(object, "mean", estimate.mean);
  PutNumber(object, "low", estimate.low);
  PutNumber(object, "high", estimate.high);
  PutNumber(object, "std", estimate.std);
  return object;
}

Json TermJson(const TermSummary& term, TermKind kind) {
  Json object = {{"kind", Name(kind)}};
  PutNumber(object, "weight", term.weight);
  PutNumber(object, "sum", term.sum);
  PutNumber(object, "mean", term.mean);
  PutNumber(object, "share", term.share);
  PutNumber(object, "activation", term.activation);
  PutNumber(object, "min", term.low);
  PutNumber(object, "max", term.high);
  return object;
}

}  // namespace

Json EvaluationJson(const EvaluateResult& result, const TaskSpec& task, const RewardSpec* reward) {
  Json object = {{"steps", result.steps}, {"faults", result.faults}};
  if (result.cut > 0) object["cut"] = result.cut;
  object.update(SummaryJson(Summarise(result, task), task, reward));
  return object;
}

Json SummaryJson(const EvaluationSummary& summary, const TaskSpec& task, const RewardSpec* reward) {
  Json object = {{"episodes", summary.episodes}};
  object["return"] = EstimateJson(summary.episode_return);
  Json success = {{"count", summary.successes}};
  PutNumber(success, "rate", summary.success.mean);
  PutNumber(success, "low", summary.success.low);
  PutNumber(success, "high", summary.success.high);
  object["success"] = std::move(success);
  object["length"] = EstimateJson(summary.length);
  object["metrics"] = Json::object();
  for (size_t k = 0; k < summary.metrics.size(); ++k) {
    object["metrics"][task.metrics[k].name] = EstimateJson(summary.metrics[k]);
  }
  object["causes"] = Json::object();
  for (const auto& [cause, count] : summary.causes) object["causes"][cause] = count;
  object["terms"] = Json::object();
  for (size_t k = 0; reward && k < summary.terms.size(); ++k) {
    object["terms"][reward->terms[k].name] = TermJson(summary.terms[k], reward->terms[k].kind);
  }
  if (summary.shaping)
    object["terms"][kPotentialName] = TermJson(*summary.shaping, TermKind::kShaping);
  return object;
}

Json EpisodeJson(const EpisodeSummary& episode, const TaskSpec& task, const RewardSpec* reward) {
  Json object = {{"env", episode.env},
                 {"episode", episode.episode},
                 {"world_seed", episode.world_seed},
                 {"length", episode.length}};
  PutNumber(object, "return", episode.episode_return);
  object["success"] = episode.success;
  object["terminated"] = episode.terminated;
  object["truncated"] = episode.truncated;
  object["fault"] = episode.fault;
  object["cause"] = episode.cause;
  object["metrics"] = Json::object();
  for (size_t k = 0; k < episode.metrics.size(); ++k) {
    PutNumber(object["metrics"], task.metrics[k].name, episode.metrics[k]);
  }
  object["term_sums"] = Json::object();
  for (size_t k = 0; reward && k < episode.term_sums.size(); ++k) {
    PutNumber(object["term_sums"], reward->terms[k].name, episode.term_sums[k]);
  }
  return object;
}

namespace {

Json TotalsToJson(const TermTotals& term) {
  return {term.weight, term.sum, term.sum_sq, term.magnitude, static_cast<double>(term.active),
          term.low,    term.high};
}

}  // namespace

// Not-a-number is kept as null here; the episode's flags say why.
Json ResultToJson(const EvaluateResult& result) {
  Json object = {{"steps", result.steps},
                 {"faults", result.faults},
                 {"cut", result.cut},
                 {"terms", Json::array()},
                 {"episodes", Json::array()}};
  for (const TermTotals& term : result.terms) object["terms"].push_back(TotalsToJson(term));
  if (result.shaping) object["shaping"] = TotalsToJson(*result.shaping);
  for (const EpisodeSummary& e : result.episodes) {
    object["episodes"].push_back({{"env", e.env},
                                  {"episode", e.episode},
                                  {"world_seed", e.world_seed},
                                  {"length", e.length},
                                  {"return", e.episode_return},
                                  {"success", e.success},
                                  {"terminated", e.terminated},
                                  {"truncated", e.truncated},
                                  {"fault", e.fault},
                                  {"cause", e.cause},
                                  {"metrics", e.metrics},
                                  {"term_sums", e.term_sums}});
  }
  return object;
}

namespace {

double Number(const Json& value) {
  return value.is_number() ? value.get<double>() : std::numeric_limits<double>::quiet_NaN();
}

std::vector<double> Numbers(const Json& values) {
  std::vector<double> numbers;
  for (const Json& value : values) numbers.push_back(Number(value));
  return numbers;
}

TermTotals TotalsFromJson(const Json& json) {
  const std::vector<double> v = Numbers(json);
  return {v.at(0), v.at(1), v.at(2), v.at(3), static_cast<int64_t>(v.at(4)), v.at(5), v.at(6)};
}

EpisodeSummary EpisodeFromJson(const Json& json) {
  EpisodeSummary e;
  e.env = json.at("env");
  e.episode = json.at("episode");
  e.world_seed = json.at("world_seed");
  e.length = json.at("length");
  e.episode_return = Number(json.at("return"));
  e.success = json.at("success");
  e.terminated = json.at("terminated");
  e.truncated = json.at("truncated");
  e.fault = json.at("fault");
  e.cause = json.at("cause");
  e.metrics = Numbers(json.at("metrics"));
  e.term_sums = Numbers(json.at("term_sums"));
  return e;
}

}  // namespace

bool ResultFromJson(const Json& json, EvaluateResult* result) {
  try {  // nlohmann throws on a missing key; nothing leaves this function
    result->steps = json.at("steps");
    result->faults = json.at("faults");
    result->cut = json.at("cut");
    for (const Json& row : json.at("terms")) result->terms.push_back(TotalsFromJson(row));
    if (json.contains("shaping")) result->shaping = TotalsFromJson(json["shaping"]);
    for (const Json& episode : json.at("episodes")) {
      result->episodes.push_back(EpisodeFromJson(episode));
    }
    return true;
  } catch (const std::exception&) {
    return false;
  }
}

}  // namespace carrot
