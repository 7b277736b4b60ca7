#include "engine/core/state_batch.h"

#include <cstdlib>
#include <cstring>

#include "engine/base/check.h"

namespace carrot {
namespace {
constexpr size_t kAlign = 64;
size_t RoundUp(size_t bytes) { return (bytes + kAlign - 1) / kAlign * kAlign; }
}  // namespace

void StateBatch::Free::operator()(std::byte* p) const { std::free(p); }

StateBatch::StateBatch(const StateSpec& spec, int num_envs) : spec_(spec), num_envs_(num_envs) {
  size_t total = kAlign;
  for (const auto& field : spec_.fields()) {
    total += 2 * RoundUp(field.bytes() * num_envs);
    row_bytes_ += field.bytes();
  }
  auto* base = static_cast<std::byte*>(std::aligned_alloc(kAlign, RoundUp(total)));
  CARROT_CHECK(base != nullptr);
  std::memset(base, 0, RoundUp(total));
  storage_.reset(base);
  for (auto& columns : columns_) {
    for (const auto& field : spec_.fields()) {
      columns.push_back(base);
      base += RoundUp(field.bytes() * num_envs);
    }
  }
}

void StateBatch::SaveRows(int env, std::byte* out) const {
  for (const auto& columns : {prev(), next()}) {
    for (int f = 0; f < spec_.size(); ++f) {
      const size_t bytes = spec_[f].bytes();
      std::memcpy(out, static_cast<const std::byte*>(columns[f]) + env * bytes, bytes);
      out += bytes;
    }
  }
}

void StateBatch::LoadRows(int env, const std::byte* in) {
  for (const auto& columns : {prev(), next()}) {
    for (int f = 0; f < spec_.size(); ++f) {
      const size_t bytes = spec_[f].bytes();
      std::memcpy(static_cast<std::byte*>(columns[f]) + env * bytes, in, bytes);
      in += bytes;
    }
  }
}

void StateBatch::CopyPrevToNext(int env) {
  for (int f = 0; f < spec_.size(); ++f) {
    const size_t bytes = spec_[f].bytes();
    std::memcpy(static_cast<std::byte*>(next()[f]) + env * bytes,
                static_cast<const std::byte*>(prev()[f]) + env * bytes, bytes);
  }
}

}  // namespace carrot
