#!/usr/bin/env python3
"""clang-tidy over the program's sources: check_tidy.py BUILD_DIR [-j N] [FILE ...]

BUILD_DIR need only be configured (cmake --preset release). With CARROT_UNITY a dozen sources are read at a
time, which takes a sixth of the time; their findings are still reported by file and line. FILE ...: only
translation units that have one of these in their name.
"""

import argparse
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE_ROOTS = ("engine/", "envs/", "rewards/", "gui/")
# The build's own file that includes a dozen sources is no mistake, nor are warnings that only GCC knows.
OPTIONS = ["--quiet", "--extra-arg=-Wno-unknown-warning-option", f"--config-file={ROOT}/.clang-tidy", "--checks=-bugprone-suspicious-include",
           "--header-filter=/(engine|envs|rewards|gui)/.*[.](h|cc)$"]


def units(build_dir):
    for entry in json.loads((build_dir / "compile_commands.json").read_text()):
        path = Path(entry["file"]).resolve()
        made = build_dir in path.parents
        if (made or path.relative_to(ROOT).as_posix().startswith(SOURCE_ROOTS)) and "tests" not in path.parts:
            yield str(path)


def tidy(file, build_dir):
    """Messages, empty if clean."""
    result = subprocess.run(["clang-tidy", *OPTIONS, "-p", str(build_dir), file], capture_output=True, text=True)
    return "" if result.returncode == 0 else result.stdout or result.stderr


def main():
    parser = argparse.ArgumentParser(description="clang-tidy over the program's sources")
    parser.add_argument("build_dir", type=Path)
    parser.add_argument("files", nargs="*")
    parser.add_argument("-j", type=int, default=2)
    args = parser.parse_args()
    build_dir = args.build_dir.resolve()
    chosen = [f for f in units(build_dir) if not args.files or any(part in f for part in args.files)]
    with ThreadPoolExecutor(args.j) as pool:
        failures = [r for r in pool.map(lambda f: tidy(f, build_dir), chosen) if r]
    for failure in failures:
        print(failure, file=sys.stderr)
    print(f"clang-tidy: {len(chosen)} translation units, {len(failures)} with findings")
    return 1 if failures or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
