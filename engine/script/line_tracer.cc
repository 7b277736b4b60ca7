#include "engine/script/line_tracer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <lua.hpp>

namespace carrot {
namespace {

constexpr size_t kLongestVector = 16, kLongestText = 40;
constexpr char kSelf[] = "carrot.line_tracer";

int LevelOf(lua_State* lua) {
  lua_Debug frame;
  int level = 0;
  while (lua_getstack(lua, level, &frame)) ++level;
  return level;
}

std::string NumberText(double x) { return fmt::format("{:.6g}", x); }

// The elements of the table on top, if it is a short list of numbers or one of our vectors.
bool ReadNumbers(lua_State* lua, std::vector<double>* out) {
  lua_pushliteral(lua, "n_");
  lua_rawget(lua, -2);
  const size_t n =
      lua_isnumber(lua, -1) ? static_cast<size_t>(lua_tonumber(lua, -1)) : lua_objlen(lua, -2);
  lua_pop(lua, 1);
  if (n == 0 || n > kLongestVector) return false;
  for (size_t i = 1; i <= n; ++i) {
    lua_rawgeti(lua, -1, static_cast<int>(i));
    const bool is_number = lua_type(lua, -1) == LUA_TNUMBER, is_bool = lua_isboolean(lua, -1);
    out->push_back(is_number ? lua_tonumber(lua, -1) : lua_toboolean(lua, -1));
    lua_pop(lua, 1);
    if (!is_number && !is_bool) return false;
  }
  return true;
}

// The value on top as text and numbers; false if it is nothing to show (a function, a record).
bool ReadValue(lua_State* lua, TracedName* out) {
  switch (lua_type(lua, -1)) {
    case LUA_TNUMBER:
      out->numbers = {lua_tonumber(lua, -1)};
      out->value = NumberText(out->numbers[0]);
      return true;
    case LUA_TBOOLEAN:
      out->numbers = {lua_toboolean(lua, -1) ? 1.0 : 0.0};
      out->value = lua_toboolean(lua, -1) ? "true" : "false";
      return true;
    case LUA_TSTRING: {
      size_t size = 0;
      const char* text = lua_tolstring(lua, -1, &size);
      out->value = fmt::format("\"{}\"", std::string(text, std::min(size, kLongestText)));
      return true;
    }
    case LUA_TNIL:
      out->value = "nil";
      return true;
    case LUA_TTABLE: {
      if (!ReadNumbers(lua, &out->numbers)) {
        out->numbers.clear();
        return false;
      }
      std::vector<std::string> parts;
      for (double x : out->numbers) parts.push_back(NumberText(x));
      out->value = fmt::format("{{{}}}", fmt::join(parts, ", "));
      return true;
    }
    default:
      return false;
  }
}

int UnitOf(const char* chunk) {
  if (chunk[0] != 's' || chunk[1] < '0' || chunk[1] > '9') return -1;
  return std::atoi(chunk + 1);
}

// Index past the `end` that closes the function whose `function` is tokens[first].
size_t EndOfFunction(const std::vector<Token>& tokens, size_t first) {
  int depth = 0;
  for (size_t i = first; i < tokens.size(); ++i) {
    if (tokens[i].kind != Token::Kind::kKeyword) continue;
    for (const char* opener : {"function", "do", "if", "repeat"}) depth += tokens[i].Is(opener);
    for (const char* closer : {"end", "until"}) depth -= tokens[i].Is(closer);
    if (depth == 0) return i + 1;
  }
  return tokens.size();
}

std::vector<std::string> Lines(const std::string& source, int first, int last) {
  std::vector<std::string> lines;
  for (int line = first; line <= last; ++line) lines.push_back(LineOf(source, line));
  return lines;
}

}  // namespace

LineTracer::LineTracer(lua_State* lua, const ScriptInternals& script) : lua_(lua), script_(script) {
  for (const auto& unit : script.units) tokens_.push_back(Tokenize(unit->source));
  lua_pushlightuserdata(lua_, this);
  lua_setfield(lua_, LUA_REGISTRYINDEX, kSelf);
}

LineTracer::~LineTracer() = default;  // the state goes first or is not run again

void LineTracer::Start(std::vector<const TermDecl*> list, const int32_t* current) {
  list_ = std::move(list);
  current_ = current;
  frames_.clear();
  lua_sethook(lua_, &LineTracer::OnEvent, LUA_MASKLINE | LUA_MASKRET, 0);
}

void LineTracer::Stop() {
  lua_sethook(lua_, nullptr, 0, 0);
  frames_.clear();
}

void LineTracer::OnEvent(lua_State* lua, lua_Debug* event) {
  lua_getfield(lua, LUA_REGISTRYINDEX, kSelf);
  auto* self = static_cast<LineTracer*>(lua_touserdata(lua, -1));
  lua_pop(lua, 1);
  if (!lua_getinfo(lua, "Sl", event)) return;
  const int unit = UnitOf(event->short_src);
  if (unit < 0 || unit >= static_cast<int>(self->tokens_.size())) return;
  if (event->event == LUA_HOOKLINE) {
    self->OnLine(event, unit);
  } else {
    self->OnReturn(event);
  }
}

void LineTracer::OnLine(lua_Debug* at, int unit) {
  const int level = LevelOf(lua_);
  lua_getinfo(lua_, "f", at);
  const void* function = lua_topointer(lua_, -1);
  lua_pop(lua_, 1);
  while (!frames_.empty() && frames_.back().level > level) frames_.pop_back();
  if (!frames_.empty() && frames_.back().level == level && frames_.back().function != function) {
    frames_.pop_back();  // a tail call took its place
  }
  if (frames_.empty() || frames_.back().level < level) {
    frames_.push_back(Enter(at, unit, level));
    frames_.back().function = function;
  } else {
    FinishLine(frames_.back(), at);
  }
  Frame& frame = frames_.back();
  // A line is announced again when a call that it makes returns; that is not another turn.
  const bool again = frame.last_line == at->currentline;
  frame.line = frame.last_line = at->currentline;
  frame.before = Names(at, frame, frame.line);
  TermTrace& trace = traces_[frame.trace];
  auto& lines = trace.functions[frame.index].lines;
  auto it = std::lower_bound(lines.begin(), lines.end(), frame.line,
                             [](const TracedLine& line, int number) { return line.line < number; });
  if (it == lines.end() || it->line != frame.line) it = lines.insert(it, {frame.line, 0, {}});
  it->count += again ? 0 : 1;
  it->names = frame.before;  // a tail call never finishes its line
  if (frame.index == 0) trace.result_line = frame.line;
}

void LineTracer::OnReturn(lua_Debug* at) {
  if (frames_.empty()) return;
  FinishLine(frames_.back(), at);
  frames_.pop_back();
}

// The values after the line has run, with what changed.
void LineTracer::FinishLine(Frame& frame, lua_Debug* at) {
  if (frame.line == 0) return;
  auto& lines = traces_[frame.trace].functions[frame.index].lines;
  const auto line = std::find_if(lines.begin(), lines.end(),
                                 [&](const TracedLine& l) { return l.line == frame.line; });
  line->names = Names(at, frame, frame.line);
  for (TracedName& name : line->names) {
    for (const TracedName& before : frame.before) {
      if (before.name == name.name && before.value != name.value && before.value != "nil") {
        name.was = before.value;
      }
    }
  }
  frame.line = 0;
}

TermTrace& LineTracer::TraceOf(const TermDecl& term) {
  for (TermTrace& trace : traces_) {
    if (trace.name == term.name && trace.what == term.what) return trace;
  }
  traces_.push_back({term.name, term.what, {}, 0});
  return traces_.back();
}

LineTracer::Frame LineTracer::Enter(lua_Debug* at, int unit, int level) {
  const TermDecl& term = *list_[*current_];
  TermTrace& trace = TraceOf(term);
  const ScriptUnit& source = *script_.units[unit];
  const bool own = frames_.empty() && trace.functions.empty();
  Frame frame;
  frame.level = level;
  frame.unit = unit;
  frame.trace = static_cast<int>(&trace - traces_.data());
  std::tie(frame.first, frame.last) = TokensOf(at, unit, term, own);
  // Calls of one function are shown together.
  const auto known = std::find_if(trace.functions.begin(), trace.functions.end(), [&](auto& f) {
    return f.file == source.path && f.first_line == at->linedefined &&
           f.last_line == at->lastlinedefined;
  });
  frame.index = static_cast<int>(known - trace.functions.begin());
  if (known == trace.functions.end()) {
    trace.functions.push_back({source.path,
                               at->linedefined,
                               at->lastlinedefined,
                               own ? 0 : static_cast<int>(std::max<size_t>(1, frames_.size())),
                               Lines(source.source, at->linedefined, at->lastlinedefined),
                               {}});
  }
  return frame;
}

// The tokens of the function that runs, so that names of its neighbours on the same line are not
// read. Two functions that begin on one line are told apart by their parameters; if that does not
// help, no names are shown.
std::pair<size_t, size_t> LineTracer::TokensOf(lua_Debug* at, int unit, const TermDecl& term,
                                               bool own) const {
  const auto& functions = script_.units[unit]->analysis->functions;
  std::vector<int> fitting;
  if (own) {
    const auto [owner, index] = script_.Locate(script_.function_ids[term.function]);
    if (owner == unit) fitting.push_back(index);
  }
  for (size_t f = 1; fitting.empty() && f < functions.size(); ++f) {
    if (functions[f].where.line != at->linedefined) continue;
    bool same = true;
    for (size_t i = 0; same && i < functions[f].params.size(); ++i) {
      const char* name = lua_getlocal(lua_, at, static_cast<int>(i) + 1);
      if (name != nullptr) lua_pop(lua_, 1);
      same = name != nullptr && functions[f].params[i] == name;
    }
    if (same) fitting.push_back(static_cast<int>(f));
  }
  if (fitting.size() != 1) return {0, 0};
  const SourceSpan& where = functions[fitting[0]].where;
  const std::vector<Token>& tokens = tokens_[unit];
  for (size_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].line != where.line || tokens[i].column != where.column) continue;
    const size_t end = EndOfFunction(tokens, i);
    while (i < end && !tokens[i].Is(")")) ++i;  // parameters are not reads
    return {i, end};
  }
  return {0, 0};
}

