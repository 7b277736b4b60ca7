#include "engine/base/paths.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

namespace carrot {
namespace {

std::filesystem::path FromEnvironment(const char* variable, const char* fallback) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0' ? value : fallback;
}

}  // namespace

std::filesystem::path HomeFolder() { return FromEnvironment("CARROT_HOME", CARROT_HOME_DEFAULT); }

std::filesystem::path DepsFolder() {
  return FromEnvironment("CARROT_DEPS_DIR", CARROT_DEPS_DIR_DEFAULT);
}

std::filesystem::path CacheFolder() {
  const std::filesystem::path cache = FromEnvironment("XDG_CACHE_HOME", "");
  if (cache.is_absolute()) return cache / "carrot";  // the standard says to ignore relative ones
  const std::filesystem::path home = FromEnvironment("HOME", "");
  return home.empty() ? home : home / ".cache" / "carrot";
}

Result<std::string> ReadFile(const std::filesystem::path& path) {
  std::error_code ec;
  if (!std::filesystem::exists(path, ec)) {
    return Fail(MakeError("I001", fmt::format("there is no file {}", path.string()),
                          {"check the path; relative paths start at the current folder"}));
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (std::filesystem::is_directory(path, ec) || !in || !(text << in.rdbuf())) {
    // An empty file also fails to stream into `text`, and is fine.
    if (in && std::filesystem::is_regular_file(path, ec) && std::filesystem::file_size(path) == 0) {
      return std::string();
    }
    return Fail(MakeError(
        "I002", fmt::format("cannot read {}: {}", path.string(),
                            std::filesystem::is_directory(path, ec) ? "it is a folder"
                                                                    : std::strerror(errno))));
  }
  return std::move(text).str();
}

}  // namespace carrot
