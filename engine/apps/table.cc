#include "engine/apps/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace carrot {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowest = 8;  // a text column is not cut below this
constexpr int kProse = 24;     // prose with less room than this goes below its row
constexpr int kProseIndent = 4;

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
  rows_.push_back(std::move(cells));
}

// Prose: a last column of text without a title, such as a doc.
bool Table::HasProse() const {
  return columns_.size() > 1 && columns_.back().align == Align::kLeft &&
         columns_.back().title.empty();
}

// Prose that does not fit gets what the others leave, or nothing if that is too little.
std::vector<int> Table::Widths(const Stream& stream, int indent) const {
  std::vector<int> widths;
  for (const Column& column : columns_) {
    widths.push_back(std::max(DisplayWidth(column.title), DisplayWidth(column.unit)));
  }
  for (const auto& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], DisplayWidth(row[i]));
  }
  if (!stream.is_terminal) return widths;
  int total = indent - kGap;
  for (int width : widths) total += width + kGap;
  if (total > stream.width && HasProse()) {
    const int room = widths.back() - (total - stream.width);
    total += (room >= kProse ? room : 0) - widths.back();
    widths.back() = room >= kProse ? room : 0;
  }
  while (total > stream.width) {
    int widest = -1;
    for (size_t i = 0; i < widths.size(); ++i) {
      const bool text = columns_[i].align == Align::kLeft;
      if (text && widths[i] > kNarrowest && (widest < 0 || widths[i] > widths[widest])) {
        widest = static_cast<int>(i);
      }
    }
    if (widest < 0) break;
    --widths[widest];
    --total;
  }
  return widths;
}

std::string Table::Line(const std::vector<std::string>& cells, const std::vector<int>& widths,
                        int indent) const {
  std::string text(static_cast<size_t>(indent), ' ');
  for (size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) text += std::string(kGap, ' ');
    text += Pad(Shorten(cells[i], widths[i]), widths[i], columns_[i].align);
  }
  return TrimRight(text);
}

// One line, and more where prose is wrapped.
std::string Table::RowText(std::vector<std::string> cells, const std::vector<int>& widths,
                           const Stream& stream, int indent) const {
  if (!HasProse() || DisplayWidth(cells.back()) <= widths.back()) {
    return Line(cells, widths, indent) + "\n";
  }
  const bool below = widths.back() == 0;
  int at = indent + kProseIndent;
  if (!below) {
    at = indent;
    for (size_t i = 0; i + 1 < widths.size(); ++i) at += widths[i] + kGap;
  }
  const std::vector<std::string> lines =
      Wrap(cells.back(), below ? std::max(kNarrowest, stream.width - at) : widths.back());
  cells.back() = below ? "" : lines[0];
  std::string text = Line(cells, widths, indent) + "\n";
  for (size_t i = below ? 0 : 1; i < lines.size(); ++i) {
    text += std::string(static_cast<size_t>(at), ' ') + lines[i] + "\n";
  }
  return text;
}

std::string Table::Render(const Stream& stream, int indent) const {
  const std::vector<int> widths = Widths(stream, indent);
  std::vector<std::string> titles, units;
  bool has_units = false;
  for (const Column& column : columns_) {
    titles.push_back(column.title);
    units.push_back(column.unit);
    has_units |= !column.unit.empty();
  }
  std::string out = Paint(Line(titles, widths, indent), Style::kBold, stream.color) + "\n";
  if (has_units) out += Paint(Line(units, widths, indent), Style::kDim, stream.color) + "\n";
  for (const auto& row : rows_) out += RowText(row, widths, stream, indent);
  return out;
}

std::string Short(double value) {
  if (!std::isfinite(value)) return "-";
  const double magnitude = std::abs(value);
  if (magnitude == 0) return "0";
  if (magnitude >= 1e7 || magnitude < 1e-4) return fmt::format("{:.3g}", value);
  const int before_point = std::max(1, static_cast<int>(std::floor(std::log10(magnitude))) + 1);
  return fmt::format("{:.{}f}", value, std::clamp(4 - before_point, 0, 4));
}

std::string PlusMinus(double mean, double low, double high) {
  if (!std::isfinite(mean)) return "-";
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
