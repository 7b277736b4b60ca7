// Texts of scripts, files and names on their way to a terminal.
#pragma once

#include <string>
#include <string_view>

namespace carrot {

// Control characters, which could move the cursor or change the terminal's title, and bytes that
// are not UTF-8 become '?'; tabs and newlines stay. With `keep_style` so do the sequences that only
// change colour or weight (ESC [ 0;1;2;31... m), which are ours.
std::string Printable(std::string_view text, bool keep_style = false);

}  // namespace carrot
