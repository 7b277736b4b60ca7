#include "gui/render/png.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>

namespace carrot {
namespace {

Image Gradient() {
  Image image;
  image.Resize(37, 11);
  for (size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<uint8_t>(i * 7);
  return image;
}

std::filesystem::path FreshFolder(const char* name) {
  const auto folder = std::filesystem::path(testing::TempDir()) / name;
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder;
}

// Without it: rows or channels could be swapped or padded on their way to the file.
TEST(PngTest, RoundTrips) {
  const std::string path = FreshFolder("png_round") / "a.png";
  const Image image = Gradient();
  ASSERT_TRUE(WritePng(path, image));
  const auto back = ReadPng(path);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->width, 37);
  EXPECT_EQ(back->height, 11);
  EXPECT_EQ(back->rgb, image.rgb);
}

// Without it: a half-written picture or a forgotten temporary file could stay behind.
TEST(PngTest, ReplacesWholeAndLeavesNothingElse) {
  const auto folder = FreshFolder("png_atomic");
  const std::string path = folder / "a.png";
  std::ofstream(path) << "old";
  ASSERT_TRUE(WritePng(path, Gradient()));
  EXPECT_TRUE(ReadPng(path));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

// Without it: a disk that fills up in the middle of a picture would cost the old picture, leave a
// torn one, or be reported as success. A limit on file size fails the write as a full disk does.
TEST(PngTest, FailedWriteIsAnErrorAndKeepsTheOldPicture) {
  const auto folder = FreshFolder("png_full");
  const std::string path = folder / "a.png";
  ASSERT_TRUE(WritePng(path, Gradient()));
  Image large;
  large.Resize(300, 300);
  for (size_t i = 0; i < large.rgb.size(); ++i) large.rgb[i] = static_cast<uint8_t>(i * i >> 3);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{4096, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  const Status written = WritePng(path, large);
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error()[0].code, "I010");
  EXPECT_EQ(ReadPng(path)->rgb, Gradient().rgb);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

// Without it: a missing folder would be a crash or a silent loss; the message must name path and
// reason.
TEST(PngTest, MissingFolderIsAnError) {
  const std::string path = FreshFolder("png_missing") / "no" / "a.png";
  const Status written = WritePng(path, Gradient());
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error()[0].code, "I010");
  EXPECT_NE(written.error()[0].message.find(path), std::string::npos);
  EXPECT_NE(written.error()[0].message.find("No such file or directory"), std::string::npos);
}

// Without it: a damaged picture could crash the reader.
TEST(PngTest, DamagedPictureIsAnError) {
  const std::string path = FreshFolder("png_damaged") / "a.png";
  ASSERT_TRUE(WritePng(path, Gradient()));
  std::filesystem::resize_file(path, 60);
  const auto back = ReadPng(path);
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error()[0].code, "I011");
}

}  // namespace
}  // namespace carrot
