// Programmer errors: CARROT_CHECK stops the process with the place and the condition, in every
// build. Never use it for anything a user, a script or a file can cause.
#pragma once

namespace carrot {
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);
}

#define CARROT_CHECK(condition)                        \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::carrot::CheckFailed(__FILE__, __LINE__, #condition))
