// Values as raw bytes, in native order: for snapshots that stay on one machine and build. One
// description of a layout, templated on the stream, serves writing and reading.
#pragma once

#include <algorithm>
#include <cstddef>
#include <span>
#include <vector>

namespace carrot {

struct ByteWriter {
  template <typename T>
  void Values(const T* data, size_t n) {
    const auto* from = reinterpret_cast<const std::byte*>(data);
    bytes.insert(bytes.end(), from, from + n * sizeof(T));
  }
  std::vector<std::byte> bytes;
};

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}
  // Reads nothing if less is left: whole() tells.
  template <typename T>
  void Values(T* data, size_t n) {
    const size_t size = n * sizeof(T);
    whole_ = whole_ && size <= rest_.size();
    if (!whole_) return;
    std::copy_n(rest_.data(), size, reinterpret_cast<std::byte*>(data));  // may be nothing
    rest_ = rest_.subspan(size);
  }
  bool whole() const { return whole_; }
  bool at_end() const { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
  bool whole_ = true;
};

}  // namespace carrot
