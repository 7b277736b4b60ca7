#include "engine/script/lua_host.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <lua.hpp>
#include <utility>

#include "engine/base/check.h"
#include "engine/base/rng.h"
#include "engine/script/prelude.h"
#include "engine/script/tokenizer.h"

namespace carrot {
namespace {

constexpr double kFreeText = 128;  // FREE_STRING of prelude.cc

// What math.random calls. Uniform in [0, 1), a pure function of (key, counter).
double RandomUniform(void* context) {
  auto* random = static_cast<RandomContext*>(context);
  Rng rng(random->key, random->counter++);
  return rng.Uniform();
}

// Opening libraries can run out of memory, so it happens under a protected call.
int OpenLibraries(lua_State* lua) {
  luaL_openlibs(lua);
  return 0;
}

std::string ChunkName(int unit) { return fmt::format("=s{}", unit); }

// A script chooses the words of its errors: no terminal codes, no pages of text.
std::string Printable(std::string text) {
  constexpr size_t kMost = 400;
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  std::replace_if(
      text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
  return text;
}

// "s12" -> 12; anything else -> -1.
int UnitOfChunk(const char* name) {
  if (name[0] != 's' || name[1] < '0' || name[1] > '9') return -1;
  return std::atoi(name + 1);
}

}  // namespace

LuaHost::LuaHost(const ScriptOptions& options, Requirer requirer)
    : options_(options),
      requirer_(std::move(requirer)),
      allocations_left_(options.fail_allocation) {}

LuaHost::~LuaHost() {
  if (lua_ != nullptr) lua_close(lua_);
}

void* LuaHost::Allocate(void* self, void* block, size_t old_size, size_t new_size) {
  auto* host = static_cast<LuaHost*>(self);
  if (block == nullptr) old_size = 0;
  if (new_size == 0) {
    host->used_ -= old_size;
    std::free(block);
    return nullptr;
  }
  // (Fault injection happens where the limit would: while a script runs.)
  const bool fails = new_size > old_size && host->slack_ == 0 && --host->allocations_left_ == 0;
  if (fails || (new_size > old_size &&
                host->used_ + (new_size - old_size) > host->options_.memory_limit + host->slack_)) {
    // Lua calls no handler when memory runs out. The stack can be read here as long as no compiled
    // code runs.
    if (host->loading_) host->NoteLine(host->lua_);
    return nullptr;
  }
  void* moved = std::realloc(block, new_size);
  if (moved != nullptr) host->used_ += new_size - old_size;
  return moved;
}

// Message handler: notes the innermost line of the script (or its modules) on the stack.
int LuaHost::OnError(lua_State* lua) {
  lua_getfield(lua, LUA_REGISTRYINDEX, "carrot.host");
  auto* host = static_cast<LuaHost*>(lua_touserdata(lua, -1));
  lua_pop(lua, 1);
  const char* text = lua_type(lua, 1) == LUA_TSTRING ? lua_tostring(lua, 1) : "";
  host->NoteLine(lua, std::strncmp(text, "\1R034\1", 6) == 0);
  return 1;
}

// What a module says by error() or assert() is about the line of the script that called it.
void LuaHost::NoteLine(lua_State* lua, bool said) {
  lua_Debug frame;
  bool noted = false;
  for (int level = 0; lua_getstack(lua, level, &frame); ++level) {
    if (!lua_getinfo(lua, "Sl", &frame) || frame.currentline <= 0) continue;
    const int unit = UnitOfChunk(frame.short_src);
    if (unit < 0 || (noted && unit > 0)) continue;
    error_unit_ = unit;
    error_line_ = frame.currentline;
    noted = true;
    if (!said || unit == 0) break;
  }
}

bool LuaHost::Call(int args, int results) {
  error_unit_ = -1;
  error_line_ = 0;
  const int base = lua_gettop(lua_) - args;
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, handler_ref_);
  lua_insert(lua_, base);
  const size_t slack = std::exchange(slack_, 0);
  const int status = lua_pcall(lua_, args, results, base);
  slack_ = slack;
  lua_remove(lua_, base);
  if (status == 0) return true;
  ParseError(status);
  lua_pop(lua_, 1);
  if (status == LUA_ERRMEM) lua_gc(lua_, LUA_GCCOLLECT, 0);
  return false;
}

// Messages are "\1CODE\1text" (ours), "s0:12: text" (Lua's), or any value.
void LuaHost::ParseError(int status) {
  error_code_ = status == LUA_ERRSYNTAX ? "R001" : "R030";
  size_t length = 0;
  const char* raw = lua_type(lua_, -1) == LUA_TSTRING ? lua_tolstring(lua_, -1, &length) : nullptr;
  std::string text = raw != nullptr ? std::string(raw, length) : "an error that is not a text";
  if (status == LUA_ERRMEM || text == "not enough memory") {
    error_code_ = "R041";
    text = fmt::format("the script needs more memory than its limit of {} MiB",
                       options_.memory_limit >> 20);
  } else if (const size_t mark = text.find('\1'); mark != std::string::npos) {
    const size_t close = text.find('\1', mark + 1);
    if (close != std::string::npos) {
      error_code_ = text.substr(mark + 1, close - mark - 1);
      text = text.substr(close + 1);
    }
  } else {
    const size_t colon = text.find(": ");
    if (colon != std::string::npos && UnitOfChunk(text.c_str()) >= 0) {
      const size_t line = text.find(':');
      if (error_unit_ < 0) {
        error_unit_ = UnitOfChunk(text.c_str());
        error_line_ = std::atoi(text.c_str() + line + 1);
      }
      text = text.substr(colon + 2);
    } else if (text.compare(0, 8, "prelude:") == 0 && colon != std::string::npos) {
      text = text.substr(colon + 2);
    }
    if (text.find("stack overflow") != std::string::npos) {
      error_code_ = "R042";
      text = "functions call each other too deeply (stack overflow)";
    }
  }
  error_message_ = Printable(std::move(text));
}

Status LuaHost::Init() {
  const auto out_of_memory = [] {
    return Fail(MakeError("R041", "the memory limit is too small to start a script",
                          {"allow at least 2 MiB"}));
  };
  lua_ = lua_newstate(&LuaHost::Allocate, this);
  if (lua_ == nullptr) return out_of_memory();
  if (lua_cpcall(
          lua_, [](lua_State* lua) { return OpenLibraries(lua); }, nullptr) != 0)
    return out_of_memory();
  const auto setup = [](lua_State* lua) -> int {
    auto* host = static_cast<LuaHost*>(lua_touserdata(lua, 1));
    lua_pushlightuserdata(lua, host);
    lua_setfield(lua, LUA_REGISTRYINDEX, "carrot.host");
    lua_pushcfunction(lua, &LuaHost::OnError);
    host->handler_ref_ = luaL_ref(lua, LUA_REGISTRYINDEX);
    luaL_Buffer text;
    luaL_buffinit(lua, &text);
    luaL_addstring(&text, kPrelude);
    luaL_addstring(&text, kPreludeViews);
    luaL_pushresult(&text);
    if (luaL_loadbuffer(lua, lua_tostring(lua, -1), lua_objlen(lua, -1), "=prelude") != 0)
      return lua_error(lua);
    lua_remove(lua, -2);
    lua_pushcfunction(lua, &LuaHost::OnRequire);
    lua_pushlightuserdata(lua, reinterpret_cast<void*>(&RandomUniform));
    lua_pushlightuserdata(lua, &host->random_);
    lua_call(lua, 3, 1);
    lua_getfield(lua, -1, "env");
    host->env_ref_ = luaL_ref(lua, LUA_REGISTRYINDEX);
    for (const auto& maker : host->options_.makers) {
      lua_getfield(lua, -1, "add_maker");
      lua_pushlstring(lua, maker.data(), maker.size());
      lua_call(lua, 1, 0);
    }
    host->prelude_ref_ = luaL_ref(lua, LUA_REGISTRYINDEX);
    lua_newtable(lua);
    host->functions_ref_ = luaL_ref(lua, LUA_REGISTRYINDEX);
    return 0;
  };
  if (lua_cpcall(lua_, setup, this) != 0) {
    const char* message = lua_tostring(lua_, -1);
    if (message == nullptr || std::strstr(message, "not enough memory") != nullptr)
      return out_of_memory();
    return Fail(MakeError("R009", fmt::format("the script prelude failed: {}", message)));
  }
  luaJIT_setmode(lua_, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_OFF);  // until Seal
  // Names for messages; then the sandbox refuses unknown ones.
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, env_ref_);
  for (lua_pushnil(lua_); lua_next(lua_, -2) != 0; lua_pop(lua_, 1)) {
    const std::string name = lua_tostring(lua_, -2);
    globals_.push_back(name);
    if (!lua_istable(lua_, -1)) continue;
    for (lua_pushnil(lua_); lua_next(lua_, -2) != 0; lua_pop(lua_, 1)) {
      globals_.push_back(name + "." + lua_tostring(lua_, -2));
    }
  }
  lua_pop(lua_, 1);
  std::sort(globals_.begin(), globals_.end());
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, prelude_ref_);
  lua_getfield(lua_, -1, "seal");
  lua_remove(lua_, -2);
  if (!Call(0, 0)) return out_of_memory();
  return {};
}

