#include "engine/apps/terminal.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

namespace carrot {
namespace {

std::string_view Environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool WantsColor(bool is_terminal, ColorMode mode) {
  if (mode != ColorMode::kAuto) return mode == ColorMode::kAlways;
  if (!Environment("NO_COLOR").empty()) return false;
  const std::string_view force = Environment("CLICOLOR_FORCE");
  if (!force.empty() && force != "0") return true;
  return is_terminal && Environment("TERM") != "dumb";
}

int Width(int file_descriptor) {
  winsize size{};
  if (ioctl(file_descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  const int columns = std::atoi(std::string(Environment("COLUMNS")).c_str());
  return columns > 0 ? columns : 80;
}

bool StartsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

}  // namespace

Stream InspectStream(int file_descriptor, ColorMode mode) {
  Stream stream;
  stream.is_terminal = isatty(file_descriptor) == 1;
  stream.color = WantsColor(stream.is_terminal, mode);
  stream.width = Width(file_descriptor);
  return stream;
}

std::string Paint(std::string_view text, Style style, bool color) {
  if (!color || style == Style::kPlain) return std::string(text);
  static constexpr const char* kCodes[] = {"0", "1", "2", "31", "32", "33", "36"};
  return fmt::format("\x1b[{}m{}\x1b[0m", kCodes[static_cast<int>(style)], text);
}

int DisplayWidth(std::string_view utf8) {
  int width = 0;
  for (char c : utf8) width += StartsCharacter(c);
  return width;
}

std::string Shorten(std::string_view utf8, int width) {
  if (DisplayWidth(utf8) <= width) return std::string(utf8);
  if (utf8.find('/') != std::string_view::npos && utf8.find(' ') == std::string_view::npos) {
    size_t begin = utf8.size();
    for (int count = 0; begin > 0 && count < width - 1; --begin) {
      count += StartsCharacter(utf8[begin - 1]);
    }
    return "…" + std::string(utf8.substr(begin));
  }
  size_t end = 0;
  for (int count = 0; end < utf8.size(); ++end) {
    if (StartsCharacter(utf8[end]) && ++count > width - 1) break;
  }
  return std::string(utf8.substr(0, end)) + "…";
}

std::vector<std::string> Wrap(const std::string& text, int width) {
  std::istringstream in(text);
  std::vector<std::string> lines{""};
  std::string word;
  while (in >> word) {
    std::string& line = lines.back();
    if (line.empty()) {
      line = word;
    } else if (DisplayWidth(line) + 1 + DisplayWidth(word) <= width) {
      line += " " + word;
    } else {
      lines.push_back(word);
    }
  }
  return lines;
}

}  // namespace carrot
