// Content hashes (XXH3, 128 bit): names of scripts, tasks, rewards, states. Not for security.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace carrot {

// 32 lower-case hex digits.
std::string HashHex(std::string_view bytes);
std::string HashHex(std::span<const std::byte> bytes);

}  // namespace carrot
