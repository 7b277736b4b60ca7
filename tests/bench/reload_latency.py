"""From saving a script to its diagnostics or new totals on standard output, as a user of `carrot watch` waits.

    tests/bench/reload_latency.py [--task hopper] [--steps 10000] [--saves 40]

Records random episodes of at least --steps steps, watches a shipped reward on them with --jsonl, and saves
it over and over: with another number, and with a misspelt field. Prints the median and the worst wait of
each kind in milliseconds. Goal: 250 ms for 10,000 steps."""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=os.path.join(ROOT, "build/release/carrot"))
    parser.add_argument("--task", default="hopper")
    parser.add_argument("--reward", default="hop_forward")
    parser.add_argument("--steps", type=int, default=10000)
    parser.add_argument("--saves", type=int, default=40)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="carrot-latency-") as folder:
        trace, script = os.path.join(folder, "a.trace"), os.path.join(folder, "mine.lua")
        episodes, rows = 64, 0
        while rows < args.steps:
            shutil.rmtree(trace, ignore_errors=True)
            subprocess.run([args.binary, "run", "--task", args.task, "--episodes", str(episodes), "--record",
                            trace, "-q"], check=True, stdout=subprocess.DEVNULL)
            found = subprocess.run([args.binary, "rescore", "--trace", trace, "--json"], check=True,
                                   capture_output=True, text=True).stdout
            rows = json.loads(found)["results"][0]["rows"]
            episodes *= 2
        source = open(os.path.join(ROOT, "rewards/sets", args.task, args.reward + ".lua"), encoding="utf-8").read()
        open(script, "w", encoding="utf-8").write(source)
        watch = subprocess.Popen([args.binary, "watch", script, "--task", args.task, "--trace", trace, "--jsonl"],
                                 stdout=subprocess.PIPE, text=True)
        watch.stdout.readline()
        waits = {"swapped": [], "refused": []}
        inside = {"swapped": [], "refused": []}
        for save in range(args.saves):
            status = ("swapped", "refused")[save % 2]
            text = f"-- save {save}\n" + source
            if status == "refused":
                text = text.replace("fn = function(s", "fn = function(s) return s.no_such_field end, fm = function(s", 1)
            with open(script + ".tmp", "w", encoding="utf-8") as file:
                file.write(text)
            start = time.monotonic()
            os.replace(script + ".tmp", script)
            report = json.loads(watch.stdout.readline())
            waits[status].append(1000 * (time.monotonic() - start))
            inside[status].append(1000 * report["timing"]["seconds"])
            assert report["status"] == status, report
        watch.terminate()
        watch.wait()
    print(f"{args.task}/{args.reward}, {rows} recorded rows; 50 ms of each wait are the debounce")
    for status, times in waits.items():
        print(f"{status}: {len(times)} saves, wait median {statistics.median(times):.0f} ms, "
              f"worst {max(times):.0f} ms; of this the reload takes {statistics.median(inside[status]):.0f} ms (median)")


if __name__ == "__main__":
    main()
