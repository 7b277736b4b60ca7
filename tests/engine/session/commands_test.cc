#include "engine/session/commands.h"

#include <gmock/gmock.h>

#include <set>

namespace carrot {
namespace {

using ::testing::HasSubstr;

// One of each, with values that are not the defaults.
std::vector<Command> OneOfEach() {
  return {UseReward{"hop_forward"},
          ReloadReward{},
          SetValue{"w:alive", 0.1, true},
          SetValues{{{"w:alive", 0.5}, {"p:gain", 2}}, "solo"},
          ResetValue{"p:gain"},
          ScaleGroup{"track/", 1.5, true},
          SaveSnapshot{"before \"lunch\""},
          LoadSnapshot{3},
          RenameSnapshot{1, "after"},
          DeleteSnapshot{2},
          SetReference{1},
          Flip{true},
          MuteAlarm{"L006", "meant"},
          Undo{},
          Redo{},
          WriteScript{},
          AddVariant{"gym", 2},
          RemoveVariant{4},
          Play{},
          Pause{},
          SetSpeed{0.25},
          StepBy{-10},
          Seek{2, 1, 77},
          SetPolicy{"runs/a.policy"},
          Reset{9'007'199'254'740'993},
          SetLoop{3, 9},
          Branch{},
          Perturb{3, true, {0, 0.1, 0}, {1, 2, 3}, {0, 1, 0, 0}, 2.5},
          EditCell{3, 4, 41},
          HumanAction{true, {0.5, -1}},
          OpenRecording{"x.trace"},
          Label{"error", 2, "falls", 10, 20, 4, 1, 0, 3, 9'007'199'254'740'993},
          Unlabel{1, 12},
          SetErrorTypes{{"fell", "stuck"}},
          StartTrain{1000, 18'446'744'073'709'551'615ull},
          CancelJob{2},
          PauseJob{2, false}};
}

// Deleted: a session that was driven by hand could not be replayed from its commands.jsonl, or a
// new command could be forgotten there.
TEST(CommandsTest, EveryCommandComesBackFromItsJson) {
  std::set<size_t> kinds;
  for (const Command& command : OneOfEach()) {
    const std::string text = ToJson(command).dump();
    SCOPED_TRACE(text);
    const Result<Command> back = CommandFromJson(nlohmann::json::parse(text));
    ASSERT_TRUE(back) << Format(back.error());
    EXPECT_EQ(back->index(), command.index());
    EXPECT_EQ(ToJson(*back).dump(), text);
    kinds.insert(command.index());
  }
  EXPECT_EQ(kinds.size(), std::variant_size_v<Command>) << "a command is missing in OneOfEach";
  const Command set = *CommandFromJson(ToJson(SetValue{"w:alive", 0.1, true}));
  EXPECT_EQ(std::get<SetValue>(set).name, "w:alive");
  EXPECT_EQ(std::get<SetValue>(set).value, 0.1);
  EXPECT_TRUE(std::get<SetValue>(set).drag);
}

// Deleted: a command with a typing error could be done half, or end the program.
TEST(CommandsTest, WrongOnesAreRefusedWithASuggestion) {
  const Result<Command> near = CommandFromJson({{"command", "SetVaule"}});
  ASSERT_FALSE(near);
  EXPECT_EQ(near.error()[0].code, "U022");
  ASSERT_FALSE(near.error()[0].help.empty());
  EXPECT_THAT(near.error()[0].help[0], HasSubstr("did you mean `SetValue`?"));
  for (const char* text : {R"([])", R"("Play")", R"({})", R"({"command": 3})",
                           R"({"command": "SetValue", "name": "w:a"})",
                           R"({"command": "SetValue", "name": 1, "value": 2, "drag": false})",
                           R"({"command": "SetValue", "name": "w:a", "value": "2", "drag": false})",
                           R"({"command": "HumanAction", "on": true, "action": ["x"]})"}) {
    SCOPED_TRACE(text);
    const Result<Command> command = CommandFromJson(nlohmann::json::parse(text));
    ASSERT_FALSE(command);
    EXPECT_EQ(command.error()[0].code, "U022");
  }
}

}  // namespace
}  // namespace carrot
