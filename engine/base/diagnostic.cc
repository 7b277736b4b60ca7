#include "engine/base/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "engine/base/printable.h"

namespace carrot {
namespace {

const char* Name(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "info";
    case Severity::kWarning:
      return "warning";
    case Severity::kError:
      return "error";
  }
  return "error";
}

const char* Color(Severity severity) {
  switch (severity) {
    case Severity::kInfo:
      return "\x1b[1;34m";
    case Severity::kWarning:
      return "\x1b[1;33m";
    case Severity::kError:
      return "\x1b[1;31m";
  }
  return "";
}

std::string Place(const SourceSpan& where) {
  std::string place = where.file;
  if (where.line > 0) place += fmt::format(":{}", where.line);
  if (where.line > 0 && where.column > 0) place += fmt::format(":{}", where.column);
  return place;
}

// The blanks before the caret; tabs are kept so that the caret stays below its text.
std::string CaretPadding(const std::string& excerpt, int column) {
  std::string padding;
  for (int i = 0; i + 1 < column; ++i) {
    const bool tab = i < static_cast<int>(excerpt.size()) && excerpt[i] == '\t';
    padding += tab ? '\t' : ' ';
  }
  return padding;
}

// A line of source of at most kLine bytes that holds the place; moves the place into it.
void Shorten(Diagnostic* d) {
  constexpr int kLine = 160, kBefore = 60;
  const int size = static_cast<int>(d->excerpt.size());
  if (size <= kLine) return;
  const int first = std::clamp(d->where.column - 1 - kBefore, 0, size - kLine);
  d->excerpt = d->excerpt.substr(first, kLine);
  d->where.column = std::max(0, d->where.column - first);
  d->where.length = std::clamp(d->where.length, 0, std::max(0, kLine - d->where.column + 1));
}

std::string Brief(const std::string& text) {
  constexpr size_t kMost = 600;
  return Printable(text.size() <= kMost ? text : text.substr(0, kMost) + " ...");
}

}  // namespace

std::string Format(const Diagnostic& diagnostic, bool color) {
  Diagnostic d = diagnostic;
  const std::string place = Printable(Place(d.where));
  Shorten(&d);
  d.excerpt = Printable(d.excerpt);
  d.message = Brief(d.message);
  d.label = Brief(d.label);
  for (auto& help : d.help) help = Brief(help);
  for (auto& note : d.notes) note = Brief(note);
  const char* on = color ? Color(d.severity) : "";
  const char* bold = color ? "\x1b[1m" : "";
  const char* off = color ? "\x1b[0m" : "";
  std::string text =
      fmt::format("{}{}[{}]{}{}: {}{}\n", on, Name(d.severity), d.code, off, bold, d.message, off);
  const std::string number = d.where.line > 0 ? fmt::format("{}", d.where.line) : "";
  const std::string gutter(std::max<size_t>(number.size(), 1), ' ');
  if (!d.where.file.empty()) text += fmt::format("{}--> {}\n", gutter, place);
  if (!d.excerpt.empty()) {
    text += fmt::format("{} |\n{} | {}\n", gutter, number, d.excerpt);
    if (d.where.length > 0 && d.where.column > 0) {
      text +=
          fmt::format("{} | {}{}{}{}{}\n", gutter, CaretPadding(d.excerpt, d.where.column), on,
                      std::string(d.where.length, '^'), d.label.empty() ? "" : " " + d.label, off);
    }
    if (!d.help.empty() || !d.notes.empty()) text += fmt::format("{} |\n", gutter);
  }
  for (const auto& help : d.help) text += fmt::format("{} = help: {}\n", gutter, help);
  for (const auto& note : d.notes) text += fmt::format("{} = note: {}\n", gutter, note);
  if (d.repeats > 0) {
    text += fmt::format("{} = note: and {} more of {}\n", gutter, d.repeats, d.code);
  }
  return text;
}

std::string Format(const Diagnostics& diagnostics, bool color) {
  std::string text;
  for (const auto& d : diagnostics) text += Format(d, color);
  return text;
}

nlohmann::json ToJson(const Diagnostic& d) {
  nlohmann::json json = {{"code", d.code}, {"severity", Name(d.severity)}, {"message", d.message}};
  if (!d.where.file.empty()) {
    json["where"] = {{"file", d.where.file},
                     {"line", d.where.line},
                     {"column", d.where.column},
                     {"length", d.where.length}};
  }
  if (!d.excerpt.empty()) json["excerpt"] = d.excerpt;
  if (!d.label.empty()) json["label"] = d.label;
  json["help"] = d.help;
  json["notes"] = d.notes;
  if (d.repeats > 0) json["repeats"] = d.repeats;
  if (d.moment) json["at"] = {{"seed", d.moment->world_seed}, {"step", d.moment->step}};
  return json;
}

Diagnostic MakeError(std::string code, std::string message, std::vector<std::string> help) {
  Diagnostic d;
  d.code = std::move(code);
  d.message = std::move(message);
  d.help = std::move(help);
  return d;
}

bool HasError(const Diagnostics& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& d) { return d.severity == Severity::kError; });
}

void Merge(Diagnostics more, Diagnostics* all) {
  for (Diagnostic& error : more) {
    const auto same = std::find_if(all->begin(), all->end(), [&](const Diagnostic& d) {
      return d.code == error.code && d.message == error.message &&
             d.where.line == error.where.line && d.where.file == error.where.file;
    });
    if (same == all->end()) {
      all->push_back(std::move(error));
    } else {
      same->repeats += error.repeats + 1;
    }
  }
}

}  // namespace carrot
