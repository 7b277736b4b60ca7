#include "engine/trace/trace_writer.h"

#include <gtest/gtest.h>

#include <atomic>
#include <cstring>
#include <map>
#include <thread>

#include "tests/support/allocations.h"
#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

using testing::RecordToy;
using testing::ToyRun;

// Every byte of a trace, with blocks and summaries, in one string.
std::string Bytes(const Trace& trace) {
  std::string bytes;
  for (int64_t b = 0; b < trace.num_blocks(); ++b) {
    const TraceBlock& block = trace.block(b);
    for (int64_t n : {static_cast<int64_t>(block.env), block.episode,
                      static_cast<int64_t>(block.first_step), block.first_row,
                      static_cast<int64_t>(block.rows), static_cast<int64_t>(block.world_seed)}) {
      bytes.append(reinterpret_cast<const char*>(&n), sizeof(n));
    }
    for (int c = 0; c < trace.layout().size(); ++c) {
      for (int r = 0; r < block.rows; ++r) {
        bytes.append(reinterpret_cast<const char*>(Trace::Row(block, c, r)),
                     trace.layout().columns[c].row_bytes());
      }
    }
  }
  return bytes;
}

// A row is what VectorEnv showed at that step: checked through its public spans, so that a column
// copied from the wrong place or row does not go unnoticed.
TEST(TraceWriter, RecordsWhatTheEnvironmentShows) {
  const auto task = testing::MakeToyTask({.horizon = 20});
  const auto reward = testing::MakeToyReward();
  ThreadPool pool(1);
  auto env = *VectorEnv::Create(task, reward, pool, {.num_envs = 3});
  auto trace = std::make_shared<Trace>(*MakeTraceSpec(task->spec(), &reward->spec(), {}));
  TraceWriter writer(trace, task->spec().state, 3);
  env->SetSink(&writer);
  env->Reset();
  struct Seen {
    double pos[2], reward, term[5], action[2];
    uint8_t flags;
    uint64_t world_seed;
  };
  std::map<std::tuple<int, int64_t, int>, Seen> seen;
  std::vector<double> action(6);
  for (int step = 0; step < 100; ++step) {
    testing::ToyActions(3, step, action.data());
    std::vector<int64_t> episode(env->episode().begin(), env->episode().end());
    std::vector<uint64_t> seed(env->world_seed().begin(), env->world_seed().end());
    std::vector<int32_t> before(env->step().begin(), env->step().end());
    env->Step(action);
    for (int i = 0; i < 3; ++i) {
      Seen row{};
      const bool ended = env->terminated()[i] || env->truncated()[i];
      const double* obs = (ended ? env->final_obs() : env->obs()).data() + 4 * i;
      std::copy_n(obs, 2, row.pos);
      row.reward = env->reward()[i];
      std::copy_n(env->terms().data() + 5 * i, 5, row.term);
      std::copy_n(action.data() + 2 * i, 2, row.action);
      row.flags = env->flags()[i];
      row.world_seed = seed[i];
      seen[{i, episode[i], before[i] + 1}] = row;
    }
  }
  writer.CommitAll();
  const TraceLayout& layout = trace->layout();
  int steps = 0, resets = 0;
  for (int64_t b = 0; b < trace->num_blocks(); ++b) {
    const TraceBlock& block = trace->block(b);
    for (int r = 0; r < block.rows; ++r) {
      const int step = block.first_step + r;
      const uint8_t flags = *Trace::Row<uint8_t>(block, layout.flags, r);
      if (step == 0) {
        ++resets;
        EXPECT_EQ(flags, kRowReset);
        EXPECT_EQ(*Trace::Row<double>(block, layout.reward, r), 0);
        EXPECT_EQ(*Trace::Row<double>(block, layout.action, r), 0);
        continue;
      }
      ++steps;
      const auto it = seen.find({block.env, block.episode, step});
      ASSERT_NE(it, seen.end());
      const Seen& row = it->second;
      EXPECT_EQ(std::memcmp(Trace::Row(block, layout.state, r), row.pos, 16), 0);
      EXPECT_EQ(std::memcmp(Trace::Row(block, layout.action, r), row.action, 16), 0);
      for (int k = 0; k < 5; ++k) {
        EXPECT_EQ(*Trace::Row<double>(block, layout.term + k, r), row.term[k]);
      }
      EXPECT_EQ(*Trace::Row<double>(block, layout.reward, r), row.reward);
      EXPECT_EQ(flags, row.flags);
      EXPECT_EQ(block.world_seed, row.world_seed);
    }
  }
  EXPECT_EQ(steps, 300);
  EXPECT_EQ(resets, static_cast<int>(trace->episodes().size()) + 3);
}

