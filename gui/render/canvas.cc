#include "gui/render/canvas.h"

#include <imgui.h>
#include <imgui_impl_opengl3.h>
#include <imgui_internal.h>
#include <implot.h>

#include "gui/render/embedded_fonts.h"

namespace carrot {
namespace {

// Makes a context current and gives the one before back.
class ScopedContext {
 public:
  explicit ScopedContext(ImGuiContext* context) : before_(ImGui::GetCurrentContext()) {
    ImGui::SetCurrentContext(context);
  }
  ~ScopedContext() { ImGui::SetCurrentContext(before_); }
  ScopedContext(const ScopedContext&) = delete;
  ScopedContext& operator=(const ScopedContext&) = delete;

 private:
  ImGuiContext* before_;
};

ImFont* AddFont(std::span<const unsigned char> bytes, const char* name) {
  ImFontConfig config;
  config.FontDataOwnedByAtlas = false;
  ImFormatString(config.Name, sizeof(config.Name), "%s", name);
  // ImGui does not write to the data.
  return ImGui::GetIO().Fonts->AddFontFromMemoryTTF(const_cast<unsigned char*>(bytes.data()),
                                                    static_cast<int>(bytes.size()), 14.0f, &config);
}

void Frame(ImVec2 size, FunctionRef<void()> body) {
  ImGui_ImplOpenGL3_NewFrame();
  ImGui::NewFrame();
  ImGui::SetNextWindowPos(ImVec2(0, 0));
  ImGui::SetNextWindowSize(size);
  constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration |
                                      ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoMove |
                                      ImGuiWindowFlags_NoInputs;
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0f);
  ImGui::Begin("##picture", nullptr, kFlags);
  ImGui::PopStyleVar(2);
  body();
  ImGui::End();
  ImGui::Render();
}

}  // namespace

Fonts AddFonts() {
  return {.regular = AddFont(kInterRegular, "Inter"),
          .semibold = AddFont(kInterSemiBold, "Inter SemiBold"),
          .mono = ImGui::GetIO().Fonts->AddFontDefaultVector()};
}

Canvas::Canvas() {
  ImGuiContext* before = ImGui::GetCurrentContext();
  context_ = ImGui::CreateContext();
  {
    ScopedContext scope(context_);
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = io.LogFilename = nullptr;
    io.ConfigInputTextCursorBlink = false;
    io.DeltaTime = 1.0f / 60;
    ImGui_ImplOpenGL3_Init("#version 130");
    fonts_ = AddFonts();
  }
  ImGui::SetCurrentContext(before);
}

Canvas::~Canvas() {
  {
    ScopedContext scope(context_);
    ImGui_ImplOpenGL3_Shutdown();
  }
  ImGuiContext* before = ImGui::GetCurrentContext();
  ImGui::DestroyContext(context_);
  if (before != context_) ImGui::SetCurrentContext(before);
}

void Canvas::Draw(Framebuffer& target, Theme theme, double scale, FunctionRef<void()> body) {
  ScopedContext scope(context_);
  // A plot context a picture: nothing that a plot remembers can leak into the next one.
  ImPlotContext* plot_before = ImPlot::GetCurrentContext();
  ImPlotContext* plot = ImPlot::CreateContext();
  ImPlot::SetCurrentContext(plot);
  ApplyStyle(theme);
  const float factor = static_cast<float>(scale);
  const ImVec2 size(static_cast<float>(target.width()) / factor,
                    static_cast<float>(target.height()) / factor);
  ImGuiIO& io = ImGui::GetIO();
  io.DisplaySize = size;
  io.DisplayFramebufferScale = ImVec2(factor, factor);
  io.DeltaTime = 1.0f / 60;
  ImGui::GetDrawListSharedData()->InitialFringeScale = 1.0f / factor;
  target.Clear(PaletteOf(theme).background);
  Frame(size, body);
  Frame(size, body);
  {
    ScopedBind bind(target);
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
  }
  ImPlot::DestroyContext(plot);
  ImPlot::SetCurrentContext(plot_before);
}

}  // namespace carrot
