#include "engine/trace/trace_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/base/paths.h"
#include "tests/support/toy_recording.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::RecordToy;
using testing::ToyRun;

class TraceFile : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "carrot-trace-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  // Records the toy and writes it to folder_/t.trace.
  testing::ToyRecording Write(const ToyRun& run = {}) {
    auto recording = RecordToy(run);
    auto writer = TraceFolderWriter::Create(path(), recording.trace);
    EXPECT_TRUE(writer) << Format(writer.error());
    EXPECT_TRUE((*writer)->Close());
    return recording;
  }
  fs::path path() const { return folder_ / "t.trace"; }
  void Overwrite(const std::string& file, const std::string& text) {
    std::ofstream(path() / file, std::ios::binary | std::ios::trunc) << text;
  }

  fs::path folder_;
};

void ExpectSameRows(const Trace& a, const Trace& b, int64_t blocks) {
  for (int64_t i = 0; i < blocks; ++i) {
    const TraceBlock &x = a.block(i), &y = b.block(i);
    ASSERT_EQ(std::tie(x.env, x.episode, x.first_step, x.first_row, x.rows, x.world_seed),
              std::tie(y.env, y.episode, y.first_step, y.first_row, y.rows, y.world_seed));
    for (int c = 0; c < a.layout().size(); ++c) {
      for (int r = 0; r < x.rows; ++r) {
        ASSERT_EQ(std::memcmp(Trace::Row(x, c, r), Trace::Row(y, c, r),
                              a.layout().columns[c].row_bytes()),
                  0)
            << a.layout().columns[c].file << " block " << i << " row " << r;
      }
    }
  }
}

// A recording on disk is the recording in memory: rows, seeds, summaries, events and spec.
TEST_F(TraceFile, RoundTrip) {
  ToyRun run{.task = {.horizon = 35, .fault_every = 5}, .record_fields = {"big"}};
  run.before_step = [](int step, VectorEnv&, TraceWriter& writer) {
    if (step == 77) writer.RecordWeight("effort", -0.5);
    if (step == 78) writer.Record("label", "good", 0, "watch this", 2);
  };
  const auto recording = Write(run);
  const auto opened = OpenTrace(path());
  ASSERT_TRUE(opened) << Format(opened.error());
  const Trace& trace = **opened;
  EXPECT_EQ(trace.dropped_steps(), 0);
  ASSERT_EQ(trace.num_blocks(), recording.trace->num_blocks());
  ExpectSameRows(*recording.trace, trace, trace.num_blocks());
  EXPECT_EQ(ToJson(trace.spec()), ToJson(recording.trace->spec()));
  const auto live = recording.trace->episodes(), read = trace.episodes();
  ASSERT_EQ(live.size(), read.size());
  for (size_t e = 0; e < live.size(); ++e) {
    EXPECT_EQ(EpisodeToJson(live[e], trace.spec()), EpisodeToJson(read[e], trace.spec()));
  }
  ASSERT_EQ(trace.events().size(), 2u);
  for (size_t e = 0; e < 2; ++e) {
    EXPECT_EQ(ToJson(trace.events()[e]), ToJson(recording.trace->events()[e]));
  }
}

// The promise that users' own tools read every file as it is.
TEST_F(TraceFile, NumpyReadsEveryFile) {
  Write();
  const std::string script =
      "import numpy, glob, json, sys\n"
      "p = '" +
      path().string() +
      "/'\n"
      "n = numpy.load(p + 'blocks.npy')[:, 4].sum()\n"
      "files = [f for f in glob.glob(p + '**/*.npy', recursive=True) if 'blocks' not in f]\n"
      "assert len(files) == 1 + 1 + 6 + 2 + 5 + 1 + 2 + 2, files\n"
      "for f in files:\n"
      "    assert len(numpy.load(f)) == n, f\n"
      "assert numpy.load(p + 'state/vel.npy').dtype == numpy.float32\n"
      "assert numpy.load(p + 'state/cells.npy').shape[1:] == (3, 4)\n"
      "assert numpy.load(p + 'state/at_goal.npy').dtype == bool\n"
      "spec = json.load(open(p + 'spec.json'))\n"
      "assert spec['format'] == 'carrot.trace/1'\n"
      "assert [json.loads(l)['length'] for l in open(p + 'episodes.jsonl')]\n";
  std::ofstream(folder_ / "check.py") << script;
  for (const std::string python : {"python3", "/usr/bin/python3"}) {
    if (std::system((python + " -c 'import numpy' 2>/dev/null").c_str()) != 0) continue;
    EXPECT_EQ(std::system((python + " " + (folder_ / "check.py").string()).c_str()), 0);
    return;
  }
  GTEST_SKIP() << "no python3 with numpy here";
}