Status LuaHost::CheckSyntax(const std::string& source, const std::string& path) {
  if (!source.empty() && source[0] == LUA_SIGNATURE[0]) {
    Diagnostic d = MakeError("R050", "this file is bytecode; scripts must be source text");
    d.where = {path, 1, 1, 0};
    return Fail(std::move(d));
  }
  const int status = lua_loadx(
      lua_,
      [](lua_State*, void* data, size_t* size) -> const char* {
        auto* text = static_cast<std::pair<const std::string*, bool>*>(data);
        *size = text->second ? 0 : text->first->size();
        text->second = true;
        return *size == 0 ? nullptr : text->first->data();
      },
      std::make_unique<std::pair<const std::string*, bool>>(&source, false).get(), "=s0", "t");
  if (status == 0) {
    lua_pop(lua_, 1);
    return {};
  }
  error_unit_ = -1;
  error_line_ = 0;
  ParseError(status);
  lua_pop(lua_, 1);
  Diagnostic d = MakeError(status == LUA_ERRMEM ? "R041" : "R001", error_message_);
  d.where = {path, error_line_, 0, 0};
  d.excerpt = LineOf(source, error_line_);
  // Operators that Lua writes differently.
  if (d.excerpt.find("!=") != std::string::npos) d.help.push_back("Lua writes `~=`, not `!=`");
  for (const char* op : {"+=", "-=", "*=", "/="}) {
    if (d.excerpt.find(op) != std::string::npos) {
      d.help.push_back(fmt::format("Lua has no `{}`: write x = x {} y", op, op[0]));
    }
  }
  const size_t near = error_message_.rfind(" near '");
  // What a grammar expects is seldom what was forgotten.
  const bool in_table = error_message_.find("'}' expected") != std::string::npos;
  if (in_table && near != std::string::npos) {
    d.help.push_back(fmt::format("a comma is missing before {}, or a `}}` after what it closes",
                                 error_message_.substr(near + 6)));
  } else if (error_message_.find("'end' expected") != std::string::npos) {
    d.help.push_back("each function, if, for and while is closed by its own `end`");
  }
  // "... near 'token'": a caret if the token stands once on the line.
  if (near != std::string::npos) {
    const std::string token = error_message_.substr(near + 7, error_message_.size() - near - 8);
    const size_t at = d.excerpt.find(token);
    if (at != std::string::npos && d.excerpt.find(token, at + 1) == std::string::npos) {
      d.where.column = static_cast<int>(at) + 1;
      d.where.length = static_cast<int>(token.size());
    }
  }
  return Fail(std::move(d));
}

