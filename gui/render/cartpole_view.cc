// The cart-pole from the side: a track with its limits, the cart, the pole, and the angle at which
// it counts as fallen.
#include <fmt/format.h>
#include <imgui.h>

#include <cmath>

#include "envs/cartpole/cartpole.h"
#include "gui/render/canvas.h"
#include "gui/render/view_makers.h"

namespace carrot {
namespace {

// m: limit of the cart, whole length of the pole, height of its hinge.
constexpr double kTrack = 2.4, kPole = 1.0, kHinge = 0.24;
constexpr double kSeenWidth = 6.0,
                 kGround = 0.68;  // m across the picture; height of the track in it

class CartPoleView final : public SceneView {
 public:
  CartPoleView(StateSpec spec, SceneOptions options, Canvas& canvas)
      : spec_(std::move(spec)), options_(std::move(options)), canvas_(canvas) {}

  Status Draw(const SceneRow& row, Framebuffer& target) override {
    CARROT_ASSIGN_OR_RETURN(const double* x, PoseField<double>(spec_, row, "x", 1));
    CARROT_ASSIGN_OR_RETURN(const double* theta, PoseField<double>(spec_, row, "theta", 1));
    if (!std::isfinite(*x) || !std::isfinite(*theta)) {
      return Fail(MakeError("G010", "this row cannot be drawn: its pose is not finite"));
    }
    const float width = static_cast<float>(target.width()),
                height = static_cast<float>(target.height());
    shape_ = width / height;
    canvas_.Draw(target, options_.theme, 1, [&] {
      Paint(width, height, *x, *theta);
      for (const SceneRow& ghost : row.ghosts) {
        const auto gx = PoseField<double>(spec_, ghost, "x", 1);
        const auto angle = PoseField<double>(spec_, ghost, "theta", 1);
        if (gx && angle) PaintCart(width, height, **gx, **angle, 0.3);
      }
    });
    return {};
  }
  // The hinge of the pole; coordinates are m along the track and above it.
  bool Locate(const SceneRow& row, const ScenePick&, double out[3]) override {
    const auto x = PoseField<double>(spec_, row, "x", 1);
    if (!x || !std::isfinite(**x)) return false;
    out[0] = **x;
    out[1] = kHinge;
    out[2] = 0;
    return true;
  }
  bool Project(const double point[3], double out[2]) const override {
    out[0] = 0.5 + point[0] / kSeenWidth;
    out[1] = kGround - point[1] / kSeenWidth * shape_;
    return true;
  }
  Status SetCamera(const SceneCamera&) override { return {}; }
  double aspect() const override { return 2.0; }

 private:
  struct Scale {
    ImVec2 origin;
    double metre;  // in pixels
    ImVec2 At(double mx, double my) const {
      return ImVec2(origin.x + static_cast<float>(mx * metre),
                    origin.y - static_cast<float>(my * metre));
    }
  };
  static Scale ScaleOf(float width, float height) {
    return {ImVec2(width * 0.5f, height * static_cast<float>(kGround)), width / kSeenWidth};
  }

  void Paint(float width, float height, double x, double theta) const {
    const Palette& palette = PaletteOf(options_.theme);
    ImDrawList* list = ImGui::GetWindowDrawList();
    const Scale scale = ScaleOf(width, height);
    const double metre = scale.metre;
    auto at = [&](double mx, double my) { return scale.At(mx, my); };
    const auto unit = static_cast<float>(metre * 0.01);  // a centimetre
    // Track, a mark each metre, and the ends.
    list->AddRectFilled(ImVec2(0, at(0, -0.03).y), ImVec2(width, height),
                        Mix(palette.background, palette.grid, 0.6));
    list->AddLine(at(-kTrack, 0), at(kTrack, 0), palette.muted, 2.5f * unit);
    for (int m = -2; m <= 2; ++m) {
      list->AddLine(at(m, -0.05), at(m, -0.12), palette.muted, 1.2f * unit);
      const std::string label = m == 0 ? "0 m" : fmt::format("{}", m);
      const float size = 13 * unit;
      ImFont* font = canvas_.fonts().regular;
      const float text = font->CalcTextSizeA(size, 1e6f, 0, label.c_str()).x;
      list->AddText(font, size, ImVec2(at(m, 0).x - 0.5f * text, at(m, -0.15).y), palette.muted,
                    label.c_str());
    }
    for (const double end : {-kTrack, kTrack}) {
      list->AddRectFilled(at(end - 0.03, 0.22), at(end + 0.03, -0.03), palette.bad, 2 * unit);
    }
    // The fan in which the pole still stands.
    const ImVec2 pivot = at(x, kHinge);
    const auto reach = static_cast<float>(1.08 * kPole * metre);
    const auto limit = static_cast<float>(CartPole::kMaxAngle);
    list->PathLineTo(pivot);
    list->PathArcTo(pivot, reach, -1.5707963f - limit, -1.5707963f + limit, 24);
    list->PathFillConvex(WithAlpha(palette.good, 0.13));
    PaintCart(width, height, x, theta, 1);
    const std::string caption =
        fmt::format("x {:+.2f} m    angle {:+.1f}°", x, theta * 57.29577951308232);
    ImFont* font = canvas_.fonts().semibold;
    const float size = 15 * unit, length = font->CalcTextSizeA(size, 1e6f, 0, caption.c_str()).x;
    list->AddText(font, size, ImVec2(width - length - 14 * unit, height - 27 * unit), palette.text,
                  caption.c_str());
  }

  // Cart with wheels, pole, hinge.
  void PaintCart(float width, float height, double x, double theta, double opacity) const {
    const Palette& palette = PaletteOf(options_.theme);
    ImDrawList* list = ImGui::GetWindowDrawList();
    const Scale scale = ScaleOf(width, height);
    auto at = [&](double mx, double my) { return scale.At(mx, my); };
    auto ink = [&](Colour colour) { return WithAlpha(colour, opacity); };
    const auto unit = static_cast<float>(scale.metre * 0.01);
    const ImVec2 pivot = at(x, kHinge);
    const bool fallen = std::abs(theta) > CartPole::kMaxAngle || std::abs(x) > kTrack;
    list->AddRectFilled(at(x - 0.25, kHinge), at(x + 0.25, 0.06),
                        ink(Mix(palette.text, palette.background, 0.25)), 4 * unit);
    for (const double wheel : {-0.15, 0.15}) {
      list->AddCircleFilled(at(x + wheel, 0.05), 5 * unit, ink(palette.text), 32);
      list->AddCircleFilled(at(x + wheel, 0.05), 2 * unit, ink(palette.background), 24);
    }
    const ImVec2 tip = at(x + kPole * std::sin(theta), kHinge + kPole * std::cos(theta));
    const Colour pole = fallen ? palette.bad : Rgb(0xe69f00);
    list->AddLine(pivot, tip, ink(pole), 7 * unit);
    list->AddCircleFilled(tip, 3.5f * unit, ink(pole), 24);
    list->AddCircleFilled(pivot, 5 * unit, ink(palette.text), 32);
  }

  StateSpec spec_;
  SceneOptions options_;
  Canvas& canvas_;
  double shape_ = 2;  // width over height of the picture drawn last
};

}  // namespace

Result<std::unique_ptr<SceneView>> MakeCartPoleView(const Task& task, const SceneOptions& options,
                                                    Canvas& canvas) {
  return std::make_unique<CartPoleView>(task.spec().state, options, canvas);
}

}  // namespace carrot
