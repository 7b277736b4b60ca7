// A verb: its options as data (the parser, the help text, the suggestions and the completions are
// all derived from them) and what it does. One file a verb; the list is verbs.cc.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "engine/apps/console.h"

namespace carrot {

// What a shell may offer for an option's value.
enum class Offer { kNothing, kFile, kTask, kReward, kPolicy, kSetting, kName, kCode, kVerb };

using OptionTarget =
    std::variant<bool*, std::string*, int64_t*, double*, std::vector<std::string>*>;

struct Option {
  std::string names;    // "--task", "-j,--workers"; a positional has no dash: "name"
  std::string value;    // placeholder in the help; empty for a flag
  std::string help;     // one line; the default is added
  OptionTarget target;  // its value at declaration is the default; lists are split at commas
  bool required = false;
  std::vector<std::string> choices;  // empty: anything
  Offer offer = Offer::kNothing;
  bool split = true;  // lists: split at commas (settings are not)
  bool many = false;  // lists: take all words up to the next option (shell globs)

  bool positional() const { return names[0] != '-'; }
  bool is_flag() const { return std::holds_alternative<bool*>(target); }
  bool is_list() const { return std::holds_alternative<std::vector<std::string>*>(target); }
};

class Verb {
 public:
  virtual ~Verb() = default;
  // Targets point into this object.
  virtual std::vector<Option> Options() = 0;
  virtual ExitCode Run(Console& console) = 0;
};

struct VerbInfo {
  const char* name;
  const char* usage;     // after the name: "--task TASK [--reward REWARD]"
  const char* summary;   // one line, lower case
  const char* detail;    // further paragraphs of the help, or ""
  const char* examples;  // lines
  std::unique_ptr<Verb> (*make)();
  bool hidden = false;
};

std::span<const VerbInfo> Verbs();
const VerbInfo* FindVerb(std::string_view name);

// The options of the console, which every verb takes.
struct ConsoleSettings {
  bool json = false, quiet = false, verbose = false, help = false;
  std::string color = "auto", progress = "auto";
  std::vector<Option> Options();
  ConsoleOptions Get() const;
};

}  // namespace carrot
