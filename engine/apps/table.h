// Tables for people: numbers right-aligned, an optional row of units, no box characters, at most as
// wide as the terminal: a last column of prose is wrapped (below its row, where little room is
// left), and columns that do not fit go to a second line of each row. Nothing is ever cut; piped
// output has one line a row.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/apps/terminal.h"

namespace carrot {

enum class Align { kLeft, kRight };

class Table {
 public:
  struct Column {
    std::string title;
    Align align = Align::kRight;
    std::string unit;
  };
  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // A row has one cell a column; missing ones are empty.
  void Row(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  // Lines ending in newlines. `indent` spaces before each line.
  std::string Render(const Stream& stream, int indent = 0) const;

 private:
  // Which columns stand on which line of a row.
  struct Layout {
    struct Line {
      int indent = 0;
      std::vector<int> columns;
    };
    std::vector<int> widths;
    std::vector<Line> lines;
    int prose_at = 0;  // column of the terminal
    bool prose_below = false;
  };
  bool HasProse() const;
  std::vector<int> Widths() const;
  Layout Place(const Stream& stream, int indent) const;
  std::string LineText(const std::vector<std::string>& cells, const Layout& layout,
                       const Layout::Line& line) const;
  std::string RowText(const std::vector<std::string>& cells, const Layout& layout) const;
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// Numbers for tables: about four significant digits, thousands kept whole ("1034", "0.4130", "inf";
// "-" if not a number).
std::string Short(double value);
// "812.4 ± 9.1" from a mean and an interval; "-" if not a number.
std::string PlusMinus(double mean, double low, double high);
// "41.0 %"
std::string Percent(double fraction);
// 1234567 -> "1 234 567"
std::string Thousands(int64_t value);
// 75.2 -> "1 min 15 s", 3.21 -> "3.2 s"
std::string Duration(double seconds);

}  // namespace carrot
