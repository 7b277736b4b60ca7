#include "engine/core/state_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carrot {
namespace {

FieldSpec Field(std::string name, std::vector<int> shape = {}) {
  FieldSpec field;
  field.name = std::move(name);
  field.shape = std::move(shape);
  return field;
}

std::string ErrorOf(const Status& status) {
  return status ? "" : status.error().front().code + ": " + status.error().front().message;
}

// Without it sizes of columns, files and Lua views could disagree.
TEST(StateSpec, SizesFollowShapeAndType) {
  FieldSpec image = Field("image", {7, 7, 3});
  image.dtype = DType::kU8;
  EXPECT_EQ(image.size(), 147);
  EXPECT_EQ(image.bytes(), 147u);
  EXPECT_TRUE(Field("x").is_scalar());
  EXPECT_EQ(Field("x").size(), 1);
  EXPECT_FALSE(Field("x", {1}).is_scalar()) << "a vector of one is not a scalar";
  EXPECT_EQ(Field("x", {3}).bytes(), 24u);
}

// Without it a type could be written that does not read back, in traces and in task.lua.
TEST(StateSpec, TypesHaveOneNameEach) {
  const std::pair<DType, const char*> numpy[] = {{DType::kF64, "<f8"},
                                                 {DType::kF32, "<f4"},
                                                 {DType::kI32, "<i4"},
                                                 {DType::kU8, "|u1"},
                                                 {DType::kBool, "|b1"}};
  for (const auto& [dtype, name] : numpy) {
    EXPECT_STREQ(NumpyName(dtype), name);
    ASSERT_TRUE(DTypeFromName(Name(dtype)).has_value());
    EXPECT_EQ(*DTypeFromName(Name(dtype)), dtype);
    EXPECT_EQ(SizeOf(dtype), static_cast<size_t>(name[2] - '0'));
  }
  const auto unknown = DTypeFromName("double");
  ASSERT_FALSE(unknown.has_value());
  EXPECT_EQ(unknown.error().front().code, "T002");
  EXPECT_EQ(unknown.error().front().help.front(), "use one of f64, f32, i32, u8, bool");
}

// Without it two fields could share a name and a script would read the wrong one.
TEST(StateSpec, RefusesWhatCannotBeNamed) {
  StateSpec spec;
  ASSERT_TRUE(spec.Add(Field("torso_height")));
  EXPECT_EQ(ErrorOf(spec.Add(Field("torso_height"))),
            "T001: field 'torso_height' is declared twice");
  for (const char* bad : {"", "2d", "a-b", "a b", "a.b"}) {
    EXPECT_EQ(ErrorOf(spec.Add(Field(bad))),
              "T001: '" + std::string(bad) + "' is not a field name");
  }
  EXPECT_EQ(spec.size(), 1) << "a refused field leaves the spec as it was";
}

// Without it a component name or unit could belong to no element, or an element have none.
TEST(StateSpec, NamesAndUnitsFitTheShape) {
  StateSpec spec;
  FieldSpec field = Field("vel", {3});
  field.names = {"x", "y"};
  EXPECT_EQ(ErrorOf(spec.Add(field)), "T001: field 'vel' has 3 elements but 2 component names");
  field.names = {"x", "y", "z"};
  field.units = {"m/s", "m/s"};
  EXPECT_EQ(ErrorOf(spec.Add(field)), "T001: field 'vel' has 3 elements but 2 units");
  field.units = {"m/s"};
  EXPECT_TRUE(spec.Add(field)) << "one unit for all";
}

// Without it lookups could return a neighbour's column.
TEST(StateSpec, FindsByNameAndSuggests) {
  StateSpec spec;
  ASSERT_TRUE(spec.Add(Field("torso_height")));
  ASSERT_TRUE(spec.Add(Field("torso_pitch")));
  EXPECT_EQ(spec.Find("torso_pitch"), 1);
  EXPECT_EQ(spec.Find("Torso_pitch"), -1);
  EXPECT_EQ(spec.Nearest("torso_heigth"), "torso_height");
  EXPECT_EQ(spec.Nearest("qqqq"), "");
  EXPECT_THAT(spec.Names(), ::testing::ElementsAre("torso_height", "torso_pitch"));
}

}  // namespace
}  // namespace carrot
