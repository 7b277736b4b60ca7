#!/usr/bin/env python3
"""How the window feels against the targets, in a real window under software rendering.

    tests/bench/gui_window.py [--work runs/gui_window]     # makes the recordings once: minutes

Opens `carrot gui --bench` under Xvfb on the demo; on a humanoid with 1,000,000 recorded steps and 24 terms, and
with 16; and on a swimmer with 10,000 and with 10,000,000 steps, whose frames are to cost nearly the same (1.2x).
Writes results/gui_window.json beside this file. Needs a machine that does nothing else."""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CARROT = HERE.parent.parent / "carrot"
TERMS = """local terms = {{}}
for i = 1, {terms} do
  terms[i] = term {{ "t" .. i, weight = 0.1 * i, fn = function(s) return {value} + i end }}
end
return reward {{ task = "{task}", terms = terms }}
"""
SIZE = "1280x800"  # for which the targets are stated under software rendering
HUMANOID = ("humanoid_standup", "s.torso_pos[i % 3 + 1] * s.qvel:at(i % 23 + 1)")
SWIMMER = ("swimmer", "s.qvel[i % 5 + 1]")
CASES = {  # name: (task and value of a term), episodes of 1,000 steps, terms
    "humanoid_1M_24": (HUMANOID, 1000, 24),
    "humanoid_1M_16": (HUMANOID, 1000, 16),
    "swimmer_10k_5": (SWIMMER, 10, 5),
    "swimmer_10M_5": (SWIMMER, 10_000, 5),
}


def window(out, *arguments):
    subprocess.run(["xvfb-run", "-a", "-s", "-screen 0 1920x1080x24", str(CARROT), "gui", *arguments,
                    "--size", SIZE, "--bench", str(out)], check=True, stdout=subprocess.DEVNULL)
    return json.loads(out.read_text())


def prepared(work, name):
    """The case's script and recording."""
    (task, value), episodes, terms = CASES[name]
    script = work / f"{task}_{terms}.lua"
    script.write_text(TERMS.format(terms=terms, value=value, task=task))
    trace = work / f"{task}_{episodes}"
    if not (trace / "done").exists():
        shutil.rmtree(trace, ignore_errors=True)
        subprocess.run([str(CARROT), "run", "--task", task, "--reward", str(script), "--policy", "random",
                        "--episodes", str(episodes), "--record", str(trace), "-q"], check=True,
                       stdout=subprocess.DEVNULL)
        (trace / "done").touch()
    return ["--task", task, "--reward", str(script), "--trace", str(trace)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work", type=pathlib.Path, default=HERE.parent.parent / "runs/gui_window")
    parser.add_argument("--cases", nargs="*", default=["demo", *CASES], help="of " + ", ".join(["demo", *CASES]))
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    results = {}
    for name in args.cases:
        options = [] if name == "demo" else prepared(args.work, name)
        results[name] = window(args.work / f"{name}.json", *options) | {"load": os.getloadavg()[0]}
        (HERE / "results/gui_window.json").write_text(json.dumps(results, indent=1) + "\n")
        print(name)
        for row in results[name]["results"]:
            target = f"{row['baseline']:8.0f}" if "baseline" in row else ""
            print(f"  {row['name']:24}{row['value']:10.1f} {row['unit']:12}{target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
