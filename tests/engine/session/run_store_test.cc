#include "engine/session/run_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <fstream>

#include "engine/base/paths.h"
#include "engine/base/rng.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class RunStoreTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "carrot-run-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { fs::remove_all(folder_); }

  RunLocation Numbered() const { return {.parent = folder_ / "runs", .prefix = "toy-walk"}; }
  RunLocation Out() const { return {.out = folder_ / "out"}; }
  static RunConfig Config() {
    RunConfig config;
    config.verb = "train";
    config.task = "toy";
    config.reward = "walk";
    config.task_hash = "t1";
    config.reward_hash = "r1";
    config.seed = 7;
    config.settings["steps"] = 1000;
    config.settings["lr"] = 3e-4;
    return config;
  }
  static RunState State(int64_t iteration, size_t bytes = 1000) {
    RunState state;
    state.iteration = iteration;
    state.step = iteration * 2048;
    state.parts["learner"] = std::vector<std::byte>(bytes, static_cast<std::byte>(iteration));
    state.parts["env"] = std::vector<std::byte>(bytes / 2, static_cast<std::byte>(iteration + 1));
    return state;
  }

  static RunStatus StatusIn(const fs::path& run) {  // of the file: an open store holds the folder
    return RunConfigFromJson(*ReadFile(run / "run.json"), "run.json")->status;
  }

  fs::path folder_;
};

// Runs are never overwritten: each gets the next number, also after gaps and beside other runs.
TEST_F(RunStoreTest, NumbersFolders) {
  fs::create_directories(folder_ / "runs/toy-walk-0041");
  fs::create_directories(folder_ / "runs/toy-walk-fast-0090");
  EXPECT_EQ((*RunStore::Create(Numbered(), Config()))->path().filename(), "toy-walk-0042");
  EXPECT_EQ((*RunStore::Create(Numbered(), Config()))->path().filename(), "toy-walk-0043");
}

// What is written of a run is what is read back to resume it.
TEST_F(RunStoreTest, KeepsConfigAndStatus) {
  auto store = *RunStore::Create(Out(), Config());
  EXPECT_EQ(StatusIn(store->path()), RunStatus::kRunning);
  RunConfig config = store->config();
  config.status = RunStatus::kDone;
  config.result["return"] = 12.5;
  ASSERT_TRUE(store->Update(config));
  ASSERT_TRUE(store->AddScript("reward.lua", "return 1\n"));
  store.reset();
  const auto opened = RunStore::Open(folder_ / "out");
  ASSERT_TRUE(opened);
  EXPECT_EQ(ToJson((*opened)->config()), ToJson(config));
  EXPECT_EQ(*ReadFile((*opened)->path() / "scripts/reward.lua"), "return 1\n");
  EXPECT_EQ((*opened)->PolicyFolder(204800).filename(), "000204800.policy");
  EXPECT_EQ((*opened)->TraceFolder("eval", 5).filename(), "eval-000000005.trace");
}

// An existing folder is an error that names --resume, and nothing in it is touched.
TEST_F(RunStoreTest, RefusesAnExistingFolder) {
  auto store = *RunStore::Create(Out(), Config());
  ASSERT_TRUE(store->AppendMetrics({{"iteration", 1}}));
  const auto again = RunStore::Create(Out(), Config());
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error()[0].code, "I008");
  EXPECT_THAT(again.error()[0].help[0], HasSubstr("--resume"));
  EXPECT_EQ(*ReadFile(folder_ / "out/metrics.jsonl"), "{\"iteration\":1}\n");
}

// Two trainings that append to the same files would leave a run that is neither of them.
TEST_F(RunStoreTest, OneProcessWritesAtATime) {
  auto store = *RunStore::Create(Out(), Config());
  const auto second = RunStore::Open(folder_ / "out");
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error()[0].code, "I008");
  EXPECT_THAT(second.error()[0].message, HasSubstr("another process"));
  store.reset();
  EXPECT_TRUE(RunStore::Open(folder_ / "out"));
}

// Root may write anywhere, so a file in the way stands for a place that cannot be written.
TEST_F(RunStoreTest, SaysWhenTheFolderCannotBeMade) {
  std::ofstream(folder_ / "file") << "x";
  const auto store = RunStore::Create({.out = folder_ / "file" / "out"}, Config());
  ASSERT_FALSE(store);
  EXPECT_EQ(store.error()[0].code, "I007");
  EXPECT_FALSE(store.error()[0].help.empty());
  EXPECT_EQ(RunStore::Create({.parent = folder_ / "file", .prefix = "a"}, Config()).error()[0].code,
            "I007");
}