// Pushes the local variable or upvalue of that name; the innermost wins.
bool LineTracer::PushNamed(lua_Debug* at, const std::string& name) {
  int found = 0;
  for (int i = 1;; ++i) {
    const char* local = lua_getlocal(lua_, at, i);
    if (local == nullptr) break;
    lua_pop(lua_, 1);
    if (name == local) found = i;
  }
  if (found > 0) return lua_getlocal(lua_, at, found) != nullptr;
  lua_getinfo(lua_, "f", at);
  for (int i = 1;; ++i) {
    const char* upvalue = lua_getupvalue(lua_, -1, i);
    if (upvalue == nullptr) break;
    if (name == upvalue) {
      lua_remove(lua_, -2);
      return true;
    }
    lua_pop(lua_, 1);
  }
  lua_pop(lua_, 1);
  return false;
}

// Every name or path (s.prev.torso_pos.x, v[2], x) that stands on the line, with its value now.
// Table constructors' keys and methods are not variables.
std::vector<TracedName> LineTracer::Names(lua_Debug* at, const Frame& frame, int line) {
  std::vector<TracedName> names;
  const std::vector<Token>& tokens = tokens_[frame.unit];
  for (size_t i = frame.first; i < frame.last; ++i) {
    const Token& token = tokens[i];
    if (token.line != line || token.kind != Token::Kind::kName) continue;
    if (i > 0 && (tokens[i - 1].Is(".") || tokens[i - 1].Is(":") || tokens[i - 1].Is("#"))) {
      continue;
    }
    if (!PushNamed(at, std::string(token.text))) continue;
    TracedName entry;
    entry.name = std::string(token.text);
    bool whole = true;
    while (lua_istable(lua_, -1) && i + 2 < frame.last) {
      const Token& key = tokens[i + 2];
      if (tokens[i + 1].Is(".") && key.kind == Token::Kind::kName) {
        lua_pushlstring(lua_, key.text.data(), key.text.size());
        entry.name += "." + std::string(key.text);
        i += 2;
      } else if (tokens[i + 1].Is("[") && i + 3 < frame.last && tokens[i + 3].Is("]") &&
                 key.kind == Token::Kind::kNumber) {
        lua_pushnumber(lua_, std::strtod(std::string(key.text).c_str(), nullptr));
        entry.name += fmt::format("[{}]", key.text);
        i += 3;
      } else {
        break;
      }
      lua_rawget(lua_, -2);
      lua_remove(lua_, -2);
      whole = false;
    }
    const bool shown = ReadValue(lua_, &entry) && (whole || entry.value != "nil");
    lua_pop(lua_, 1);
    const bool known = std::any_of(names.begin(), names.end(),
                                   [&](const TracedName& n) { return n.name == entry.name; });
    if (shown && !known) names.push_back(std::move(entry));
  }
  return names;
}

}  // namespace carrot
