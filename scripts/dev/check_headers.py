#!/usr/bin/env python3
"""Compiles headers alone, twice included: check_headers.py BUILD_DIR [-j N].

A header that its own source includes first is compiled alone with that source by check_tidy.py, which takes
sources one by one; these are only looked at. Takes the compiler and its flags from BUILD_DIR/compile_commands.json (of a source in the header's
folder, or of any other one above it), so it needs a configured build and nothing else. Objects go through
the compiler cache like any other.
"""

import argparse
import json
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

SOURCE_ROOTS = ["engine", "envs", "rewards", "gui", "tests"]


def flags_by_folder(build_dir, root):
    """Folder -> compile command without input and output files."""
    flags = {}
    for entry in json.loads((build_dir / "compile_commands.json").read_text()):
        source = Path(entry["directory"], entry["file"])
        if root not in source.parents:
            continue
        words, kept = shlex.split(entry["command"]), []
        while words:
            word = words.pop(0)
            if word in ("-o", "-MF", "-MT"):
                words.pop(0)
            elif word not in ("-c", "-MD", entry["file"]):
                kept.append(word)
        flags.setdefault(source.parent.relative_to(root).as_posix(), kept)
    return flags


def command_for(header, flags):
    """Flags of the header's own folder, else of the folder with the longest common path."""
    folder = header.rsplit("/", 1)[0]
    if folder in flags:
        return flags[folder]
    common = lambda other: sum(1 for a, b in zip(folder.split("/"), other.split("/")) if a == b)
    return flags[max(sorted(flags), key=common)]


def led_by(header, root):
    """Whether the header's own source includes it before anything else."""
    source = (root / header).with_suffix(".cc")
    if not source.exists():
        return False
    first = next((line for line in source.read_text().splitlines() if line.startswith("#include")), "")
    guarded = "#pragma once" in (root / header).read_text()
    return guarded and first == f'#include "{header}"'


def compile_alone(header, flags, out):
    stub = out / (header.replace("/", "_") + ".cc")
    text = f'#include "{header}"\n#include "{header}"\n'
    if not stub.exists() or stub.read_text() != text:
        stub.write_text(text)
    command = command_for(header, flags) + ["-c", str(stub), "-o", str(stub) + ".o"]
    result = subprocess.run(command, capture_output=True, text=True)
    return "" if result.returncode == 0 else f"{header} does not compile alone:\n{result.stderr}"


def main():
    parser = argparse.ArgumentParser(description="compile every header alone")
    parser.add_argument("build_dir", type=Path)
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("--skip", action="append", default=[], help="folder to leave out")
    args = parser.parse_args()
    root = Path(__file__).resolve().parents[2]
    flags = flags_by_folder(args.build_dir.resolve(), root)
    out = args.build_dir.resolve() / "header_checks"
    out.mkdir(exist_ok=True)
    headers = [f.relative_to(root).as_posix() for top in SOURCE_ROOTS
               for f in sorted((root / top).rglob("*.h"))]
    headers = [h for h in headers if not any(h.startswith(skip + "/") for skip in args.skip)]
    alone = [h for h in headers if not led_by(h, root)]
    with ThreadPoolExecutor(args.j) as pool:
        failures = [f for f in pool.map(lambda h: compile_alone(h, flags, out), alone) if f]
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"headers: {len(headers)}, of which {len(alone)} compiled alone here, {len(failures)} failed")
    return 1 if failures or not headers else 0


if __name__ == "__main__":
    sys.exit(main())
