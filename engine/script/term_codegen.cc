#include "engine/script/term_codegen.h"

#include <fmt/format.h>

#include <cctype>

namespace carrot {
namespace {

constexpr int kMaxLocals = 120;  // views held in locals of the loop; the rest is looked up

const char* CType(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return "double";
    case DType::kF32:
      return "float";
    case DType::kI32:
      return "int32_t";
    case DType::kU8:
    case DType::kBool:
      return "uint8_t";
  }
  return "";
}

bool IsIdentifier(const std::string& name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name[0]))) return false;
  for (char c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '_') return false;
  }
  return true;
}

// A Lua string literal.
std::string Quote(const std::string& text) {
  std::string out = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out + "\"";
}

std::string Names(const std::vector<std::string>& names) {
  std::string text = "{";
  for (const auto& name : names) text += Quote(name) + ",";
  return text + "}";
}

std::string StructText(const StateSpec& state) {
  std::string text =
      "struct { int32_t row, k; int32_t nf, pad0; uint8_t* flags; double* m; const double* a; "
      "int32_t as, pad1;"
      " const int32_t* step; const uint8_t* term; double *o0, *o1, *o2, *o3;"
      " int32_t os0, x0, os1, x1, os2, x2, os3, x3; int32_t nfc[4]; int32_t nfr[4]; double nfv[4];";
  for (int f = 0; f < state.size(); ++f) {
    text += fmt::format(" const {0}* f{1}; const {0}* g{1};", CType(state[f].dtype), f);
  }
  return text + " }";
}

// Views of one side (s or s.prev): "N" and "Q" hold the vectors by field.
std::string ViewsText(const TermContext& context, const std::map<int, Need>& needs, bool prev) {
  std::string text;
  const char* record = prev ? "P" : "S";
  const char* label = prev ? "s.prev" : "s";
  for (const auto& [f, need] : needs) {
    const FieldSpec& field = context.state[f];
    const char* zero = field.dtype == DType::kBool ? "false" : "0";
    if (field.is_scalar()) {
      text += fmt::format("rawset({}, {}, {})\n", record, Quote(field.name), zero);
    } else if (field.size() <= kBigField) {
      text += fmt::format("{0}V[{1}] = vector({2}, {3}, {4}) rawset({0}, {5}, {0}V[{1}])\n", record,
                          f, Quote(std::string(label) + "." + field.name), field.size(),
                          Names(field.names), Quote(field.name));
    } else {
      text += fmt::format(
          "rawset({}, {}, big({}, {}, function(i) return io.{}{}[io.row * {} + i]{} end))\n",
          record, Quote(field.name), Quote(std::string(label) + "." + field.name), field.size(),
          prev ? "g" : "f", f, field.size(), field.dtype == DType::kBool ? " ~= 0" : "");
    }
  }
  return text;
}

// Statements that write the needed elements of a vector of a row.
std::string RefreshVector(const std::string& view, const Need& need, int size,
                          const std::vector<std::string>& names, const std::string& column,
                          const char* tail) {
  std::string text;
  for (int i = 0; i < size; ++i) {
    const std::string value = fmt::format("{}+{}]{}", column, i, tail);
    if (need.whole || need.indices.count(i)) text += fmt::format("{}[{}]={} ", view, i + 1, value);
    const bool named = i < static_cast<int>(names.size()) && IsIdentifier(names[i]);
    if (named && (need.whole || need.names.count(i)))
      text += fmt::format("{}.{}={} ", view, names[i], value);
    else if (i < static_cast<int>(names.size()) && !named && need.whole) {
      text += fmt::format("{}[{}]={} ", view, Quote(names[i]), value);
    }
  }
  return text;
}

class LoopWriter {
 public:
  LoopWriter(const TermContext& context, const std::vector<LoopTerm>& terms, const TermNeeds& needs,
             int64_t budget, bool uses_random)
      : context_(context),
        terms_(terms),
        needs_(needs),
        budget_(budget),
        uses_random_(uses_random),
        of_terms_(context.view == TermContext::View::kTerms) {}