// Any torn tail: cutting the folder's files at any byte leaves a recording that opens, whose rows
// are a prefix of what was written, and that says how much is gone.
TEST_F(TraceFile, TornTailsAreDroppedAndCounted) {
  const auto recording = Write({.task = {.horizon = 35}, .steps = 120});
  const int64_t total = recording.trace->num_rows();
  int index = 0;
  for (const std::string file : {"reward.npy", "state/cells.npy", "blocks.npy", "flags.npy",
                                 "episodes.jsonl", "events.jsonl", "term/noise.npy"}) {
    const fs::path target = path() / file;
    const std::string whole = *ReadFile(target);
    Rng rng(Key(1, RngDomain::kTest, index++));
    for (int i = 0; i < 40; ++i) {
      const auto size = i == 0 ? 0 : rng.Below(static_cast<uint32_t>(whole.size()));
      Overwrite(file, whole.substr(0, size));
      const auto opened = OpenTrace(path());
      ASSERT_TRUE(opened) << file << " cut to " << size << ": " << Format(opened.error());
      const Trace& trace = **opened;
      EXPECT_EQ(trace.num_rows() + trace.dropped_steps(), total) << file << " " << size;
      for (const EpisodeSummary& episode : trace.episodes()) EXPECT_GT(episode.length, 0);
      if (!file.ends_with("jsonl")) ExpectSameRows(*recording.trace, trace, trace.num_blocks());
    }
    Overwrite(file, whole);
  }
}

// A damaged line in the middle is said with its number: reading on past it, or stopping there,
// would leave episodes without their ends and seeds.
TEST_F(TraceFile, ADamagedLineIsNamed) {
  Write({.task = {.horizon = 35}, .steps = 120});
  for (const std::string file : {"episodes.jsonl", "events.jsonl"}) {
    const std::string whole = *ReadFile(path() / file);
    const size_t second = whole.find('\n') + 1;
    Overwrite(file, whole.substr(0, second) + "{\"env\":" + whole.substr(second + 10));
    const auto opened = OpenTrace(path());
    ASSERT_FALSE(opened) << file;
    EXPECT_EQ(opened.error()[0].code, "I003");
    EXPECT_EQ(opened.error()[0].where.line, 2);
    EXPECT_NE(opened.error()[0].message.find(file), std::string::npos);
    Overwrite(file, whole);
    EXPECT_TRUE(OpenTrace(path()));
  }
}

