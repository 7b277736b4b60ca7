// Framebuffer: a colour texture that can be drawn into, shown by ImGui::Image, and read back.
#pragma once

#include "engine/base/result.h"
#include "gui/render/image.h"

namespace carrot {

// Needs a current GL context for its whole life (OffscreenContext, or the window's). One thread.
class Framebuffer {
 public:
  // 1 <= width, height <= the driver's limit. Errors: G004 the size cannot be had.
  static Result<Framebuffer> Create(int width, int height);
  Framebuffer(Framebuffer&& other) noexcept;
  Framebuffer& operator=(Framebuffer&& other) noexcept;
  ~Framebuffer();

  int width() const { return width_; }
  int height() const { return height_; }
  unsigned int texture() const { return texture_; }  // RGBA8; row 0 is the bottom
  unsigned int id() const { return id_; }            // GL framebuffer object

  void Clear(uint32_t colour);    // 0xAABBGGRR, as ImGui
  void Read(Image* image) const;  // resizes the image; no allocation if it has that size

 private:
  Framebuffer() = default;
  int width_ = 0, height_ = 0;
  unsigned int texture_ = 0, id_ = 0;
};

// Binds a framebuffer for drawing and restores the one before, with its viewport.
class ScopedBind {
 public:
  explicit ScopedBind(const Framebuffer& target);
  ~ScopedBind();
  ScopedBind(const ScopedBind&) = delete;
  ScopedBind& operator=(const ScopedBind&) = delete;

 private:
  int draw_ = 0, read_ = 0;
  int viewport_[4] = {};
};

}  // namespace carrot
