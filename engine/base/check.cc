#include "engine/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace carrot {

void CheckFailed(const char* file, int line, const char* condition) {
  std::fprintf(stderr, "carrot: internal error at %s:%d: %s does not hold\n", file, line,
               condition);
  std::abort();
}

}  // namespace carrot
