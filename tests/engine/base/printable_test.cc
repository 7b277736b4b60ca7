// Deleted: a script's doc could clear the screen, retitle the terminal or hide text, unnoticed.
#include "engine/base/printable.h"

#include <gtest/gtest.h>

namespace carrot {
namespace {

TEST(Printable, KeepsTextAndLayout) {
  EXPECT_EQ(Printable("a\tb\nπ ± …"), "a\tb\nπ ± …");
  EXPECT_EQ(Printable(""), "");
}

TEST(Printable, NeutralisesControlCharacters) {
  EXPECT_EQ(Printable("\x1b[2J"), "?[2J");
  EXPECT_EQ(Printable("\x1b]0;title\x07"), "?]0;title?");
  EXPECT_EQ(Printable("a\rb\x7f"), "a?b?");
  EXPECT_EQ(Printable("\xc2\x9b"
                      "2J"),
            "??2J")
      << "a C1 control is an escape in one character";
  EXPECT_EQ(Printable("\xff\xe2\x82"), "???") << "not UTF-8";
}

TEST(Printable, KeepsOnlyOurOwnStyles) {
  EXPECT_EQ(Printable("\x1b[1;33mwarning\x1b[0m", true), "\x1b[1;33mwarning\x1b[0m");
  EXPECT_EQ(Printable("\x1b[33mx", false), "?[33mx");
  for (const char* foreign : {"\x1b[8m", "\x1b[5m", "\x1b[1;8m", "\x1b[38;5;1m", "\x1b[m",
                              "\x1b[2K", "\x1b[;m", "\x1b["}) {
    EXPECT_EQ(Printable(foreign, true)[0], '?') << foreign + 1;
  }
}

}  // namespace
}  // namespace carrot
