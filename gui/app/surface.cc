#include "gui/app/surface.h"

#include <GLFW/glfw3.h>
#include <fmt/format.h>
#include <imgui.h>
#include <imgui_impl_glfw.h>
#include <imgui_impl_opengl3.h>
#include <imgui_internal.h>
#include <implot.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <optional>
#include <vector>

#include "gui/render/framebuffer.h"
#include "gui/render/gl_api.h"
#include "gui/render/offscreen.h"

namespace carrot {

bool ParseWindowSize(const std::string& text, int* width, int* height) {
  int used = 0;
  return std::sscanf(text.c_str(), "%dx%d%n", width, height, &used) == 2 &&
         used == static_cast<int>(text.size()) && *width >= 320 && *height >= 240 &&
         *width <= 8192 && *height <= 8192;
}
namespace {

// The contexts of Dear ImGui, as the window has them.
class Contexts {
 public:
  Contexts() {
    ImGui::CreateContext();
    ImPlot::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = io.LogFilename = nullptr;  // nothing is written to the current folder
    io.ConfigFlags |= ImGuiConfigFlags_DockingEnable | ImGuiConfigFlags_NavEnableKeyboard;
    io.ConfigInputTextCursorBlink = false;
    io.ConfigWindowsMoveFromTitleBarOnly = true;
  }
  ~Contexts() {
    ImPlot::DestroyContext();
    ImGui::DestroyContext();
  }
};

ImVector<ImGuiInputEvent>& InputQueue() { return ImGui::GetCurrentContext()->InputEventsQueue; }

// Where the events of this frame end. To ImGui the modifiers of a frame are those after its last
// event: of a chord that comes whole, with its modifier let go first (fast fingers, xdotool), it
// would see the bare key. A modifier that changes behind a press waits for the next frame.
int EndOfChord() {
  bool pressed = false;
  for (int i = 0; i < InputQueue().Size; ++i) {
    const ImGuiInputEvent& event = InputQueue()[i];
    const bool key = event.Type == ImGuiInputEventType_Key;
    if (key && ((event.Key.Key & ImGuiMod_Mask_) != 0 || ImGui::IsLRModKey(event.Key.Key))) {
      if (pressed) return i;
      continue;
    }
    pressed |= (key && event.Key.Down) || event.Type == ImGuiInputEventType_MouseWheel ||
               (event.Type == ImGuiInputEventType_MouseButton && event.MouseButton.Down);
  }
  return InputQueue().Size;
}

void NewFrame() {
  const int end = EndOfChord();
  const std::vector<ImGuiInputEvent> later(InputQueue().begin() + end, InputQueue().end());
  InputQueue().resize(end);
  ImGui::NewFrame();
  for (const ImGuiInputEvent& event : later) InputQueue().push_back(event);
}

void ReadBack(int width, int height, Image* image) {
  image->Resize(width, height);
  const GlApi& gl = Gl();
  gl.PixelStorei(GL_PACK_ALIGNMENT, 1);
  std::vector<uint8_t> rows(image->rgb.size());
  gl.ReadPixels(0, 0, width, height, GL_RGB, GL_UNSIGNED_BYTE, rows.data());
  const size_t stride = size_t{3} * static_cast<size_t>(width);
  for (int y = 0; y < height; ++y) {  // GL begins at the bottom
    std::copy_n(rows.data() + static_cast<size_t>(height - 1 - y) * stride, stride,
                image->rgb.data() + static_cast<size_t>(y) * stride);
  }
}

class Window : public Surface {
 public:
  static Result<std::unique_ptr<Surface>> Open(const SurfaceOptions& options) {
    static std::string why;
    glfwSetErrorCallback([](int, const char* text) { why = text; });
    // The X server if there is one: Wayland's libraries complain about what they do not need here.
    if (std::getenv("DISPLAY") && !std::getenv("WAYLAND_DISPLAY")) {
      glfwInitHint(GLFW_PLATFORM, GLFW_PLATFORM_X11);
    }
    if (!glfwInit()) {
      Diagnostic error =
          MakeError("G005", fmt::format("no window can be opened: {}", why),
                    {"on a machine without a display: xvfb-run -a carrot gui ..., or carrot gui "
                     "--headless --screenshot out.png"});
      return Fail(std::move(error));
    }
    // MuJoCo's renderer needs a compatibility context: no core profile is asked for.
    glfwWindowHint(GLFW_VISIBLE, GLFW_TRUE);
    glfwWindowHint(GLFW_SAMPLES, 0);
    GLFWwindow* window =
        glfwCreateWindow(options.width, options.height, options.title.c_str(), nullptr, nullptr);
    if (window == nullptr) {
      glfwTerminate();
      return Fail(
          MakeError("G005", fmt::format("no OpenGL window can be opened: {}", why),
                    {"install a driver: apt-get install libgl1-mesa-dri libglx-mesa0",
                     "or draw without a window: carrot gui --headless --screenshot out.png"}));
    }
    glfwMakeContextCurrent(window);
    glfwSwapInterval(options.input ? 1 : 0);
    std::unique_ptr<Window> surface(new Window(window, options.input));
    CARROT_RETURN_IF_ERROR(
        LoadGl([](const char* name) { return reinterpret_cast<void*>(glfwGetProcAddress(name)); }));
    surface->contexts_.emplace();
    ImGui_ImplGlfw_InitForOpenGL(window, options.input);
    ImGui_ImplOpenGL3_Init("#version 130");
    return surface;
  }
  ~Window() override {
    if (contexts_) {
      ImGui_ImplOpenGL3_Shutdown();
      ImGui_ImplGlfw_Shutdown();
      contexts_.reset();
    }
    glfwDestroyWindow(window_);
    glfwTerminate();
  }
  bool closed() const override { return glfwWindowShouldClose(window_) != 0; }
  bool Wait(double seconds) override {
    if (seconds > 0 && InputQueue().empty()) {
      glfwWaitEventsTimeout(seconds);
    } else {
      glfwPollEvents();
    }
    return !InputQueue().empty();
  }
  void Wake() override { glfwPostEmptyEvent(); }
  void Begin(double dt) override {
    ImGui_ImplOpenGL3_NewFrame();
    if (input_) {
      ImGui_ImplGlfw_NewFrame();
    } else {
      int width = 0, height = 0;
      glfwGetFramebufferSize(window_, &width, &height);
      ImGui::GetIO().DisplaySize = ImVec2(static_cast<float>(width), static_cast<float>(height));
    }
    if (dt > 0) ImGui::GetIO().DeltaTime = static_cast<float>(dt);
    NewFrame();
  }
  void End(Image* image) override {
    ImGui::Render();
    int width = 0, height = 0;
    glfwGetFramebufferSize(window_, &width, &height);
    const GlApi& gl = Gl();
    gl.Viewport(0, 0, width, height);
    const ImVec4& ground = ImGui::GetStyle().Colors[ImGuiCol_WindowBg];
    gl.ClearColor(ground.x, ground.y, ground.z, 1);
    gl.Clear(GL_COLOR_BUFFER_BIT);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    if (image != nullptr) ReadBack(width, height, image);
    glfwSwapBuffers(window_);
  }
  void Resize(int width, int height) override { glfwSetWindowSize(window_, width, height); }
  std::string renderer() const override {
    return reinterpret_cast<const char*>(Gl().GetString(GL_RENDERER));
  }
  bool focused() const override { return glfwGetWindowAttrib(window_, GLFW_FOCUSED) != 0; }

