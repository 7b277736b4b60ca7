// The list of verbs, in the order of the help.
#include <algorithm>

#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"

namespace carrot {
namespace {

constexpr VerbInfo kVerbs[] = {
    {"doctor", "", "check this machine: graphics, threads, model files, libraries", "",
     "carrot doctor\ncarrot doctor --json", MakeDoctor},
    {"completions", "bash|zsh|fish", "print the shell's completion script", "",
     "carrot completions bash > ~/.local/share/bash-completion/completions/carrot\n"
     "carrot completions fish > ~/.config/fish/completions/carrot.fish",
     MakeCompletions},
    {"help", "[TOPIC]", "explain a command, `exit-codes`, or a diagnostic such as R012", "",
     "carrot help train\ncarrot help exit-codes\ncarrot help R012", MakeHelp},
    {"version", "", "print the version and the versions of the libraries", "",
     "carrot version\ncarrot version --json", MakeVersion},
    {"__complete", "WORD...", "offer completions for a command line", "", "carrot __complete tr",
     MakeComplete, true},
};

}  // namespace

std::span<const VerbInfo> Verbs() { return kVerbs; }

const VerbInfo* FindVerb(std::string_view name) {
  for (const VerbInfo& verb : kVerbs) {
    if (name == verb.name) return &verb;
  }
  return nullptr;
}

}  // namespace carrot
