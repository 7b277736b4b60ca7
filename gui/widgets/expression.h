// What may be typed where a number goes: "0.25", "1/3", "2*x", "-(x + 1)".
#pragma once

#include <optional>
#include <string_view>

namespace carrot {

// + - * / and brackets over numbers and `x`, the value so far. Nothing if it is no such expression
// or its value is not finite.
std::optional<double> Evaluate(std::string_view text, double x);

}  // namespace carrot
