#include "engine/session/script_edit.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "engine/script/tokenizer.h"

namespace carrot {
namespace {

struct Edit {
  size_t from = 0, to = 0;  // bytes
  std::string text;
};

class Editor {
 public:
  explicit Editor(const std::string& source) : source_(source), tokens_(Tokenize(source)) {}

  // `term { "name", ..., weight = 2, ... }` at `where`.
  bool Weight(const SourceSpan& where, double value) {
    size_t i = Open(where);
    if (i == tokens_.size()) return false;
    size_t name = 0;
    int depth = 0;
    for (; tokens_[i].kind != Token::Kind::kEnd; ++i) {
      const Token& token = tokens_[i];
      if (token.Is("{") || token.Is("(") || token.Is("function") || token.Is("if") ||
          token.Is("do"))
        ++depth;
      if (token.Is("}") || token.Is(")") || token.Is("end")) --depth;
      if (depth == 0) break;
      if (depth != 1) continue;
      if (name == 0 && token.kind == Token::Kind::kString) name = i;
      if (token.text == "weight" && tokens_[i + 1].Is("=")) return Number(i + 2, value);
    }
    if (name == 0) return false;
    edits_.push_back(
        {tokens_[name].end(), tokens_[name].end(), fmt::format(", weight = {}", value)});
    return true;
  }
  // `param { 2, ... }`: its first number. `potential { weight = 1, ... }` is as a term.
  bool Param(const SourceSpan& where, double value) {
    const size_t i = Open(where);
    return i < tokens_.size() && Number(i + 1, value);
  }

  std::string Text() {
    std::sort(edits_.begin(), edits_.end(),
              [](const Edit& a, const Edit& b) { return a.from > b.from; });
    std::string text = source_;
    for (const Edit& edit : edits_) text.replace(edit.from, edit.to - edit.from, edit.text);
    return text;
  }

 private:
  // The first `{` or `(` at or behind a place.
  size_t Open(const SourceSpan& where) const {
    size_t i = 0;
    while (i < tokens_.size() &&
           (tokens_[i].line < where.line ||
            (tokens_[i].line == where.line && tokens_[i].column < where.column))) {
      ++i;
    }
    while (i < tokens_.size() && !tokens_[i].Is("{")) ++i;
    return i;
  }
  // A number from token i on, with its sign, that is the whole of the value.
  bool Number(size_t i, double value) {
    const size_t first = i;
    if (tokens_[i].Is("-")) ++i;
    if (tokens_[i].kind != Token::Kind::kNumber) return false;
    const Token& after = tokens_[i + 1];
    if (!after.Is(",") && !after.Is("}") && !after.Is(";")) return false;
    edits_.push_back({tokens_[first].offset, tokens_[i].end(), fmt::format("{}", value)});
    return true;
  }

  const std::string& source_;
  std::vector<Token> tokens_;
  std::vector<Edit> edits_;
};

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

Result<std::string> EditDefaults(const RewardSpec& reward, const RewardSettings& settings) {
  Editor editor(reward.source);
  const auto computed = [&](const std::string& name, const SourceSpan& where) {
    Diagnostic error = MakeError(
        "R027", fmt::format("the value of `{}` is not written as a number in this script", name),
        {"set it by hand"});
    error.where = where;
    error.notes = {"the script was not changed"};
    return Fail(std::move(error));
  };
  for (size_t k = 0; k < reward.terms.size(); ++k) {
    const RewardTermSpec& term = reward.terms[k];
    const double value = settings.weights.weights[k];
    if (value == term.weight) continue;
    const bool here = term.where.file.empty() || term.where.file == reward.path;
    if (!here || !editor.Weight(term.where, value)) return computed(term.name, term.where);
  }
  // Where the potential stands is not known.
  if (settings.weights.potential != reward.potential_weight) return computed("w:potential", {});
  for (size_t k = 0; k < reward.params.size(); ++k) {
    const ParamSpec& param = reward.params[k];
    const double value = settings.params[k];
    if (value == param.value) continue;
    const bool here = param.where.file.empty() || param.where.file == reward.path;
    if (!here || !editor.Param(param.where, value)) return computed(param.name, param.where);
  }
  return editor.Text();
}

std::string LineDiff(const std::string& before, const std::string& after) {
  const std::vector<std::string> a = Lines(before), b = Lines(after);
  // Longest common subsequence, from the end; scripts are a few hundred lines.
  std::vector<std::vector<int>> common(a.size() + 1, std::vector<int>(b.size() + 1, 0));
  for (size_t i = a.size(); i-- > 0;) {
    for (size_t j = b.size(); j-- > 0;) {
      common[i][j] =
          a[i] == b[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
    }
  }
  struct Line {
    char mark;
    std::string text;
    size_t number;
  };
  std::vector<Line> lines;
  for (size_t i = 0, j = 0; i < a.size() || j < b.size();) {
    if (i < a.size() && j < b.size() && a[i] == b[j]) {
      lines.push_back({' ', a[i], i + 1});
      ++i, ++j;
    } else if (i < a.size() && (j == b.size() || common[i + 1][j] >= common[i][j + 1])) {
      lines.push_back({'-', a[i], i + 1});
      ++i;
    } else {
      lines.push_back({'+', b[j], i + 1});
      ++j;
    }
  }
  constexpr size_t kContext = 3;
  std::string text;
  size_t shown = 0;
  for (size_t i = 0; i < lines.size(); ++i) {
    const size_t low = i > kContext ? i - kContext : 0,
                 high = std::min(lines.size(), i + kContext + 1);
    const bool near = std::any_of(lines.begin() + low, lines.begin() + high,
                                  [](const Line& line) { return line.mark != ' '; });
    if (!near) continue;
    if (shown != i || i == 0) text += fmt::format("@@ {}\n", lines[i].number);
    text += fmt::format("{}{}\n", lines[i].mark, lines[i].text);
    shown = i + 1;
  }
  return text;
}

}  // namespace carrot
