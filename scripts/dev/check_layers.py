#!/usr/bin/env python3
"""Holds the sources to the layers drawn in engine/README.md: check_layers.py [ROOT].

Reads every #include of the C++ sources. A folder may include itself and the folders that MAY_INCLUDE
names for it; a third-party header may be included only from the folders that ONLY_IN names. Tests may
include anything, nothing may include tests, and no two files may include each other in a circle.
"""

import re
import sys
from pathlib import Path

BASE = ["engine/base"]
CORE = BASE + ["engine/core"]
SCRIPT = CORE + ["engine/script"]
WORLDS = ["envs/cartpole", "envs/grid", "envs/mujoco"]
LIBRARIES = SCRIPT + ["rewards/host", "rewards/analysis", "envs/task", "engine/trace", "engine/agent"]

# Folder -> folders that it may include. envs and rewards never include each other; only the mains and
# gui/render know a world by name.
MAY_INCLUDE = {
    "engine/base": [],
    "engine/core": BASE,
    "engine/script": CORE,
    "rewards/host": SCRIPT,
    "envs/task": SCRIPT,
    "envs/cartpole": CORE,
    "envs/grid": CORE,
    "envs/mujoco": CORE,
    "envs/all": CORE + WORLDS,
    "engine/trace": CORE,
    "engine/agent": CORE,
    "rewards/analysis": CORE + ["engine/trace"],
    "engine/session": LIBRARIES,
    "gui/render": CORE + ["engine/trace"] + WORLDS,
    "gui/widgets": [],
    "gui/view": LIBRARIES + ["engine/session", "gui/render", "gui/widgets"],
    "gui/panels": LIBRARIES + ["engine/session", "gui/render", "gui/widgets", "gui/view"],
    "gui/app": LIBRARIES + ["engine/session", "gui/render", "gui/widgets", "gui/view", "gui/panels"],
    "engine/apps": LIBRARIES + WORLDS + ["envs/all", "engine/session", "gui/render", "gui/app"],
}

# Third-party header (a regular expression on the included name) -> folders that may include it.
ONLY_IN = {
    r"(lua|lualib|lauxlib|luajit)\.h(pp)?$|luajit-2\.1/": ["engine/script"],
    r"mujoco/": ["envs/mujoco", "gui/render"],
    r"(imgui|implot|imstb)[a-z0-9_]*\.h$|GLFW/": ["gui"],
    r"(EGL|GL|GLES[23]?)/": ["gui"],
    r"(cblas|lapacke|openblas.*)\.h$": ["engine/agent"],
    r"CLI/": ["engine/apps"],
    r"png\.h$|zlib\.h$": ["gui/render", "engine/apps", "engine/trace"],
    r"spdlog/": ["engine/base", "engine/session", "engine/apps"],
    r"pybind11/|nanobind/": ["engine/apps"],
}

SOURCE_ROOTS = ["engine", "envs", "rewards", "gui", "tests"]
OWN_PREFIXES = [root + "/" for root in SOURCE_ROOTS]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def folder_of(path):
    """The layer that a file belongs to: the longest entry of the table that holds it, else its folder."""
    known = [f for f in MAY_INCLUDE if path.startswith(f + "/")]
    return max(known, key=len) if known else path.rsplit("/", 1)[0]


def inside(path, folders):
    return any(path.startswith(folder + "/") for folder in folders)


def includes_of(file):
    """(line number, quoted?, name) of each include."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def check_third_party(path, name):
    for pattern, folders in ONLY_IN.items():
        if re.match(pattern, name) and not inside(path, folders):
            return f"<{name}> may be included only from {', '.join(folders)}"
    return None


def check_own(path, name, root):
    if not (root / name).is_file():
        return f'"{name}" does not exist' if name.startswith(tuple(OWN_PREFIXES)) else None
    if name.startswith("tests/"):
        return f'"{name}": nothing but a test may include tests'
    mine, other = folder_of(path), folder_of(name)
    if mine not in MAY_INCLUDE:
        return f"folder {mine} is not in the table of scripts/dev/check_layers.py: add it with its layer"
    if mine != other and other not in MAY_INCLUDE[mine]:
        allowed = ", ".join(MAY_INCLUDE[mine]) or "nothing else"
        return f'{mine} must not include "{name}" (it may include: {allowed})'
    return None


def find_cycle(graph):
    """A list of files that include each other in a circle, first = last; or None."""
    state = {}  # file -> 1: on the path, 2: done

    def visit(file, path):
        state[file] = 1
        for other in graph.get(file, []):
            if state.get(other) == 1:
                return path[path.index(other):] + [other]
            if other not in state:
                found = visit(other, path + [other])
                if found:
                    return found
        state[file] = 2
        return None

    for file in sorted(graph):
        if file not in state:
            found = visit(file, [file])
            if found:
                return found
    return None


def check(root):
    """(number of files, list of messages)"""
    root, errors, graph = Path(root), [], {}
    files = sorted(f for top in SOURCE_ROOTS for f in (root / top).rglob("*")
                   if f.suffix in (".h", ".cc", ".inc"))
    for file in files:
        path = file.relative_to(root).as_posix()
        own = graph.setdefault(path, [])
        for number, quoted, name in includes_of(file):
            if (root / name).is_file():
                own.append(name)
            elif quoted and (file.parent / name).is_file():
                errors.append(f'{path}:{number}: "{name}": write the path from the repository root')
                continue
            if path.startswith("tests/"):
                continue
            problem = check_third_party(path, name) or check_own(path, name, root)
            if problem:
                errors.append(f"{path}:{number}: {problem}")
    cycle = find_cycle(graph)
    if cycle:
        errors.append("files include each other in a circle: " + " -> ".join(cycle))
    return len(files), errors


def main():
    root = sys.argv[1] if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    count, errors = check(root)
    for error in errors:
        print(error, file=sys.stderr)
    if count == 0:
        print(f"no sources below {root}", file=sys.stderr)
    print(f"layers: {count} files, {len(errors)} violations")
    return 1 if errors or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
