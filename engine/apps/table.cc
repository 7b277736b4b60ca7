#include "engine/apps/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace carrot {
namespace {

constexpr int kGap = 2;
constexpr int kNarrowest = 8;  // a text column is not cut below this

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

std::string Table::Render(const Stream& stream, int indent) const {
  const std::vector<int> widths = Widths(stream, indent);
  auto line = [&](auto cell) {
    std::string text(static_cast<size_t>(indent), ' ');
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (i > 0) text += std::string(kGap, ' ');
      text += Pad(Shorten(cell(i), widths[i]), widths[i], columns_[i].align);
    }
    return TrimRight(text);
  };
  std::string out =
      Paint(line([&](size_t i) { return columns_[i].title; }), Style::kBold, stream.color) + "\n";
  const bool units = std::any_of(columns_.begin(), columns_.end(),
                                 [](const Column& column) { return !column.unit.empty(); });
  if (units) {
    out +=
        Paint(line([&](size_t i) { return columns_[i].unit; }), Style::kDim, stream.color) + "\n";
  }
  for (const auto& row : rows_) out += line([&](size_t i) { return row[i]; }) + "\n";
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
