#include "rewards/host/reward_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "engine/base/suggest.h"
#include "engine/script/lua_script.h"
#include "rewards/host/schedule_reader.h"

namespace carrot {
namespace {

// Judgement looks at pairs of terms: thousands of them would take minutes, and nobody could read
// them.
constexpr size_t kMostTerms = 256;
constexpr size_t kLongestName = 64;

const std::vector<std::string> kCombineNames = {"sum", "product", "harmonic", "hamacher", "sign"};
// Stages in the order in which they may stand: causal ones in any order, then those of the learner.
const std::vector<std::string> kStageNames = {"clip", "par", "cap", "delta", "normalize"};
constexpr size_t kCausalStages = 2;
const std::vector<std::string> kKindNames = {"dense",   "event",         "penalty",
                                             "shaping", "success_bonus", "monitor"};

class Reader {
 public:
  explicit Reader(const LuaScript& script) : script_(script) {}

  Result<RewardDecl> Read() {
    const LuaValue& root = script_.root();
    if (root.tag != "reward") {
      return Fail(script_.ErrorAt("R021", "a reward script must return reward {...}", root.where,
                                  {"write `return reward { ... }`"}));
    }
    TableReader r(root, "reward", script_, &errors_);
    r.String("task", &decl_.task);
    r.String("doc", &decl_.doc);
    decl_.params = ReadParams(r.Table("params"), script_, &errors_);
    decl_.memory = ReadMemory(r.Table("memory"), script_, &errors_);
    ReadDerive(r.Table("derive"));
    ReadTerms(r.Table("terms"), r);
    ReadPotential(r.Any("potential"));
    ReadObserve(r.Table("observe"));  // may name the memory of parts in terms
    ReadCombine(r);
    ReadStages(r.Table("shape"));
    decl_.schedule =
        ReadSchedule(r.Table("schedule"), decl_.terms, decl_.combine, script_, &errors_);
    ReadExpects(r.Table("expect"));
    ReadMutes(r.Table("mute"));
    r.Finish();
    if (HasError(errors_)) return Fail(MistypedFirst(std::move(errors_)));
    return std::move(decl_);
  }

 private:
  void Error(std::string code, std::string message, const SourceSpan& where,
             std::vector<std::string> help = {}) {
    errors_.push_back(script_.ErrorAt(code, std::move(message), where, std::move(help)));
  }

  static std::string DidYouMean(const std::string& name, const std::vector<std::string>& known) {
    const std::string nearest = Suggest(name, known);
    return nearest.empty() ? fmt::format("use one of {}", fmt::join(known, ", "))
                           : fmt::format("did you mean `{}`?", nearest);
  }

  // observe = { "u" }: names of memory entries, each once.
  void ReadObserve(const LuaValue* list) {
    if (list == nullptr) return;
    std::vector<std::string> known;
    for (const MemorySpec& entry : decl_.memory.specs) known.push_back(entry.name);
    for (const LuaValue& item : list->array) {
      const auto found = std::find(known.begin(), known.end(), item.string);
      const int index = static_cast<int>(found - known.begin());
      if (!item.is_string() || found == known.end()) {
        Error("R024",
              fmt::format("`observe` names memory entries, `{}` is none",
                          item.is_string() ? item.string : Name(item.kind)),
              item.where,
              {known.empty() ? "declare it: memory = { u = 0 }" : DidYouMean(item.string, known)});
      } else if (std::count(decl_.observe.begin(), decl_.observe.end(), index) > 0) {
        Error("R023", fmt::format("`{}` is observed twice", item.string), item.where,
              {"remove one of them"});
      } else {
        decl_.observe.push_back(index);
      }
    }
    for (const LuaEntry& entry : list->entries) {
      Error("R020", fmt::format("`observe` is a list, but it has the key `{}`", entry.key),
            entry.where, {fmt::format("write observe = {{ \"{}\" }}", entry.key)});
    }
  }

  void ReadDerive(const LuaValue* table) {
    if (table == nullptr) return;
    for (const LuaEntry& entry : table->entries) {
      if (!entry.value.is_function()) {
        Error("R021", fmt::format("derive `{}` must be a function", entry.key), entry.where,
              {fmt::format("write {} = function(s) return ... end", entry.key)});
        continue;
      }
      decl_.derive.push_back({entry.key, entry.value.function, entry.where});
    }
  }