TEST_F(RunStoreTest, SaysWhatIsWrongWithAFolder) {
  EXPECT_EQ(RunStore::Open(folder_ / "nothing").error()[0].code, "I001");
  auto store = *RunStore::Create(Out(), Config());
  std::ofstream(store->path() / "run.json") << "{\"format\": \"carrot.run/1\", ";
  EXPECT_EQ(RunStore::Open(store->path()).error()[0].code, "I003");
  std::ofstream(store->path() / "run.json") << "{\"format\": \"carrot.run/8\"}";
  EXPECT_EQ(RunStore::Open(store->path()).error()[0].code, "I004");
}

// Resuming with other settings would not continue the same run; the user is told which ones differ.
TEST_F(RunStoreTest, NamesDifferences) {
  RunConfig other = Config();
  EXPECT_TRUE(Differences(Config(), other).empty());
  other.build = "another";
  other.status = RunStatus::kFailed;
  EXPECT_TRUE(Differences(Config(), other).empty());
  other.settings["lr"] = 1e-3;
  other.settings["steps"] = 2000;
  other.seed = 8;
  EXPECT_EQ(Differences(Config(), other, {"steps"}),
            (std::vector<std::string>{"seed: 7 -> 8", "settings.lr: 0.0003 -> 0.001"}));
  // A longer run of the same settings goes on, also where these are an object of their own.
  RunConfig mine = Config(), longer = Config();
  mine.settings["ppo"] = {{"total_steps", 4000}, {"epochs", 10}};
  longer.settings["ppo"] = {{"total_steps", 8000}, {"epochs", 10}};
  EXPECT_TRUE(Differences(mine, longer, {"ppo.total_steps"}).empty());
  longer.settings["ppo"]["epochs"] = 5;
  EXPECT_EQ(Differences(mine, longer, {"ppo.total_steps"}),
            (std::vector<std::string>{"settings.ppo.epochs: 10 -> 5"}));
}

// The lines after the checkpoint, and a torn one, would otherwise appear twice in a resumed run.
TEST_F(RunStoreTest, ResumeTruncatesLines) {
  auto store = *RunStore::Create(Out(), Config());
  for (int i = 1; i <= 5; ++i) {
    ASSERT_TRUE(store->AppendMetrics({{"iteration", i}, {"return", i * 0.5}}));
    if (i % 2 == 0) continue;
    ASSERT_TRUE(store->AppendEvent({{"iteration", i}, {"type", "weight"}}));
  }
  store.reset();
  std::ofstream(folder_ / "out/metrics.jsonl", std::ios::app) << "{\"iteration\":6,\"retu";
  store = *RunStore::Open(folder_ / "out");
  ASSERT_TRUE(store->TruncateTo(3));
  ASSERT_TRUE(store->AppendMetrics({{"iteration", 4}}));
  EXPECT_EQ(*ReadFile(folder_ / "out/metrics.jsonl"),
            "{\"iteration\":1,\"return\":0.5}\n{\"iteration\":2,\"return\":1.0}\n"
            "{\"iteration\":3,\"return\":1.5}\n{\"iteration\":4}\n");
  EXPECT_EQ(*ReadFile(folder_ / "out/events.jsonl"),
            "{\"iteration\":1,\"type\":\"weight\"}\n{\"iteration\":3,\"type\":\"weight\"}\n");
}

// A damaged line would otherwise take the whole run behind it along.
TEST_F(RunStoreTest, ResumeKeepsWhatIsBehindADamagedLine) {
  auto store = *RunStore::Create(Out(), Config());
  ASSERT_TRUE(store->AppendMetrics({{"iteration", 1}}));
  store.reset();
  std::ofstream(folder_ / "out/metrics.jsonl", std::ios::app)
      << "{\"itera\n{\"iteration\":3}\n{\"iteration\":4}\n";
  store = *RunStore::Open(folder_ / "out");
  ASSERT_TRUE(store->TruncateTo(3));
  EXPECT_EQ(*ReadFile(folder_ / "out/metrics.jsonl"),
            "{\"iteration\":1}\n{\"itera\n{\"iteration\":3}\n");
}

// Two states alternate; damage to the newest falls back to the one before, never to an error.
TEST_F(RunStoreTest, NewestWholeStateWins) {
  auto store = *RunStore::Create(Out(), Config());
  EXPECT_FALSE(store->LoadState()->has_value());
  for (int64_t i = 1; i <= 5; ++i) {
    ASSERT_TRUE(store->SaveState(State(i)));
    const auto state = store->LoadState();
    ASSERT_TRUE(state && state->has_value());
    EXPECT_EQ((*state)->iteration, i);
    EXPECT_EQ((*state)->step, i * 2048);
    EXPECT_EQ((*state)->parts, State(i).parts);
  }
  // State 5 is in slot a (1, 3, 5). Any damage there falls back to 4.
  const fs::path newest = store->path() / "resume/a";
  const std::string manifest = *ReadFile(newest / "manifest.json");
  const std::string bytes = *ReadFile(newest / "state.bin");
  auto expect_fallback = [&](const char* file, const std::string& text) {
    std::ofstream(newest / file, std::ios::binary | std::ios::trunc) << text;
    std::vector<std::string> notes;
    const auto state = store->LoadState(&notes);
    ASSERT_TRUE(state && state->has_value());
    EXPECT_EQ((*state)->iteration, 4);
    EXPECT_EQ(notes.size(), 1u);
  };
  expect_fallback("state.bin", bytes.substr(0, bytes.size() - 1));
  std::string flipped = bytes;
  flipped[100] ^= 1;
  expect_fallback("state.bin", flipped);
  std::ofstream(newest / "state.bin", std::ios::binary | std::ios::trunc) << bytes;
  expect_fallback("manifest.json", manifest.substr(0, manifest.size() / 2));
  // The next save replaces the damaged slot, not the whole one.
  ASSERT_TRUE(store->SaveState(State(6)));
  EXPECT_EQ((*store->LoadState())->iteration, 6);
  fs::remove_all(newest);
  EXPECT_EQ((*store->LoadState())->iteration, 4);
}

