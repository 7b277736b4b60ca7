#include "engine/base/hash.h"

#include <gtest/gtest.h>

#include <array>

namespace carrot {
namespace {

// Without it another hash function could slip in, and no stored run would find its script again.
// The value is XXH3-128 of the empty input, as published.
TEST(Hash, IsXxh3InHex) {
  EXPECT_EQ(HashHex(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(HashHex("carrot").size(), 32u);
}

// Without it bytes behind a zero could be left out, as with a C string.
TEST(Hash, CountsEveryByte) {
  using std::string_view_literals::operator""sv;
  EXPECT_NE(HashHex("a\0b"sv), HashHex("a\0c"sv));
  EXPECT_NE(HashHex("a"sv), HashHex("a\0"sv));
}

// Without it the same bytes could have two names, depending on the type that held them.
TEST(Hash, SpanAndStringAgree) {
  const std::array<std::byte, 3> bytes = {std::byte{'a'}, std::byte{0}, std::byte{255}};
  EXPECT_EQ(HashHex(bytes), HashHex(std::string_view("a\0\xff", 3)));
}

}  // namespace
}  // namespace carrot