  std::string Run() {
    std::string body = Refresh();
    for (size_t j = 0; j < terms_.size(); ++j) body += Term(j);
    std::string text = "local X, T0, T1, T2, T3 = ...\n";
    text +=
        "local io, B, type, convert, element, bor = X.io, X.B, X.type, X.convert, X.element, "
        "X.bor\n";
    text += "local memory_number, memory_copy, random = X.memory_number, X.memory_copy, X.random\n";
    text += "local rawset, rawget = rawset, rawget\n";
    text += kNonFiniteText;
    text += "return function(first, last)\nlocal S, P, A, p, M = X.S, X.P, X.A, X.p, X.M\n";
    text += locals_;
    text += "for r = first, last - 1 do\n" + body + "end end\n";
    return text;
  }

 private:
  static constexpr const char* kNonFiniteText = R"lua(
local function nonfinite(v, r, j)
  io.nf = 1
  if io.nfc[j] == 0 then io.nfr[j] = r io.nfv[j] = v end
  io.nfc[j] = io.nfc[j] + 1
  io.flags[r] = bor(io.flags[r], 16)
  return 0
end
)lua";

  std::string View(const std::string& table, int f) {
    const std::string place = fmt::format("X.{}V[{}]", table, f);
    if (++views_ > kMaxLocals) return place;
    const std::string name = fmt::format("{}V{}", table, f);
    locals_ += fmt::format("local {} = {}\n", name, place);
    return name;
  }
  std::string RefreshSide(const std::map<int, Need>& needs, bool prev) {
    std::string text;
    const char* record = prev ? "P" : "S";
    for (const auto& [f, need] : needs) {
      const FieldSpec& field = context_.state[f];
      const int size = field.size();
      const char* tail = field.dtype == DType::kBool ? "~=0" : "";
      const std::string column = fmt::format("io.{}{}[r*{}", prev ? "g" : "f", f, size);
      if (field.is_scalar()) {
        text += fmt::format("{}.{}=io.{}{}[r]{}\n", record, field.name, prev ? "g" : "f", f, tail);
      } else if (size <= kBigField &&
                 (need.whole || !need.indices.empty() || !need.names.empty())) {
        text += RefreshVector(View(record, f), need, size, field.names, column, tail) + "\n";
      }
    }
    return text;
  }
  std::string Refresh() {
    std::string text =
        "io.row=r\n" + RefreshSide(needs_.next, false) + RefreshSide(needs_.prev, true);
    if (needs_.step) text += "S.step=io.step[r]\n";
    if (needs_.time) text += "S.t=io.step[r]*X.dt\n";
    if (needs_.dt) text += "S.dt=X.dt\n";
    if (needs_.horizon) text += "S.horizon=X.horizon\n";
    if (needs_.terminated) text += "S.terminated=io.term[r]~=0\n";
    if (needs_.uses_action && context_.action.size() <= kBigField) {
      text += "do local at=r*io.as ";
      text += RefreshVector("A", needs_.action, context_.action.size(), context_.action.names,
                            "io.a[at", "");
      text += "end\n";
    }
    if (needs_.uses_memory) {
      for (const auto& memory : context_.memory) text += LoadMemory(memory);
    }
    return text;
  }
  std::string MemoryAt(int offset) const {
    return fmt::format("io.m[r*{}+{}]", context_.memory_width, offset);
  }
  std::string LoadMemory(const MemorySpec& memory) {
    const std::string name = Quote(memory.name);
    if (memory.is_scalar) return fmt::format("rawset(M,{},{})\n", name, MemoryAt(memory.offset));
    std::string text = fmt::format("do local v=X.MV[{}] rawset(M,{},v) ", name, name);
    for (int i = 0; i < memory.size; ++i) {
      text += fmt::format("rawset(v,{},{}) ", i + 1, MemoryAt(memory.offset + i));
    }
    return text + "end\n";
  }
  std::string StoreMemory(const MemorySpec& memory) {
    const std::string name = Quote(memory.name), label = Quote("m." + memory.name);
    if (memory.is_scalar) {
      return fmt::format(
          "do local v=rawget(M,{}) if type(v)~='number' then v=memory_number(v,{}) end {}=v end\n",
          name, label, MemoryAt(memory.offset));
    }
    std::string text = fmt::format(
        "do local w,v=X.MV[{0}],rawget(M,{0}) if v~=w then memory_copy(w,v,{1}) rawset(M,{0},w) "
        "end\n",
        name, label);
    for (int i = 0; i < memory.size; ++i) {
      text +=
          fmt::format("v=rawget(w,{}) if type(v)~='number' then v=memory_number(v,{}) end {}=v\n",
                      i + 1, label, MemoryAt(memory.offset + i));
    }
    return text + "end\n";
  }
  std::string Term(size_t j) {
    const LoopTerm& term = terms_[j];
    std::string text = fmt::format("io.k={}\n", j);
    if (budget_ >= 0 && !term.silent) text += fmt::format("B[1]={}\n", budget_);
    if (uses_random_) text += fmt::format("random(X.random_context,r,{})\n", term.number);
    text += fmt::format("local v{0}=T{0}({1})\n", j, of_terms_ ? "S,p" : "S,A,p,M");
    if (term.writes_memory) {
      for (const auto& memory : context_.memory) text += StoreMemory(memory);
    }
    if (term.width == 1) {
      return text +
             fmt::format(
                 "if type(v{0})~='number' then v{0}=convert(v{0}) end\n"
                 "if v{0}-v{0}~=0 then v{0}=nonfinite(v{0},r,{0}) end\nio.o{0}[r*io.os{0}]=v{0}\n",
                 j);
    }
    return text +
           fmt::format(
               "for i=1,{1} do local e=element(v{0},i) if e-e~=0 then e=nonfinite(e,r,{0}) end\n"
               "io.o{0}[r*io.os{0}+i-1]=e end\n",
               j, term.width);
  }

  const TermContext& context_;
  const std::vector<LoopTerm>& terms_;
  const TermNeeds& needs_;
  int64_t budget_;
  bool uses_random_, of_terms_;
  int views_ = 0;
  std::string locals_;
};

}  // namespace

