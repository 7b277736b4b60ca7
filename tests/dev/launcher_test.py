"""The launcher and its set-up scripts, run on a small project of one file, with a package manager and a
wheel index of our own. Without this test a fresh machine is the first to notice that they broke."""

import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
import unittest
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

MAIN = """#include <cstdio>
#include <unistd.h>
int main(int argc, char** argv) {
  char folder[4096];
  std::printf("%s\\n", getcwd(folder, sizeof folder));
  for (int i = 1; i < argc; ++i) std::printf("[%s]\\n", argv[i]);
  return argc > 1 && argv[1][0] == '7' ? 7 : 0;
}
"""
CMAKE = """cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES CXX)
add_executable(carrot main.cc)
enable_testing()
add_test(NAME small COMMAND carrot)
"""


class Sandbox(unittest.TestCase):
    """A project folder with the real launcher and scripts, and a folder of fake programs first in PATH."""

    def setUp(self):
        temp = tempfile.TemporaryDirectory(prefix="carrot launcher ")  # a path with a blank
        self.addCleanup(temp.cleanup)
        self.root, self.bin = Path(temp.name).resolve() / "project", Path(temp.name).resolve() / "bin"
        self.bin.mkdir()
        shutil.copytree(ROOT / "scripts" / "dev", self.root / "scripts" / "dev")
        shutil.copy(ROOT / "carrot", self.root)
        shutil.copy(ROOT / "CMakePresets.json", self.root)
        (self.root / "main.cc").write_text(MAIN)
        (self.root / "CMakeLists.txt").write_text(CMAKE)
        (self.root / "scripts/dev/deps.lock").write_text("# nothing\n")
        (self.root / "scripts/dev/apt-packages.txt").write_text("build bash to run\n")

    def fake(self, name, script):
        path = self.bin / name
        path.write_text("#!/bin/bash\n" + script)
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    def run_in(self, folder, *command, **env):
        kept = {k: v for k, v in os.environ.items() if not k.startswith("CARROT_")}
        return subprocess.run([str(c) for c in command], cwd=folder, capture_output=True, text=True,
                              env={**kept, "PATH": f"{self.bin}:{os.environ['PATH']}", **env})


class Launcher(Sandbox):
    def carrot(self, *arguments, folder=None, program=None, **env):
        return self.run_in(folder or self.root, program or self.root / "carrot", *arguments, **env)

    def test_builds_then_runs_in_the_callers_folder(self):
        elsewhere = self.root.parent / "else where"
        elsewhere.mkdir()
        link = elsewhere / "link"
        link.symlink_to(self.root / "carrot")
        first = self.carrot("eval", "a b", "*", "", folder=elsewhere, program=link)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertEqual(first.stdout, f"{elsewhere}\n[eval]\n[a b]\n[*]\n[]\n", "stdout is the program's alone")
        self.assertIn("carrot: configuring", first.stderr)
        self.assertTrue((self.root / "build/release/carrot").exists())
        again = self.carrot("eval", folder=elsewhere)
        self.assertEqual((again.stdout, again.stderr), (f"{elsewhere}\n[eval]\n", ""), "nothing to say")

    def test_the_programs_exit_code_is_the_launchers(self):
        self.assertEqual(self.carrot("7").returncode, 7)

    def test_rebuilds_what_changed_and_stops_at_an_error(self):
        self.assertEqual(self.carrot("x").returncode, 0)
        main = self.root / "main.cc"
        main.write_text(MAIN.replace("return argc", 'std::printf("new\\n"); return argc'))
        self.assertTrue(self.carrot("x").stdout.endswith("new\n"))
        main.write_text(MAIN + "int broken")
        broken = self.carrot("x")
        self.assertEqual((broken.returncode, broken.stdout), (1, ""), "the old program must not run")
        self.assertIn("main.cc", broken.stderr)
        self.assertIn("carrot: the build failed (above)", broken.stderr)

    def test_folders_can_be_moved(self):
        build, deps = self.root.parent / "b", self.root.parent / "d"
        done = self.carrot("x", CARROT_BUILD_DIR=str(build), CARROT_DEPS_DIR=str(deps))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue((build / "carrot").exists() and deps.exists())
        self.assertFalse((self.root / "build").exists() or (self.root / ".deps").exists())
        self.assertIn(f"CARROT_DEPS_DIR:UNINITIALIZED={deps}", (build / "CMakeCache.txt").read_text())

    def test_runs_the_tests_and_reports_their_failure(self):
        passed = self.carrot("test")
        self.assertEqual(passed.returncode, 0, passed.stdout + passed.stderr)
        self.assertIn("100% tests passed, 0 tests failed out of 1", passed.stdout)
        self.assertNotEqual(self.carrot("test", "-R", "no such test").returncode, 0)
        with open(self.root / "CMakeLists.txt", "a") as cmake:
            cmake.write('add_test(NAME bad COMMAND carrot 7)\n')
        failed = self.carrot("test")
        self.assertNotEqual(failed.returncode, 0)
        self.assertIn("1 tests failed out of 2", failed.stdout)

    def test_setup_refuses_unknown_options(self):
        done = self.carrot("setup", "--chekc")
        self.assertEqual((done.returncode, done.stderr), (2, "usage: ./carrot setup [--check]\n"))


