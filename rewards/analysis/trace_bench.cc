#include "rewards/analysis/trace_bench.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

#include "engine/base/rng.h"
#include "engine/core/state_batch.h"
#include "engine/trace/trace_writer.h"
#include "rewards/analysis/rescore.h"

namespace carrot {
namespace {

using Clock = std::chrono::steady_clock;

double Since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

template <typename Body>
double Best(int repeats, Body body) {
  double best = 1e300;
  for (int i = 0; i < repeats; ++i) {
    const Clock::time_point start = Clock::now();
    body();
    best = std::min(best, Since(start));
  }
  return best;
}

// One env, episodes of 1,000 steps, terms in [-1, 1).
std::shared_ptr<Trace> SyntheticTrace(int64_t rows, const RewardSpec& reward, bool mapped) {
  TraceSpec spec;
  spec.terms = reward.terms;
  auto trace = std::make_shared<Trace>(spec);
  const TraceLayout& layout = trace->layout();
  TraceChunk memory = AllocateChunk(spec, layout, rows);
  std::byte* terms = memory.columns[layout.term].data;
  for (size_t k = 0; k < reward.terms.size() && mapped; ++k) {
    memory.columns[layout.term + k] = {terms + k * rows * sizeof(double), sizeof(double)};
  }
  TraceChunk* chunk = trace->AdoptChunk(std::move(memory));
  constexpr int kEpisodeRows = 1001;
  Rng rng(Key(0, RngDomain::kTest));
  auto at = [&](int column, int64_t row) {
    return chunk->columns[column].data + row * chunk->columns[column].stride;
  };
  for (int64_t row = 0; row < rows; row += kEpisodeRows) {
    TraceBlock block;
    block.episode = row / kEpisodeRows;
    block.rows = static_cast<int>(std::min<int64_t>(kEpisodeRows, rows - row));
    block.chunk = chunk;
    block.offset = row;
    for (int r = 0; r < block.rows; ++r) {
      const uint8_t flags = r == 0 ? kRowReset : r + 1 == block.rows ? kRowTruncated : 0;
      *reinterpret_cast<uint8_t*>(at(layout.flags, row + r)) = flags;
      for (size_t k = 0; k < reward.terms.size(); ++k) {
        const double value = r == 0 ? 0 : rng.Uniform(-1, 1);
        std::memcpy(at(layout.term + static_cast<int>(k), row + r), &value, sizeof(value));
      }
    }
    trace->Publish(block);
  }
  return trace;
}

}  // namespace

ReweightBench BenchReweight(int64_t rows, int terms, ThreadPool& pool, int repeats) {
  RewardSpec reward;
  RewardWeights weights;
  for (int k = 0; k < terms; ++k) {
    RewardTermSpec term;
    term.name = "t" + std::to_string(k);
    reward.terms.push_back(term);
    weights.weights.push_back(1.0 / (k + 1));
  }
  ReweightBench bench;
  bench.rows = rows;
  bench.terms = terms;
  Score score;
  auto measure = [&](const Trace& trace) {
    (void)Reweight(trace, reward, weights, pool, score);  // cannot fail here; warms up
    return Best(repeats, [&] { (void)Reweight(trace, reward, weights, pool, score); });
  };
  bench.mapped_seconds = measure(*SyntheticTrace(rows, reward, true));
  const auto trace = SyntheticTrace(rows, reward, false);
  bench.seconds = measure(*trace);
  bench.ns_per_row = bench.seconds * 1e9 / static_cast<double>(rows);
  volatile double sink = 0;
  bench.read_seconds = Best(repeats, [&] {
    double sum[4] = {0, 0, 0, 0};
    const TraceBlock& first = trace->block(0);
    const auto* column = Trace::Row<double>(first, trace->layout().term, 0);
    for (int64_t i = 0; i + 4 <= rows * terms; i += 4) {
      for (int lane = 0; lane < 4; ++lane) sum[lane] += column[i + lane];
    }
    sink = sum[0] + sum[1] + sum[2] + sum[3];
  });
  return bench;
}

Result<RescoreBench> BenchRescore(const Trace& trace, const StateSpec& state,
                                  const RewardFunction& reward, ThreadPool& pool, int repeats) {
  const RewardSettings settings = RecordedSettings(reward.spec(), trace.spec());
  CARROT_ASSIGN_OR_RETURN(Score warm, Rescore(trace, state, reward, settings, pool));
  RescoreBench bench;
  bench.rows = trace.num_rows();
  bench.seconds = Best(repeats, [&] {
    auto score = Rescore(trace, state, reward, settings, pool);
    if (score) warm = *std::move(score);
  });
  bench.ns_per_row = bench.seconds * 1e9 / static_cast<double>(std::max<int64_t>(1, bench.rows));
  return bench;
}

AppendBench BenchAppend(const Task& task, const RewardFunction* reward, int num_envs,
                        int64_t steps) {
  const TaskSpec& spec = task.spec();
  const auto trace = std::make_shared<Trace>(
      *MakeTraceSpec(spec, reward != nullptr ? &reward->spec() : nullptr, {}));
  constexpr int64_t kRingRows = 2048;
  TraceWriter writer(trace, spec.state, num_envs, {.ring_rows = kRingRows});
  const StateBatch batch(spec.state, num_envs);
  const auto n = static_cast<size_t>(num_envs);
  const TraceSpec& recorded = trace->spec();
  std::vector<int32_t> step(n);
  std::vector<int64_t> episode(n);
  std::vector<uint64_t> seed(n);
  std::vector<double> action(n * spec.world.action.size()), memory(n * recorded.memory_width),
      term(n * recorded.terms.size()), phi(n), total(n), pay(n),
      metric(n * recorded.metrics.size());
  std::vector<uint8_t> flags(n);
  StepRows rows;
  rows.envs = {0, num_envs};
  rows.step = step.data();
  rows.episode = episode.data();
  rows.world_seed = seed.data();
  rows.state = batch.next();
  rows.action = action.data();
  rows.memory = memory.data();
  rows.reward = {term.data(), phi.data(), total.data(), pay.data(), flags.data()};
  rows.metric = metric.data();

  AppendBench bench;
  bench.rows = steps * num_envs;
  bench.row_bytes = trace->layout().row_bytes;
  auto run = [&](int64_t count) {
    for (int64_t s = 0; s < count; ++s) {
      for (auto& t : step) ++t;
      writer.Append(rows);
      writer.Barrier({});
    }
  };
  run(2 * kRingRows + 2);  // touches every page of both regions
  const Clock::time_point start = Clock::now();
  run(steps);
  bench.ns_per_row = Since(start) * 1e9 / static_cast<double>(bench.rows);

  std::vector<std::byte> source(bench.row_bytes), ring(bench.row_bytes * 2 * kRingRows * n);
  const Clock::time_point copy_start = Clock::now();
  const size_t slots = 2 * kRingRows * n;
  for (int64_t i = 0; i < bench.rows; ++i) {
    std::memcpy(ring.data() + (i % slots) * bench.row_bytes, source.data(), bench.row_bytes);
    source[i % bench.row_bytes] = static_cast<std::byte>(i);
  }
  bench.copy_ns = Since(copy_start) * 1e9 / static_cast<double>(bench.rows);
  return bench;
}

}  // namespace carrot
