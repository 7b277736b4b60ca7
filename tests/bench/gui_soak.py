#!/usr/bin/env python3
"""Half an hour of reloads every two seconds while a policy trains: the window's memory may grow by less than 5 %.

    tests/bench/gui_soak.py [--minutes 30] [--every 2]

Opens `carrot gui` without a screen on the demo's task, starts a training by a click, and saves the reward's script
again and again with another weight, every fourth time with a mistake in it. Writes results/gui_soak.json: resident
memory each minute, the saves, whether the last one is in use, and how far the training came. Memory is compared from
the fifth minute on: before that, the first training fills its buffers."""
import argparse
import json
import pathlib
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
"""
DRAWN = "wait 20 frames\nscreenshot {}\n"  # only the frames of pictures are drawn


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
        script, steps, session = folder / "mine.lua", folder / "soak.steps", folder / "session"

        def save(text):
            (folder / "mine.tmp").write_text(text)
            (folder / "mine.tmp").rename(script)

        def weighted(weight):
            return good.replace('term { "alive", weight = 0.5', f'term {{ "alive", weight = {weight:.6f}')

        assert weighted(2) != good
        save(good)
        steps.write_text(STEPS + 200_000 * DRAWN.format(folder / "last.png"))
        window = subprocess.Popen([args.binary, "gui", "--headless", "--task", "balance_bot", "--reward", str(script),
                                   "--session", str(session), "--script", str(steps)], stdout=subprocess.DEVNULL)
        start, saves, minutes = time.monotonic(), 0, []
        while time.monotonic() - start < 60 * args.minutes and window.poll() is None:
            time.sleep(args.every)
            saves += 1
            save(weighted(0.5 + 1e-6 * saves) if saves % 4 else good.replace("return reward", "return rewrd"))
            if time.monotonic() - start >= 60 * (len(minutes) + 1):
                minutes.append(round(resident(window.pid), 1))
                print(f"minute {len(minutes)}: {minutes[-1]} MiB, {saves} saves", flush=True)
        save(weighted(2))
        time.sleep(15)  # the session is written every five
        alive = window.poll() is None
        window.terminate()
        window.wait(timeout=120)
        used = json.loads((session / "session.json").read_text())["values"]["w:alive"] == 2
        metrics = next((session / "runs").glob("*/metrics.jsonl")).read_text().splitlines()
    settled = minutes[min(4, len(minutes) // 5):]
    growth = 100 * (settled[-1] / settled[0] - 1) if settled else float("nan")
    result = {"minutes": args.minutes, "saves": saves, "last_save_in_use": used,
              "trained_steps": json.loads(metrics[-1])["step"], "resident_MiB": minutes,
              "growth_percent": round(growth, 2), "alive": alive}
    (HERE / "results/gui_soak.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"{saves} saves, {result['trained_steps']} steps trained, memory grew by {growth:.1f} %")
    return 0 if alive and used and growth < 5 else 1


if __name__ == "__main__":
    sys.exit(main())
