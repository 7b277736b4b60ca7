#include "engine/apps/machine.h"

#include <fmt/core.h>

#include <CLI/Version.hpp>
#include <fstream>
#include <nlohmann/json.hpp>
#include <thread>

#include "engine/script/lua_version.h"
#include "envs/mujoco/mujoco_version.h"

namespace carrot {

std::vector<LibraryVersion> LibraryVersions() {
  return {
      {"MuJoCo", MujocoVersion()},
      {"LuaJIT", LuaVersion()},
      {"fmt",
       fmt::format("{}.{}.{}", FMT_VERSION / 10000, FMT_VERSION / 100 % 100, FMT_VERSION % 100)},
      {"json", fmt::format("{}.{}.{}", NLOHMANN_JSON_VERSION_MAJOR, NLOHMANN_JSON_VERSION_MINOR,
                           NLOHMANN_JSON_VERSION_PATCH)},
      {"CLI11", CLI11_VERSION},
  };
}

std::string CpuName() {
  std::ifstream info("/proc/cpuinfo");
  std::string line;
  while (std::getline(info, line)) {
    if (line.rfind("model name", 0) != 0) continue;
    const size_t colon = line.find(": ");
    if (colon != std::string::npos) return line.substr(colon + 2);
  }
  return "unknown";
}

int HardwareThreads() { return std::max(1, static_cast<int>(std::thread::hardware_concurrency())); }

Json TimingJson(double seconds, int workers) {
  return {{"seconds", seconds},
          {"workers", workers},
          {"cpu", CpuName()},
          {"threads", HardwareThreads()}};
}

}  // namespace carrot
