#include "gui/render/framebuffer.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "gui/render/gl_api.h"

namespace carrot {

Result<Framebuffer> Framebuffer::Create(int width, int height) {
  const GlApi& gl = Gl();
  GLint limit = 0;
  gl.GetIntegerv(GL_MAX_TEXTURE_SIZE, &limit);
  if (width < 1 || height < 1 || width > limit || height > limit) {
    return Fail(MakeError("G004",
                          fmt::format("a picture of {} x {} pixels cannot be drawn", width, height),
                          {fmt::format("each side must be 1 to {} pixels here", limit)}));
  }
  Framebuffer buffer;
  buffer.width_ = width;
  buffer.height_ = height;
  GLint bound = 0;
  gl.GetIntegerv(GL_TEXTURE_BINDING_2D, &bound);
  gl.GenTextures(1, &buffer.texture_);
  gl.BindTexture(GL_TEXTURE_2D, buffer.texture_);
  gl.TexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
  gl.TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_LINEAR);
  gl.TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_LINEAR);
  gl.BindTexture(GL_TEXTURE_2D, static_cast<GLuint>(bound));
  gl.GenFramebuffers(1, &buffer.id_);
  GLenum status = 0;
  {
    ScopedBind bind(buffer);
    gl.FramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, buffer.texture_,
                            0);
    status = gl.CheckFramebufferStatus(GL_FRAMEBUFFER);
  }
  if (status != GL_FRAMEBUFFER_COMPLETE) {
    return Fail(MakeError("G004",
                          fmt::format("the driver cannot draw {} x {} pixels (status {:#06x})",
                                      width, height, status),
                          {"ask for a smaller picture"}));
  }
  return buffer;
}

Framebuffer::Framebuffer(Framebuffer&& other) noexcept { *this = std::move(other); }

Framebuffer& Framebuffer::operator=(Framebuffer&& other) noexcept {
  std::swap(width_, other.width_);
  std::swap(height_, other.height_);
  std::swap(texture_, other.texture_);
  std::swap(id_, other.id_);
  return *this;
}

Framebuffer::~Framebuffer() {
  if (id_ != 0) Gl().DeleteFramebuffers(1, &id_);
  if (texture_ != 0) Gl().DeleteTextures(1, &texture_);
}

void Framebuffer::Clear(uint32_t colour) {
  ScopedBind bind(*this);
  auto channel = [colour](int shift) {
    return static_cast<float>((colour >> shift) & 255) / 255.0f;
  };
  Gl().ClearColor(channel(0), channel(8), channel(16), channel(24));
  Gl().Clear(GL_COLOR_BUFFER_BIT);
}

void Framebuffer::Read(Image* image) const {
  image->Resize(width_, height_);
  {
    ScopedBind bind(*this);
    Gl().PixelStorei(GL_PACK_ALIGNMENT, 1);
    Gl().ReadPixels(0, 0, width_, height_, GL_RGB, GL_UNSIGNED_BYTE, image->rgb.data());
  }
  const ptrdiff_t row = ptrdiff_t{3} * width_;  // GL counts rows from the bottom
  for (int y = 0; y < height_ / 2; ++y) {
    std::swap_ranges(image->rgb.begin() + y * row, image->rgb.begin() + (y + 1) * row,
                     image->rgb.begin() + (height_ - 1 - y) * row);
  }
}

ScopedBind::ScopedBind(const Framebuffer& target) {
  const GlApi& gl = Gl();
  gl.GetIntegerv(GL_DRAW_FRAMEBUFFER_BINDING, &draw_);
  gl.GetIntegerv(GL_READ_FRAMEBUFFER_BINDING, &read_);
  gl.GetIntegerv(GL_VIEWPORT, viewport_);
  gl.BindFramebuffer(GL_FRAMEBUFFER, target.id());
  gl.Viewport(0, 0, target.width(), target.height());
}

ScopedBind::~ScopedBind() {
  const GlApi& gl = Gl();
  gl.BindFramebuffer(GL_DRAW_FRAMEBUFFER, static_cast<GLuint>(draw_));
  gl.BindFramebuffer(GL_READ_FRAMEBUFFER, static_cast<GLuint>(read_));
  gl.Viewport(viewport_[0], viewport_[1], viewport_[2], viewport_[3]);
}

}  // namespace carrot
