// The few system calls that writing a recording or a run folder needs, replaceable so that tests
// can fill the disk at any byte.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace carrot {

struct FileOps {
  std::function<ssize_t(int fd, const void* bytes, size_t count, off_t offset)> pwrite;
  std::function<int(int fd)> fsync;
};
const FileOps& SystemFileOps();

// A file being written at known offsets. Closes itself.
class OutputFile {
 public:
  OutputFile() = default;
  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();

  // Creates (truncates) the file, or with `keep` opens it at its end.
  static Result<OutputFile> Open(const std::filesystem::path& path, const FileOps& ops,
                                 bool keep = false);
  Status Append(std::string_view bytes);  // at size()
  Status WriteAt(off_t offset, std::string_view bytes);
  Status Sync();
  Status Truncate(off_t size);
  off_t size() const { return size_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  int fd_ = -1;
  off_t size_ = 0;
  const FileOps* ops_ = nullptr;
  std::filesystem::path path_;
};

// Diagnostic of the last failed system call: I006 no space left, I007 not writable or anything
// else.
Diagnostic FileError(const std::string& what, const std::filesystem::path& path, int error);

// Makes the folder and its parents (I007, I006).
Status MakeFolder(const std::filesystem::path& path);
// Whole file under its final name or not at all: temporary file, fsync, rename, fsync of the
// folder.
Status ReplaceFile(const std::filesystem::path& path, std::string_view bytes, const FileOps& ops);
// Makes renames and new names in the folder durable. Errors are ignored: not every file system can.
void SyncFolder(const std::filesystem::path& path);

}  // namespace carrot
