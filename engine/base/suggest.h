// "Did you mean": the nearest names to a misspelt one.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carrot {

// Edit distance with transpositions (optimal string alignment), case-insensitive.
int EditDistance(std::string_view a, std::string_view b);

// The candidate nearest to `name`, or "" if none is near enough to be a likely slip
// (distance <= max(1, length / 3), or one is a prefix/suffix of the other).
std::string Suggest(std::string_view name, std::span<const std::string> candidates);

}  // namespace carrot
