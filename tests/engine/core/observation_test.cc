// GatherObservation makes the policy's input; a slip here trains on wrong numbers without any
// error.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/core/task.h"

namespace carrot {
namespace {

using ::testing::ElementsAre;

struct Observed {
  TaskSpec task;
  std::vector<void*> columns;

  template <typename T>
  int Add(DType dtype, std::vector<int> shape, std::vector<T>& column) {
    FieldSpec field;
    field.name = "f" + std::to_string(task.state.size());
    field.dtype = dtype;
    field.shape = std::move(shape);
    EXPECT_TRUE(task.state.Add(field));
    columns.push_back(column.data());
    return task.state.size() - 1;
  }
  std::vector<double> Gather(int64_t row) {
    int size = 0;
    for (const auto& item : task.observation) size += item.width();
    std::vector<double> out(size + 1, -99);
    GatherObservation(task, columns, row, out.data());
    EXPECT_EQ(out.back(), -99) << "wrote past the end";
    out.pop_back();
    return out;
  }
};

// Without it a row could be read at the wrong stride, or a type be reinterpreted.
TEST(GatherObservation, ReadsEveryTypeAtItsRow) {
  Observed o;
  std::vector<double> f64 = {1, 2, 3, 4};
  std::vector<float> f32 = {0.5f, 1.5f};
  std::vector<int32_t> i32 = {-7, -8};
  std::vector<uint8_t> u8 = {200, 201}, flag = {0, 1};
  o.task.observation = {{o.Add(DType::kF64, {2}, f64), 0, 2},
                        {o.Add(DType::kF32, {}, f32), 0, 1},
                        {o.Add(DType::kI32, {}, i32), 0, 1},
                        {o.Add(DType::kU8, {}, u8), 0, 1},
                        {o.Add(DType::kBool, {}, flag), 0, 1}};
  EXPECT_THAT(o.Gather(0), ElementsAre(1, 2, 0.5, -7, 200, 0));
  EXPECT_THAT(o.Gather(1), ElementsAre(3, 4, 1.5, -8, 201, 1));
}

// Without it Hopper's qpos[1:] would include the position that the task hides, or velocities not be
// clipped before they are scaled.
TEST(GatherObservation, SlicesClipsAndScalesInThisOrder) {
  Observed o;
  std::vector<double> qpos = {100, 20, -30, 4};
  const int field = o.Add(DType::kF64, {4}, qpos);
  o.task.observation = {{field, 1, 3}, {field, 1, 4, /*clip=*/10, /*scale=*/0.5}};
  EXPECT_THAT(o.Gather(0), ElementsAre(20, -30, 5, -5, 2));
}

// Without it a grid cell could light the wrong input: codes cycle through one_hot (object, colour,
// state).
TEST(GatherObservation, OneHotCyclesThroughChannels) {
  Observed o;
  std::vector<uint8_t> image = {2, 0, 1, 1};
  ObservationItem item{o.Add(DType::kU8, {2, 2}, image), 0, 4};
  item.one_hot = {3, 2};
  o.task.observation = {item};
  EXPECT_EQ(item.width(), 10);
  EXPECT_THAT(o.Gather(0), ElementsAre(0, 0, 1, 1, 0, 0, 1, 0, 0, 1));
}

// Without it a code outside its range would write into the next channel, or outside the row.
TEST(GatherObservation, CodesOutOfRangeAreAllZero) {
  Observed o;
  std::vector<int32_t> codes = {-1, 3, 2};
  ObservationItem item{o.Add(DType::kI32, {3}, codes), 0, 3};
  item.one_hot = {3};
  o.task.observation = {item};
  EXPECT_THAT(o.Gather(0), ElementsAre(0, 0, 0, 0, 0, 0, 0, 0, 1));
}

}  // namespace
}  // namespace carrot
