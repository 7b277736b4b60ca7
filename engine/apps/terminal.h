// What the two output streams are: terminals or not, how wide, coloured or not.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace carrot {

enum class ColorMode { kAuto, kAlways, kNever };

struct Stream {
  bool is_terminal = false;
  bool color = false;
  int width = 80;  // columns; meaningful for a terminal only
};

// Order of precedence: `mode` if not kAuto; NO_COLOR (not empty); CLICOLOR_FORCE (not empty, not
// "0"); TERM=dumb; whether the stream is a terminal.
Stream InspectStream(int file_descriptor, ColorMode mode);

enum class Style { kPlain, kBold, kDim, kRed, kGreen, kYellow, kCyan };
// `text` in the style, or as it is without colour.
std::string Paint(std::string_view text, Style style, bool color);

// Columns that UTF-8 text takes. Every character counts one: we print no wide ones.
int DisplayWidth(std::string_view utf8);
// At most `width` columns of `text`; cut text ends in "…", a cut path begins with it.
std::string Shorten(std::string_view utf8, int width);

// Words of `text` in lines of at most `width` columns (a longer word has a line of its own).
std::vector<std::string> Wrap(const std::string& text, int width);

// "label" and `text` beside it, wrapped where the terminal ends and indented as the label is wide
// (by `indent` columns, if given). Ends in a newline; piped text is one line.
std::string Hang(std::string_view label, const std::string& text, const Stream& stream,
                 int indent = -1, Style label_style = Style::kPlain);

}  // namespace carrot
