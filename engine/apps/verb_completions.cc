// The scripts only pass the words to `carrot __complete`, so that they never need an update.
#include <nlohmann/json.hpp>

#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"

namespace carrot {
namespace {

constexpr const char* kBash = R"(# bash completion for carrot
_carrot() {
  local line="${COMP_LINE:0:COMP_POINT}" words cur
  read -ra words <<<"$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  cur="${words[${#words[@]}-1]}"
  local IFS=$'\n'
  COMPREPLY=($("${words[0]}" __complete "${words[@]:1}" 2>/dev/null))
  if [[ "${COMPREPLY[0]}" == ":files" ]]; then
    COMPREPLY=($(compgen -f -- "${cur#--*=}"))
    compopt -o filenames 2>/dev/null
    return
  fi
  # bash splits words at a colon and at an equals sign: give back only what follows the last one
  if [[ "$cur" == *:* && "$COMP_WORDBREAKS" == *:* || "$cur" == *=* && "$COMP_WORDBREAKS" == *=* ]]; then
    local prefix="${cur%"${cur##*[:=]}"}" i
    for i in "${!COMPREPLY[@]}"; do COMPREPLY[$i]="${COMPREPLY[$i]#"$prefix"}"; done
  fi
  [[ ${#COMPREPLY[@]} -eq 1 && "${COMPREPLY[0]}" == *= ]] && compopt -o nospace 2>/dev/null
}
complete -F _carrot carrot ./carrot
)";

constexpr const char* kZsh = R"(#compdef carrot
_carrot() {
  local -a offers open
  offers=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  if [[ "${offers[1]}" == ":files" ]]; then
    compset -P '--*='
    _files
    return
  fi
  open=(${(M)offers:#*=})
  offers=(${offers:#*=})
  compadd -S '' -- "${open[@]}"
  compadd -- "${offers[@]}"
}
compdef _carrot carrot
)";

constexpr const char* kFish = R"(# fish completion for carrot
function __carrot_offers
  set -l words (commandline -opc) (commandline -ct)
  set -l offers ($words[1] __complete $words[2..-1] 2>/dev/null)
  if test "$offers[1]" = ":files"
    __fish_complete_path (commandline -ct)
  else
    printf '%s\n' $offers
  end
end
complete -c carrot -f -a '(__carrot_offers)'
)";

class CompletionsVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {{"shell", "SHELL", "bash, zsh or fish", &shell_, true, {"bash", "zsh", "fish"}}};
  }
  ExitCode Run(Console& console) override {
    const char* script = shell_ == "bash" ? kBash : shell_ == "zsh" ? kZsh : kFish;
    if (console.json()) {
      console.PrintJson({{"shell", shell_}, {"script", script}});
    } else {
      console.Print(script);
    }
    return ExitCode::kOk;
  }

 private:
  std::string shell_;
};

}  // namespace

std::unique_ptr<Verb> MakeCompletions() { return std::make_unique<CompletionsVerb>(); }

}  // namespace carrot
