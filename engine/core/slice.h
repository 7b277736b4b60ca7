// "qpos[1:6]": a name with an optional 0-based half-open slice, as numpy writes it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "engine/base/result.h"

namespace carrot {

struct SlicedName {
  std::string name;
  std::optional<int> begin,
      end;                  // absent: from the start, to the end; negative counts from the end
  bool is_element = false;  // "[3]": one element, not a slice of length 1
};

// Fails with T004 on anything else, e.g. "qpos[1:".
Result<SlicedName> ParseSlicedName(std::string_view text);

// The elements that the slice names out of `size`; T004 if they are not all there or none is.
struct ElementRange {
  int begin = 0, end = 0;
};
Result<ElementRange> ResolveSlice(const SlicedName& slice, int size);

}  // namespace carrot