std::string SetupText(const TermContext& context, const TermNeeds& needs) {
  std::string text =
      "local tools, address, random, random_context, params, dt, horizon = ...\n"
      "local ffi, vector, big, record = tools.ffi, tools.vector, tools.big_vector, tools.record\n"
      "local io = ffi.cast(\"" +
      StructText(context.state) +
      "*\", address)\n"
      "local S, P, M, p = " +
      (context.view == TermContext::View::kTerms ? "record('t', 'term')" : "record('s', 'field')") +
      ", record('s.prev', 'field'), record('m', 'memory entry', true), record('p', 'parameter')\n"
      "local SV, PV, MV = {}, {}, {}\nrawset(S, 'prev', P)\n";
  text += ViewsText(context, needs.next, false) + ViewsText(context, needs.prev, true);
  const std::pair<const char*, bool> builtins[] = {
      {"step", needs.step}, {"t", needs.time}, {"dt", needs.dt}, {"horizon", needs.horizon}};
  for (const auto& [name, needed] : builtins) {
    if (needed) text += fmt::format("rawset(S, '{}', 0)\n", name);
  }
  if (needs.terminated) text += "rawset(S, 'terminated', false)\n";
  const int actions = context.action.size();
  if (actions > kBigField) {
    text += fmt::format("local A = big('a', {}, function(i) return io.a[io.row * io.as + i] end)\n",
                        actions);
  } else if (actions > 0) {
    text += fmt::format("local A = vector('a', {}, {})\n", actions, Names(context.action.names));
  } else {
    text += "local A = record('a', 'action')\n";
  }
  for (const auto& memory : context.memory) {
    const std::string name = Quote(memory.name);
    text += memory.is_scalar
                ? fmt::format("rawset(M, {}, 0)\n", name)
                : fmt::format("MV[{0}] = vector({1}, {2}, {{}}, true) rawset(M, {0}, MV[{0}])\n",
                              name, Quote("m." + memory.name), memory.size);
  }
  text += "for name, value in pairs(params) do rawset(p, name, value) end\n";
  text += "tools.io, tools.S, tools.P, tools.A, tools.p, tools.M = io, S, P, A, p, M\n";
  text += "tools.SV, tools.PV, tools.MV, tools.dt, tools.horizon = SV, PV, MV, dt, horizon\n";
  text += "tools.random = ffi.cast('void (*)(void*, int32_t, int32_t)', random)\n";
  text += "tools.random_context = ffi.cast('void*', random_context)\nreturn tools\n";
  return text;
}

std::string LoopText(const TermContext& context, const std::vector<LoopTerm>& terms,
                     const TermNeeds& needs, int64_t budget, bool uses_random) {
  return LoopWriter(context, terms, needs, budget, uses_random).Run();
}

}  // namespace carrot
