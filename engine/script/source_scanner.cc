#include "engine/script/source_scanner.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace carrot {
namespace {

constexpr size_t kMaxText = 65536;  // as MAX_STRING of prelude.cc

std::string TickText(int weight) {
  return fmt::format(" __B[1]=__B[1]-{} if __B[1]<0 then __X() end ", weight);
}

std::string Apply(std::string_view source, std::vector<Edit> edits) {
  std::reverse(edits.begin(), edits.end());  // so that a stable sort puts later opens first
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    return a.offset != b.offset ? a.offset < b.offset : a.kind < b.kind;
  });
  std::string out;
  size_t at = 0;
  for (const Edit& edit : edits) {
    out += source.substr(at, edit.offset - at);
    out += edit.text;
    at = edit.offset + edit.removed;
  }
  out += source.substr(at);
  return out;
}

// A first line that starts with # is not Lua, but the compiler skips it in files.
std::string WithoutShebang(std::string_view source) {
  std::string text(source);
  if (text.empty() || text[0] != '#') return text;
  for (size_t i = 0; i < text.size() && text[i] != '\n' && text[i] != '\r'; ++i) text[i] = ' ';
  return text;
}

}  // namespace

std::string SourceScanner::EditedSource() const { return Apply(WithoutShebang(source_), edits_); }

void SourceScanner::AddTicks() {
  if (!options_.ticks) return;
  const TickPlan::Plan plan = plan_.Resolve();
  for (int f : plan.silent) out_.functions[f].silent = true;
  for (const TickPlan::Tick& tick : plan.ticks) {
    if (!tick.counted) {
      Between(tick.offset, TickText(tick.weight));
      continue;
    }
    const TickPlan::Count& count = tick.count;
    const Token& limit = tokens_[count.limit_token];
    Open(limit, fmt::format("__n({},{:.17g},{:.17g},", tick.weight, count.start, count.step));
    edits_.push_back({count.limit_end, Edit::kClose, ")"});
  }
}

void SourceScanner::ScanTokens() {
  for (size_t i = 0; i < tokens_.size(); ++i) {
    const Token& token = tokens_[i];
    if (token.kind == Token::Kind::kString) {
      out_.dotted.push_back(StringValue(token));
      CheckText(token);
    }
    if (token.kind == Token::Kind::kNumber) CheckNumber(token);
    if (token.kind == Token::Kind::kName && token.text == "random") out_.uses_random = true;
  }
  for (const auto& text : out_.dotted) out_.uses_random |= text == "random";
}

void SourceScanner::CheckText(const Token& token) {
  // Text in words, such as a `doc`, counts only if it is really long; digits can be read as a
  // number.
  const bool words = token.text.find_first_of("ghijklmnoqrstuvwyz") != std::string_view::npos;
  if (!words || token.text.size() > 1024)
    longest_text_ = std::max(longest_text_, token.text.size());
  if (token.text.size() <= kMaxText) return;
  SourceSpan where = Span(token);
  where.length = 0;
  AddError("R053", fmt::format("a text of {} bytes; the limit is {}", token.text.size(), kMaxText),
           std::move(where), "split it, or make it smaller");
}

void SourceScanner::CheckNumber(const Token& token) {
  const char last = token.text.back();
  const bool hex = token.text.size() > 1 && (token.text[1] == 'x' || token.text[1] == 'X');
  if (last == 'L' || last == 'l' || last == 'i' || last == 'I' ||
      (!hex && (last == 'U' || last == 'u'))) {
    AddError("R050", "64-bit and imaginary numbers are not part of the script language",
             Span(token), "write a plain number");
  }
}

void SourceScanner::CheckName(const Token& token) {
  if (token.text.substr(0, 2) == "__") {
    AddError("R051",
             fmt::format("`{}`: names that start with two underscores are reserved", token.text),
             Span(token), "rename it");
  }
}

void SourceScanner::AddError(const char* code, std::string message, SourceSpan where,
                             std::string help) {
  Diagnostic d = MakeError(code, std::move(message), {std::move(help)});
  d.where = std::move(where);
  out_.errors.push_back(std::move(d));
}

std::vector<int> ScriptAnalysis::Reachable(int function) const {
  std::set<int> seen;
  std::vector<int> open{function};
  while (!open.empty()) {
    const int f = open.back();
    open.pop_back();
    if (!seen.insert(f).second) continue;
    for (int callee : functions[f].calls) open.push_back(callee);
    for (int g = f + 1; g < static_cast<int>(functions.size()); ++g) {
      if (functions[g].parent == f) open.push_back(g);
    }
  }
  return {seen.begin(), seen.end()};
}

}  // namespace carrot