  void ReadTerms(const LuaValue* list, TableReader& reward) {
    if (list == nullptr || list->array.empty()) {
      reward.Missing("terms", "terms = { term { \"name\", fn = function(s) ... end } }");
      return;
    }
    if (list->array.size() > kMostTerms) {
      Error("R025",
            fmt::format("{} terms are more than the {} that a reward may have", list->array.size(),
                        kMostTerms),
            list->array[kMostTerms].where, {"put what belongs together into one term"});
      return;
    }
    for (const LuaValue& item : list->array) ReadTerm(item);
    for (const LuaEntry& entry : list->entries) {
      Error("R020", fmt::format("`terms` is a list, but it has the key `{}`", entry.key),
            entry.where, {fmt::format("write term {{ \"{}\", ... }}", entry.key)});
    }
  }

  void ReadTerm(const LuaValue& value) {
    const bool named = value.is_table() && !value.array.empty() && value.array[0].is_string();
    const std::string what = named ? "term `" + value.array[0].string + "`" : "a term";
    TableReader r(value, what, script_, &errors_);
    RewardTermSpec term;
    term.where = value.where;
    r.Item(1);
    if (named) {
      term.name = value.array[0].string;
    } else if (value.is_table()) {
      Error("R022", "a term needs its name first", value.where,
            {"write term { \"name\", fn = ... }"});
    }
    CheckName(term.name, value.where);
    std::string source;
    const LuaValue* second = r.Item(2);  // a field instead of a function
    if (second != nullptr && second->is_string()) source = second->string;
    const FunctionDecl fn = ReadFunction(r, "fn");
    if ((fn.function >= 0) == !source.empty()) {
      Error("R022",
            fmt::format("{} needs either fn = function(s, a, p, m) ... end or the name of a field",
                        what),
            value.where, {"a field's name stands second: term { \"NAME\", \"FIELD\" }"});
    }
    if (r.Number("weight", &term.weight) && !std::isfinite(term.weight)) {
      r.Error("R025", fmt::format("the weight of {} is not finite", what), "weight");
    }
    ReadKind(r, &term);
    ReadRange(r, &term);
    r.String("unit", &term.unit);
    r.String("doc", &term.doc);
    r.Finish();
    decl_.terms.push_back(std::move(term));
    decl_.functions.push_back(fn);
    decl_.sources.push_back(source);
  }

  // A function, or a part: what the library makes of functions (README.md, "Parts").
  FunctionDecl ReadFunction(TableReader& r, const std::string& key) {
    const LuaValue* value = r.Any(key);
    return value == nullptr ? FunctionDecl{} : FunctionOf(key, *value);
  }

  FunctionDecl FunctionOf(const std::string& key, const LuaValue& value) {
    FunctionDecl decl;
    const LuaValue* fn = value.Find("fn");
    if (value.is_function()) {
      decl.function = value.function;
    } else if (fn != nullptr && fn->is_function()) {
      decl.function = fn->function;
      AddPart(value, value.where, &decl.uses);
    } else {
      Error("R021",
            fmt::format("`{}` must be a function or a part made by the library, not a {}", key,
                        Name(value.kind)),
            value.where, {fmt::format("write {} = function(s, a, p, m) return ... end", key)});
    }
    return decl;
  }

  // The memory of a part and of the parts in it; the functions that they use.
  void AddPart(const LuaValue& part, const SourceSpan& where, std::vector<int>* uses) {
    const LuaValue* memory = part.Find("memory");
    if (memory != nullptr && memory->is_table() && part_memories_.insert(memory->identity).second) {
      AddMemory(*memory, where, script_, &decl_.memory, &errors_);
    }
    const LuaValue* used = part.Find("uses");
    if (used == nullptr) return;
    for (const LuaValue& item : used->array) {
      const LuaValue* fn = item.Find("fn");
      if (item.is_function()) {
        uses->push_back(item.function);
      } else if (fn != nullptr && fn->is_function()) {
        uses->push_back(fn->function);
        AddPart(item, where, uses);
      }
    }
  }

