// Reads a reward{...} table into plain declarations and checks them as a whole.
#pragma once

#include <string>
#include <vector>

#include "engine/core/reward_function.h"
#include "engine/script/declarations.h"

namespace carrot {

// A function of a script, and those that it calls with its own (s, a, p, m) but got as values.
struct FunctionDecl {
  int function = -1;
  std::vector<int> uses;
};

struct DeriveDecl {
  std::string name;
  int function = -1;
  SourceSpan where;
};

// One example of `expect`: a state (fields not given are those of a reset without noise), what the
// terms must be there, within `within` (absolute).
struct ExpectDecl {
  struct Value {
    std::string name;
    std::vector<double> numbers;
    SourceSpan where;
  };
  std::vector<Value> state, prev, action, memory, terms;
  double within = 1e-9;
  SourceSpan where;
};

struct RewardDecl {
  std::string task, doc;
  std::vector<RewardTermSpec> terms;
  std::vector<FunctionDecl> functions;  // by term: its function, or -1
  std::vector<std::string> sources;     // by term: the name of a field, if it has no function
  std::vector<ParamSpec> params;
  MemoryDecl memory;
  std::vector<int> observe;  // indices of memory entries
  std::vector<DeriveDecl> derive;
  FunctionDecl potential;
  SourceSpan potential_where;
  double potential_weight = 1.0;
  Combine combine = Combine::kSum;
  FunctionDecl combine_function;  // of kFunction
  SourceSpan combine_where;
  std::vector<RewardStage> stages;
  LearnStages learn;
  std::vector<WeightRule> schedule;
  std::vector<ExpectDecl> expects;
  std::vector<std::pair<std::string, std::string>> mutes;  // lint or alarm, why it does not apply
};

// Functions that a reward script may call.
std::vector<std::string> RewardMakers();

// Collects every mistake: R020 undeclared key, R021 wrong type, R022 missing, R023 declared twice,
// R024 unknown choice, R025 out of range.
Result<RewardDecl> ReadReward(const LuaScript& script);

}  // namespace carrot
