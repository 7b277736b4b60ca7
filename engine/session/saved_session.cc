#include "engine/session/saved_session.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/base/hash.h"
#include "engine/base/json_text.h"
#include "engine/base/paths.h"
#include "engine/trace/file_ops.h"

namespace carrot {

namespace {

namespace fs = std::filesystem;
constexpr const char* kFormat = "carrot.session/1";
constexpr const char* kFile = "session.json";

}  // namespace

Result<SavedSession> ReadSession(const std::filesystem::path& folder) {
  CARROT_ASSIGN_OR_RETURN(const std::string text, ReadFile(folder / kFile));
  SavedSession session;
  try {  // nlohmann throws on a wrong type; nothing leaves this function
    const nlohmann::json saved = ParseJson<nlohmann::json>(text);
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
  // A path may hold any bytes; the rest is worth more than that path.
  const std::string text = JsonText(saved, 2);
  return ReplaceFile(folder / kFile, text + "\n", SystemFileOps());
}

namespace {

fs::path AsideOf(const fs::path& folder, const std::string& task, const std::string& reward) {
  return folder / fmt::format("session-{}.json", HashHex(task + "\n" + reward).substr(0, 12));
}

Status Rename(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::rename(from, to, error);
  if (!error) return {};
  return Fail(MakeError("I010", fmt::format("{} cannot be renamed to {}: {}", from.string(),
                                            to.string(), error.message())));
}

}  // namespace

Result<fs::path> SetSessionAside(const fs::path& folder, const SavedSession* saved) {
  std::error_code error;
  fs::path aside = saved ? AsideOf(folder, saved->task, saved->reward) : fs::path();
  for (int n = 1; aside.empty() || (!saved && fs::exists(aside, error)); ++n)
    aside = folder / fmt::format("session.damaged-{}.json", n);
  CARROT_RETURN_IF_ERROR(Rename(folder / kFile, aside));
  return aside;
}

Result<SavedSession> TakeUpSession(const fs::path& folder, const std::string& task,
                                   const std::string& reward) {
  Result<SavedSession> last = ReadSession(folder);
  if (last && last->task == task && last->reward == reward) return last;
  if (!last && last.error()[0].code != "I001") return last;
  if (last) CARROT_RETURN_IF_ERROR(SetSessionAside(folder, &*last));
  const fs::path aside = AsideOf(folder, task, reward);
  std::error_code error;
  if (fs::exists(aside, error)) CARROT_RETURN_IF_ERROR(Rename(aside, folder / kFile));
  return ReadSession(folder);
}

}  // namespace carrot
