// The list of verbs, in the order of the help.
#include <algorithm>

#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"

namespace carrot {
namespace {

constexpr VerbInfo kVerbs[] = {
    {"demo", "[--task TASK] [--reward REWARD]",
     "train, evaluate and draw a hopping robot, in a minute",
     "Trains PPO on a shipped reward, judges the policy on held-out seeds, prints what each term "
     "paid, draws the terms and the robot, and names three commands to go on with.",
     "carrot demo\ncarrot demo --task half_cheetah --reward gym --steps 500k", MakeDemo},
    {"describe", "NAME", "explain a task, a reward or a policy", "",
     "carrot describe hopper\ncarrot describe hopper/gym\ncarrot describe mine.lua --json",
     MakeDescribe},
    {"tasks", "[TEXT]", "list the tasks", "", "carrot tasks\ncarrot tasks hopper --json",
     MakeTasks},
    {"run", "--task TASK [--policy POLICY] [--record F.trace]", "play episodes with one policy",
     "Prints a line an episode and the term table. A recording holds every field, action and raw\n"
     "term value as .npy columns; `carrot rescore` evaluates other rewards on it.",
     "carrot run --task hopper --episodes 5\n"
     "carrot run --task hopper --policy best.policy --record hop.trace",
     MakeRun},
    {"train", "--task TASK [--reward REWARD] | --resume DIR", "train a policy with PPO",
     "Writes a run folder: configuration, scripts, a line of metrics an iteration, policies,\n"
     "evaluation recordings. A killed or interrupted run goes on with --resume, to the same bits.",
     "carrot train --task hopper --reward hop_forward --steps 200k\n"
     "carrot train --task hopper --reward mine.lua --set w:effort=-0.01 --seed 0..4\n"
     "carrot train --resume runs/hopper-mine-0001",
     MakeTrain},
    {"eval", "--task TASK --policy POLICY... [--reward REWARD...]",
     "compare rewards x policies x seeds, with intervals",
     "Success and metrics are the task's own and know nothing of the reward. Intervals are 95 %.",
     "carrot eval --task hopper --policy random runs/*/policies/*.policy --seed 0..4\n"
     "carrot eval --task hopper --policy best.policy --fail-if 'success<0.5'\n"
     "carrot eval --task hopper --policy best.policy --out result --resume --json",
     MakeEval},
    {"rescore", "--trace F.trace... [--reward REWARD...]",
     "evaluate rewards on recordings, without simulation",
     "Without --reward the recorded script with its recorded settings is used, to try --set on.",
     "carrot rescore --trace hop.trace --reward gym mine.lua\n"
     "carrot rescore --trace hop.trace --set w:effort=-0.01\n"
     "carrot rescore --trace hop.trace --as-recorded",
     MakeRescore},
    {"check", "PATH... [--task TASK]", "find what is wrong with reward and task scripts",
     "Loads the script, checks every name, runs its `expect` examples and a few random episodes.",
     "carrot check mine.lua\ncarrot check rewards/*.lua --format gnu --deny warnings", MakeCheck},
    {"new", "task|reward PATH [--task TASK]", "write a task or a reward that works at once", "",
     "carrot new reward mine.lua --task hopper\ncarrot new task cart", MakeNew},
    {"render", "--trace F.trace [--frames]", "draw a recorded episode as PNG, without a display",
     "Writes terms.png (what each term paid, step by step), robot.png (moments of the episode) "
     "and, "
     "with --frames, a picture a step.",
     "carrot render --trace hop.trace\ncarrot render --trace hop.trace --frames --every 4 --out "
     "film",
     MakeRender},
    {"bench", "[--filter TEXT]", "measure speed against baselines in the same process", "",
     "carrot bench --filter simulation\ncarrot bench --json", MakeBench},
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
