// The shipped tasks and their `gym` rewards, run through VectorEnv, against recorded episodes of
// Gymnasium's MuJoCo v5 tasks: observation, every reward term, reward and flags of every step.
// Criterion as in mujoco_parity_test.cc.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/base/thread_pool.h"
#include "engine/core/vector_env.h"
#include "envs/all/worlds.h"
#include "envs/mujoco/mujoco_model.h"
#include "envs/task/task_catalog.h"
#include "rewards/host/lua_reward.h"
#include "rewards/host/reward_catalog.h"
#include "tests/parity/mujoco_recordings.h"

namespace carrot {
namespace {

constexpr double kWhole = 1e-6, kOneStep = 1e-10;

// Largest differences seen, by what was compared.
using Worst = std::map<std::string, double>;

class Replay {
 public:
  Replay(const MujocoRecording& recording, ThreadPool& pool) : recording_(recording) {
    auto task = LoadTask(recording.id, AllWorlds());
    if (!task) {
      ADD_FAILURE() << Format(task.error());
      return;
    }
    auto path = FindReward("gym", (*task)->spec());
    if (!path) {
      ADD_FAILURE() << Format(path.error());
      return;
    }
    auto reward = LoadReward(*path, (*task)->spec());
    if (!reward) {
      ADD_FAILURE() << Format(reward.error());
      return;
    }
    auto env = VectorEnv::Create(*task, *reward, pool, {.autoreset = false});
    if (!env) {
      ADD_FAILURE() << Format(env.error());
      return;
    }
    env_ = std::move(*env);
    env_->Reset();
    for (const auto& term : (*reward)->spec().terms) {
      const std::string whole = "info_" + term.name, prefixed = "info_reward_" + term.name;
      terms_.push_back(recording.has(whole) ? whole : recording.has(prefixed) ? prefixed : "");
    }
  }
  bool ok() const { return env_ != nullptr; }

  // Puts the env into a recorded state: row `from` of the columns that start with `prefix`.
  void Start(const std::string& prefix, int64_t from) {
    SetMujocoState(
        env_->world(), 0,
        {recording_.at(prefix + "qpos").row(from), recording_.at(prefix + "qvel").row(from),
         recording_.at(prefix + "qacc_warmstart").row(from)},
        env_->mutable_state());
    env_->RestartFromState(0);
  }
  // The reference point as it was before row `row`: a state alone does not have the lagging one.
  void SetReferencePoint(int64_t row) {
    if (!recording_.has("ref_xy_before")) return;
    const StateSpec& spec = env_->state().spec();
    const int field = spec.Find(recording_.id == "Ant-v5" ? "torso_pos" : "com");
    ASSERT_GE(field, 0);
    const auto before = recording_.at("ref_xy_before").row(row);
    std::copy(before.begin(), before.end(), env_->state().Next<double>(field)[0].begin());
  }
  void Step(int64_t row) {
    env_->Step(recording_.at("action").row(row));
    EXPECT_EQ(env_->fault()[0], 0);
    Note("obs", RelativeDifference(env_->obs(), recording_.at("obs").row(row)));
    Note("reward", RelativeDifference(env_->reward(), recording_.at("reward").row(row)));
    for (size_t k = 0; k < terms_.size(); ++k) {
      if (terms_[k].empty()) continue;
      const double weighted = env_->weights().weights[k] * env_->terms()[k];
      Note("terms", RelativeDifference(weighted, recording_.at(terms_[k]).row(row)[0]));
    }
    const int velocity = env_->state().spec().Find("x_velocity");
    if (velocity >= 0 && recording_.has("info_x_velocity")) {
      Note("x_velocity", RelativeDifference(env_->state().Next<double>(velocity)[0],
                                            recording_.at("info_x_velocity").row(row)));
    }
    EXPECT_EQ(env_->terminated()[0], recording_.at("terminated").row(row)[0]) << row;
  }
  void CompareObservation(const std::string& column, int64_t row) {
    Note("obs", RelativeDifference(env_->obs(), recording_.at(column).row(row)));
  }
  // Every recorded reward term has a term of ours.
  void ExpectAllTermsCovered() {
    for (const std::string name : recording_.meta.at("reward_terms")) {
      EXPECT_NE(std::find(terms_.begin(), terms_.end(), "info_" + name), terms_.end()) << name;
    }
  }
  void Report(const char* how, double tolerance) const {
    std::string line = fmt::format("{:28} {}:", recording_.id, how);
    for (const auto& [what, difference] : worst_) {
      line += fmt::format(" {} {:.1e}", what, difference);
      EXPECT_LE(difference, tolerance) << what;
    }
    fmt::print("{}\n", line);
  }
  VectorEnv& env() { return *env_; }

 private:
  void Note(const char* what, double difference) {
    worst_[what] = std::max(worst_[what], difference);
  }
  const MujocoRecording& recording_;
  std::unique_ptr<VectorEnv> env_;
  std::vector<std::string> terms_;  // recorded column of each of our terms, or ""
  Worst worst_;
};

// Breaks if a shipped task's observation, reward, termination or time limit leaves the reference.
TEST(MujocoTaskParity, WholeEpisodes) {
  const auto folders = FindMujocoRecordings();
  CARROT_NEED_RECORDINGS(folders);
  ThreadPool pool(1);
  for (const auto& folder : folders) {
    const MujocoRecording recording = LoadMujocoRecording(folder);
    SCOPED_TRACE(recording.id);
    Replay replay(recording, pool);
    ASSERT_TRUE(replay.ok());
    replay.ExpectAllTermsCovered();
    int64_t row = 0;
    for (int e = 0; e < recording.episodes(); ++e) {
      replay.env().ResetEnv(0);
      replay.Start("init_", e);
      replay.CompareObservation("init_obs", e);
      for (int t = 0; t < recording.lengths[e]; ++t, ++row) {
        replay.Step(row);
        EXPECT_EQ(replay.env().truncated()[0], recording.at("truncated").row(row)[0]) << row;
      }
    }
    replay.Report("whole episodes ", kWhole);
    EXPECT_TRUE(replay.env().TakeErrors().empty());
  }
}

// Breaks if a step's outcome depends on more than the recorded state before it.
TEST(MujocoTaskParity, OneStepReplay) {
  const auto folders = FindMujocoRecordings();
  CARROT_NEED_RECORDINGS(folders);
  ThreadPool pool(1);
  for (const auto& folder : folders) {
    const MujocoRecording recording = LoadMujocoRecording(folder);
    SCOPED_TRACE(recording.id);
    Replay replay(recording, pool);
    ASSERT_TRUE(replay.ok());
    int64_t row = 0;
    for (int e = 0; e < recording.episodes(); ++e) {
      for (int t = 0; t < recording.lengths[e]; ++t, ++row) {
        replay.env().ResetEnv(0);
        replay.Start(t == 0 ? "init_" : "", t == 0 ? e : row - 1);
        replay.SetReferencePoint(row);
        replay.Step(row);
      }
    }
    replay.Report("one-step replay", kOneStep);
  }
}

}  // namespace
}  // namespace carrot
