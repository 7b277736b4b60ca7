#include "engine/base/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <fstream>

namespace carrot {
namespace {

std::filesystem::path TempFile(const char* name) {
  return std::filesystem::path(testing::TempDir()) / name;
}

void WriteBytes(const std::filesystem::path& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

// Without this, NumPy could not read what we write: the bytes are compared with a header that NumPy
// 1.26 itself wrote for np.save of a (2, 3) float64 array.
TEST(NpyTest, HeaderEqualsNumpys) {
  const int64_t shape[] = {2, 3};
  const std::string header = EncodeNpyHeader(NpyType::kF8, shape);
  ASSERT_EQ(header.size(), 128u);
  const std::string dict = "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 3), }";
  EXPECT_EQ(header, std::string("\x93NUMPY\x01\x00v\x00", 10) + dict +
                        std::string(117 - dict.size(), ' ') + "\n");
}

// Without this, one-axis and scalar shapes could be written in a form that Python reads as a
// number.
TEST(NpyTest, ShapesOfOneAndNoAxis) {
  const int64_t one[] = {7};
  EXPECT_THAT(EncodeNpyHeader(NpyType::kU1, one), testing::HasSubstr("'shape': (7,), }"));
  EXPECT_THAT(EncodeNpyHeader(NpyType::kU1, {}), testing::HasSubstr("'shape': (), }"));
}

// Without this, a type could lose bytes or its axes on the way through a file.
template <typename T>
void RoundTrip(std::vector<T> values) {
  const auto path = TempFile("round_trip.npy");
  const int64_t shape[] = {static_cast<int64_t>(values.size()) / 2, 2};
  ASSERT_TRUE(WriteNpy<T>(path, shape, values));
  const auto array = ReadNpy(path);
  ASSERT_TRUE(array);
  EXPECT_EQ(array->header.type, NpyTypeOf<T>());
  EXPECT_THAT(array->header.shape, testing::ElementsAre(shape[0], 2));
  EXPECT_THAT(array->template as<T>(), testing::ElementsAreArray(values));
}
TEST(NpyTest, RoundTripsEveryType) {
  RoundTrip<double>({1.5, -2, 1e300, 0});
  RoundTrip<float>({1.5f, -2, 3e38f, 0});
  RoundTrip<int64_t>({1, -2, int64_t{1} << 60, 0});
  RoundTrip<uint64_t>({1, 2, uint64_t{1} << 63, 0});
  RoundTrip<int32_t>({1, -2, 3, 4});
  RoundTrip<int16_t>({1, -2, 3, 4});
  RoundTrip<uint8_t>({1, 255, 3, 4});
}

// Without this, a torn or foreign file could crash a reader or be read as garbage.
TEST(NpyTest, BadFilesAreDiagnostics) {
  const auto path = TempFile("bad.npy");
  const int64_t shape[] = {4};
  const std::string good = EncodeNpyHeader(NpyType::kF8, shape);
  const std::string data(32, 'x');
  const auto message = [&](const std::string& bytes) {
    WriteBytes(path, bytes);
    const auto array = ReadNpy(path);
    return array ? std::string("read") : array.error()[0].message;
  };
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string bytes = good;
    return bytes.replace(bytes.find(from), from.size(), to) + data;
  };
  EXPECT_EQ(message(good + data), "read");
  EXPECT_THAT(message(""), testing::HasSubstr("magic"));
  EXPECT_THAT(message("PK\x03\x04 is a zip file"), testing::HasSubstr("magic"));
  EXPECT_THAT(message(good.substr(0, 60)), testing::HasSubstr("cut off"));
  EXPECT_THAT(message(good + "short"), testing::HasSubstr("claims 32 bytes of data"));
  EXPECT_THAT(message(with("<f8", ">f8")), testing::HasSubstr("element type"));
  EXPECT_THAT(message(with("False", "True ")), testing::HasSubstr("C order"));
  EXPECT_THAT(message(with("(4,)", "(x,)")), testing::HasSubstr("shape"));
  EXPECT_THAT(message(with("(4,), }" + std::string(20, ' '), "(9999999999, 9999999999), }")),
              testing::HasSubstr("shape"));
  const auto missing = ReadNpy(TempFile("there_is_no_such.npy"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error()[0].code, "I001");
}

// Without this, a policy whose arrays do not fit its description would be read out of bounds.
TEST(NpyTest, ExpectedShapeIsChecked) {
  const auto path = TempFile("shape.npy");
  const int64_t shape[] = {2, 2};
  ASSERT_TRUE(WriteNpy<float>(path, shape, std::vector<float>{1, 2, 3, 4}));
  const int64_t any_rows[] = {-1, 2}, other[] = {2, 3};
  EXPECT_TRUE(ReadNpy(path, NpyType::kF4, any_rows));
  EXPECT_FALSE(ReadNpy(path, NpyType::kF8, any_rows));
  const auto wrong = ReadNpy(path, NpyType::kF4, other);
  ASSERT_FALSE(wrong);
  EXPECT_THAT(wrong.error()[0].message,
              testing::HasSubstr("expected <f4 (2, 3), found <f4 (2, 2)"));
}

}  // namespace
}  // namespace carrot
