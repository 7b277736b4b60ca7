// Static checks of term functions against what they may see, and what they need refreshed per row.
// Internal to engine/script.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/script/lua_host.h"
#include "engine/script/term_program.h"

namespace carrot {

// What is read of one vector or scalar. Whole: everything; else these elements (0-based), by index
// or by name.
struct Need {
  bool whole = false;
  std::set<int> indices, names;
  void Merge(const Need& other) {
    whole |= other.whole;
    indices.insert(other.indices.begin(), other.indices.end());
    names.insert(other.names.begin(), other.names.end());
  }
};

// What one term (or a group of terms) needs.
struct TermNeeds {
  std::map<int, Need> next,
      prev;  // by field; a field whose length alone is read is here with nothing
  Need action;
  bool uses_action = false, uses_memory = false;
  bool step = false, time = false, dt = false, horizon = false, terminated = false;
  void Merge(const TermNeeds& other);
};

inline constexpr int kBigField = 16;  // longer fields are read with :at(i)

// Adds errors; returns the needs of `decl`'s function.
TermNeeds CheckTerm(const LuaScript& script, const TermContext& context, const TermDecl& decl,
                    Diagnostics* errors);

// "number, metres"-like description of a field for messages.
std::string Describe(const FieldSpec& field);

}  // namespace carrot