// kill -9 at random moments of a child that records: the folder opens, its rows are those of an
// undisturbed recording, and everything older than the last update is there.
TEST_F(TraceFile, SurvivesKillNine) {
  ToyRun run{.task = {.horizon = 35, .fault_every = 5}, .steps = 4000};
  const auto whole = RecordToy(run);
  int opened_with_rows = 0;
  for (int attempt = 0; attempt < 12; ++attempt) {
    fs::remove_all(path());
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      // A slow disk: each write is cut in two with a pause, so the signal lands inside updates.
      FileOps slow = SystemFileOps();
      slow.pwrite = [](int fd, const void* bytes, size_t count, off_t offset) {
        ::usleep(20);
        return ::pwrite(fd, bytes, std::max<size_t>(1, count / 2), offset);
      };
      std::unique_ptr<TraceFolderWriter> folder;
      ToyRun child_run = run;
      child_run.before_step = [&](int step, VectorEnv&, TraceWriter& writer) {
        if (step == 0) {
          folder = *TraceFolderWriter::Create(path(), writer.trace(), {.ops = &slow});
        }
        if (step % 5 == 0) (void)folder->Update();
      };
      RecordToy(child_run);
      ::_exit(0);
    }
    // Attempt 0 is killed as soon as it begins, the others once some blocks are committed.
    std::error_code error;
    const auto some = kNpyHeaderBytes + 40 * 3 * static_cast<size_t>(attempt);
    while (attempt > 0 && !(fs::exists(path() / "blocks.npy", error) &&
                            fs::file_size(path() / "blocks.npy", error) > some)) {
      ASSERT_EQ(::waitpid(child, nullptr, WNOHANG), 0) << "the recorder ended by itself";
      ::usleep(500);
    }
    ::usleep(Rng(Key(2, RngDomain::kTest, attempt)).Below(15000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    if (!fs::exists(path() / "spec.json")) continue;  // killed before the recording began
    const auto opened = OpenTrace(path());
    ASSERT_TRUE(opened) << Format(opened.error());
    opened_with_rows += (*opened)->num_rows() > 0;
    ExpectSameRows(*whole.trace, **opened, (*opened)->num_blocks());
  }
  EXPECT_GE(opened_with_rows, 11);
}

// A disk that is full after k bytes: the writer says so with the file's name, keeps saying it, and
// what was committed before opens.
TEST_F(TraceFile, FullDiskKeepsWhatWasCommitted) {
  const auto recording = RecordToy({.task = {.horizon = 35}});
  int failed_with_rows = 0;
  for (int64_t budget : {0, 50, 3000, 5000, 20000, 60000, 100000, 140000}) {
    fs::remove_all(path());
    auto trace = std::make_shared<Trace>(recording.trace->spec());
    int64_t left = budget;
    FileOps full = SystemFileOps();
    full.pwrite = [&](int fd, const void* bytes, size_t count, off_t offset) -> ssize_t {
      if (left <= 0) {
        errno = ENOSPC;
        return -1;
      }
      const auto now = std::min<int64_t>(static_cast<int64_t>(count), left);
      left -= now;
      return ::pwrite(fd, bytes, now, offset);
    };
    for (const auto& episode : recording.trace->episodes()) trace->AddEpisode(episode);
    auto writer = TraceFolderWriter::Create(path(), trace, {.ops = &full});
    if (!writer) {
      EXPECT_EQ(writer.error()[0].code, "I006");
      EXPECT_LT(budget, 20000);
      continue;
    }
    Status status;
    int64_t good_blocks = 0;
    for (int64_t b = 0; b < recording.trace->num_blocks() && status; ++b) {
      trace->Publish(recording.trace->block(b));
      status = (*writer)->Update();
      if (status) good_blocks = b + 1;
    }
    ASSERT_FALSE(status) << budget;
    EXPECT_EQ(status.error()[0].code, "I006");
    EXPECT_THAT(status.error()[0].message, HasSubstr("No space left"));
    EXPECT_THAT(status.error()[0].message, HasSubstr(".trace/"));
    EXPECT_FALSE((*writer)->Close());
    const auto opened = OpenTrace(path());
    ASSERT_TRUE(opened) << Format(opened.error());
    EXPECT_GE((*opened)->num_blocks(), good_blocks);
    ExpectSameRows(*recording.trace, **opened, good_blocks);
    failed_with_rows += good_blocks > 0;
  }
  EXPECT_GT(failed_with_rows, 2);
}

TEST_F(TraceFile, RefusesAnExistingFolder) {
  const auto recording = Write();
  const auto again = TraceFolderWriter::Create(path(), recording.trace);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error()[0].code, "I008");
  EXPECT_TRUE(OpenTrace(path()));  // untouched
}

// Root may write anywhere, so a file in the way stands for a place that cannot be written.
TEST_F(TraceFile, SaysWhenTheFolderCannotBeMade) {
  std::ofstream(folder_ / "file") << "x";
  const auto recording = RecordToy({});
  const auto writer = TraceFolderWriter::Create(folder_ / "file" / "t.trace", recording.trace);
  ASSERT_FALSE(writer);
  EXPECT_EQ(writer.error()[0].code, "I007");
  EXPECT_FALSE(writer.error()[0].help.empty());
}

