#include "tests/parity/mujoco_recordings.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <limits>

#include "engine/base/npy.h"

namespace carrot {
namespace {

template <typename T>
void Append(const NpyArray& array, std::vector<double>* out) {
  for (T value : array.as<T>()) out->push_back(static_cast<double>(value));
}

MujocoRecording::Column LoadColumn(const std::filesystem::path& path) {
  MujocoRecording::Column column;
  auto array = ReadNpy(path);
  if (!array) {
    ADD_FAILURE() << Format(array.error());
    return column;
  }
  switch (array->header.type) {
    case NpyType::kF8:
      Append<double>(*array, &column.data);
      break;
    case NpyType::kI4:
      Append<int32_t>(*array, &column.data);
      break;
    case NpyType::kU1:
      Append<uint8_t>(*array, &column.data);
      break;
    default:
      ADD_FAILURE() << path << ": unexpected type " << NpyDescr(array->header.type);
  }
  const auto& shape = array->header.shape;
  for (size_t axis = 1; axis < shape.size(); ++axis) {
    column.width *= static_cast<int>(shape[axis]);
  }
  return column;
}

}  // namespace

std::vector<std::filesystem::path> FindMujocoRecordings() {
  std::vector<std::filesystem::path> roots;
  if (const char* dir = std::getenv("CARROT_PARITY_DIR")) {
    roots = {dir};
  } else {
    const std::filesystem::path source = CARROT_SOURCE_DIR;
    roots = {source / "../shared/parity", source / "tests/parity/data"};
  }
  std::vector<std::filesystem::path> found;
  for (const auto& root : roots) {
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(root / "parity_mujoco", error)) {
      if (std::filesystem::exists(entry.path() / "meta.json")) found.push_back(entry.path());
    }
    if (!found.empty()) break;
  }
  std::sort(found.begin(), found.end());
  return found;
}

MujocoRecording LoadMujocoRecording(const std::filesystem::path& folder) {
  MujocoRecording recording;
  std::ifstream file(folder / "meta.json");
  recording.meta = nlohmann::json::parse(file);
  recording.id = recording.meta.at("env_id");
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".npy") continue;
    recording.columns[entry.path().stem()] = LoadColumn(entry.path());
  }
  for (double length : recording.at("ep_length").data) {
    recording.lengths.push_back(static_cast<int>(length));
  }
  return recording;
}

double RelativeDifference(double ours, double reference) {
  if (ours == reference || (std::isnan(ours) && std::isnan(reference))) return 0;
  const double difference = std::abs(ours - reference) / std::max(1.0, std::abs(reference));
  return std::isfinite(difference) ? difference : std::numeric_limits<double>::infinity();
}

double RelativeDifference(std::span<const double> ours, std::span<const double> reference) {
  if (ours.size() != reference.size()) return std::numeric_limits<double>::infinity();
  double worst = 0;
  for (size_t i = 0; i < ours.size(); ++i) {
    worst = std::max(worst, RelativeDifference(ours[i], reference[i]));
  }
  return worst;
}

}  // namespace carrot
