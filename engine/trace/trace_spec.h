// What a recording says of itself: spec.json of a trace folder (carrot.trace/1), and the columns
// that follow from it.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/base/npy.h"
#include "engine/base/result.h"
#include "engine/core/reward_function.h"
#include "engine/core/task.h"

namespace carrot {

inline constexpr const char* kTraceFormat = "carrot.trace/1";
// A field with more numbers is recorded only if a script reads it or the user names it.
inline constexpr int kAlwaysRecordedSize = 64;

struct TraceSpec {
  std::string task, task_hash, reward, reward_hash, build, success;
  double gamma = 0.99;
  double dt = 1.0;
  int horizon = 0;
  uint64_t run_seed = 0;
  std::vector<FieldSpec> fields;     // recorded ones, in StateSpec order
  std::vector<std::string> omitted;  // fields of the task that are not recorded
  ActionSpec action;
  std::vector<RewardTermSpec> terms;                   // weight: at the first row
  std::vector<std::pair<std::string, double>> params;  // values at the first row
  std::vector<MemorySpec> memory;
  int memory_width = 0;
  std::vector<MetricSpec> metrics;
  bool has_potential = false;
  double potential_weight = 1.0;  // at the first row
};

struct TraceSpecOptions {
  std::vector<std::string>
      record_fields;  // fields above kAlwaysRecordedSize to record all the same
  uint64_t run_seed = 0;
  std::string build;
  const RewardWeights* weights = nullptr;  // null: the script's, gamma 0.99
  std::span<const double> params = {};     // empty: the script's
};

// `reward` may be null. Fails (U020) if record_fields names no field of the task.
Result<TraceSpec> MakeTraceSpec(const TaskSpec& task, const RewardSpec* reward,
                                const TraceSpecOptions& options);

nlohmann::json ToJson(const TraceSpec& spec);
// Malformed: I003; another format version: I004. `file` is for the message.
Result<TraceSpec> TraceSpecFromJson(const std::string& text, const std::string& file);

// One file of a trace folder = one column of a trace.
struct TraceColumn {
  std::string file;  // "state/torso_vel.npy"
  NpyType type = NpyType::kF8;
  std::vector<int64_t> shape;  // of one row; {} is a scalar
  int width = 1;               // elements in a row
  size_t row_bytes() const { return SizeOf(type) * static_cast<size_t>(width); }
};

// Columns in a fixed order, and where each kind begins.
struct TraceLayout {
  explicit TraceLayout(const TraceSpec& spec);

  std::vector<TraceColumn> columns;
  int flags = 0;
  int action = 0;
  int state = 0;   // first of spec.fields.size()
  int memory = 0;  // first of spec.memory.size()
  int term = 0;    // first of spec.terms.size()
  int phi = -1;    // -1: the reward has no potential
  int total = 0;
  int reward = 0;
  int metric = 0;        // first of spec.metrics.size()
  size_t row_bytes = 0;  // over all columns
  int size() const { return static_cast<int>(columns.size()); }
};

}  // namespace carrot
