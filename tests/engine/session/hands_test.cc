// What a person does to the live world: pushing, editing, acting; and what is kept of it.
#include <gmock/gmock.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/session/reward_field.h"
#include "engine/session/session.h"
#include "engine/trace/trace_file.h"
#include "envs/all/worlds.h"
#include "envs/task/task_catalog.h"
#include "rewards/host/lua_reward.h"
#include "rewards/host/reward_catalog.h"
#include "tests/support/script_folder.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;
using ::testing::IsEmpty;
using testing::ScriptFolder;
using ::testing::SizeIs;

constexpr int kCellGoal = 5 << 3 | 1;  // a green goal, a wall: codes of the grid's board
constexpr int kCellWall = 0x80 | 5;

class HandsTest : public ::testing::Test {
 protected:
  using View = std::shared_ptr<const FrameView>;

  void Open(const std::string& task, bool folder = false, const std::string& reward = "") {
    auto loaded = LoadTask(task, AllWorlds());
    ASSERT_TRUE(loaded) << Format(loaded.error());
    task_ = *loaded;
    SessionConfig config;
    config.task = task_;
    config.policy = "idle";
    if (folder) config.folder = folder_.Path("session");
    config.reward = reward;
    auto session = Session::Open(std::move(config));
    ASSERT_TRUE(session) << Format(session.error());
    session_ = std::move(*session);
    Do(Pause{});
    Do(Reset{7});
  }
  View Do(Command command) {
    session_->Send(std::move(command));
    session_->RunUntil(session_->View()->tick + 1);
    return session_->View();
  }
  bool Until(const std::function<bool(const FrameView&)>& holds) {
    for (int i = 0; i < 60'000; ++i) {
      session_->RunUntil(session_->View()->tick + 1);
      if (holds(*session_->View())) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return false;
  }
  int Body(const std::string& name) {
    auto world = *task_->NewWorld(1);
    const auto& bodies = dynamic_cast<PushableWorld&>(*world);
    for (int i = 1; i < bodies.num_bodies(); ++i) {
      if (bodies.BodyName(i) == name) return i;
    }
    ADD_FAILURE() << "no body " << name;
    return 0;
  }
  // All recorded states of the live world's newest episode, as bytes.
  static std::vector<std::string> States(const TraceView& view) {
    std::vector<std::string> states;
    const Trace& trace = *view.trace;
    ForRows(view.episodes->back(), [&](const TraceBlock& block, int i, int64_t) {
      std::string bytes;
      for (size_t f = 0; f < trace.spec().fields.size(); ++f) {
        const int column = trace.layout().state + static_cast<int>(f);
        bytes.append(reinterpret_cast<const char*>(Trace::Row(block, column, i)),
                     trace.spec().fields[f].bytes());
      }
      states.push_back(bytes);
    });
    return states;
  }
  // A byte field of the newest row.
  static std::vector<int> Newest(const TraceView& view, const std::string& name) {
    const Trace& trace = *view.trace;
    for (size_t f = 0; f < trace.spec().fields.size(); ++f) {
      if (trace.spec().fields[f].name != name) continue;
      const TraceBlock& block = *view.episodes->back().blocks.back();
      const auto* row =
          Trace::Row<uint8_t>(block, trace.layout().state + static_cast<int>(f), block.rows - 1);
      return {row, row + trace.spec().fields[f].size()};
    }
    ADD_FAILURE() << "no field " << name;
    return {};
  }

  ScriptFolder folder_;
  std::shared_ptr<const Task> task_;
  std::unique_ptr<Session> session_;
};

// Deleted: a pull could do nothing, go on after its release, or not be in the recording; and a
// world that was pulled could not be done again.
TEST_F(HandsTest, APullIsRecordedEndsAndCanBeDoneAgain) {
  Open("hopper");
  Do(StepBy{30});
  const auto untouched = States(Do(Pause{})->live);
  Do(Reset{7});
  Do(StepBy{10});
  const Perturb pull{Body("torso"), false, {0, 0, 0}, {0.2, 0, 1.25}, {1, 0, 0, 0}, 1};
  View view = Do(pull);
  EXPECT_EQ(view->hand.body, "torso");
  EXPECT_GT(view->hand.wrench.force[0], 1) << "known before the step, in newtons";
  Do(StepBy{5});
  view = Do(Perturb{});
  EXPECT_EQ(view->hand.wrench.body, 0);
  view = Do(StepBy{15});
  EXPECT_THAT(view->messages, IsEmpty());
  const auto pushed = States(view->live);
  ASSERT_EQ(pushed.size(), 31u) << "it fell";
  for (int i = 0; i <= 10; ++i) EXPECT_EQ(pushed[i], untouched[i]) << i;
  EXPECT_NE(pushed[11], untouched[11]);
  const auto events = view->live.trace->events();
  ASSERT_THAT(events, SizeIs(5)) << "one a step";
  EXPECT_EQ(events[0].type, "perturb");
  EXPECT_EQ(events[0].name, "torso");
  EXPECT_EQ(events[0].step[0], 10);
  EXPECT_GT(events[0].value, 1);
  // The same once more, from what was recorded.
  view = Do(Branch{});
  Do(Pause{});
  const auto again = States(Do(Pause{})->live);
  ASSERT_GE(again.size(), pushed.size());
  for (size_t i = 0; i < pushed.size(); ++i) EXPECT_EQ(again[i], pushed[i]) << i;
}

// Deleted: pulling could seem to change a recording, or end the program in a world without bodies.
TEST_F(HandsTest, WhatCannotBeTouchedSaysSo) {
  Open("cartpole");
  EXPECT_THAT(Do(Perturb{1, false, {0, 0, 0}, {0, 0, 0}, {1, 0, 0, 0}, 1})->messages, SizeIs(1));
  EXPECT_THAT(Do(EditCell{1, 1, 1})->messages, SizeIs(2));
  Open("hopper");
  EXPECT_THAT(Do(Perturb{99, false, {0, 0, 0}, {0, 0, 0}, {1, 0, 0, 0}, 1})->messages, SizeIs(1));
  EXPECT_THAT(Do(Perturb{1, false, {}, {}, {}, 1})->messages, SizeIs(2));
  EXPECT_THAT(Do(Label{.kind = "good"})->messages, SizeIs(3)) << "no folder to keep it in";
}

// Deleted: a painted cell could be seen and not count, or count in rows that were recorded before.
TEST_F(HandsTest, EditedCellsCountFromTheNextStepOn) {
  Open("minigrid/empty_8x8");
  const std::vector<int> before = Newest(Do(Pause{})->live, "cells");
  View view = Do(EditCell{2, 1, kCellWall});
  ASSERT_THAT(view->messages, IsEmpty());
  ASSERT_NE(view->hand.edited, nullptr);
  const StateBatch& edited = *view->hand.edited;
  EXPECT_EQ(edited.Next<uint8_t>(edited.spec().Find("cells"))[0][8 + 2], kCellWall);
  EXPECT_EQ(Newest(view->live, "cells"), before) << "the past stays";
  view = Do(EditCell{3, 3, CellChange::kPutAgent});
  EXPECT_EQ(view->hand.edited->Next<uint8_t>(edited.spec().Find("agent_pos"))[0][0], 3);
  view = Do(EditCell{0, 0, CellChange::kPutAgent});
  EXPECT_THAT(view->messages, SizeIs(1)) << "a wall";
  view = Do(StepBy{1});
  EXPECT_EQ(view->hand.edited, nullptr);
  EXPECT_EQ(Newest(view->live, "cells")[8 + 2], kCellWall);
  EXPECT_EQ(Newest(view->live, "agent_pos")[1], 3);
  const auto states = States(Do(StepBy{2})->live);
  Do(Branch{});
  Do(Pause{});
  const auto again = States(Do(Pause{})->live);
  for (size_t i = 0; i < states.size(); ++i) EXPECT_EQ(again[i], states[i]) << i;
}

// Deleted: what a person did could be lost, be labelled as something else, or not be read by other
// commands.
TEST_F(HandsTest, ADemonstrationIsARecordingWithALabel) {
  Open("minigrid/empty_8x8", true);
  const auto reward = FindReward("gym", task_->spec());
  ASSERT_TRUE(reward) << Format(reward.error());
  Do(UseReward{*reward});
  ASSERT_TRUE(Until([](const FrameView& v) { return v.reward.function != nullptr; }));
  Do(Reset{7});
  Do(HumanAction{true, {2}});
  View view = Do(StepBy{3});
  EXPECT_EQ(view->policy, "human");
  view = Do(Label{.kind = "good"});
  ASSERT_THAT(view->messages, IsEmpty());
  ASSERT_THAT(view->open, SizeIs(1));
  EXPECT_EQ(view->open[0].name, "human-0001");
  EXPECT_EQ(view->clock.trace, -1) << "one goes on";
  EXPECT_EQ(view->clock.step, 0) << "with a new episode";
  auto trace = OpenTrace(folder_.Path("session/recordings/human-0001.trace"));
  ASSERT_TRUE(trace) << Format(trace.error());
  EXPECT_EQ((*trace)->num_rows(), 4);
  ASSERT_THAT((*trace)->episodes(), SizeIs(1));
  EXPECT_EQ((*trace)->episodes()[0].cause, "stopped");
  EXPECT_EQ((*trace)->events().at(0).text, "human");
  std::ifstream labels(folder_.Path("session/recordings/human-0001.trace/labels.jsonl"));
  std::string line;
  ASSERT_TRUE(std::getline(labels, line));
  EXPECT_EQ(nlohmann::json::parse(line)["kind"], "good");
  // Along the wall and down to the goal: the episode ends, and nothing goes on by itself.
  for (const double action : {2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2}) {
    Do(HumanAction{true, {action}});
    view = Do(StepBy{1});
  }
  EXPECT_EQ(view->clock.step, view->clock.length);
  EXPECT_FALSE(view->clock.playing);
  EXPECT_TRUE((*view->live.episodes)[view->clock.episode].ended);
  view = Do(Label{.kind = "bad"});
  ASSERT_THAT(view->messages, IsEmpty());
  trace = OpenTrace(folder_.Path("session/recordings/human-0002.trace"));
  ASSERT_TRUE(trace) << Format(trace.error());
  EXPECT_TRUE((*trace)->episodes().at(0).success);
  EXPECT_GT((*trace)->episodes()[0].episode_return, 0.5);
  EXPECT_EQ(view->clock.step, 0);
}

// Deleted: with a reward that reads a large field nothing could be kept, nor a parameter be tuned
// live.
TEST_F(HandsTest, LargeFieldsThatTheRewardReadsAreRecorded) {
  Open("humanoid", true);
  const auto reward = FindReward("gym", task_->spec());
  ASSERT_TRUE(reward) << Format(reward.error());
  Do(UseReward{*reward});
  ASSERT_TRUE(Until([](const FrameView& v) { return v.reward.function != nullptr; }));
  Do(StepBy{2});
  const View view = Do(Label{.kind = "bad"});
  EXPECT_THAT(view->messages, IsEmpty());
  EXPECT_EQ(view->open.at(0).name, "live-0001");
}

// Deleted: the map could show another reward than the step's own where the agent is.
TEST_F(HandsTest, TheFieldIsTheRewardOfTheStepInItsOwnCell) {
  Open("minigrid/empty_8x8");
  Do(HumanAction{true, {2}});
  const View view = Do(StepBy{2});
  folder_.Write("near.lua", R"lua(
return reward { terms = {
  term { "nearer", weight = 2, fn = function(s) return s.agent_pos.x - s.prev.agent_pos.x end },
  term { "goal", weight = 10, fn = function(s) return s.at_goal and 1 or 0 end },
} })lua");
  const auto reward = LoadReward(folder_.Path("near.lua"), task_->spec());
  ASSERT_TRUE(reward) << Format(reward.error());
  const RewardFieldStep at{*task_,
                           **reward,
                           DefaultSettings((*reward)->spec(), 0.99),
                           *view->live.trace,
                           view->live.episodes->back(),
                           2};
  auto field = RewardField::OfCells(at);
  ASSERT_TRUE(field) << Format(field.error());
  while (!(*field)->done()) (*field)->Advance();
  const auto value = [&](int x, int y) { return (*field)->values()[y * 8 + x]; };
  EXPECT_EQ((*field)->columns(), 8);
  EXPECT_EQ(value(3, 1), 2) << "where it is: one cell to the right";
  EXPECT_EQ(value(2, 5), 0);
  EXPECT_EQ(value(1, 1), -2);
  EXPECT_EQ(value(6, 6), 2 * 4 + 10);
  EXPECT_TRUE(std::isnan(value(0, 0))) << "a wall";
  EXPECT_EQ((*field)->high(), 18);
  const int agent = task_->spec().state.Find("agent_pos");
  auto slice = RewardField::OfState(at, {agent, 0, 1, 6}, {agent, 1, 1, 6}, 6);
  ASSERT_TRUE(slice) << Format(slice.error());
  (*slice)->Advance();
  EXPECT_EQ((*slice)->values()[2], 2);
  EXPECT_FALSE((*slice)->done());
}

}  // namespace
}  // namespace carrot