bool LuaHost::LoadUnit(const ScriptUnit& unit, int index) {
  const std::string& text = unit.analysis->instrumented;
  if (luaL_loadbuffer(lua_, text.data(), text.size(), ChunkName(index).c_str()) != 0) return false;
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, env_ref_);
  lua_setfenv(lua_, -2);
  return true;
}

// require, host side: gives the chunk, or nil and a message. C++ objects are gone before anything
// can raise.
int LuaHost::OnRequire(lua_State* lua) {
  lua_getfield(lua, LUA_REGISTRYINDEX, "carrot.host");
  auto* host = static_cast<LuaHost*>(lua_touserdata(lua, -1));
  lua_pop(lua, 1);
  bool ok = false;
  {
    std::string error;
    size_t length = 0;
    const char* text = lua_tolstring(lua, 1, &length);
    const std::string name(text, length);
    const ScriptUnit* unit = host->requirer_(name, &error);
    if (unit != nullptr) {
      int index = 0;
      while ((*host->units_)[index].get() != unit) ++index;
      ok = host->LoadUnit(*unit, index);
    } else {
      lua_pushlstring(lua, error.data(), std::min<size_t>(error.size(), 2000));
    }
  }
  if (ok) return 1;
  lua_pushnil(lua);
  lua_insert(lua, -2);
  return 2;
}

Status LuaHost::RunScript(const std::vector<std::unique_ptr<ScriptUnit>>& units) {
  units_ = &units;
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, prelude_ref_);
  const int prelude = lua_gettop(lua_);
  lua_getfield(lua_, prelude, "state");
  lua_pushnumber(lua_, static_cast<double>(options_.load_ticks));
  lua_setfield(lua_, -2, "budget");
  lua_pop(lua_, 1);
  if (!LoadUnit(*units[0], 0)) {
    error_unit_ = -1;
    ParseError(LUA_ERRSYNTAX);
    lua_pop(lua_, 2);
    return Fail(DescribeError(*this, units));
  }
  lua_getfield(lua_, prelude, "B");
  lua_pushnumber(lua_, static_cast<double>(options_.load_ticks));
  lua_rawseti(lua_, -2, 1);
  for (const char* name : {"X", "pow", "cat", "len", "f", "t", "n", "v", "s"})
    lua_getfield(lua_, prelude, name);
  loading_ = true;
  const bool ok = Call(10, 1);
  loading_ = false;
  if (!ok) {
    lua_pop(lua_, 1);
    return Fail(DescribeError(*this, units));
  }
  lua_remove(lua_, prelude);
  return {};
}

