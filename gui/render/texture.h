// Texture: pixels that were made in memory, for ImGui::Image and ImDrawList::AddImage.
#pragma once

#include <cstdint>
#include <span>

namespace carrot {

// Needs the same current GL context whenever it is filled and destroyed. One thread.
class Texture {
 public:
  Texture() = default;
  Texture(const Texture&) = delete;
  Texture& operator=(const Texture&) = delete;
  ~Texture();

  // width * height pixels, RGBA with 8 bits each, rows from the top.
  void Fill(int width, int height, std::span<const uint32_t> pixels);
  unsigned int id() const { return id_; }  // 0: never filled

 private:
  unsigned int id_ = 0;
};

}  // namespace carrot
