#!/usr/bin/env python3
"""Half an hour of reloads every two seconds while a policy trains: the window's memory may grow by less than 5 %.

    tests/bench/gui_soak.py [--minutes 30] [--every 2]

Opens `carrot gui` without a screen on the demo's task, starts a training by a click, and saves the reward's script
again and again, every fourth time with a mistake in it. Writes results/gui_soak.json: resident memory each minute,
the saves, and the reloads that the window counted. Memory is compared from the fifth minute on: before that, the
first training fills its buffers."""
import argparse
import json
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
REWARD = ROOT / "rewards/sets/balance_bot/drive.lua"
STEPS = """wait idle
open training
click training/steps
key Ctrl+A
type 100M
key Enter
click training/start
wait 100000000 frames
"""


def resident(pid):
    """MiB."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", default=str(ROOT / "build/release/carrot"))
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--every", type=float, default=2, help="seconds between saves")
    args = parser.parse_args()
    good = REWARD.read_text()
    with tempfile.TemporaryDirectory(prefix="carrot-soak-") as name:
        folder = pathlib.Path(name)
        script, steps, state = folder / "mine.lua", folder / "soak.steps", folder / "state.json"

        def save(text):
            (folder / "mine.tmp").write_text(text)
            (folder / "mine.tmp").rename(script)

        save(good)
        steps.write_text(STEPS)
        window = subprocess.Popen([args.binary, "gui", "--headless", "--task", "balance_bot", "--reward", str(script),
                                   "--session", str(folder / "session"), "--script", str(steps),
                                   "--dump-state", str(state)], stdout=subprocess.DEVNULL)
        start, saves, minutes = time.monotonic(), 0, []
        while time.monotonic() - start < 60 * args.minutes and window.poll() is None:
            time.sleep(args.every)
            saves += 1
            save(good + f"-- save {saves}\n" if saves % 4 else good.replace("return reward", "return rewrd"))
            if time.monotonic() - start >= 60 * (len(minutes) + 1):
                minutes.append(round(resident(window.pid), 1))
                print(f"minute {len(minutes)}: {minutes[-1]} MiB, {saves} saves", flush=True)
        save(good + "-- the last\n")
        time.sleep(5)
        alive = window.poll() is None
        window.send_signal(signal.SIGINT)
        window.wait(timeout=120)
        ended = json.loads(state.read_text())
    settled = minutes[min(4, len(minutes) // 5):]
    growth = 100 * (settled[-1] / settled[0] - 1) if settled else float("nan")
    result = {"minutes": args.minutes, "saves": saves, "reward_version": ended["version"],
              "training": ended["jobs"], "resident_MiB": minutes, "growth_percent": round(growth, 2),
              "alive": alive}
    (HERE / "results/gui_soak.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"{saves} saves, {result['reward_version']} versions in use, memory grew by {growth:.1f} %")
    return 0 if alive and growth < 5 else 1


if __name__ == "__main__":
    sys.exit(main())
