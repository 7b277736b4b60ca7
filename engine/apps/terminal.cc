#include "engine/apps/terminal.h"

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>

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

constexpr const char* kBlank = " \t\n";

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
  std::vector<std::string> lines{""};
  for (size_t at = text.find_first_not_of(kBlank); at < text.size();) {
    const size_t end = std::min(text.find_first_of(kBlank, at), text.size());
    const size_t next = std::min(text.find_first_not_of(kBlank, end), text.size());
    // Wider gaps inside of a line stay: they separate columns.
    const std::string word = text.substr(at, end - at);
    std::string& line = lines.back();
    if (line.empty() || DisplayWidth(line) + DisplayWidth(word) <= width) {
      line += word;
    } else {
      line.erase(line.find_last_not_of(' ') + 1);
      lines.push_back(word);
    }
    lines.back() += std::string(next - end, ' ');
    at = next;
  }
  lines.back().erase(lines.back().find_last_not_of(' ') + 1);
  return lines;
}

std::string Hang(std::string_view label, const std::string& text, const Stream& stream, int indent,
                 Style label_style) {
  const int width = DisplayWidth(label);
  std::string out = Paint(label, label_style, stream.color);
  if (!stream.is_terminal || width + DisplayWidth(text) <= stream.width) return out + text + "\n";
  if (indent < 0) indent = width;
  constexpr int kNarrowest = 16;
  // The first line is shorter by what the label takes beyond the indent.
  const std::string stand_in(static_cast<size_t>(std::max(0, width - indent)), 'x');
  const std::vector<std::string> lines =
      Wrap(stand_in + text, std::max(kNarrowest, stream.width - indent));
  for (size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) out += "\n" + std::string(static_cast<size_t>(indent), ' ');
    out += i > 0 ? lines[i] : lines[i].substr(stand_in.size());
  }
  return out + "\n";
}

}  // namespace carrot