 private:
  Window(GLFWwindow* window, bool input) : window_(window), input_(input) {}
  GLFWwindow* window_;
  bool input_;
  std::optional<Contexts> contexts_;
};

class Headless : public Surface {
 public:
  static Result<std::unique_ptr<Surface>> Open(const SurfaceOptions& options) {
    std::unique_ptr<Headless> surface(new Headless);
    CARROT_ASSIGN_OR_RETURN(surface->context_, OffscreenContext::Create());
    CARROT_ASSIGN_OR_RETURN(Framebuffer target, Framebuffer::Create(options.width, options.height));
    surface->target_.emplace(std::move(target));
    surface->contexts_.emplace();
    ImGui_ImplOpenGL3_Init("#version 130");
    return surface;
  }
  ~Headless() override {
    if (contexts_) ImGui_ImplOpenGL3_Shutdown();
    contexts_.reset();
    target_.reset();
  }
  bool closed() const override { return false; }
  bool Wait(double seconds) override {
    std::unique_lock lock(mutex_);
    woken_.wait_for(lock, std::chrono::duration<double>(seconds), [this] { return wake_; });
    wake_ = false;
    return false;
  }
  void Wake() override {
    {
      const std::lock_guard lock(mutex_);
      wake_ = true;
    }
    woken_.notify_one();
  }
  void Begin(double dt) override {
    ImGui_ImplOpenGL3_NewFrame();
    ImGuiIO& io = ImGui::GetIO();
    io.DisplaySize =
        ImVec2(static_cast<float>(target_->width()), static_cast<float>(target_->height()));
    const auto now = std::chrono::steady_clock::now();
    const double passed = std::chrono::duration<double>(now - last_).count();
    last_ = now;
    io.DeltaTime = static_cast<float>(dt > 0 ? dt : std::clamp(passed, 1e-4, 1.0));
    scripted_ = dt > 0;
    NewFrame();
  }
  void End(Image* image) override {
    ImGui::Render();
    if (scripted_ && image == nullptr) {
      // Nobody sees this frame. Half of a script's time would be spent on its pixels.
      for (ImTextureData* texture : *ImGui::GetDrawData()->Textures) {
        if (texture->Status != ImTextureStatus_OK) ImGui_ImplOpenGL3_UpdateTexture(texture);
      }
      return;
    }
    ScopedBind bind(*target_);
    target_->Clear(ImGui::GetColorU32(ImGuiCol_WindowBg));
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    if (image != nullptr) target_->Read(image);
  }
  void Resize(int width, int height) override {
    Result<Framebuffer> target = Framebuffer::Create(width, height);
    if (target) target_.emplace(std::move(*target));
  }
  std::string renderer() const override { return context_->renderer(); }

 private:
  Headless() = default;
  std::unique_ptr<OffscreenContext> context_;
  std::optional<Framebuffer> target_;
  std::optional<Contexts> contexts_;
  std::mutex mutex_;
  std::condition_variable woken_;
  bool wake_ = false;
  bool scripted_ = false;  // the frame's time is a script's
  std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace

Result<std::unique_ptr<Surface>> Surface::Open(const SurfaceOptions& options) {
  return options.window ? Window::Open(options) : Headless::Open(options);
}

}  // namespace carrot
