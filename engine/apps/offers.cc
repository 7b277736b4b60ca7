#include "engine/apps/offers.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "engine/base/paths.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;
using Words = std::vector<std::string>;

// Files or folders below `root` that end in `extension`; paths relative to the working folder.
Words Find(const fs::path& root, const std::string& extension, bool stems) {
  Words found;
  std::error_code error;
  for (fs::recursive_directory_iterator it(root, error), end; !error && it != end;
       it.increment(error)) {
    if (it->path().extension() != extension) continue;
    found.push_back(stems ? it->path().stem().string() : it->path().string());
  }
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

void Append(Words& words, const Words& more) {
  words.insert(words.end(), more.begin(), more.end());
}

}  // namespace

Words OfferTasks() {
  Words names;
  std::error_code error;
  for (fs::directory_iterator it(HomeFolder() / "scripts/tasks", error), end; !error && it != end;
       it.increment(error)) {
    if (fs::exists(it->path() / "task.lua")) names.push_back(it->path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Words OfferRewards(const std::string& task) {
  Words names = Find(HomeFolder() / "rewards/sets" / task, ".lua", true);
  Append(names, Find(".", ".lua", false));
  return names;
}

Words OfferPolicies() {
  Words names{"random", "zero"};
  Append(names, Find("runs", ".policy", false));
  return names;
}

Words OfferSettings(const std::string& /*task*/, const std::string& /*reward*/) { return {}; }

Words OfferNames() {
  Words names = OfferTasks();
  Append(names, OfferRewards(""));
  Append(names, OfferPolicies());
  return names;
}

}  // namespace carrot
