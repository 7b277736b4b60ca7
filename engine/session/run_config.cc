#include "engine/session/run_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "engine/base/json_text.h"

namespace carrot {
namespace {

using json = nlohmann::ordered_json;

constexpr std::pair<RunStatus, const char*> kStatuses[] = {{RunStatus::kRunning, "running"},
                                                           {RunStatus::kDone, "done"},
                                                           {RunStatus::kInterrupted, "interrupted"},
                                                           {RunStatus::kFailed, "failed"}};

tl::unexpected<Diagnostics> Bad(const char* code, const std::string& file, std::string message,
                                std::string help) {
  Diagnostic d = MakeError(code, std::move(message), {std::move(help)});
  d.where.file = file;
  return Fail(std::move(d));
}

RunConfig Parse(const json& in) {
  RunConfig config;
  config.verb = in.at("verb");
  config.task = in.at("task");
  config.reward = in.at("reward");
  config.task_hash = in.at("task_hash");
  config.reward_hash = in.at("reward_hash");
  config.build = in.value("build", "");
  config.seed = in.at("seed");
  config.settings = in.at("settings");
  config.result = in.value("result", json::object());
  config.timing = in.value("timing", json::object());
  for (const auto& [status, name] : kStatuses) {
    if (in.at("status") == name) config.status = status;
  }
  return config;
}

}  // namespace

const char* Name(RunStatus status) {
  for (const auto& [value, name] : kStatuses) {
    if (value == status) return name;
  }
  return "";
}

json ToJson(const RunConfig& config) {
  return {{"format", kRunFormat},
          {"verb", config.verb},
          {"status", Name(config.status)},
          {"task", config.task},
          {"task_hash", config.task_hash},
          {"reward", config.reward},
          {"reward_hash", config.reward_hash},
          {"seed", config.seed},
          {"settings", config.settings},
          {"build", config.build},
          {"result", config.result},
          {"timing", config.timing}};
}

Result<RunConfig> RunConfigFromJson(const std::string& text, const std::string& file) {
  try {
    const json in = ParseJson<json>(text);
    const std::string format = in.at("format");
    if (format != kRunFormat) {
      return Bad("I004", file,
                 fmt::format("this run is of format \"{}\", this program reads \"{}\"", format,
                             kRunFormat),
                 "resume it with the version of Carrot that wrote it");
    }
    return Parse(in);
  } catch (const std::exception& error) {
    return Bad("I003", file,
               fmt::format("the description of this run cannot be read: {}", JsonProblem(error)),
               "start a new run, or restore run.json from a copy");
  }
}

std::vector<std::string> Differences(const RunConfig& before, const RunConfig& now,
                                     const std::vector<std::string>& may_differ) {
  std::vector<std::string> lines;
  const auto compare = [&](const std::string& name, const json& a, const json& b) {
    if (a != b) lines.push_back(fmt::format("{}: {} -> {}", name, JsonText(a), JsonText(b)));
  };
  // `name` is the path within the settings: "ppo.total_steps".
  const std::function<void(const std::string&, const json&, const json&)> compare_settings =
      [&](const std::string& name, const json& a, const json& b) {
        if (std::find(may_differ.begin(), may_differ.end(), name) != may_differ.end()) return;
        if (!a.is_object() || !b.is_object()) return compare("settings." + name, a, b);
        json keys = a;
        keys.update(b);
        for (const auto& [key, value] : keys.items()) {
          compare_settings(name.empty() ? key : fmt::format("{}.{}", name, key),
                           a.value(key, json()), b.value(key, json()));
        }
      };
  compare("task_hash", before.task_hash, now.task_hash);
  compare("reward_hash", before.reward_hash, now.reward_hash);
  compare("seed", before.seed, now.seed);
  compare_settings("", before.settings, now.settings);
  return lines;
}

}  // namespace carrot
