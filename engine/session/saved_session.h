// session.json: what a session was at, so that a closed or killed window opens as it was. Written
// whole, two seconds after a change.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/result.h"

namespace carrot {

struct SavedSession {
  using Values = std::map<std::string, double>;  // "w:TERM", "w:potential", "p:PARAM"
  std::string task, reward, policy;              // task and reward as given: names or paths
  std::vector<std::string> recordings;
  Values values;  // of the tuning
  std::vector<std::pair<std::string, Values>> snapshots;
  int reference = -1;  // of snapshots
  // Reasons for which a lint or an alarm does not count, by script (its path) and code.
  std::map<std::string, std::map<std::string, std::string>> mutes;
  std::vector<std::string> error_types = {"fell", "collided", "stuck", "too slow",
                                          "wrong goal"};  // offered for labels
};

// I001 there is none; I003 it is damaged.
Result<SavedSession> ReadSession(const std::filesystem::path& folder);
Status WriteSession(const std::filesystem::path& folder, const SavedSession& session);
// Renames session.json, so that what it holds is not written over: to session-HASH.json of the task
// and reward of `saved`; to session.damaged-N.json if it is null. The new path.
Result<std::filesystem::path> SetSessionAside(const std::filesystem::path& folder,
                                              const SavedSession* saved);
// The session of this task and reward (an absolute path), whether it was the last or set aside;
// another's is set aside. I001 there is none, I003 the last is damaged and still in its place.
Result<SavedSession> TakeUpSession(const std::filesystem::path& folder, const std::string& task,
                                   const std::string& reward);

}  // namespace carrot
