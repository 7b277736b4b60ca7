#include "engine/session/saved_session.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/json_problem.h"
#include "engine/base/paths.h"
#include "engine/trace/file_ops.h"

namespace carrot {

namespace {

constexpr const char* kFormat = "carrot.session/1";
constexpr const char* kFile = "session.json";

}  // namespace

Result<SavedSession> ReadSession(const std::filesystem::path& folder) {
  CARROT_ASSIGN_OR_RETURN(const std::string text, ReadFile(folder / kFile));
  SavedSession session;
  try {  // nlohmann throws on a wrong type; nothing leaves this function
    const nlohmann::json saved = nlohmann::json::parse(text);
    if (saved.at("format") != kFormat) throw std::runtime_error("another format");
    session.task = saved.at("task");
    session.reward = saved.at("reward");
    session.policy = saved.at("policy");
    session.recordings = saved.value("recordings", std::vector<std::string>{});
    session.values = saved.value("values", SavedSession::Values{});
    session.error_types = saved.value("error_types", session.error_types);
    for (const nlohmann::json& snapshot : saved.value("snapshots", nlohmann::json::array())) {
      session.snapshots.emplace_back(snapshot.at("name").get<std::string>(),
                                     snapshot.at("values").get<SavedSession::Values>());
    }
    session.reference = saved.value("reference", -1);
    session.mutes = saved.value("mutes", session.mutes);
  } catch (const std::exception& error) {
    return Fail(MakeError(
        "I003", fmt::format("{} is damaged: {}", (folder / kFile).string(), JsonProblem(error)),
        {"remove it to begin anew"}));
  }
  return session;
}

Status WriteSession(const std::filesystem::path& folder, const SavedSession& session) {
  nlohmann::json saved = {{"format", kFormat},
                          {"task", session.task},
                          {"reward", session.reward},
                          {"policy", session.policy},
                          {"recordings", session.recordings},
                          {"values", session.values},
                          {"error_types", session.error_types},
                          {"snapshots", nlohmann::json::array()},
                          {"reference", session.reference},
                          {"mutes", session.mutes}};
  for (const auto& [name, values] : session.snapshots) {
    saved["snapshots"].push_back({{"name", name}, {"values", values}});
  }
  return ReplaceFile(folder / kFile, saved.dump(2) + "\n", SystemFileOps());
}

}  // namespace carrot
