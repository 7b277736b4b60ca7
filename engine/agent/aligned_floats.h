// A float array on 64-byte boundaries, zero-initialised; never resized in place.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <memory>
#include <span>

namespace carrot {

// The next multiple: what padded layouts are made of.
constexpr int RoundUp(int n, int multiple) { return (n + multiple - 1) / multiple * multiple; }

class AlignedFloats {
 public:
  AlignedFloats() = default;
  explicit AlignedFloats(size_t size) : size_(size), data_(Allocate(size)) {}
  AlignedFloats(const AlignedFloats& other) : AlignedFloats(other.size_) {
    std::copy_n(other.data(), size_, data());
  }
  AlignedFloats(AlignedFloats&&) = default;
  AlignedFloats& operator=(AlignedFloats other) {
    size_ = other.size_;
    data_ = std::move(other.data_);
    return *this;
  }

  float* data() { return data_.get(); }
  const float* data() const { return data_.get(); }
  size_t size() const { return size_; }
  float& operator[](size_t i) { return data_[i]; }
  float operator[](size_t i) const { return data_[i]; }
  std::span<float> span() { return {data(), size_}; }
  std::span<const float> span() const { return {data(), size_}; }

 private:
  struct Free {
    void operator()(float* p) const { std::free(p); }
  };
  static std::unique_ptr<float[], Free> Allocate(size_t size) {
    const size_t bytes = (size * sizeof(float) + 63) / 64 * 64;
    auto* p = static_cast<float*>(std::aligned_alloc(64, std::max<size_t>(bytes, 64)));
    std::fill_n(p, bytes / sizeof(float), 0.0f);
    return std::unique_ptr<float[], Free>(p);
  }

  size_t size_ = 0;
  std::unique_ptr<float[], Free> data_;
};

}  // namespace carrot
