#include "engine/base/hash.h"

#include <fmt/format.h>
#include <xxhash.h>

namespace carrot {

std::string HashHex(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string HashHex(std::span<const std::byte> bytes) {
  return HashHex(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace carrot
