#include "gui/render/offscreen.h"

#define EGL_NO_X11  // no X headers
#include <EGL/egl.h>
#include <EGL/eglext.h>
#include <dlfcn.h>
#include <fmt/format.h>

#include <cstring>
#include <string_view>

#include "gui/render/gl_api.h"

namespace carrot {

// libEGL is opened at run time and stays open: drivers keep thread-local data in it.
struct OffscreenContext::Egl {
  void* library = nullptr;
  decltype(&eglGetProcAddress) get_proc_address = nullptr;
  decltype(&eglQueryString) query_string = nullptr;
  decltype(&eglGetDisplay) get_display = nullptr;
  decltype(&eglInitialize) initialize = nullptr;
  decltype(&eglBindAPI) bind_api = nullptr;
  decltype(&eglChooseConfig) choose_config = nullptr;
  decltype(&eglCreatePbufferSurface) create_pbuffer = nullptr;
  decltype(&eglDestroySurface) destroy_surface = nullptr;
  decltype(&eglCreateContext) create_context = nullptr;
  decltype(&eglDestroyContext) destroy_context = nullptr;
  decltype(&eglMakeCurrent) make_current = nullptr;
  decltype(&eglGetError) get_error = nullptr;

  EGLDisplay display = EGL_NO_DISPLAY;
  EGLSurface surface = EGL_NO_SURFACE;
  EGLContext context = EGL_NO_CONTEXT;

  Status Open();
  bool InitializeDisplay();
  Status CreateContext();
  template <typename F>
  bool Find(F& function, const char* name) {
    function = reinterpret_cast<F>(dlsym(library, name));
    return function != nullptr;
  }
  ~Egl();
};

namespace {

constexpr const char* kInstall =
    "apt-get install libegl1 libgl1 libgl1-mesa-dri (software rendering; no "
    "display is needed)";

Diagnostic NoContext(const char* what, EGLint error) {
  Diagnostic diagnostic = MakeError(
      "G002", fmt::format("pictures need OpenGL, but {} (EGL error {:#06x})", what, error),
      {kInstall});
  diagnostic.notes.push_back("everything that makes no pictures works without OpenGL");
  return diagnostic;
}

}  // namespace

Status OffscreenContext::Egl::Open() {
  for (const char* name : {"libEGL.so.1", "libEGL.so"}) {
    library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) break;
  }
  const bool found =
      library != nullptr && Find(get_proc_address, "eglGetProcAddress") &&
      Find(query_string, "eglQueryString") && Find(get_display, "eglGetDisplay") &&
      Find(initialize, "eglInitialize") && Find(bind_api, "eglBindAPI") &&
      Find(choose_config, "eglChooseConfig") && Find(create_pbuffer, "eglCreatePbufferSurface") &&
      Find(destroy_surface, "eglDestroySurface") && Find(create_context, "eglCreateContext") &&
      Find(destroy_context, "eglDestroyContext") && Find(make_current, "eglMakeCurrent") &&
      Find(get_error, "eglGetError");
  if (found) return {};
  Diagnostic diagnostic =
      MakeError("G001", "pictures need OpenGL, but libEGL.so.1 cannot be opened", {kInstall});
  diagnostic.notes.push_back("everything that makes no pictures works without OpenGL");
  return Fail(std::move(diagnostic));
}

// The surfaceless platform never asks for a display server. The default display is for drivers that
// lack that platform (a vendor's own EGL).
bool OffscreenContext::Egl::InitializeDisplay() {
  const char* extensions = query_string(EGL_NO_DISPLAY, EGL_EXTENSIONS);
  auto get_platform_display = reinterpret_cast<PFNEGLGETPLATFORMDISPLAYEXTPROC>(
      get_proc_address("eglGetPlatformDisplayEXT"));
  if (extensions != nullptr && get_platform_display != nullptr &&
      std::strstr(extensions, "EGL_MESA_platform_surfaceless") != nullptr) {
    display = get_platform_display(EGL_PLATFORM_SURFACELESS_MESA, EGL_DEFAULT_DISPLAY, nullptr);
    if (display != EGL_NO_DISPLAY && initialize(display, nullptr, nullptr)) return true;
  }
  display = get_display(EGL_DEFAULT_DISPLAY);
  return display != EGL_NO_DISPLAY && initialize(display, nullptr, nullptr);
}

