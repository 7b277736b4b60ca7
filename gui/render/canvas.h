// Canvas: Dear ImGui (with ImPlot) without a window. Pictures of plots and the 2D worlds are drawn
// with it.
#pragma once

#include <memory>

#include "engine/base/function_ref.h"
#include "engine/base/result.h"
#include "gui/render/framebuffer.h"
#include "gui/render/style.h"

struct ImGuiContext;
struct ImFont;

namespace carrot {

// The embedded fonts (assets/fonts), in the current ImGui context. For the window as for pictures.
struct Fonts {
  ImFont* regular = nullptr;
  ImFont* semibold = nullptr;
  ImFont* mono = nullptr;  // for code
};
Fonts AddFonts();

// Needs a current GL context for its whole life. One thread. Other ImGui contexts are left as they
// are: the window may own its own and use a Canvas beside it.
class Canvas {
 public:
  Canvas();
  ~Canvas();
  Canvas(const Canvas&) = delete;
  Canvas& operator=(const Canvas&) = delete;

  const Fonts& fonts() const { return fonts_; }

  // Draws into the whole of `target`. `body` makes ImGui calls; it is called twice (ImPlot aligns
  // axes from the frame before), inside one borderless window that fills the picture. Logical size
  // is the target's divided by `scale` (> 0), so that scale 2 is the same picture with twice the
  // pixels. The same calls give the same pixels.
  void Draw(Framebuffer& target, Theme theme, double scale, FunctionRef<void()> body);

 private:
  ImGuiContext* context_ = nullptr;
  Fonts fonts_;
};

}  // namespace carrot