  void CheckName(const std::string& name, const SourceSpan& where) {
    // It names a file of a recording as well: `a/b` is b.npy in the folder a.
    const bool valid = !name.empty() && name.size() <= kLongestName && name.front() != '/' &&
                       name.back() != '/' && name.find("//") == std::string::npos &&
                       std::all_of(name.begin(), name.end(), [](unsigned char c) {
                         return std::isalnum(c) || c == '_' || c == '/';
                       });
    if (!valid) {
      Error("R025", fmt::format("`{}` is not a term name", name.substr(0, kLongestName)), where,
            {fmt::format(
                "use up to {} letters, digits and underscores, and / between a group and a name",
                kLongestName)});
    }
    const bool twice = std::any_of(decl_.terms.begin(), decl_.terms.end(),
                                   [&](const RewardTermSpec& t) { return t.name == name; });
    if (twice && !name.empty()) {
      Error("R023", fmt::format("term `{}` is declared twice", name), where,
            {"rename or remove one of them"});
    }
  }

  void ReadKind(TableReader& r, RewardTermSpec* term) {
    std::string kind;
    if (!r.String("kind", &kind)) return;
    if (auto parsed = TermKindFromName(kind)) {
      term->kind = *parsed;
      if (term->kind == TermKind::kMonitor) term->weight = 0;
    } else {
      r.Error("R024", fmt::format("`{}` is not a kind of term", kind), "kind",
              {DidYouMean(kind, kKindNames)});
    }
  }

  void ReadRange(TableReader& r, RewardTermSpec* term) {
    std::vector<double> range;
    if (!r.Numbers("range", &range)) return;
    if (range.size() != 2 || !(range[0] <= range[1])) {
      r.Error("R025", "a range is { low, high }", "range", {"write range = { 0, 1 }"});
      return;
    }
    if (std::isfinite(range[0])) term->range_low = range[0];
    if (std::isfinite(range[1])) term->range_high = range[1];
  }

  // potential = function(s) ... end, or { fn = ..., weight = 0.5 }.
  void ReadPotential(const LuaValue* value) {
    if (value == nullptr) return;
    decl_.potential_where = value->where;
    const bool is_part = value->Find("memory") != nullptr || value->Find("uses") != nullptr;
    if (value->is_function() || is_part) {
      decl_.potential = FunctionOf("potential", *value);
      return;
    }
    TableReader r(*value, "potential", script_, &errors_);
    decl_.potential = ReadFunction(r, "fn");
    if (value->Find("fn") == nullptr) {
      r.Missing("fn", "potential = function(s) return ... end");
    }
    r.Number("weight", &decl_.potential_weight);
    r.Finish();
  }

  // combine = "sum" | ... | function(t, p) ... end.
  void ReadCombine(TableReader& r) {
    const LuaValue* value = r.Any("combine");
    if (value == nullptr) return;
    if (!value->is_string()) {
      decl_.combine = Combine::kFunction;
      decl_.combine_where = value->where;
      decl_.combine_function = FunctionOf("combine", *value);
    } else if (const auto combine = CombineFromName(value->string)) {
      decl_.combine = *combine;
    } else {
      r.Error(
          "R024", fmt::format("`{}` is not a way to combine terms", value->string), "combine",
          {DidYouMean(value->string, kCombineNames), "or write combine = function(t, p) ... end"});
    }
  }

  void ReadStages(const LuaValue* list) {
    if (list == nullptr) return;
    size_t latest = 0;  // place in kStageNames
    for (const LuaValue& item : list->array) {
      const LuaValue* name = item.Find("stage");
      const auto found = name == nullptr
                             ? kStageNames.end()
                             : std::find(kStageNames.begin(), kStageNames.end(), name->string);
      std::vector<double> numbers;
      for (const LuaValue& number : item.array) {
        if (number.is_number()) numbers.push_back(number.number);
      }
      const size_t place = found - kStageNames.begin();
      if (found == kStageNames.end() || !AddStage(*found, numbers)) {
        Error("R024", "a stage of `shape` must come from the shape library", item.where,
              {"write local shape = require \"shape\" and shape = { shape.clip(-10, 10) }"});
      } else if (place >= kCausalStages && place == latest) {
        Error("R023", fmt::format("the stage `{}` stands twice in `shape`", *found), item.where,
              {"keep one of them"});
      } else if (latest >= kCausalStages && place < latest) {
        Error("R025",
              fmt::format("the stage `{}` must stand before `{}`", *found, kStageNames[latest]),
              item.where, {"the order is: clip and par, then cap, delta, normalize"});
      }
      latest = std::max(latest, std::min(place, kStageNames.size() - 1));
    }
  }