Status OffscreenContext::Egl::CreateContext() {
  if (!InitializeDisplay()) {
    const EGLint error = get_error();
    display = EGL_NO_DISPLAY;
    return Fail(NoContext("no EGL display can be opened", error));
  }
  if (!bind_api(EGL_OPENGL_API))
    return Fail(NoContext("EGL offers no desktop OpenGL", get_error()));
  const EGLint want[] = {EGL_SURFACE_TYPE,
                         EGL_PBUFFER_BIT,
                         EGL_RENDERABLE_TYPE,
                         EGL_OPENGL_BIT,
                         EGL_RED_SIZE,
                         8,
                         EGL_GREEN_SIZE,
                         8,
                         EGL_BLUE_SIZE,
                         8,
                         EGL_ALPHA_SIZE,
                         8,
                         EGL_DEPTH_SIZE,
                         24,
                         EGL_STENCIL_SIZE,
                         8,
                         EGL_NONE};
  EGLConfig config = nullptr;
  EGLint count = 0;
  if (!choose_config(display, want, &config, 1, &count) || count < 1) {
    return Fail(NoContext("EGL has no fitting pixel format", get_error()));
  }
  // Nothing is drawn into the pbuffer: MuJoCo's renderer wants a default framebuffer to exist.
  const EGLint size[] = {EGL_WIDTH, 16, EGL_HEIGHT, 16, EGL_NONE};
  surface = create_pbuffer(display, config, size);
  if (surface == EGL_NO_SURFACE) return Fail(NoContext("EGL gives no pbuffer", get_error()));
  context = create_context(display, config, EGL_NO_CONTEXT, nullptr);
  if (context == EGL_NO_CONTEXT) return Fail(NoContext("EGL gives no context", get_error()));
  if (!make_current(display, surface, surface, context)) {
    return Fail(NoContext("the EGL context cannot be used", get_error()));
  }
  return {};
}

OffscreenContext::Egl::~Egl() {
  if (display == EGL_NO_DISPLAY) return;
  make_current(display, EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  if (context != EGL_NO_CONTEXT) destroy_context(display, context);
  if (surface != EGL_NO_SURFACE) destroy_surface(display, surface);
  // No eglTerminate: the display is shared by all contexts of the process.
}

OffscreenContext::OffscreenContext(std::unique_ptr<Egl> egl) : egl_(std::move(egl)) {}
OffscreenContext::~OffscreenContext() = default;

void OffscreenContext::MakeCurrent() {
  egl_->make_current(egl_->display, egl_->surface, egl_->surface, egl_->context);
}

Result<std::unique_ptr<OffscreenContext>> OffscreenContext::Create() {
  auto egl = std::make_unique<Egl>();
  CARROT_RETURN_IF_ERROR(egl->Open());
  CARROT_RETURN_IF_ERROR(egl->CreateContext());
  CARROT_RETURN_IF_ERROR(LoadGl(
      [&egl](const char* name) { return reinterpret_cast<void*>(egl->get_proc_address(name)); }));
  std::unique_ptr<OffscreenContext> context(new OffscreenContext(std::move(egl)));
  const auto* renderer = reinterpret_cast<const char*>(Gl().GetString(GL_RENDERER));
  context->renderer_ = renderer == nullptr ? "" : renderer;
  for (std::string_view name : {"llvmpipe", "softpipe", "swrast", "Software"}) {
    if (context->renderer_.find(name) != std::string::npos) context->software_ = true;
  }
  return context;
}

}  // namespace carrot
