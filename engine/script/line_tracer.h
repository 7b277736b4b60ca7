// Reads a Lua state line by line while a loop runs one row. Internal to engine/script. The state
// must run without the JIT: compiled code calls no hooks.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/script/lua_host.h"
#include "engine/script/term_program.h"
#include "engine/script/term_trace.h"
#include "engine/script/tokenizer.h"

struct lua_Debug;

namespace carrot {

class LineTracer {
 public:
  using Units = std::vector<std::unique_ptr<ScriptUnit>>;
  LineTracer(lua_State* lua, const ScriptInternals& script);
  ~LineTracer();
  LineTracer(const LineTracer&) = delete;

  // Until Stop, lines go to the term list[*current]; `current` is the loop's own counter.
  void Start(std::vector<const TermDecl*> list, const int32_t* current);
  void Stop();
  std::vector<TermTrace> Take() { return std::exchange(traces_, {}); }

 private:
  // A call in progress.
  struct Frame {
    int level = 0;  // frames below it
    const void* function = nullptr;
    int trace = 0, index = 0;    // where its lines go: traces_[trace].functions[index]
    size_t first = 0, last = 0;  // its tokens in the unit
    int unit = 0;
    int line = 0;       // begun and not finished; 0: none
    int last_line = 0;  // begun last
    std::vector<TracedName> before;
  };
  static void OnEvent(lua_State* lua, lua_Debug* event);
  void OnLine(lua_Debug* at, int unit);
  void OnReturn(lua_Debug* at);
  Frame Enter(lua_Debug* at, int unit, int level);
  void FinishLine(Frame& frame, lua_Debug* at);
  TermTrace& TraceOf(const TermDecl& term);
  std::pair<size_t, size_t> TokensOf(lua_Debug* at, int unit, const TermDecl& term, bool own) const;
  std::vector<TracedName> Names(lua_Debug* at, const Frame& frame, int line);
  bool PushNamed(lua_Debug* at, const std::string& name);

  lua_State* lua_;
  const ScriptInternals& script_;
  std::vector<std::vector<Token>> tokens_;  // by unit
  std::vector<const TermDecl*> list_;
  const int32_t* current_ = nullptr;
  std::vector<Frame> frames_;
  std::vector<TermTrace> traces_;
};

}  // namespace carrot
