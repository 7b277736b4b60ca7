// The .npy format of NumPy (version 1.0, little-endian, C order): the one reader and writer of it.
//
//   [0,128)   header: "\x93NUMPY" 1 0, u16 length 118, "{'descr': '<f8', ... 'shape': (7, 3), }",
//             spaces, newline. Fixed size, so that a growing column can be patched in place.
//   [128,..)  elements, last axis fastest
//
// The reader accepts versions 1-3 and any header length, as NumPy writes them.
// Source: numpy/lib/format.py, "Format Version 1.0". Errors are I0xx diagnostics that name the
// file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "engine/base/result.h"

namespace carrot {

inline constexpr size_t kNpyHeaderBytes = 128;

enum class NpyType : uint8_t { kF8, kF4, kI8, kI4, kI2, kU8, kU1, kB1 };

const char* NpyDescr(NpyType type);  // "<f8" "<f4" "<i8" "<i4" "<i2" "<u8" "|u1" "|b1"
size_t SizeOf(NpyType type);

template <typename T>
constexpr NpyType NpyTypeOf() {
  if constexpr (std::is_same_v<T, double>)
    return NpyType::kF8;
  else if constexpr (std::is_same_v<T, float>)
    return NpyType::kF4;
  else if constexpr (std::is_same_v<T, int64_t>)
    return NpyType::kI8;
  else if constexpr (std::is_same_v<T, int32_t>)
    return NpyType::kI4;
  else if constexpr (std::is_same_v<T, int16_t>)
    return NpyType::kI2;
  else if constexpr (std::is_same_v<T, uint64_t>)
    return NpyType::kU8;
  else if constexpr (std::is_same_v<T, bool>)
    return NpyType::kB1;
  else {
    static_assert(std::is_same_v<T, uint8_t>, "no .npy type");
    return NpyType::kU1;
  }
}

struct NpyHeader {
  NpyType type = NpyType::kF8;
  std::vector<int64_t> shape;  // {} is a scalar
  size_t data_offset = kNpyHeaderBytes;

  int64_t elements() const;
  size_t data_bytes() const { return static_cast<size_t>(elements()) * SizeOf(type); }
};

// Exactly kNpyHeaderBytes bytes. At most 4 axes (programmer error beyond that).
std::string EncodeNpyHeader(NpyType type, std::span<const int64_t> shape);

// `bytes`: the beginning of the file, at least its whole header. `path` is for the message only.
Result<NpyHeader> DecodeNpyHeader(std::string_view bytes, const std::filesystem::path& path);

struct NpyArray {
  NpyHeader header;
  std::vector<std::byte> data;

  // The caller knows the type (check header.type first).
  template <typename T>
  std::span<const T> as() const {
    return {reinterpret_cast<const T*>(data.data()), data.size() / sizeof(T)};
  }
};

// Writes the file in one go (not atomically: write to a temporary folder and rename that).
Status WriteNpy(const std::filesystem::path& path, NpyType type, std::span<const int64_t> shape,
                const void* data);
template <typename T>
Status WriteNpy(const std::filesystem::path& path, std::span<const int64_t> shape,
                std::span<const T> data) {
  return WriteNpy(path, NpyTypeOf<T>(), shape, static_cast<const void*>(data.data()));
}

// Fails if the file holds fewer bytes than its header claims; more are ignored.
Result<NpyArray> ReadNpy(const std::filesystem::path& path);
// The same, with the type and shape that the reader insists on (-1: any size of that axis).
Result<NpyArray> ReadNpy(const std::filesystem::path& path, NpyType type,
                         std::span<const int64_t> shape);

}  // namespace carrot
