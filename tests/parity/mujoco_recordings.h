// Recorded reference episodes of the Gymnasium MuJoCo tasks (layout: README.md of parity_mujoco).
#pragma once

#include <cstdlib>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

namespace carrot {

// Columns of one task's folder as f64, whatever they were stored as.
struct MujocoRecording {
  struct Column {
    std::vector<double> data;
    int width = 1;
    std::span<const double> row(int64_t i) const {
      return {data.data() + i * width, static_cast<size_t>(width)};
    }
  };
  std::string id;  // "Hopper-v5"
  nlohmann::json meta;
  std::map<std::string, Column> columns;
  std::vector<int> lengths;  // per episode

  const Column& at(const std::string& name) const { return columns.at(name); }
  bool has(const std::string& name) const { return columns.count(name) != 0; }
  int episodes() const { return static_cast<int>(lengths.size()); }
};

// Every recording below $CARROT_PARITY_DIR, else ../shared/parity beside the checkout, else the
// slice in tests/parity/data. Empty if there is none.
std::vector<std::filesystem::path> FindMujocoRecordings();
MujocoRecording LoadMujocoRecording(const std::filesystem::path& folder);

// |a - b| / max(1, |b|), the measure of all tolerances; infinite if only one of them is finite.
double RelativeDifference(double ours, double reference);
double RelativeDifference(std::span<const double> ours, std::span<const double> reference);

// Skips the test when there is nothing to compare with, which CI does not accept. For a test's
// body.
#define CARROT_NEED_RECORDINGS(folders)                                                  \
  if ((folders).empty()) {                                                               \
    const char* ci = std::getenv("CARROT_CI");                                           \
    if (ci != nullptr && std::string(ci) == "1") FAIL() << "no MuJoCo recordings in CI"; \
    GTEST_SKIP() << "no MuJoCo recordings: set CARROT_PARITY_DIR";                       \
  }

}  // namespace carrot
