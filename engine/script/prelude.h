// The trusted Lua code that every state starts with: the sandbox's functions, the views of state,
// action and memory, and what generated loops call. It alone (with those loops) may use ffi.
#pragma once

namespace carrot {

// Chunk; arguments: host_require(name) -> chunk | nil, message; random_function (address),
// random_context (address). Returns a table; the keys are read in lua_host.cc.
extern const char* const kPrelude;       // libraries, budget
extern const char* const kPreludeViews;  // goes on where kPrelude ends: what terms see

}  // namespace carrot