// The determinism contract for recordings: same bytes, same order, any worker count and shard size.
TEST(TraceWriter, DoesNotDependOnWorkers) {
  ToyRun run{.task = {.horizon = 35, .fault_every = 5}, .num_envs = 9};
  const std::string one = Bytes(*RecordToy(run).trace);
  ASSERT_GT(one.size(), 100000u);
  for (int workers : {2, 5}) {
    for (int shard : {1, 2, 4}) {
      run.workers = workers;
      run.shard_size = shard;
      EXPECT_TRUE(Bytes(*RecordToy(run).trace) == one);
    }
  }
}

// Long episodes are cut at 1,024 rows, so that a crash cannot lose more than that of an env.
TEST(TraceWriter, CutsLongEpisodes) {
  ToyRun run{.task = {.horizon = 2500, .bound = 1e9}, .num_envs = 2, .steps = 2500};
  const auto recording = RecordToy(run);
  const auto episodes = recording.trace->EpisodeRows();
  ASSERT_EQ(episodes.size(), 4u);  // two whole, and row 0 of the next ones
  EXPECT_EQ(episodes[0].rows, 2501);
  EXPECT_TRUE(episodes[0].ended);
  EXPECT_GE(episodes[0].blocks.size(), 3u);
  for (const TraceBlock* block : episodes[0].blocks) EXPECT_LE(block->rows, kMaxBlockRows);
  EXPECT_FALSE(episodes[3].ended);
}

// A reader in another thread sees whole blocks only, and what it has seen never changes: the window
// draws from the trace while the simulation writes it.
TEST(TraceWriter, ReadersSeeCommittedRowsThatNeverChange) {
  const auto task = testing::MakeToyTask({.horizon = 20});
  const auto reward = testing::MakeToyReward();
  ThreadPool pool(1);
  auto env = *VectorEnv::Create(task, reward, pool, {.num_envs = 8});
  auto trace = std::make_shared<Trace>(*MakeTraceSpec(task->spec(), &reward->spec(), {}));
  TraceWriter writer(trace, task->spec().state, 8, {.region_rows = 64});
  env->SetSink(&writer);
  env->Reset();
  std::atomic<bool> stop{false};
  std::string problem;
  std::thread reader([&] {
    std::vector<double> sums;
    auto sum = [&](const TraceBlock& block) {
      double total = 0;
      for (int r = 0; r < block.rows; ++r) {
        total += *Trace::Row<double>(block, trace->layout().state, r);
      }
      return total;
    };
    while (!stop.load()) {
      const auto count = static_cast<size_t>(trace->num_blocks());
      for (size_t b = 0; b < sums.size(); b += 7) {
        if (sum(trace->block(b)) != sums[b]) problem = "a committed block changed";
      }
      while (sums.size() < count) sums.push_back(sum(trace->block(sums.size())));
      if (trace->num_rows() < static_cast<int64_t>(count)) problem = "fewer rows than blocks";
    }
    for (size_t b = 0; b < sums.size(); ++b) {
      if (sum(trace->block(b)) != sums[b]) problem = "a committed block changed";
    }
  });
  std::vector<double> action(16);
  for (int step = 0; step < 2000; ++step) {
    testing::ToyActions(8, step, action.data());
    if (step % 50 == 0) writer.RequestCommit();
    env->Step(action);
  }
  stop = true;
  reader.join();
  EXPECT_EQ(problem, "");
  EXPECT_GT(trace->num_blocks(), 700);
}

// Cutting blocks early (the file writer's 2 s) must not lose, repeat or reorder a row of an
// episode.
TEST(TraceWriter, EarlyCommitsKeepEveryRow) {
  ToyRun run{.task = {.horizon = 35, .fault_every = 5}};
  const auto plain = RecordToy(run);
  run.before_step = [](int step, VectorEnv&, TraceWriter& writer) {
    if (step % 3 == 0) writer.RequestCommit();
  };
  const auto cut = RecordToy(run);
  EXPECT_GT(cut.trace->num_blocks(), plain.trace->num_blocks() * 3);
  auto rows = [](const Trace& trace) {
    std::map<std::pair<int, int64_t>, std::string> episodes;
    for (const auto& episode : trace.EpisodeRows()) {
      std::string& bytes = episodes[{episode.env, episode.episode}];
      EXPECT_TRUE(bytes.empty());
      for (const TraceBlock* block : episode.blocks) {
        for (int r = 0; r < block->rows; ++r) {
          bytes.append(reinterpret_cast<const char*>(Trace::Row(*block, trace.layout().reward, r)),
                       8);
        }
      }
    }
    return episodes;
  };
  EXPECT_EQ(rows(*plain.trace), rows(*cut.trace));
}

