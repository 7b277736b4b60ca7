// Result<T>: a value, or the diagnostics that explain why there is none. User errors travel as
// values; programmer errors stop the process (check.h).
#pragma once

#include <tl/expected.hpp>
#include <utility>

#include "engine/base/diagnostic.h"

namespace carrot {

template <typename T>
using Result = tl::expected<T, Diagnostics>;

// Status: success, or why not.
using Status = Result<void>;

inline tl::unexpected<Diagnostics> Fail(Diagnostic diagnostic) {
  return tl::unexpected<Diagnostics>(Diagnostics{std::move(diagnostic)});
}
inline tl::unexpected<Diagnostics> Fail(Diagnostics diagnostics) {
  return tl::unexpected<Diagnostics>(std::move(diagnostics));
}

}  // namespace carrot

// Evaluates `expr` (a Result or Status); on failure returns its diagnostics from this function.
#define CARROT_RETURN_IF_ERROR(expr)                   \
  if (auto status_ = (expr); !status_) {               \
    return ::carrot::Fail(std::move(status_).error()); \
  }                                                    \
  static_assert(true, "needs a semicolon")

// CARROT_ASSIGN_OR_RETURN(auto x, F()): declares x from the Result or returns its diagnostics.
#define CARROT_CONCAT_(a, b) a##b
#define CARROT_CONCAT(a, b) CARROT_CONCAT_(a, b)
#define CARROT_ASSIGN_OR_RETURN(decl, expr)                                     \
  auto CARROT_CONCAT(result_, __LINE__) = (expr);                               \
  if (!CARROT_CONCAT(result_, __LINE__))                                        \
    return ::carrot::Fail(std::move(CARROT_CONCAT(result_, __LINE__)).error()); \
  decl = std::move(*CARROT_CONCAT(result_, __LINE__))
