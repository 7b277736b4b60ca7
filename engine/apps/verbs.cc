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
    {"compare", "REWARD... --trace F.trace... | --run DIR",
     "compare rewards on recordings: with each other, and with success",
     "For each reward: return, rank correlation with success, pairs of a good and a\n"
     "bad episode ordered right, and whether it tells a success from a near miss.\n"
     "For every two: distances that ignore scale and potential shaping (STARC, EPIC),\n"
     "rank inversions, terms. With several recordings, the matrix of policies and\n"
     "rewards. Good is the task's success, or a label in the recording. With --run,\n"
     "success over return as the policy moves away from where it began. Intervals\n"
     "are 95 %.",
     "carrot compare gym mine.lua --trace hop.trace random.trace\n"
     "carrot compare mine.lua --trace runs/hopper-mine-0001 --noise\n"
     "carrot compare --run runs/hopper-mine-0001",
     MakeCompare},
    {"sweep", "REWARD --trace F.trace... --set NAME=RANGE...",
     "try weights and parameters on recordings, ranked by success",
     "RANGE is A..B:N (N values), log:A..B:N, a list A,B,C, or one number. Several are\n"
     "a grid; --one-at-a-time changes one and leaves the others as the script has\n"
     "them. Nothing is simulated: weights are arithmetic on recorded terms, parameters\n"
     "are evaluated again. Settings are ranked by how well they order good over bad\n"
     "episodes, never by return.",
     "carrot sweep mine.lua --trace hop.trace --set w:alive=0..2:9\n"
     "carrot sweep mine.lua --trace hop.trace --set p:speed=log:0.5..4:7\n"
     "carrot sweep mine.lua --trace runs/hopper-mine-0001 --set w:effort=-0.1,0",
     MakeSweep},
    {"check", "PATH... [--task TASK]", "find what is wrong with reward and task scripts",
     "Loads the script, checks every name, runs its `expect` examples, and judges the reward on "
     "the\n"
     "task's corpus (recorded on first use) by the lints L001 to L013. -v shows remarks as well.",
     "carrot check mine.lua\ncarrot check rewards/*.lua --format gnu --deny warnings", MakeCheck},
    {"explain", "--trace F.trace [--episode N] [--step K] [--reward REWARD]",
     "take one step's reward apart, down to the Lua line",
     "Each term's raw value, weight and what it adds, its rank among the steps of the episode, "
     "and\n"
     "the lines of its function with the values that they read. Without --reward the recorded\n"
     "script with its recorded settings is used.",
     "carrot explain --trace hop.trace --episode 2 --step 40\n"
     "carrot explain --trace hop.trace --step 40 --against 12\n"
     "carrot explain --trace hop.trace --step 40 --reward mine.lua",
     MakeExplain},
    {"watch", "FILE [--task TASK] [--trace F.trace...]",
     "check and re-score a reward at each save, without simulation",
     "Shows what is wrong, or what the terms now pay on the recordings and what changed. While a\n"
     "script is broken the last good version stays. Values given with --set survive by name.\n"
     "Without --trace a few random episodes are recorded first. Ctrl+C ends it.",
     "carrot watch mine.lua --task hopper\n"
     "carrot watch mine.lua --trace hop.trace --jsonl",
     MakeWatch},
    {"audit", "--trace F.trace... | --run DIR | --task TASK [--reward REWARD]",
     "say what speaks against a reward: lints and alarms",
     "Statistics of each term at success and at failure; then each lint (L001 to L013: it cannot\n"
     "work) and alarm (A001 to A005: it is being gamed) with its term, numbers and frames.",
     "carrot audit --run runs/hopper-mine-0001\n"
     "carrot audit --trace good.trace bad.trace --reward mine.lua --fail-on alarm\n"
     "carrot audit --task hopper --reward mine.lua --json",
     MakeAudit},
    {"new", "task|reward PATH [--task TASK]", "write a task or a reward that works at once", "",
     "carrot new reward mine.lua --task hopper\ncarrot new task cart", MakeNew},
    {"api", "--luals DIR | --md [--task TASK...]",
     "write editor stubs or a reference of what scripts can use",
     "The stubs let the Lua language server complete fields with their units and find wrong\n"
     "types. They are generated from what binds the API; --check finds stale ones.",
     "carrot api --luals . --task hopper\n"
     "carrot api --luals . --task hopper --check\n"
     "carrot api --md --task hopper > api.md",
     MakeApi},
    {"render", "--trace F.trace [--frames]", "draw a recorded episode as PNG, without a display",
     "Writes terms.png (what each term paid, step by step), robot.png (moments of the episode) "
     "and, "
     "with --frames, a picture a step.",
     "carrot render --trace hop.trace\ncarrot render --trace hop.trace --frames --every 4 --out "
     "film",
     MakeRender},
    {"gui", "[--task TASK] [--reward REWARD] [--trace F.trace...]",
     "tune a reward in a window while the robot moves",
     "Without options it opens a demo. Every save of the reward's script is scored at once; drag "
     "a\n"
     "weight and everything recorded is re-scored; hover a plot and the scene goes to that step.\n"
     "--script drives the window from a file (`carrot help steps`), for tests and pictures.",
     "carrot gui\n"
     "carrot gui --task hopper --reward mine.lua --trace runs/hop\n"
     "carrot gui --headless --screenshot window.png",
     MakeGui},
    {"bench", "[--filter TEXT]", "measure speed against baselines in the same process", "",
     "carrot bench --filter simulation\ncarrot bench --json", MakeBench},
    {"doctor", "", "check this machine: graphics, threads, model files, libraries", "",
     "carrot doctor\ncarrot doctor --json", MakeDoctor},
    {"completions", "bash|zsh|fish", "print the shell's completion script", "",
     "carrot completions bash > ~/.local/share/bash-completion/completions/carrot\n"
     "carrot completions fish > ~/.config/fish/completions/carrot.fish",
     MakeCompletions},
    {"help", "[TOPIC]", "explain a command, `exit-codes`, `steps` or a code such as R012", "",
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
