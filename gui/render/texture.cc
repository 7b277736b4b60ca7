#include "gui/render/texture.h"

#include "engine/base/check.h"
#include "gui/render/gl_api.h"

namespace carrot {

Texture::~Texture() {
  if (id_ != 0) Gl().DeleteTextures(1, &id_);
}

void Texture::Fill(int width, int height, std::span<const uint32_t> pixels) {
  CARROT_CHECK(pixels.size() == static_cast<size_t>(width) * static_cast<size_t>(height));
  const GlApi& gl = Gl();
  GLint bound = 0;
  gl.GetIntegerv(GL_TEXTURE_BINDING_2D, &bound);
  if (id_ == 0) gl.GenTextures(1, &id_);
  gl.BindTexture(GL_TEXTURE_2D, id_);
  gl.PixelStorei(GL_UNPACK_ROW_LENGTH, 0);
  gl.PixelStorei(GL_UNPACK_ALIGNMENT, 4);
  gl.TexImage2D(GL_TEXTURE_2D, 0, GL_RGBA8, width, height, 0, GL_RGBA, GL_UNSIGNED_BYTE,
                pixels.data());
  gl.TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  gl.TexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MAG_FILTER, GL_NEAREST);
  gl.BindTexture(GL_TEXTURE_2D, static_cast<GLuint>(bound));
}

}  // namespace carrot
