#include "engine/base/printable.h"

#include <algorithm>

namespace carrot {
namespace {

// Length of a sequence that sets bold, dim, a colour of the first eight, or nothing; else 0. Others
// hide text or blink.
size_t StyleLength(std::string_view text) {
  if (!text.starts_with("\x1b[")) return 0;
  const size_t end = text.find('m');
  if (end == std::string_view::npos || end == 2) return 0;
  std::string_view numbers = text.substr(2, end - 2);
  while (!numbers.empty()) {
    const std::string_view number = numbers.substr(0, numbers.find(';'));
    const bool plain = number == "0" || number == "1" || number == "2";
    const bool color =
        number.size() == 2 && number[0] == '3' && number[1] >= '1' && number[1] < '7';
    if (!plain && !color) return 0;
    numbers.remove_prefix(std::min(numbers.size(), number.size() + 1));
  }
  return end + 1;
}

// Length of the character at the front; 0: not UTF-8, or a control character.
size_t PrintableLength(std::string_view text) {
  const unsigned char c = text[0];
  if (c < 0x80) return (c >= 0x20 && c != 0x7F) || c == '\t' || c == '\n' ? 1 : 0;
  const size_t length = c >= 0xC2 && c < 0xE0   ? 2
                        : c >= 0xE0 && c < 0xF0 ? 3
                        : c >= 0xF0 && c < 0xF5 ? 4
                                                : 0;
  if (length == 0 || length > text.size()) return 0;
  for (size_t k = 1; k < length; ++k) {
    if ((text[k] & 0xC0) != 0x80) return 0;
  }
  if (c == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0) return 0;  // C1
  return length;
}

}  // namespace

std::string Printable(std::string_view text, bool keep_style) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    size_t length = keep_style ? StyleLength(text) : 0;
    if (length == 0) length = PrintableLength(text);
    out += length > 0 ? text.substr(0, length) : std::string_view("?");
    text.remove_prefix(std::max<size_t>(1, length));
  }
  return out;
}

}  // namespace carrot
