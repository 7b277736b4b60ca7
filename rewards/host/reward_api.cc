#include "rewards/host/reward_api.h"

#include <fmt/format.h>

#include "engine/script/lua_script.h"
#include "rewards/host/reward_reader.h"

namespace carrot {
namespace {

struct KeyDoc {
  const char* name;
  const char* type;
  const char* doc;
};

constexpr KeyDoc kRewardKeys[] = {
    {"task", "string", "the task's name, so that no command needs --task"},
    {"doc", "string", "what the reward should teach"},
    {"params", "table<string, number|carrot.Param>", "sliders and sweep axes, read as p.NAME"},
    {"memory", "table<string, number|number[]|table|fun(s: carrot.State): number>",
     "per episode, read and written as m.NAME; a function of the reset state, or { size = n, fn = "
     "}, gives its start"},
    {"derive", "table<string, fun(s: carrot.State, a: carrot.Action, p: carrot.Params): number>",
     "shared expressions, read as s.NAME and s.prev.NAME"},
    {"terms", "carrot.Term[]", "in order"},
    {"potential", "carrot.TermFunction|carrot.Part|carrot.Potential",
     "adds gamma * phi(s') - phi(s), with phi of a terminal state 0"},
    {"combine",
     "\"sum\"|\"product\"|\"harmonic\"|\"hamacher\"|\"sign\"|"
     "fun(t: table<string, number>, p: carrot.Params): number",
     "how weighted terms become the total; a function reads them as t.NAME"},
    {"shape", "table[]", "stages from require \"shape\", from the total to the reward"},
    {"mute", "table<string, string>", "a lint or alarm, and why it does not apply"},
    {"expect", "carrot.Expect[]", "examples that `carrot check` runs"},
    {"observe", "string[]", "memory entries that the policy sees"},
    {"schedule", "table[]", "rules from require \"multi\", by which training changes weights"},
};
constexpr KeyDoc kTermKeys[] = {
    {"fn", "carrot.TermFunction|carrot.Part",
     "its value on a step; or name a field as the second item"},
    {"weight", "number", "applied afterwards, so it can change without simulating; 1 if not given"},
    {"kind", "\"dense\"|\"event\"|\"penalty\"|\"shaping\"|\"success_bonus\"|\"monitor\"",
     "for lints and displays; a monitor is never in the total"},
    {"range", "number[]", "{ low, high } of the raw value"},
    {"unit", "string", "of the raw value"},
    {"doc", "string", "one line"},
};
constexpr KeyDoc kParamKeys[] = {
    {"min", "number", "lowest value that makes sense"},
    {"max", "number", "highest value that makes sense"},
    {"unit", "string", "of the value"},
    {"doc", "string", "one line"},
};
constexpr KeyDoc kPotentialKeys[] = {
    {"fn", "carrot.TermFunction|carrot.Part", "phi"},
    {"weight", "number", "of the shaping; 1 if not given"},
};
constexpr KeyDoc kExpectKeys[] = {
    {"state", "table<string, number|boolean|number[]>",
     "fields; those not given are of a reset without noise"},
    {"prev", "table<string, number|boolean|number[]>", "fields before the step; as `state` else"},
    {"action", "number[]", "0 if not given"},
    {"memory", "table<string, number|number[]>", "before the step"},
    {"terms", "table<string, number>", "what the raw values must be"},
    {"within", "number", "absolute tolerance; 1e-9 if not given"},
};

// A table of the language, and a script in which it has the key `_` that nothing knows.
struct TableDoc {
  const char* name;
  const char* type;
  const char* items;
  const char* doc;
  bool maker;
  std::span<const KeyDoc> keys;
  const char* probe;
  const char* what;  // in the reader's message: "WHAT knows: a, b"
};
constexpr TableDoc kTables[] = {
    {"reward", "carrot.Reward", "", "A reward: what a script returns.", true, kRewardKeys,
     "return reward { _ = 1 }", "reward"},
    {"term", "carrot.Term", "string, string?",
     "A named term; its first item is its name, a second one a field in place of `fn`.", true,
     kTermKeys, "return reward { terms = { term { \"a\", _ = 1 } } }", "term `a`"},
    {"param", "carrot.Param", "number", "A parameter; its first item is its value.", true,
     kParamKeys, "return reward { params = { a = param { 1, _ = 1 } } }", "param `a`"},
    {"potential", "carrot.Potential", "", "A potential with a weight.", false, kPotentialKeys,
     "return reward { potential = { _ = 1 } }", "potential"},
    {"expect", "carrot.Expect", "", "An example: given this state, terms must be so.", false,
     kExpectKeys, "return reward { expect = { { _ = 1 } } }", "an example of `expect`"},
};

std::vector<std::string> Split(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < text.size();) {
    const size_t comma = std::min(text.find(", ", at), text.size());
    parts.push_back(text.substr(at, comma - at));
    at = comma + 2;
  }
  return parts;
}

// The keys that the reader accepts, as its message on an unknown one lists them.
Result<std::vector<std::string>> KeysOf(const TableDoc& table) {
  CARROT_ASSIGN_OR_RETURN(const auto script, LuaScript::FromSource(table.probe, "probe.lua",
                                                                   {.makers = RewardMakers()}));
  const Result<RewardDecl> decl = ReadReward(*script);
  const std::string start = fmt::format("{} knows: ", table.what);
  if (!decl) {
    for (const Diagnostic& error : decl.error()) {
      for (const std::string& help : error.help) {
        if (help.starts_with(start)) return Split(help.substr(start.size()));
      }
    }
  }
  return Fail(MakeError("R009", fmt::format("the reader does not say what {} knows", table.name)));
}

ApiKey Describe(const TableDoc& table, const std::string& name) {
  for (const KeyDoc& key : table.keys) {
    if (name == key.name) return {name, key.type, key.doc};
  }
  return {name, "any", ""};
}

}  // namespace

Result<RewardApi> DescribeRewardApi() {
  RewardApi api;
  for (const TableDoc& doc : kTables) {
    ApiTable table{doc.name, doc.type, doc.items, doc.doc, doc.maker, {}};
    CARROT_ASSIGN_OR_RETURN(const std::vector<std::string> names, KeysOf(doc));
    for (const std::string& name : names) table.keys.push_back(Describe(doc, name));
    api.tables.push_back(std::move(table));
  }
  CARROT_ASSIGN_OR_RETURN(api.globals, SandboxGlobals(RewardMakers()));
  CARROT_ASSIGN_OR_RETURN(api.modules, LibraryModules());
  return api;
}

}  // namespace carrot