  // False if the numbers are not those that the library gives.
  bool AddStage(const std::string& name, const std::vector<double>& numbers) {
    const size_t n = numbers.size();
    LearnStages& learn = decl_.learn;
    if (name == "clip" && n == 2 && numbers[0] <= numbers[1]) {
      decl_.stages.push_back({RewardStage::Kind::kClip, numbers[0], numbers[1], {}});
    } else if (name == "par" && n >= 2 && numbers[0] > 0) {
      decl_.stages.push_back(
          {RewardStage::Kind::kPar, numbers[0], 0, {numbers.begin() + 1, numbers.end()}});
    } else if (name == "cap" && n == 1) {
      learn.cap = numbers[0];
    } else if (name == "delta" && n == 0) {
      learn.delta = true;
    } else if (name == "normalize" && n == 2 && numbers[1] > 0) {
      learn.normalize = numbers[0] != 0;
      learn.normalize_clip = numbers[1];
    } else {
      return false;
    }
    return true;
  }

  void ReadExpects(const LuaValue* list) {
    if (list == nullptr) return;
    for (const LuaValue& item : list->array) {
      ExpectDecl expect;
      expect.where = item.where;
      TableReader r(item, "an example of `expect`", script_, &errors_);
      ReadValues(r.Table("state"), &expect.state);
      ReadValues(r.Table("prev"), &expect.prev);
      ReadValues(r.Table("memory"), &expect.memory);
      std::vector<double> action;
      if (r.Numbers("action", &action)) expect.action.push_back({"action", action, item.where});
      ReadValues(r.Table("terms"), &expect.terms);
      r.Number("within", &expect.within);
      r.Finish();
      if (expect.terms.empty()) r.Missing("terms", "terms = { name = expected value }");
      decl_.expects.push_back(std::move(expect));
    }
  }

  // mute = { L003 = "why" }
  void ReadMutes(const LuaValue* table) {
    if (table == nullptr) return;
    for (const LuaEntry& entry : table->entries) {
      const bool code = entry.key.size() == 4 && (entry.key[0] == 'L' || entry.key[0] == 'A');
      if (!code || !entry.value.is_string() || entry.value.string.empty()) {
        Error("R021", fmt::format("`mute` has lints and alarms with a reason, not `{}`", entry.key),
              entry.where, {"write mute = { L003 = \"why it does not apply here\" }"});
        continue;
      }
      decl_.mutes.emplace_back(entry.key, entry.value.string);
    }
  }

  void ReadValues(const LuaValue* table, std::vector<ExpectDecl::Value>* out) {
    if (table == nullptr) return;
    for (const LuaEntry& entry : table->entries) {
      ExpectDecl::Value value{.name = entry.key, .where = entry.where};
      if (entry.value.is_number()) {
        value.numbers = {entry.value.number};
      } else if (entry.value.is_bool()) {
        value.numbers = {entry.value.boolean ? 1.0 : 0.0};
      } else if (entry.value.is_table()) {
        for (const auto& item : entry.value.array) value.numbers.push_back(item.number);
      } else {
        Error("R021",
              fmt::format("`{}` must be a number, a boolean or a list of numbers", entry.key),
              entry.where);
        continue;
      }
      out->push_back(std::move(value));
    }
  }

  const LuaScript& script_;
  std::set<const void*> part_memories_;  // tables already added: parts may share one
  RewardDecl decl_;
  Diagnostics errors_;
};

}  // namespace

std::vector<std::string> RewardMakers() { return {"reward", "term", "param"}; }

Result<RewardDecl> ReadReward(const LuaScript& script) { return Reader(script).Read(); }

}  // namespace carrot
