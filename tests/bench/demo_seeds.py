#!/usr/bin/env python3
"""The demo's training over five seeds, against stated thresholds. Resumable: a finished seed is not run again.

  tests/bench/demo_seeds.py [FOLDER]     # writes FOLDER/seed*/ and results/demo_seeds.json beside this file

A seed passes if its 50 held-out episodes (seed 1000000) last 900 steps and reach 12 m on average.
"""
import json
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
CARROT = HERE.parent.parent / "carrot"
LENGTH, DISTANCE = 900, 12.0


def run(*arguments):
    return json.loads(subprocess.run([CARROT, *map(str, arguments), "--json"], check=True,
                                     stdout=subprocess.PIPE).stdout)


def seed_result(folder, seed):
    stored = folder / f"seed{seed}.json"
    if not stored.exists():
        out = folder / f"seed{seed}"
        if out.exists():  # killed: finish that run, then judge it like the demo does
            run("train", "--resume", out)
            policy = sorted((out / "policies").iterdir())[-1]
            judged = run("run", "--task", "hopper", "--reward", "hop_forward", "--policy", policy,
                         "--episodes", 50, "--seed", 1000000)["summary"]
        else:
            judged = run("demo", "--seed", seed, "--out", out)["held_out"]
        stored.write_text(json.dumps(judged))
    return json.loads(stored.read_text())


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "runs/demo_seeds")
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for seed in range(5):
        held_out = seed_result(folder, seed)
        rows.append({"seed": seed, "return": held_out["return"]["mean"], "success": held_out["success"]["rate"],
                     "length": held_out["length"]["mean"], "distance": held_out["metrics"]["distance"]["mean"]})
        print("seed {seed}: return {return:.0f}  success {success:.2f}  length {length:.0f}  distance {distance:.2f} m"
              .format(**rows[-1]))
    passed = all(row["length"] >= LENGTH and row["distance"] >= DISTANCE for row in rows)
    (HERE / "results" / "demo_seeds.json").write_text(json.dumps(
        {"command": "tests/bench/demo_seeds.py", "thresholds": {"length": LENGTH, "distance": DISTANCE},
         "passed": passed, "seeds": rows}, indent=1) + "\n")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
