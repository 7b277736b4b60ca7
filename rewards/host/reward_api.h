// The reward language as data, for editor stubs, reference pages and prompts. The keys of each
// table are asked of the reader itself, so they cannot drift from what it accepts; types and docs
// are kept here (a test demands one for every key).
#pragma once

#include <string>
#include <vector>

#include "engine/base/result.h"
#include "engine/script/script_api.h"

namespace carrot {

struct ApiKey {
  std::string name, type, doc;  // type as LuaLS annotations have it; "any" if unknown
};
struct ApiTable {
  std::string name;   // "reward", "term", "param", "potential", "expect"
  std::string type;   // "carrot.Reward"
  std::string items;  // what the array part holds, in order: "string" or "string, string?"; "" none
  std::string doc;
  bool maker = false;  // written as NAME { ... }
  std::vector<ApiKey> keys;
};

struct RewardApi {
  std::vector<ApiTable> tables;
  std::vector<std::string> globals;  // of the sandbox; members as "math.abs"
  std::vector<ApiModule> modules;    // of the shipped library
};

Result<RewardApi> DescribeRewardApi();

}  // namespace carrot