// Each malformed folder gives its own clear error instead of garbage rows.
TEST_F(TraceFile, SaysWhatIsWrongWithAFolder) {
  Write();
  auto error_of = [&]() {
    const auto opened = OpenTrace(path());
    EXPECT_FALSE(opened);
    return opened ? Diagnostic{} : opened.error()[0];
  };
  const std::string spec = *ReadFile(path() / "spec.json");
  Overwrite("spec.json", spec.substr(0, spec.size() / 2));
  EXPECT_EQ(error_of().code, "I003");
  EXPECT_THAT(error_of().where.file, HasSubstr("spec.json"));
  std::string changed = spec;
  changed.replace(changed.find("carrot.trace/1"), 14, "carrot.trace/9");
  Overwrite("spec.json", changed);
  EXPECT_EQ(error_of().code, "I004");
  EXPECT_THAT(error_of().message, HasSubstr("carrot.trace/9"));
  changed = spec;
  changed.replace(changed.find("\"<f4\""), 5, "\"<f8\"");
  Overwrite("spec.json", changed);
  EXPECT_EQ(error_of().code, "I005");
  EXPECT_THAT(error_of().where.file, HasSubstr("vel.npy"));
  Overwrite("spec.json", spec);
  fs::rename(path() / "term/effort.npy", path() / "hidden");
  EXPECT_EQ(error_of().code, "I001");
  EXPECT_THAT(error_of().where.file, HasSubstr("effort.npy"));
  fs::rename(path() / "hidden", path() / "term/effort.npy");
  EXPECT_TRUE(OpenTrace(path()));
  fs::remove(path() / "spec.json");
  EXPECT_EQ(error_of().code, "I001");
}

// The file writer's own thread beside a running environment: nothing is lost between Close and
// disk.
TEST_F(TraceFile, BackgroundWriterEndsComplete) {
  const auto task = testing::MakeToyTask({.horizon = 35});
  const auto reward = testing::MakeToyReward();
  ThreadPool pool(2);
  auto env = *VectorEnv::Create(task, reward, pool, {.num_envs = 4, .shard_size = 1});
  auto trace = std::make_shared<Trace>(*MakeTraceSpec(task->spec(), &reward->spec(), {}));
  TraceWriter writer(trace, task->spec().state, 4);
  env->SetSink(&writer);
  TraceFolderThread thread(*TraceFolderWriter::Create(path(), trace), writer);
  env->Reset();
  std::vector<double> action(8);
  for (int step = 0; step < 3000; ++step) {
    testing::ToyActions(4, step, action.data());
    env->Step(action);
  }
  ASSERT_TRUE(thread.Close());
  const auto opened = OpenTrace(path());
  ASSERT_TRUE(opened);
  EXPECT_EQ((*opened)->num_rows(), trace->num_rows());
  int64_t resets = static_cast<int64_t>(trace->episodes().size()) + 4;
  EXPECT_EQ(trace->num_rows(), 4 * 3000 + resets);
  ExpectSameRows(*trace, **opened, trace->num_blocks());
}

// Snapshots and scripts are part of the folder that makes a recording replayable.
TEST_F(TraceFile, StoresSnapshotsAndScripts) {
  const auto recording = RecordToy({});
  auto writer = *TraceFolderWriter::Create(path(), recording.trace, {.scripts = {{"a.lua", "x"}}});
  const std::byte one[4] = {std::byte{1}}, two[4] = {std::byte{2}};
  ASSERT_TRUE(writer->AddSnapshot(0, 5, 256, one));
  ASSERT_TRUE(writer->AddSnapshot(1, 6, 0, two));
  ASSERT_TRUE(writer->Close());
  const auto bytes = ReadNpy(path() / "snapshots.npy", NpyType::kU1, std::vector<int64_t>{2, 4});
  ASSERT_TRUE(bytes);
  EXPECT_EQ(bytes->as<uint8_t>()[4], 2);
  const auto at = ReadNpy(path() / "snapshots_at.npy", NpyType::kI8, std::vector<int64_t>{2, 3});
  ASSERT_TRUE(at);
  EXPECT_EQ(at->as<int64_t>()[2], 256);
  EXPECT_EQ(*ReadFile(path() / "scripts/a.lua"), "x");
}

}  // namespace
}  // namespace carrot
