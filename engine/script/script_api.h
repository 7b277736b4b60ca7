// What scripts may use, as data: for editor stubs, reference pages and prompts. Names come from
// where they are bound (the sandbox itself, the library folder); nothing is listed twice.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace carrot {

// A name that a script can use. `type` is written as LuaLS annotations have it.
struct ApiName {
  const char* name;
  const char* type;
  const char* doc;
};

// s.NAME beside the task's fields, and v:NAME() of vectors. The checks of terms use these lists.
std::span<const ApiName> StateBuiltins();
std::span<const ApiName> VectorMethods();
std::vector<std::string> NamesOf(std::span<const ApiName> names);

// Every global of the sandbox, members as "math.abs", with `makers` among them; sorted.
Result<std::vector<std::string>> SandboxGlobals(const std::vector<std::string>& makers);

struct ApiFunction {
  std::string name;  // "" if the module itself is the function
  std::vector<std::string> params;
  std::vector<std::string> doc;  // the comment lines right above it
};
struct ApiModule {
  std::string name;
  std::vector<std::string> doc;  // the comment that the file begins with
  std::vector<ApiFunction> functions;
  std::string source;
};
// The shipped library, by name: its modules are run once to see what they give. Fails if one does
// not load.
Result<std::vector<ApiModule>> LibraryModules();

}  // namespace carrot
