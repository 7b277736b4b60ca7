// StateBatch: one column per field for N environments, twice: the state before the step (prev) and
// after it (next).
//
//   column f:  [env 0: size elements][env 1: size elements] ... [env N-1]
//
// Flip() makes `next` the new `prev`; the world then writes every field of `next` in full. Columns
// are 64-byte aligned and never move, so evaluators may keep their addresses (two per field).
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "engine/core/state_spec.h"

namespace carrot {

template <typename T>
struct FieldView {
  T* data = nullptr;
  int width = 0;  // elements per env
  std::span<T> operator[](int64_t row) const {
    return {data + row * width, static_cast<size_t>(width)};
  }
};

class StateBatch {
 public:
  StateBatch(const StateSpec& spec, int num_envs);

  int num_envs() const { return num_envs_; }
  const StateSpec& spec() const { return spec_; }

  void Flip() { current_ ^= 1; }  // O(1)
  // Column addresses, indexed by field.
  std::span<void* const> next() const { return columns_[current_]; }
  std::span<void* const> prev() const { return columns_[current_ ^ 1]; }

  template <typename T>
  FieldView<T> Next(int field) const {
    return {static_cast<T*>(next()[field]), spec_[field].size()};
  }
  template <typename T>
  FieldView<T> Prev(int field) const {
    return {static_cast<T*>(prev()[field]), spec_[field].size()};
  }

  // Bytes of one env's row over all fields, for snapshots; prev then next.
  size_t row_bytes() const { return row_bytes_; }
  void SaveRows(int env, std::byte* out) const;  // 2 * row_bytes()
  void LoadRows(int env, const std::byte* bytes);
  void CopyPrevToNext(int env);  // an env that did not step keeps its row over a Flip

 private:
  StateSpec spec_;
  int num_envs_;
  size_t row_bytes_ = 0;
  int current_ = 0;
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte[], Free> storage_;
  std::vector<void*> columns_[2];
};

}  // namespace carrot
