// Task: a world plus what makes it a problem: derived fields, observation, termination, success,
// metrics, horizon. Loaded from task.lua by envs/task.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/core/reward_function.h"
#include "engine/core/transition.h"
#include "engine/core/world.h"

namespace carrot {

// One stretch of the policy's input: elements [begin, end) of a field, encoded.
struct ObservationItem {
  int field = 0;
  int begin = 0, end = 0;
  double clip = 0;           // > 0: clamp to [-clip, clip]
  double scale = 1.0;        // multiplied (after the clamp)
  std::vector<int> one_hot;  // non-empty: element i is a code in [0, one_hot[i % one_hot.size()])
                             // and becomes that many 0/1 inputs
  int width() const;         // number of policy inputs
};

enum class MetricOver : uint8_t { kLast, kMean, kMax, kMin, kSum };
struct MetricSpec {
  std::string name, unit, doc;
  MetricOver over = MetricOver::kLast;
};
enum class SuccessWhen : uint8_t { kEnd, kAny };

struct TaskSpec {
  std::string name, doc, path, source, hash;
  std::vector<std::string> aliases;
  std::string default_reward;
  WorldSpec world;
  StateSpec state;  // world fields, then derived fields
  std::vector<ObservationItem> observation;
  int observation_size = 0;
  int horizon = 0;  // steps, then truncated; 0: no limit
  std::vector<ParamSpec> params;
  std::vector<std::string> causes;  // names of termination terms
  std::vector<MetricSpec> metrics;
  std::string success_doc;
  SuccessWhen success_when = SuccessWhen::kEnd;
  std::vector<MemorySpec> memory;
  int memory_width = 0;
};

// Output columns of a task, rows as in the TransitionBatch.
struct TaskColumns {
  uint8_t* terminated = nullptr;  // [rows] 0/1
  uint8_t* success = nullptr;     // [rows] 0/1: the predicate on this row (not latched)
  int16_t* cause = nullptr;       // [rows] index into causes of the first term that fired, or -1
  double* metric = nullptr;       // [rows, number of metrics]
  uint8_t* fault = nullptr;       // [rows] set to 1 if a task script failed on this row
};

class TaskEvaluator {
 public:
  virtual ~TaskEvaluator() = default;
  // Room for row indices below `rows`, so that no later call has to allocate.
  virtual void Reserve(int64_t /*rows*/) {}
  // Row 0: derived fields (written into rows.next) and initial memory. Outcomes are cleared.
  virtual void Begin(const TransitionBatch& rows, const TaskColumns& out) = 0;
  // Derived fields, then termination (out.terminated, out.cause), then success and metrics.
  virtual void Evaluate(const TransitionBatch& rows, const TaskColumns& out) = 0;
  virtual Diagnostics TakeErrors() = 0;
};

class WorldModel;  // world_factory.h

// Immutable after loading. Thread-safe.
class Task {
 public:
  virtual ~Task() = default;
  const TaskSpec& spec() const { return spec_; }
  virtual Result<std::unique_ptr<World>> NewWorld(int num_envs) const = 0;
  virtual Result<std::unique_ptr<TaskEvaluator>> NewEvaluator() const = 0;
  // The loaded model, for drawing; null if the task was not made from one.
  virtual const WorldModel* world_model() const { return nullptr; }

 protected:
  TaskSpec spec_;
};

// Writes the observation of row `row` as f64 [observation_size].
void GatherObservation(const TaskSpec& task, std::span<void* const> columns, int64_t row,
                       double* out);

}  // namespace carrot