// Training keeps each env's last finished episodes in a ring of fixed size.
TEST(TraceWriter, RingKeepsTheLastEpisodes) {
  const auto task = testing::MakeToyTask({.horizon = 35, .fault_every = 5});
  const auto reward = testing::MakeToyReward();
  ToyRun run{.task = {.horizon = 35, .fault_every = 5}};
  const auto everything = RecordToy(run);
  ThreadPool pool(1);
  auto env = *VectorEnv::Create(task, reward, pool, {.num_envs = 4, .seed = 1});
  auto trace = std::make_shared<Trace>(*MakeTraceSpec(task->spec(), &reward->spec(), {}));
  TraceWriter writer(trace, task->spec().state, 4, {.ring_rows = 2 * 36});
  env->SetSink(&writer);
  env->Reset();
  const int64_t bytes = trace->memory_bytes();
  std::vector<double> action(8);
  for (int step = 0; step < 300; ++step) {
    testing::ToyActions(4, step, action.data());
    env->Step(action);
  }
  EXPECT_EQ(trace->memory_bytes(), bytes);
  EXPECT_EQ(trace->num_blocks(), 0);
  const auto recent = writer.CopyRecent(2);
  const auto episodes = recent->EpisodeRows();
  ASSERT_EQ(episodes.size(), 8u);
  EXPECT_EQ(recent->episodes().size(), 8u);
  std::map<int, std::vector<int64_t>> last;  // env -> finished episodes of the full recording
  for (const auto& episode : everything.finished) last[episode.env].push_back(episode.episode);
  for (size_t i = 0; i < episodes.size(); ++i) {
    const auto& list = last[episodes[i].env];
    EXPECT_EQ(episodes[i].episode, list[list.size() - 2 + i % 2]);
    EXPECT_TRUE(episodes[i].ended);
    for (const auto& full : everything.trace->EpisodeRows()) {
      if (full.env != episodes[i].env || full.episode != episodes[i].episode) continue;
      ASSERT_EQ(full.rows, episodes[i].rows);
      auto last_reward = [&](const TraceEpisodeRows& rows) {
        const TraceBlock& block = *rows.blocks.back();
        return *Trace::Row<double>(block, trace->layout().reward, block.rows - 1);
      };
      EXPECT_EQ(last_reward(full), last_reward(episodes[i]));
    }
  }
  EXPECT_EQ(writer.CopyRecent(0, true)->EpisodeRows().size(), 4u);
}

// Append runs inside the step of every env: memory is taken at barriers only, also when regions run
// full, episodes end and blocks are cut.
TEST(TraceWriter, AppendAllocatesNothing) {
  struct Counter : StepSink {
    TraceWriter* writer = nullptr;
    int64_t in_append = 0, in_barrier = 0;
    void Append(const StepRows& rows) override {
      const int64_t before = testing::AllocationCount();
      writer->Append(rows);
      in_append += testing::AllocationCount() - before;
    }
    void Barrier(std::span<const EpisodeSummary> finished) override {
      const int64_t before = testing::AllocationCount();
      writer->Barrier(finished);
      in_barrier += testing::AllocationCount() - before;
    }
  };
  for (int64_t ring : {0, 100}) {
    const auto task = testing::MakeToyTask({.horizon = 35, .fault_every = 5});
    const auto reward = testing::MakeToyReward();
    ThreadPool pool(1);
    auto env = *VectorEnv::Create(task, reward, pool, {.num_envs = 5});
    auto trace = std::make_shared<Trace>(*MakeTraceSpec(task->spec(), &reward->spec(), {}));
    TraceWriter writer(trace, task->spec().state, 5, {.ring_rows = ring, .region_rows = 64});
    Counter counter;
    counter.writer = &writer;
    env->SetSink(&counter);
    env->Reset();
    std::vector<double> action(10);
    for (int step = 0; step < 1000; ++step) {
      testing::ToyActions(5, step, action.data());
      if (step % 100 == 0) writer.RequestCommit();
      env->Step(action);
    }
    EXPECT_EQ(counter.in_append, 0);
    EXPECT_EQ(counter.in_barrier > 0, ring == 0);  // a ring takes no memory at all once it exists
  }
}

// Fields above 64 numbers are left out unless a script reads them or the user names them; a wrong
// name is the user's error.
TEST(TraceSpec, ChoosesRecordedFields) {
  const auto task = testing::MakeToyTask();
  const auto plain = *MakeTraceSpec(task->spec(), nullptr, {});
  EXPECT_EQ(plain.omitted, std::vector<std::string>{"big"});
  EXPECT_TRUE(MakeTraceSpec(task->spec(), nullptr, {.record_fields = {"big"}})->omitted.empty());
  const auto reads = testing::MakeToyReward({.reads_big = true});
  EXPECT_TRUE(MakeTraceSpec(task->spec(), &reads->spec(), {})->omitted.empty());
  const auto wrong = MakeTraceSpec(task->spec(), nullptr, {.record_fields = {"bgi"}});
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error()[0].code, "U020");
  EXPECT_EQ(wrong.error()[0].help[0], "did you mean `big`?");
}

}  // namespace
}  // namespace carrot
