// From argv to a verb with its options filled in.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/apps/verb.h"

namespace carrot {

// What is wrong with a command line, in the three lines of a usage error.
struct UsageError {
  std::string message;  // "unknown option '--episode'"
  std::string help;     // "did you mean '--episodes'?", or ""
  std::string usage;    // one line
};

// Splits off the verb. Options of the console may stand before it. Returns "" if there is none;
// `rest` is everything else.
std::string TakeVerb(const std::vector<std::string>& arguments, std::vector<std::string>& rest);

// Parses `arguments` into the options' targets. Empty message: success.
UsageError ParseOptions(const VerbInfo& verb, const std::vector<Option>& options,
                        const std::vector<std::string>& arguments);

// "usage: carrot eval --task TASK ..."
std::string UsageLine(const VerbInfo& verb);

// A count as people write it: 200000, 2e5, 200k, 1.5M. Whole numbers only.
bool ParseCount(const std::string& text, int64_t& value);

}  // namespace carrot
