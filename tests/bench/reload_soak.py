"""Twenty saves a second under `carrot watch` for a minute: nothing may leak, no state may be half swapped.

    tests/bench/reload_soak.py [--seconds 60] [--rate 20]

Saves one of four scripts in turn (two good ones with different terms, one that does not parse, one that fails
while it runs) and reads the reports. Every report must be of a whole version: the terms, parameters and hash of
one of the good scripts. Prints reloads, and memory (private pages), open files and memory mappings after a tenth
of the time and at the end. Saves that fall into one debounce are one reload, so there are fewer reloads than
saves. Before that, the test that counts reloads (tests/engine/session/hot_swap_test.cc) makes rate * seconds of
them without a watcher, under a second thread that looks for half a swap."""
import argparse
import collections
import json
import os
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOOD = {
    "one": 'return reward { task = "cartpole", terms = { term { "alive", fn = function(s) return 1 end } } }',
    "two": 'return reward { task = "cartpole", params = { k = 2 }, terms = {\n'
           '  term { "lean", weight = -1, fn = function(s, a, p) return p.k * math.abs(s.theta) end },\n'
           '  term { "alive", fn = function(s) return 1 end } } }',
}
BAD = ["return reward {", GOOD["one"].replace("return 1", "return nil + 1")]


def usage(pid):
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        pages = sum(int(line.split()[1]) for line in file if line.startswith("Private_Dirty"))
    with open(f"/proc/{pid}/maps", encoding="utf-8") as file:
        maps = sum(1 for _ in file)
    return {"private KiB": pages, "files": len(os.listdir(f"/proc/{pid}/fd")), "mappings": maps}


def session_test(binary):
    """The test binary of the build that `binary` is of. `./carrot` builds the program alone, so it may be missing."""
    folder = os.path.dirname(os.path.abspath(binary))
    test = os.path.join(folder, "tests/tests_engine_session")
    if not os.path.exists(test):
        print(f"building {test}, which `./carrot` leaves out", flush=True)
        built = subprocess.run(["cmake", "--build", folder, "--target", "tests_engine_session"], check=False)
        if built.returncode != 0 or not os.path.exists(test):
            sys.exit(f"reload_soak.py: {test} cannot be built: configure {folder} with -DCARROT_TESTS=ON,\n"
                     "or give --binary of a build that has tests")
    return test


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=os.path.join(ROOT, "build/release/carrot"))
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=20)
    args = parser.parse_args()
    if not os.path.exists(args.binary):
        sys.exit(f"reload_soak.py: there is no {args.binary}: run ./carrot once, or give --binary")
    test = session_test(args.binary)
    reloads = int(args.rate * args.seconds)
    began = time.monotonic()
    subprocess.run([test, "--gtest_filter=*Soak*", "--gtest_brief=1"], check=True, stdout=subprocess.DEVNULL,
                   env={**os.environ, "CARROT_SOAK_RELOADS": str(reloads)})
    print(f"{reloads} reloads one after the other in {time.monotonic() - began:.1f} s: nothing leaked, none torn")
    states, whole = collections.Counter(), {("alive",), ("lean", "alive")}
    with tempfile.TemporaryDirectory(prefix="carrot-soak-") as folder:
        script = os.path.join(folder, "mine.lua")

        def save(text):
            with open(script + ".tmp", "w", encoding="utf-8") as file:
                file.write(text)
            os.replace(script + ".tmp", script)

        save(GOOD["one"])
        watch = subprocess.Popen([args.binary, "watch", script, "--jsonl"], stdout=subprocess.PIPE, text=True)
        hashes = {}

        def read():
            for line in watch.stdout:
                report = json.loads(line)
                states[report["status"]] += 1
                terms = tuple(report["terms"])
                assert terms in whole, terms
                assert hashes.setdefault(report["hash"], terms) == terms, "two term lists under one hash"

        reader = threading.Thread(target=read)
        reader.start()
        while not states:
            time.sleep(0.01)
        scripts = [GOOD["two"], BAD[0], GOOD["one"], BAD[1]]
        start, saves, early = time.monotonic(), 0, None
        while time.monotonic() - start < args.seconds:
            save(scripts[saves % len(scripts)])
            saves += 1
            if early is None and time.monotonic() - start > args.seconds / 10:
                early = usage(watch.pid)
            time.sleep(max(0, start + saves / args.rate - time.monotonic()))
        time.sleep(1)
        late = usage(watch.pid)
        watch.terminate()
        watch.wait()
        reader.join()
    assert len(hashes) == 2, hashes
    print(f"{saves} saves in {args.seconds:.0f} s; reloads: {sum(states.values())} {dict(states)}")
    for name in early:
        print(f"{name}: {early[name]} after {args.seconds / 10:.0f} s, {late[name]} at the end")


if __name__ == "__main__":
    main()
