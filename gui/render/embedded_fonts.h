// Fonts inside the binary (made from assets/fonts by options.cmake): pictures never depend on the
// fonts of the machine.
#pragma once

#include <span>

namespace carrot {
extern const std::span<const unsigned char> kInterRegular;
extern const std::span<const unsigned char> kInterSemiBold;
}  // namespace carrot
