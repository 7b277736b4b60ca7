// Facts about this build and this machine, for `version`, `doctor` and the "timing" part of
// results.
#pragma once

#include <string>
#include <vector>

#include "engine/apps/console.h"

namespace carrot {

inline constexpr const char* kVersion = "0.1.0";

struct LibraryVersion {
  std::string name, version;
};
std::vector<LibraryVersion> LibraryVersions();

std::string CpuName();
int HardwareThreads();

// {"seconds":..., "cpu":..., "threads":...}: the one place for figures that differ between
// machines.
Json TimingJson(double seconds, int workers);

}  // namespace carrot
