#include "engine/core/slice.h"

#include <fmt/format.h>

#include <charconv>

namespace carrot {
namespace {

bool ParseBound(std::string_view text, std::optional<int>* bound) {
  if (text.empty()) return true;
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  *bound = value;
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

Result<SlicedName> ParseSlicedName(std::string_view text) {
  auto malformed = [&] {
    return Fail(MakeError("T004", fmt::format("`{}` is not a name with a slice", text),
                          {"write name, name[3], name[1:6], name[2:] or name[:4] (0-based, end not "
                           "included)"}));
  };
  SlicedName result;
  const size_t open = text.find('[');
  result.name = std::string(text.substr(0, open));
  if (result.name.empty()) return malformed();
  if (open == std::string_view::npos) return result;
  if (text.back() != ']') return malformed();
  const std::string_view inside = text.substr(open + 1, text.size() - open - 2);
  const size_t colon = inside.find(':');
  if (!ParseBound(inside.substr(0, colon), &result.begin)) return malformed();
  if (colon == std::string_view::npos) {
    if (!result.begin) return malformed();
    result.is_element = true;
  } else if (!ParseBound(inside.substr(colon + 1), &result.end)) {
    return malformed();
  }
  return result;
}

Result<ElementRange> ResolveSlice(const SlicedName& slice, int size) {
  auto absolute = [size](int index) { return index < 0 ? index + size : index; };
  ElementRange range{slice.begin ? absolute(*slice.begin) : 0,
                     slice.end ? absolute(*slice.end) : size};
  if (slice.is_element) range.end = range.begin + 1;
  if (range.begin < 0 || range.end > size || range.begin >= range.end) {
    return Fail(MakeError("T004",
                          fmt::format("the slice of `{}` leaves its {} elements", slice.name, size),
                          {fmt::format("indices run from 0 to {}", size - 1)}));
  }
  return range;
}

}  // namespace carrot