class AptPackages(Sandbox):
    def setUp(self):
        super().setUp()
        (self.root / "scripts/dev/apt-packages.txt").write_text(
            "build present why\nbuild absent why\nbuild gone why\ncheck extra why\n")
        # Knows `present`, remembers the removed `gone`, fails as the real one does for an unknown name.
        self.fake("dpkg-query", 'echo "installed present"; echo "config-files gone"; exit 1\n')
        self.calls = self.root.parent / "calls"
        self.fake("apt-get", f'echo "$@" >>"{self.calls}"\n')

    def install(self, *groups):
        return self.run_in("/", self.root / "scripts/dev/apt_packages.sh", *groups)

    def test_root_installs_exactly_what_is_missing(self):
        self.fake("id", "echo 0\n")
        done = self.install("build")
        self.assertEqual(done.returncode, 0, done.stderr)
        update, install = self.calls.read_text().splitlines()
        self.assertTrue(update.endswith("update"))
        self.assertTrue(install.endswith("install -y --no-install-recommends absent gone"), install)
        self.assertEqual(done.stdout, "")

    def test_groups_add_up(self):
        self.fake("id", "echo 0\n")
        self.install("build", "check")
        self.assertIn("absent extra gone", self.calls.read_text())

    def test_without_root_prints_the_command(self):
        self.fake("id", "echo 1000\n")
        self.fake("sudo", "exit 1\n")
        done = self.install("build")
        self.assertEqual(done.returncode, 1)
        self.assertIn("sudo apt-get update && sudo apt-get install --no-install-recommends absent gone",
                      done.stderr)
        self.assertFalse(self.calls.exists())

    def test_failure_shows_why(self):
        self.fake("id", "echo 0\n")
        self.fake("apt-get", "echo 'E: Unable to locate package' >&2; exit 100\n")
        done = self.install("build")
        self.assertEqual(done.returncode, 1)
        self.assertIn("E: Unable to locate package", done.stderr)

    def test_another_system_is_told_and_goes_on(self):
        for tool in ("bash", "dirname", "env"):
            (self.bin / tool).symlink_to(shutil.which(tool))
        (self.bin / "dpkg-query").unlink()
        done = self.run_in("/", self.root / "scripts/dev/apt_packages.sh", "build", PATH=str(self.bin))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("not a Debian system", done.stderr)


class FetchDeps(Sandbox):
    def setUp(self):
        super().setUp()
        self.deps, self.index = self.root / ".deps", self.root.parent / "index"
        self.index.mkdir()
        # Downloads are copies from `index`; everything else is the real Python.
        python = shutil.which("python3")
        self.fake("python3", f"""
case "$*" in
  "-m pip --version") exit 0 ;;
  "-m pip download"*)
    echo download >>"{self.root.parent}/downloads"
    while [ "$1" != --dest ]; do shift; done
    cp "{self.index}"/*.whl "$2" ;;
  *) exec "{python}" "$@" ;;
esac
""")

    def publish(self, text):
        """A wheel with one file; its sum."""
        wheel = self.index / "some_part-1.0-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr("part/file.txt", text)
        return hashlib.sha256(wheel.read_bytes()).hexdigest()

    def fetch(self, digest):
        (self.root / "scripts/dev/deps.lock").write_text(f"# x\n\nsome-part 1.0 3.12 - {digest}\n")
        return self.run_in("/", self.root / "scripts/dev/fetch_deps.sh")

    def downloads(self):
        file = self.root.parent / "downloads"
        return len(file.read_text().splitlines()) if file.exists() else 0

    def test_unpacks_once_and_again_when_the_lock_changes(self):
        digest = self.publish("one")
        done = self.fetch(digest)
        self.assertEqual((done.returncode, done.stdout), (0, ""), done.stderr)
        self.assertEqual((self.deps / "some_part/part/file.txt").read_text(), "one")
        self.assertEqual(self.fetch(digest).stderr, "")
        self.assertEqual(self.downloads(), 1)
        self.fetch(self.publish("two"))
        self.assertEqual((self.deps / "some_part/part/file.txt").read_text(), "two")
        self.assertEqual(sorted(p.name for p in self.deps.iterdir()), [".lock", "some_part"])

    def test_a_wrong_sum_changes_nothing(self):
        self.fetch(self.publish("good"))
        self.publish("tampered")
        done = self.fetch("0" * 64)
        self.assertEqual(done.returncode, 1)
        self.assertIn("deps.lock says " + "0" * 64, done.stderr)
        self.assertEqual((self.deps / "some_part/part/file.txt").read_text(), "good")
        self.assertEqual(sorted(p.name for p in self.deps.iterdir()), [".lock", "some_part"])

    def test_a_failed_download_says_where_to_look(self):
        done = self.fetch("0" * 64)  # nothing published
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot download some-part 1.0", done.stderr)
        self.assertFalse((self.deps / "some_part").exists())


if __name__ == "__main__":
    unittest.main()
