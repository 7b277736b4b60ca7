#!/usr/bin/env python3
"""clang-tidy over the program's sources: check_tidy.py BUILD_DIR [-j N].

BUILD_DIR must be built: ninja's record of included files tells which results are still good. A clean
result is kept in BUILD_DIR/tidy under a hash of the source, the repository headers it includes, its flags
and .clang-tidy, so that a second run looks only at what changed.
"""

import argparse
import hashlib
import json
import shlex
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE_ROOTS = ("engine/", "envs/", "rewards/", "gui/")


def included_files(build_dir):
    """Object -> repository files that it was compiled from."""
    text = subprocess.run(["ninja", "-C", build_dir, "-t", "deps"], capture_output=True, text=True,
                          check=True).stdout
    files, target = {}, None
    for line in text.splitlines():
        if line and not line.startswith(" "):
            target = line.split(":")[0]
            files[target] = []
        elif line.strip():
            path = Path(build_dir, line.strip()).resolve()
            if ROOT in path.parents and path.is_file():
                files[target].append(path)
    return files


def object_of(entry):
    words = shlex.split(entry["command"])
    return words[words.index("-o") + 1]


def key_of(entry, included):
    digest = hashlib.sha256((ROOT / ".clang-tidy").read_bytes() + entry["command"].encode())
    for file in sorted(included):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def tidy(entry, build_dir, included):
    """Messages, empty if clean."""
    stamp = build_dir / "tidy" / key_of(entry, included)
    if included and stamp.exists():
        return ""
    result = subprocess.run(["clang-tidy", "--quiet", "-p", str(build_dir), entry["file"]],
                            capture_output=True, text=True)
    if result.returncode != 0:
        return result.stdout or result.stderr
    stamp.touch()
    return ""


def main():
    parser = argparse.ArgumentParser(description="clang-tidy over the program's sources")
    parser.add_argument("build_dir", type=Path)
    parser.add_argument("-j", type=int, default=2)
    args = parser.parse_args()
    build_dir = args.build_dir.resolve()
    (build_dir / "tidy").mkdir(exist_ok=True)
    entries = {}
    for entry in json.loads((build_dir / "compile_commands.json").read_text()):
        path = Path(entry["file"])
        if ROOT in path.parents and path.relative_to(ROOT).as_posix().startswith(SOURCE_ROOTS):
            entries[entry["file"]] = entry
    included = included_files(build_dir)
    with ThreadPoolExecutor(args.j) as pool:
        results = list(pool.map(lambda e: tidy(e, build_dir, included.get(object_of(e), [])),
                                entries.values()))
    failures = [r for r in results if r]
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"clang-tidy: {len(entries)} files, {len(failures)} with findings")
    return 1 if failures or not entries else 0


if __name__ == "__main__":
    sys.exit(main())