// kill -9 at any moment of a training loop: the folder opens, a state is whole, the metrics reach
// at least as far as it.
TEST_F(RunStoreTest, SurvivesKillNine) {
  for (int attempt = 0; attempt < 8; ++attempt) {
    fs::remove_all(folder_ / "out");
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      FileOps slow = SystemFileOps();
      slow.pwrite = [](int fd, const void* bytes, size_t count, off_t offset) {
        ::usleep(100);
        return ::pwrite(fd, bytes, std::max<size_t>(1, count / 2), offset);
      };
      slow.fsync = [](int) { return ::usleep(500); };
      auto store = *RunStore::Create(Out(), Config(), &slow);
      for (int64_t i = 1;; ++i) {
        (void)store->AppendMetrics({{"iteration", i}});
        (void)store->SaveState(State(i));
      }
    }
    std::error_code error;
    const fs::path metrics = folder_ / "out/metrics.jsonl";
    while (!fs::exists(metrics, error) || fs::file_size(metrics, error) < 60) {
      ASSERT_EQ(::waitpid(child, nullptr, WNOHANG), 0) << "the run ended by itself";
      ::usleep(500);
    }
    ::usleep(Rng(Key(3, RngDomain::kTest, attempt)).Below(20000));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    const auto store = RunStore::Open(folder_ / "out");
    ASSERT_TRUE(store) << Format(store.error());
    const auto state = (*store)->LoadState();
    ASSERT_TRUE(state && state->has_value());
    EXPECT_EQ((*state)->parts, State((*state)->iteration).parts);
    ASSERT_TRUE((*store)->TruncateTo((*state)->iteration));
    std::string expected;
    for (int64_t i = 1; i <= (*state)->iteration; ++i) {
      expected += "{\"iteration\":" + std::to_string(i) + "}\n";
    }
    EXPECT_EQ(*ReadFile(metrics), expected);
  }
}

// A full disk while saving: a clear error, the older state and every earlier line stay.
TEST_F(RunStoreTest, FullDiskKeepsTheStateBefore) {
  int64_t left = 1 << 20;
  FileOps ops = SystemFileOps();
  ops.pwrite = [&](int fd, const void* bytes, size_t count, off_t offset) -> ssize_t {
    if (left <= 0) {
      errno = ENOSPC;
      return -1;
    }
    const auto now = std::min<int64_t>(static_cast<int64_t>(count), left);
    left -= now;
    return ::pwrite(fd, bytes, now, offset);
  };
  auto store = *RunStore::Create(Out(), Config(), &ops);
  ASSERT_TRUE(store->AppendMetrics({{"iteration", 1}}));
  ASSERT_TRUE(store->SaveState(State(1)));
  for (int64_t budget : {0, 10, 900, 1500, 1600}) {
    left = budget;
    const Status status = store->SaveState(State(2));
    ASSERT_FALSE(status) << budget;
    EXPECT_EQ(status.error()[0].code, "I006");
    EXPECT_THAT(status.error()[0].help[0], HasSubstr("free some space"));
    EXPECT_EQ((*store->LoadState())->iteration, 1);
  }
  left = 5;
  EXPECT_FALSE(store->AppendMetrics({{"iteration", 2}}));
  EXPECT_FALSE(store->SetStatus(RunStatus::kDone));
  left = 1 << 20;  // space again: the torn line is written over, run.json was never damaged
  ASSERT_TRUE(store->AppendMetrics({{"iteration", 2}}));
  EXPECT_EQ(*ReadFile(folder_ / "out/metrics.jsonl"), "{\"iteration\":1}\n{\"iteration\":2}\n");
  EXPECT_EQ(StatusIn(folder_ / "out"), RunStatus::kRunning);
  ASSERT_TRUE(store->SaveState(State(2)));
  EXPECT_EQ((*store->LoadState())->iteration, 2);
}

}  // namespace
}  // namespace carrot
