// The text of errors is part of the program's face; these goldens are its contract.
#include "engine/base/diagnostic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "engine/base/result.h"

namespace carrot {
namespace {

Diagnostic UnknownField() {
  Diagnostic d;
  d.code = "R012";
  d.message = "`s.torso_heigth` does not exist in task `walker`";
  d.where = {"rewards/walker.lua", 17, 15, 12};
  d.excerpt = "  local h = s.torso_heigth - 1.2";
  d.label = "unknown field";
  d.help = {"did you mean `torso_height` (number, metres)?"};
  d.notes = {"fields: torso_height, torso_pitch", "keeping last good version"};
  return d;
}

// Without it excerpt, caret or gutter could shift and point at the wrong word.
TEST(Diagnostic, TextIsRustLike) {
  EXPECT_EQ(Format(UnknownField()),
            "error[R012]: `s.torso_heigth` does not exist in task `walker`\n"
            "  --> rewards/walker.lua:17:15\n"
            "   |\n"
            "17 |   local h = s.torso_heigth - 1.2\n"
            "   |               ^^^^^^^^^^^^ unknown field\n"
            "   |\n"
            "   = help: did you mean `torso_height` (number, metres)?\n"
            "   = note: fields: torso_height, torso_pitch\n"
            "   = note: keeping last good version\n");
}

// Without it a script could move the cursor or flood the terminal through its own error message.
TEST(Diagnostic, TextOfScriptsCannotControlTheTerminal) {
  Diagnostic d = MakeError("R034", "\x1b[2J\xff \xc3\xa9 \xc2\x9b");
  d.where = {"a\x1b.lua", 1, 100'001, 3};
  d.excerpt = std::string(100'000, 'x') + "bad" + std::string(100'000, 'x');
  const std::string text = Format(d);
  EXPECT_THAT(text, ::testing::StartsWith("error[R034]: ?[2J? \xc3\xa9 ?"));
  EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("\x1b")));
  EXPECT_LT(text.size(), 500u);
  const size_t excerpt = text.find("1 | ") + 4, caret = text.find("^^^");
  const size_t line = text.rfind("\n", caret) + 1;
  EXPECT_EQ(text.substr(excerpt + (caret - line) - 4, 3), "bad");
}

// Without it an unknown column would draw a caret at a wrong place.
TEST(Diagnostic, NoCaretWithoutAColumn) {
  Diagnostic d = UnknownField();
  d.where.column = 0;
  EXPECT_THAT(Format(d), ::testing::Not(::testing::HasSubstr("^")));
  EXPECT_THAT(Format(d), ::testing::HasSubstr("--> rewards/walker.lua:17\n"));
  d = UnknownField();
  d.where.length = 0;
  EXPECT_THAT(Format(d), ::testing::Not(::testing::HasSubstr("^")));
}

// Without it a tab before the word would move the caret away from it in every terminal.
TEST(Diagnostic, CaretKeepsTabs) {
  Diagnostic d = UnknownField();
  d.excerpt = "\tlocal h = s.x";
  d.where.column = 12;
  d.where.length = 3;
  EXPECT_THAT(Format(d), ::testing::HasSubstr("17 | \tlocal h = s.x\n"
                                              "   | \t          ^^^ unknown field\n"));
}

// Without it an error that has no place (a bad flag) would print an empty arrow.
TEST(Diagnostic, MessageAloneIsOneLine) {
  EXPECT_EQ(Format(MakeError("U001", "unknown option '--episode'")),
            "error[U001]: unknown option '--episode'\n");
  EXPECT_EQ(Format(MakeError("U001", "unknown option '--episode'", {"did you mean '--episodes'?"})),
            "error[U001]: unknown option '--episode'\n"
            "  = help: did you mean '--episodes'?\n");
}

// Without it a term that fails at every step would print thousands of lines, or hide how often.
TEST(Diagnostic, RepeatsAreCounted) {
  Diagnostic d = MakeError("R031", "division gives infinity");
  d.repeats = 9991;
  EXPECT_EQ(Format(d), "error[R031]: division gives infinity\n  = note: and 9991 more of R031\n");
}

// Without it colour codes could reach files and pipes, or never reach a terminal.
TEST(Diagnostic, ColoursOnlyOnRequest) {
  EXPECT_EQ(Format(UnknownField()).find('\x1b'), std::string::npos);
  EXPECT_THAT(Format(UnknownField(), true), ::testing::StartsWith("\x1b[1;31merror[R012]\x1b[0m"));
  Diagnostic warning = UnknownField();
  warning.severity = Severity::kWarning;
  EXPECT_THAT(Format(warning, true), ::testing::StartsWith("\x1b[1;33mwarning[R012]"));
}

// Without it editors and machines that read --json could lose a part.
TEST(Diagnostic, JsonHasEveryPart) {
  const nlohmann::json json = ToJson(UnknownField());
  EXPECT_EQ(json["code"], "R012");
  EXPECT_EQ(json["severity"], "error");
  EXPECT_EQ(json["where"],
            (nlohmann::json{
                {"file", "rewards/walker.lua"}, {"line", 17}, {"column", 15}, {"length", 12}}));
  EXPECT_EQ(json["label"], "unknown field");
  EXPECT_EQ(json["help"].size(), 1u);
  EXPECT_EQ(json["notes"].size(), 2u);
  EXPECT_FALSE(json.contains("repeats"));
  EXPECT_FALSE(ToJson(MakeError("U001", "x")).contains("where"));
}

// Without it a list of warnings could stop a run, or an error among them be overlooked.
TEST(Diagnostic, HasErrorLooksAtSeverity) {
  Diagnostic warning = MakeError("L001", "unused term");
  warning.severity = Severity::kWarning;
  EXPECT_FALSE(HasError({warning}));
  EXPECT_TRUE(HasError({warning, MakeError("R001", "x")}));
  EXPECT_FALSE(HasError({}));
}

Result<int> Half(int x) {
  if (x % 2) return Fail(MakeError("U009", "odd"));
  return x / 2;
}
Result<int> Quarter(int x) {
  CARROT_ASSIGN_OR_RETURN(const int half, Half(x));
  CARROT_RETURN_IF_ERROR(Half(half));
  return Half(half);
}

// Without it the macros could swallow an error or evaluate their argument twice.
TEST(Result, MacrosHandErrorsUp) {
  EXPECT_EQ(Quarter(12).value(), 3);
  ASSERT_FALSE(Quarter(6).has_value());
  EXPECT_EQ(Quarter(6).error().front().code, "U009");
  EXPECT_FALSE(Quarter(7).has_value());
}

}  // namespace
}  // namespace carrot
