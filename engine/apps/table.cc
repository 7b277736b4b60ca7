#include "engine/apps/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace carrot {
namespace {

constexpr int kGap = 2;
constexpr int kProse = 24;  // prose with less room than this goes below its row
constexpr int kNarrowest = 8;
constexpr int kContinued = 4;  // indent of what goes below

std::string Pad(const std::string& text, int width, Align align) {
  const int missing = std::max(0, width - DisplayWidth(text));
  const std::string space(static_cast<size_t>(missing), ' ');
  return align == Align::kRight ? space + text : text + space;
}

std::string TrimRight(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

void Table::Row(std::vector<std::string> cells) {
  cells.resize(columns_.size());
  // A name or a doc with a line break would break the table.
  for (std::string& cell : cells) {
    std::replace_if(
        cell.begin(), cell.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  }
  rows_.push_back(std::move(cells));
}

// Prose: a last column of text with words, such as a doc.
bool Table::HasProse() const {
  return columns_.size() > 1 && columns_.back().align == Align::kLeft &&
         std::any_of(rows_.begin(), rows_.end(), [](const std::vector<std::string>& row) {
           return row.back().find(' ') != std::string::npos;
         });
}

std::vector<int> Table::Widths() const {
  std::vector<int> widths;
  for (const Column& column : columns_) {
    widths.push_back(std::max(DisplayWidth(column.title), DisplayWidth(column.unit)));
  }
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  return widths;
}

// Columns go to the line below where the terminal ends; then prose goes below all of them. Nothing
// is cut: a name that cannot be read cannot be typed.
Table::Layout Table::Place(const Stream& stream, int indent) const {
  Layout layout{Widths(), {{indent, {}}}};
  const int columns = static_cast<int>(columns_.size()), named = columns - (HasProse() ? 1 : 0);
  int at = indent;
  for (int i = 0; i < named; ++i) {
    const bool first = layout.lines.back().columns.empty();
    if (stream.is_terminal && !first && at + kGap + layout.widths[i] > stream.width) {
      layout.lines.push_back({indent + kContinued, {}});
      at = indent + kContinued;
    } else if (!first) {
      at += kGap;
    }
    layout.lines.back().columns.push_back(i);
    at += layout.widths[i];
  }
  if (named == columns) return layout;
  const int room = stream.is_terminal ? stream.width - at - kGap : layout.widths.back();
  const bool beside = layout.lines.size() == 1 && room >= std::min(kProse, layout.widths.back());
  layout.prose_at = beside ? at + kGap : indent + kContinued;
  layout.widths.back() = beside ? std::min(room, layout.widths.back())
                                : std::max(kNarrowest, stream.width - layout.prose_at);
  layout.prose_below = !beside;
  return layout;
}

std::string Table::LineText(const std::vector<std::string>& cells, const Layout& layout,
                            const Layout::Line& line) const {
  std::string text(static_cast<size_t>(line.indent), ' ');
  for (int i : line.columns) {
    if (i != line.columns[0]) text += std::string(kGap, ' ');
    text += Pad(cells[i], layout.widths[i], columns_[i].align);
  }
  return TrimRight(text);
}

std::string Table::RowText(const std::vector<std::string>& cells, const Layout& layout) const {
  std::string text;
  for (const Layout::Line& line : layout.lines) {
    const std::string one = LineText(cells, layout, line);
    if (!one.empty() || &line == layout.lines.data()) text += one + "\n";
  }
  if (layout.prose_at == 0 || cells.back().empty()) return text;
  const std::vector<std::string> prose = Wrap(cells.back(), layout.widths.back());
  for (size_t i = 0; i < prose.size(); ++i) {
    std::string before(static_cast<size_t>(layout.prose_at), ' ');
    if (i == 0 && !layout.prose_below) {
      text.pop_back();
      before = Pad(text, layout.prose_at, Align::kLeft);
      text.clear();
    }
    text += before + prose[i] + "\n";
  }
  return text;
}

std::string Table::Render(const Stream& stream, int indent) const {
  const Layout layout = Place(stream, indent);
  std::vector<std::string> titles, units;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    units.push_back(column.unit);
  }
  std::string out;
  for (const Layout::Line& line : layout.lines) {
    std::string title = LineText(titles, layout, line);
    const std::string unit = LineText(units, layout, line);
    if (layout.prose_at > 0 && !layout.prose_below) {
      title = TrimRight(Pad(title, layout.prose_at, Align::kLeft) + titles.back());
    }
    out += Paint(title, Style::kBold, stream.color) + "\n";
    if (!unit.empty()) out += Paint(unit, Style::kDim, stream.color) + "\n";
  }
  for (const auto& row : rows_) out += RowText(row, layout);
  return out;
}

std::string Short(double value) {
  if (std::isnan(value)) return "-";
  if (std::isinf(value)) return value > 0 ? "inf" : "-inf";
  const double magnitude = std::abs(value);
  if (magnitude == 0) return "0";
  if (magnitude >= 1e7 || magnitude < 1e-4) return fmt::format("{:.3g}", value);
  const int before_point = std::max(1, static_cast<int>(std::floor(std::log10(magnitude))) + 1);
  return fmt::format("{:.{}f}", value, std::clamp(4 - before_point, 0, 4));
}

std::string PlusMinus(double mean, double low, double high) {
  if (!std::isfinite(low) || !std::isfinite(high)) return Short(mean);
  return fmt::format("{} ± {}", Short(mean), Short((high - low) / 2));
}

std::string Percent(double fraction) {
  return std::isfinite(fraction) ? fmt::format("{:.1f} %", 100 * fraction) : "-";
}

std::string Thousands(int64_t value) {
  std::string digits = fmt::format("{}", value);
  const int first = value < 0 ? 1 : 0;
  for (int i = static_cast<int>(digits.size()) - 3; i > first; i -= 3) digits.insert(i, " ");
  return digits;
}

std::string Duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "-";
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<int64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace carrot
