#include "gui/render/gl_api.h"

#include <fmt/format.h>

#include "engine/base/check.h"

namespace carrot {
namespace {
GlApi g_api;
bool g_loaded = false;
}  // namespace

Status LoadGl(FunctionRef<void*(const char*)> get_proc_address) {
  GlApi api;
  const char* missing = nullptr;
#define CARROT_GL_LOAD(name, type)                                               \
  api.name = reinterpret_cast<decltype(api.name)>(get_proc_address("gl" #name)); \
  if (api.name == nullptr) missing = "gl" #name;
  CARROT_GL_CALLS(CARROT_GL_LOAD)
#undef CARROT_GL_LOAD
  if (missing != nullptr) {
    return Fail(MakeError("G003", fmt::format("the OpenGL driver lacks `{}`", missing),
                          {"OpenGL 3.0 with the compatibility profile is needed; software "
                           "rendering has it: apt-get install libgl1-mesa-dri"}));
  }
  g_api = api;
  g_loaded = true;
  return {};
}

const GlApi& Gl() {
  CARROT_CHECK(g_loaded);
  return g_api;
}

}  // namespace carrot