void LuaHost::Seal() {
  if (options_.jit) luaJIT_setmode(lua_, 0, LUAJIT_MODE_ENGINE | LUAJIT_MODE_ON);
  lua_rawgeti(lua_, LUA_REGISTRYINDEX, prelude_ref_);
  lua_getfield(lua_, -1, "state");
  lua_pushboolean(lua_, 0);
  lua_setfield(lua_, -2, "loading");
  lua_getfield(lua_, -1, "longest");  // kFreeText or more (prelude.cc, text_of)
  step_budget_ = static_cast<int64_t>(static_cast<double>(options_.step_ticks) * kFreeText /
                                      lua_tonumber(lua_, -1));
  lua_pop(lua_, 1);
  lua_pushnumber(lua_, static_cast<double>(options_.step_ticks));
  lua_setfield(lua_, -2, "budget");
  lua_pop(lua_, 1);
  for (const char* name :
       {"tags", "constructors", "functions"}) {  // only needed while reading the value
    lua_pushnil(lua_);
    lua_setfield(lua_, -2, name);
  }
  lua_pop(lua_, 1);
}

// --- messages
// -------------------------------------------------------------------------------------------
std::string LineOf(const std::string& source, int line) {
  // As the compiler counts: \n, \r, \r\n and \n\r each end a line.
  size_t at = 0;
  for (int i = 1; i < line && at != std::string::npos; ++i) {
    at = source.find_first_of("\r\n", at);
    if (at == std::string::npos) break;
    const char next = at + 1 < source.size() ? source[at + 1] : '\0';
    at += (next == '\n' || next == '\r') && next != source[at] ? 2 : 1;
  }
  if (line < 1 || at == std::string::npos || at >= source.size()) return "";
  return source.substr(at, source.find_first_of("\r\n", at) - at);
}

std::string LineText(const std::vector<std::unique_ptr<ScriptUnit>>& units, const std::string& path,
                     int line) {
  for (const auto& unit : units) {
    if (unit->path == path) return LineOf(unit->source, line);
  }
  return "";
}

// Words that the message can mean. A caret stands only where the line has exactly one of them.
static std::vector<std::string> Suspects(const Diagnostic& d) {
  if (d.code == "R040") return {"while", "for", "repeat", "goto", "function"};
  if (d.code == "R034") return {"error", "assert"};
  const size_t open = d.message.find_first_of("'`");
  const size_t close = open == std::string::npos ? open : d.message.find_first_of("'`", open + 1);
  if (close == std::string::npos) return {};
  const std::string name = d.message.substr(open + 1, close - open - 1);
  return {name.substr(name.rfind('.') + 1)};
}

Diagnostic DescribeError(const LuaHost& host,
                         const std::vector<std::unique_ptr<ScriptUnit>>& units) {
  Diagnostic d = MakeError(host.error_code(), host.error_message());
  if (d.code == "R040") {
    d.help.push_back("end the loop or recursion earlier: a counted `for` over what is needed");
    d.notes.push_back("the budget is fixed, so that a script costs the same everywhere");
  }
  if (d.code == "R041") d.help.push_back("build smaller tables and strings: the limit is fixed");
  if (host.error_unit() < 0 || host.error_unit() >= static_cast<int>(units.size())) {
    d.where.file = units[0]->path;
    return d;
  }
  const ScriptUnit& unit = *units[host.error_unit()];
  d.where = {unit.path, host.error_line(), 0, 0};
  d.excerpt = LineOf(unit.source, host.error_line());
  const std::vector<std::string> words = Suspects(d);
  const Token* hit = nullptr;
  int hits = 0;
  const std::vector<Token> tokens = Tokenize(unit.source);
  for (const Token& token : tokens) {
    if (token.line != host.error_line() ||
        std::find(words.begin(), words.end(), token.text) == words.end())
      continue;
    hit = &token;
    ++hits;
  }
  if (hits == 1) {
    d.where.column = hit->column;
    d.where.length = static_cast<int>(hit->text.size());
  }
  return d;
}

std::pair<int, int> ScriptInternals::Locate(int id) const {
  for (int u = 0; u < static_cast<int>(units.size()); ++u) {
    const int local = id - units[u]->first_function;
    if (id >= 0 && local >= 0 && local < static_cast<int>(units[u]->analysis->functions.size())) {
      return {u, local};
    }
  }
  return {-1, -1};
}

}  // namespace carrot
