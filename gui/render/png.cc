#include "gui/render/png.h"

#include <fmt/format.h>
#include <png.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "engine/base/check.h"

namespace carrot {
namespace {

Diagnostic WriteError(const std::string& path, int error) {
  Diagnostic diagnostic =
      MakeError("I010", fmt::format("cannot write the picture `{}`: {}", path,
                                    error == 0 ? "unknown error" : std::strerror(error)));
  if (error == ENOENT) diagnostic.help.push_back("make the folder first, or name another one");
  if (error == ENOSPC || error == EDQUOT) diagnostic.help.push_back("free some space on that disk");
  if (error == EACCES || error == EROFS || error == EPERM) {
    diagnostic.help.push_back("choose a folder that may be written to");
  }
  return diagnostic;
}

// libpng's simplified API writes to a FILE*, and the last bytes reach the disk in fflush and fsync:
// all three are where a full disk shows.
bool WriteWhole(std::FILE* file, const Image& image) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  header.width = static_cast<png_uint_32>(image.width);
  header.height = static_cast<png_uint_32>(image.height);
  header.format = PNG_FORMAT_RGB;
  const bool written =
      png_image_write_to_stdio(&header, file, 0, image.rgb.data(), 0, nullptr) != 0;
  return written && std::fflush(file) == 0 && ::fsync(::fileno(file)) == 0;
}

// Two threads or processes may write the same picture: each gets its own temporary name.
std::string TemporaryName(const std::string& path) {
  static std::atomic<int> count{0};
  return fmt::format("{}.{}-{}.tmp", path, ::getpid(), count.fetch_add(1));
}

}  // namespace

Status WritePng(const std::string& path, const Image& image) {
  CARROT_CHECK(image.width > 0 && image.height > 0);
  CARROT_CHECK(image.rgb.size() ==
               size_t{3} * static_cast<size_t>(image.width) * static_cast<size_t>(image.height));
  const std::string temporary = TemporaryName(path);
  errno = 0;
  std::FILE* file = std::fopen(temporary.c_str(), "wb");
  if (file == nullptr) return Fail(WriteError(path, errno));
  bool good = WriteWhole(file, image);
  int error = errno;
  if (std::fclose(file) != 0 && good) {
    good = false;
    error = errno;
  }
  if (good && std::rename(temporary.c_str(), path.c_str()) != 0) {
    good = false;
    error = errno;
  }
  if (good) return {};
  std::remove(temporary.c_str());
  return Fail(WriteError(path, error));
}

Result<Image> ReadPng(const std::string& path) {
  png_image header{};
  header.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&header, path.c_str()) == 0) {
    return Fail(
        MakeError("I011", fmt::format("cannot read the picture `{}`: {}", path, header.message)));
  }
  header.format = PNG_FORMAT_RGB;
  Image image;
  image.Resize(static_cast<int>(header.width), static_cast<int>(header.height));
  const png_color black{0, 0, 0};
  if (png_image_finish_read(&header, &black, image.rgb.data(), 0, nullptr) == 0) {
    return Fail(
        MakeError("I011", fmt::format("cannot read the picture `{}`: {}", path, header.message)));
  }
  return image;
}

}  // namespace carrot
