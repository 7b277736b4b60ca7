#include "engine/session/evaluation_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "engine/session/evaluation_summary.h"

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

Json TermJson(const TermSummary& term, const RewardTermSpec& spec) {
  Json object = {{"kind", Name(spec.kind)}};
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
  const EvaluationSummary summary = Summarise(result, task);
  Json object = {
      {"episodes", summary.episodes}, {"faults", result.faults}, {"steps", result.steps}};
  if (result.cut > 0) object["cut"] = result.cut;
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
    object["terms"][reward->terms[k].name] = TermJson(summary.terms[k], reward->terms[k]);
  }
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

}  // namespace carrot
