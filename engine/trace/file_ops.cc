#include "engine/trace/file_ops.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "engine/base/check.h"

namespace carrot {

const FileOps& SystemFileOps() {
  static const FileOps ops{[](int fd, const void* bytes, size_t count, off_t offset) {
                             return ::pwrite(fd, bytes, count, offset);
                           },
                           [](int fd) { return ::fsync(fd); }};
  return ops;
}

Diagnostic FileError(const std::string& what, const std::filesystem::path& path, int error) {
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  Diagnostic d =
      MakeError(full ? "I006" : "I007",
                fmt::format("cannot {} `{}`: {}", what, path.string(), std::strerror(error)));
  d.where.file = path.string();
  if (full) {
    d.help.push_back("free some space, or choose another folder");
  } else if (error == EACCES || error == EPERM || error == EROFS) {
    d.help.push_back("choose a folder that you may write to");
  } else if (error == ENOTDIR || error == EEXIST) {
    d.help.push_back("a file is in the way: remove it or choose another name");
  }
  return d;
}

OutputFile::OutputFile(OutputFile&& other) noexcept { *this = std::move(other); }

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  std::swap(ops_, other.ops_);
  std::swap(path_, other.path_);
  return *this;
}

OutputFile::~OutputFile() {
  if (fd_ >= 0) ::close(fd_);
}

Result<OutputFile> OutputFile::Open(const std::filesystem::path& path, const FileOps& ops,
                                    bool keep) {
  OutputFile file;
  file.path_ = path;
  file.ops_ = &ops;
  file.fd_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | (keep ? 0 : O_TRUNC), 0644);
  if (file.fd_ < 0) return Fail(FileError("create", path, errno));
  file.size_ = ::lseek(file.fd_, 0, SEEK_END);
  return file;
}

Status OutputFile::WriteAt(off_t offset, std::string_view bytes) {
  CARROT_CHECK(fd_ >= 0);
  while (!bytes.empty()) {
    const ssize_t written = ops_->pwrite(fd_, bytes.data(), bytes.size(), offset);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return Fail(FileError("write", path_, written < 0 ? errno : ENOSPC));
    bytes.remove_prefix(static_cast<size_t>(written));
    offset += written;
  }
  return {};
}

Status OutputFile::Append(std::string_view bytes) {
  CARROT_RETURN_IF_ERROR(WriteAt(size_, bytes));
  size_ += static_cast<off_t>(bytes.size());
  return {};
}

Status OutputFile::Sync() {
  if (ops_->fsync(fd_) != 0) return Fail(FileError("write", path_, errno));
  return {};
}

Status OutputFile::Truncate(off_t size) {
  if (::ftruncate(fd_, size) != 0) return Fail(FileError("truncate", path_, errno));
  size_ = size;
  return {};
}

Status MakeFolder(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return Fail(FileError("create folder", path, error.value()));
  return {};
}

void SyncFolder(const std::filesystem::path& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  ::fsync(fd);
  ::close(fd);
}

Status ReplaceFile(const std::filesystem::path& path, std::string_view bytes, const FileOps& ops) {
  std::filesystem::path temporary = path;
  temporary += ".tmp";
  auto write = [&]() -> Status {
    CARROT_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Open(temporary, ops));
    CARROT_RETURN_IF_ERROR(file.Append(bytes));
    return file.Sync();
  };
  std::error_code error;
  if (Status status = write(); !status) {
    std::filesystem::remove(temporary, error);
    return status;
  }
  std::filesystem::rename(temporary, path, error);
  if (error) return Fail(FileError("write", path, error.value()));
  SyncFolder(path.parent_path());
  return {};
}

}  // namespace carrot
