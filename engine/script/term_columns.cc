#include "engine/script/term_columns.h"

namespace carrot {
namespace {

template <typename T>
void Spread(const double* from, T* to, int64_t stride, int width, int64_t rows) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int i = 0; i < width; ++i) to[r * stride + i] = static_cast<T>(from[r * width + i]);
  }
}

template <typename T>
void Gather(const T* from, double* to, int64_t rows) {
  for (int64_t r = 0; r < rows; ++r) to[r] = static_cast<double>(from[r]);
}

void SpreadBool(const double* from, uint8_t* to, int64_t stride, int width, int64_t rows) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int i = 0; i < width; ++i) to[r * stride + i] = from[r * width + i] != 0;
  }
}

}  // namespace

uint64_t HashName(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325ULL;
  for (unsigned char c : name) hash = (hash ^ c) * 0x100000001b3ULL;
  return hash;
}

void StoreColumn(const double* from, int width, const TermColumn& column, int64_t first,
                 int64_t rows) {
  const int64_t at = first * column.stride, stride = column.stride;
  switch (column.dtype) {
    case DType::kF64:
      return Spread(from, static_cast<double*>(column.data) + at, stride, width, rows);
    case DType::kF32:
      return Spread(from, static_cast<float*>(column.data) + at, stride, width, rows);
    case DType::kI32:
      return Spread(from, static_cast<int32_t*>(column.data) + at, stride, width, rows);
    case DType::kU8:
      return Spread(from, static_cast<uint8_t*>(column.data) + at, stride, width, rows);
    case DType::kBool:
      return SpreadBool(from, static_cast<uint8_t*>(column.data) + at, stride, width, rows);
  }
}

void LoadColumn(const void* column, DType dtype, int64_t first, int64_t rows, double* to) {
  switch (dtype) {
    case DType::kF64:
      return Gather(static_cast<const double*>(column) + first, to, rows);
    case DType::kF32:
      return Gather(static_cast<const float*>(column) + first, to, rows);
    case DType::kI32:
      return Gather(static_cast<const int32_t*>(column) + first, to, rows);
    case DType::kU8:
    case DType::kBool:
      return Gather(static_cast<const uint8_t*>(column) + first, to, rows);
  }
}

}  // namespace carrot
