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

// `key = value` of a table, or the n-th value without a key ("1", "2", ...); tokens [first, end).
struct Field {
  std::string key;
  size_t first = 0, end = 0;
};

class Editor {
 public:
  explicit Editor(const std::string& source) : source_(source), tokens_(Tokenize(source)) {}

  // `term { "name", ..., weight = 2, ... }` at `where`.
  bool Weight(const SourceSpan& where, double value) {
    const std::vector<Field> fields = Fields(Open(where));
    if (const Field* weight = Find(fields, "weight")) return Number(*weight, value);
    const Field* name = Find(fields, "1");
    if (name == nullptr || !IsOne(*name, Token::Kind::kString)) return false;
    Insert(tokens_[name->first].end(), fmt::format(", weight = {}", value));
    return true;
  }
  // `param { 2, ... }` at `where`.
  bool Param(const SourceSpan& where, double value) {
    const std::vector<Field> fields = Fields(Open(where));
    const Field* number = Find(fields, "1");
    return number != nullptr && Number(*number, value);
  }
  // `reward { ..., potential = { fn = ..., weight = 1 }, ... }`, or a function by itself
  bool Potential(double value) {
    for (size_t i = tokens_.size(); i-- > 0;) {
      if (tokens_[i].text != "reward" || !At(i + 1).Is("{")) continue;
      const std::vector<Field> reward = Fields(i + 1);
      const Field* potential = Find(reward, "potential");
      if (potential == nullptr) return false;
      if (At(potential->first).Is("function")) {  // it has no place for a weight yet
        Insert(At(potential->first).offset, fmt::format("{{ weight = {}, fn = ", value));
        Insert(At(potential->end - 1).end(), " }");
        return true;
      }
      if (!At(potential->first).Is("{")) return false;
      const std::vector<Field> fields = Fields(potential->first);
      if (const Field* weight = Find(fields, "weight")) return Number(*weight, value);
      Insert(tokens_[potential->first].end(), fmt::format(" weight = {},", value));
      return true;
    }
    return false;
  }

  std::string Text() {
    std::sort(edits_.begin(), edits_.end(),
              [](const Edit& a, const Edit& b) { return a.from > b.from; });
    std::string text = source_;
    for (const Edit& edit : edits_) text.replace(edit.from, edit.to - edit.from, edit.text);
    return text;
  }

 private:
  const Token& At(size_t i) const { return tokens_[std::min(i, tokens_.size() - 1)]; }
  // The first `{` at or behind a place.
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
  std::vector<Field> Fields(size_t open) const {
    std::vector<Field> fields;
    int place = 0;
    for (size_t i = open + 1; At(i).kind != Token::Kind::kEnd && !At(i).Is("}"); ++i) {
      Field field;
      if (At(i).kind == Token::Kind::kName && At(i + 1).Is("=")) {
        field.key = At(i).text;
        i += 2;
      } else if (At(i).Is("[") && At(i + 2).Is("]") && At(i + 3).Is("=")) {  // ["weight"] = 2
        field.key = At(i + 1).text;
        std::erase_if(field.key, [](char c) { return c == '"' || c == '\''; });
        i += 4;
      } else {
        field.key = fmt::format("{}", ++place);
      }
      field.first = i;
      i = field.end = EndOfValue(i);
      fields.push_back(std::move(field));
      if (At(i).Is("}")) break;
    }
    return fields;
  }
  size_t EndOfValue(size_t i) const {
    constexpr std::string_view kOpen[] = {"{", "(", "[", "function", "if", "do", "repeat"};
    constexpr std::string_view kClose[] = {"}", ")", "]", "end", "until"};
    const auto is = [&](const auto& words) {
      return std::any_of(std::begin(words), std::end(words),
                         [&](std::string_view word) { return At(i).Is(word); });
    };
    for (int depth = 0; At(i).kind != Token::Kind::kEnd; ++i) {
      if (depth == 0 && (At(i).Is(",") || At(i).Is(";") || At(i).Is("}"))) break;
      depth += is(kOpen) - is(kClose);
    }
    return i;
  }
  static const Field* Find(const std::vector<Field>& fields, std::string_view key) {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [&](const Field& field) { return field.key == key; });
    return found == fields.end() ? nullptr : &*found;
  }
  bool IsOne(const Field& field, Token::Kind kind) const {
    return field.end == field.first + 1 && At(field.first).kind == kind;
  }
  // Only if the whole of the value is a number, with its sign.
  bool Number(const Field& field, double value) {
    const bool negative = At(field.first).Is("-");
    if (!IsOne({"", field.first + (negative ? 1 : 0), field.end}, Token::Kind::kNumber))
      return false;
    edits_.push_back({At(field.first).offset, At(field.end - 1).end(), fmt::format("{}", value)});
    return true;
  }
  void Insert(size_t at, std::string text) { edits_.push_back({at, at, std::move(text)}); }

  const std::string& source_;
  std::vector<Token> tokens_;
  std::vector<Edit> edits_;
};

// The script makes several terms with one `term { ... }`, in a loop, and they are to differ.
bool SharesItsPlace(const RewardSpec& reward, const RewardSettings& settings, size_t k) {
  for (size_t other = 0; other < reward.terms.size(); ++other) {
    const SourceSpan &a = reward.terms[k].where, &b = reward.terms[other].where;
    const bool same = a.file == b.file && a.line == b.line && a.column == b.column;
    if (same && settings.weights.weights[other] != settings.weights.weights[k]) return true;
  }
  return false;
}

std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

}  // namespace

Result<std::string> EditDefaults(const RewardSpec& reward, const RewardSettings& settings) {
  Editor editor(reward.source);
  const auto computed = [&](const std::string& name, double value, const SourceSpan& where,
                            std::string help) {
    Diagnostic error =
        MakeError("R027",
                  fmt::format("the script has no number of its own for `{}` that could become {}",
                              name, value),
                  {std::move(help)});
    error.where = where;
    error.notes = {"the script was not changed"};
    return Fail(std::move(error));
  };
  const auto here = [&](const SourceSpan& where) {
    return where.file.empty() || where.file == reward.path;
  };
  for (size_t k = 0; k < reward.terms.size(); ++k) {
    const RewardTermSpec& term = reward.terms[k];
    const double value = settings.weights.weights[k];
    if (value == term.weight) continue;
    if (here(term.where) && !SharesItsPlace(reward, settings, k) &&
        editor.Weight(term.where, value))
      continue;
    return computed("w:" + term.name, value, term.where,
                    "it is worked out, shared with other terms or made in a module: set it there "
                    "by hand");
  }
  if (const double value = settings.weights.potential;
      value != reward.potential_weight && !editor.Potential(value)) {
    return computed("w:potential", value, {},
                    fmt::format("write potential = {{ weight = {}, fn = ... }} by hand", value));
  }
  for (size_t k = 0; k < reward.params.size(); ++k) {
    const ParamSpec& param = reward.params[k];
    const double value = settings.params[k];
    if (value == param.value) continue;
    if (here(param.where) && editor.Param(param.where, value)) continue;
    return computed("p:" + param.name, value, param.where,
                    "it is worked out or made in a module: set it there by hand");
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
