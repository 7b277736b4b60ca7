// Where Carrot's own files are: shipped tasks, rewards, library modules, assets and pinned
// downloads.
#pragma once

#include <filesystem>
#include <string>

#include "engine/base/result.h"

namespace carrot {

// The checkout that this binary was built from, or $CARROT_HOME.
std::filesystem::path HomeFolder();
// The folder of the pinned downloads: $CARROT_DEPS_DIR, else the one configured at build time.
std::filesystem::path DepsFolder();
// What may be deleted at any time and is made again: $XDG_CACHE_HOME/carrot, else ~/.cache/carrot;
// empty if neither variable is set.
std::filesystem::path CacheFolder();

// The whole file, or I001 (missing), I002 (unreadable).
Result<std::string> ReadFile(const std::filesystem::path& path);

}  // namespace carrot
