#include "engine/core/state_batch.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <set>

namespace carrot {
namespace {

StateSpec MixedSpec() {
  StateSpec spec;
  const std::pair<DType, std::vector<int>> fields[] = {{DType::kF64, {3}},
                                                       {DType::kU8, {5}},
                                                       {DType::kF32, {}},
                                                       {DType::kI32, {2}},
                                                       {DType::kBool, {}}};
  for (const auto& [dtype, shape] : fields) {
    FieldSpec field;
    field.name = "f" + std::to_string(spec.size());
    field.dtype = dtype;
    field.shape = shape;
    EXPECT_TRUE(spec.Add(field));
  }
  return spec;
}

// Fills every byte of both rows of `env` with values that name their place.
void Fill(StateBatch& batch, int env, int salt) {
  for (int side = 0; side < 2; ++side) {
    const auto columns = side ? batch.next() : batch.prev();
    for (int f = 0; f < batch.spec().size(); ++f) {
      const size_t bytes = batch.spec()[f].bytes();
      auto* row = static_cast<uint8_t*>(columns[f]) + env * bytes;
      for (size_t i = 0; i < bytes; ++i)
        row[i] = static_cast<uint8_t>(salt + 31 * side + 7 * f + i);
    }
  }
}

std::vector<std::byte> Rows(const StateBatch& batch, int env) {
  std::vector<std::byte> bytes(2 * batch.row_bytes());
  batch.SaveRows(env, bytes.data());
  return bytes;
}

// Without it vector loads could straddle cache lines, two columns overlap, or a fresh batch hold
// garbage.
TEST(StateBatch, ColumnsAreAlignedApartAndZero) {
  const StateBatch batch(MixedSpec(), 7);
  std::set<uintptr_t> bytes_seen;
  size_t total = 0;
  for (const auto columns : {batch.prev(), batch.next()}) {
    for (int f = 0; f < batch.spec().size(); ++f) {
      const auto address = reinterpret_cast<uintptr_t>(columns[f]);
      EXPECT_EQ(address % 64, 0u);
      for (size_t i = 0; i < 7 * batch.spec()[f].bytes(); ++i, ++total) {
        bytes_seen.insert(address + i);
        EXPECT_EQ(static_cast<const uint8_t*>(columns[f])[i], 0);
      }
    }
  }
  EXPECT_EQ(bytes_seen.size(), total) << "columns overlap";
  EXPECT_EQ(batch.row_bytes(), 24u + 5 + 4 + 8 + 1);
}

// Without it s.prev could be the state after the step.
TEST(StateBatch, FlipSwapsTheTwoAndMovesNothing) {
  StateBatch batch(MixedSpec(), 2);
  const auto* next = batch.next()[0];
  const auto* prev = batch.prev()[0];
  batch.Next<double>(0)[1][2] = 4.5;
  batch.Flip();
  EXPECT_EQ(batch.prev()[0], next);
  EXPECT_EQ(batch.next()[0], prev);
  EXPECT_EQ(batch.Prev<double>(0)[1][2], 4.5);
  EXPECT_EQ(batch.Next<double>(0)[1][2], 0.0);
  batch.Flip();
  EXPECT_EQ(batch.next()[0], next);
}

// Without it a snapshot could lose a field or touch another env.
TEST(StateBatch, RowsRoundTripAndLeaveOthersAlone) {
  StateBatch batch(MixedSpec(), 3);
  for (int env = 0; env < 3; ++env) Fill(batch, env, 50 * env + 1);
  const auto before0 = Rows(batch, 0), before1 = Rows(batch, 1), before2 = Rows(batch, 2);
  Fill(batch, 1, 200);
  ASSERT_NE(Rows(batch, 1), before1);
  batch.LoadRows(1, before1.data());
  EXPECT_EQ(Rows(batch, 1), before1);
  EXPECT_EQ(Rows(batch, 0), before0);
  EXPECT_EQ(Rows(batch, 2), before2);
  // A snapshot is prev then next, whichever of the two buffers is current.
  StateBatch flipped(MixedSpec(), 3);
  flipped.Flip();
  flipped.LoadRows(2, before1.data());
  EXPECT_EQ(Rows(flipped, 2), before1);
}

}  // namespace
}  // namespace carrot
