// What a term did on one row, line by line: which lines ran and the values that they used. For
// explanations ("down to the Lua line"), not for speed.
#pragma once

#include <string>
#include <vector>

namespace carrot {

// A name as it is written on a line ("s.torso_pos.x", "h", "p.speed"), and its value once the line
// has run.
struct TracedName {
  std::string name;
  std::string value;            // "1.25", "true", "{0.1, 2}", "\"text\"", "nil"
  std::string was;              // before the line ran, if it changed and was not nil; else ""
  std::vector<double> numbers;  // full precision: one, or the elements of a vector; else empty
};

struct TracedLine {
  int line = 0;
  int count = 0;  // times that it ran; the values are those of the last one
  std::vector<TracedName> names;
};

// One function of the script or of a module, over all its calls during the row.
struct TracedFunction {
  std::string file;
  int first_line = 0, last_line = 0;
  int depth = 0;  // 0: the term's own
  std::vector<std::string> source;
  std::vector<TracedLine> lines;  // that ran, ascending
};

struct TermTrace {
  std::string name, what;                 // as TermDecl's: "term", "derive", "potential"
  std::vector<TracedFunction> functions;  // [0] is its own; empty for the name of a field
  int result_line = 0;                    // the last line that its own function ran
};

}  // namespace carrot
