// TraceWriter: the StepSink that fills a Trace.
//
// Each env owns a region of a chunk and writes its rows there directly; publishing a block is
// handing out its bounds, so rows are written once and never copied. Blocks close at the end of an
// episode, at kMaxBlockRows rows, and when RequestCommit was called (a file writer does so every 2
// s); they are published at the barrier, in env order, so a recording does not depend on the number
// of workers.
//
//   auto trace = std::make_shared<Trace>(*MakeTraceSpec(task->spec(), &reward->spec(), {}));
//   TraceWriter writer(trace, task->spec().state, num_envs);
//   env->SetSink(&writer);  env->Reset();  ... env->Step(...) ...  writer.CommitAll();
//
// Append takes no lock and allocates nothing between barriers (regions are taken at barriers; only
// a caller that resets envs thousands of times without a barrier makes it take one early).
//
// Ring mode (options.ring_rows > 0): nothing is published; each env keeps at least its last
// ring_rows rows in two regions that are used in turn. CopyRecent gives them as a Trace of their
// own.
#pragma once

#include <memory>
#include <vector>

#include "engine/core/state_spec.h"
#include "engine/core/step_sink.h"
#include "engine/trace/trace.h"

namespace carrot {

struct TraceWriterOptions {
  int64_t ring_rows = 0;    // 0: keep everything
  int64_t region_rows = 0;  // rows of an env's region; 0: by row size. Never changes results.
};

class TraceWriter : public StepSink {
 public:
  // `state` is the task's: the trace's fields are found in it by name (programmer error if one is
  // not).
  TraceWriter(std::shared_ptr<Trace> trace, const StateSpec& state, int num_envs,
              TraceWriterOptions options = {});
  ~TraceWriter() override;

  void Append(const StepRows& rows) override;
  void Barrier(std::span<const EpisodeSummary> finished) override;

  // At a barrier, by the owner of the VectorEnv, together with SetWeights / SetRewardParams: what
  // the rows after the current one of each env are computed with.
  void RecordWeight(const std::string& term, double value) { Record("weight", term, value, ""); }
  void RecordPotentialWeight(double value) { Record("potential_weight", "", value, ""); }
  void RecordParam(const std::string& param, double value) { Record("param", param, value, ""); }
  void RecordScript(const std::string& hash) { Record("script", "", 0, hash); }
  // Anything else. env -1: all.
  void Record(const std::string& type, const std::string& name, double value,
              const std::string& text, int env = -1);

  // Any thread: the next barrier publishes the open blocks too.
  void RequestCommit() { commit_requested_.store(true, std::memory_order_relaxed); }
  // At a barrier: publishes everything recorded so far. Call it when recording ends.
  void CommitAll();

  const std::shared_ptr<Trace>& trace() const { return trace_; }
  int64_t row_step() const { return row_step_; }
  // At a barrier, ring mode: the last `episodes` finished episodes of each env that the ring still
  // holds whole, with their summaries. With `open`, the unfinished ones as well.
  std::shared_ptr<Trace> CopyRecent(int episodes, bool open = false) const;

 private:
  struct OpenBlock {
    int64_t offset = 0;  // row of the region
    int64_t episode = 0;
    uint64_t world_seed = 0;
    int first_step = 0;
    int rows = 0;
    const TraceChunk* region = nullptr;
  };
  struct Env {
    TraceChunk* region = nullptr;
    int64_t used = 0;
    OpenBlock block;
    std::vector<OpenBlock> closed;  // to be published at the barrier; ring: still held
    TraceChunk* spare = nullptr;    // ring: the other region
    int64_t last_episode = 0;       // of the row appended last
    int last_step = 0;
  };
  // One contiguous copy: column `column` of the trace from a source column of packed rows.
  struct Copy {
    int column = 0;
    int source = 0;  // StateSpec index
    size_t bytes = 0;
  };

  void AppendRow(int env, const StepRows& rows);
  void CloseBlock(Env& env);
  void NextRegion(Env& env);
  void PublishClosed(int env);

  std::shared_ptr<Trace> trace_;
  TraceWriterOptions options_;
  int64_t region_rows_ = 0;
  std::vector<Env> envs_;
  std::vector<uint8_t> attention_;  // by env: the barrier has something to do
  std::vector<Copy> state_copies_;
  size_t action_bytes_ = 0, memory_bytes_ = 0, term_bytes_ = 0, metric_bytes_ = 0;
  int64_t row_step_ = 0;
  std::atomic<bool> commit_requested_{false};
  std::vector<EpisodeSummary> recent_;  // ring mode: last summaries, used in turn
  size_t next_recent_ = 0;
};

}  // namespace carrot
