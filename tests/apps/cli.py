"""Runs the built binary ($CARROT_BINARY) as a user would, and says what it did."""
import fcntl
import json
import os
import pty
import re
import struct
import subprocess
import tempfile
import termios
import unittest

BINARY = os.environ["CARROT_BINARY"]
SOURCE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "golden")


class Done:
    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    @property
    def json(self):
        return json.loads(self.out)


class CliTest(unittest.TestCase):
    """Each test runs in a folder of its own, with no colour and no terminal."""

    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="carrot-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def environment(self, **extra):
        env = {k: v for k, v in os.environ.items()
               if k not in ("NO_COLOR", "CLICOLOR_FORCE", "COLUMNS", "DISPLAY")}
        # One cache for all tests: a task's corpus is recorded once.
        env.update(TERM="xterm-256color", LC_ALL="C.UTF-8",
                   XDG_CACHE_HOME=os.path.join(tempfile.gettempdir(), f"carrot-test-cache-{os.getuid()}"))
        env.update(extra)
        return env

    def carrot(self, *arguments, code=0, env=None, timeout=300, stdin=None):
        """Runs carrot and checks the exit code (None: any)."""
        ran = subprocess.run([BINARY, *map(str, arguments)], cwd=self.folder, timeout=timeout,
                             env=self.environment(**(env or {})), input=stdin,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if code is not None:
            self.assertEqual(ran.returncode, code,
                             f"carrot {' '.join(map(str, arguments))}\n{ran.stdout}\n{ran.stderr}")
        return Done(ran.returncode, ran.stdout, ran.stderr)

    def on_terminal(self, *arguments, columns=80, **env):
        """What a terminal of that width shows."""
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([BINARY, *map(str, arguments)], stdout=follower, stderr=follower,
                                   cwd=self.folder, env=self.environment() | env)
        os.close(follower)
        text = b""
        while True:
            try:
                part = os.read(leader, 4096)
            except OSError:
                break
            if not part:
                break
            text += part
        process.wait()
        os.close(leader)
        return text

    def path(self, *parts):
        return os.path.join(self.folder, *parts)

    def only_policy(self, run):
        [name] = os.listdir(self.path(run, "policies"))
        return self.path(run, "policies", name)

    def shipped(self, path):
        return os.path.join(SOURCE, path)

    def write(self, name, text):
        path = self.path(name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)
        return path

    def assert_golden(self, name, text):
        """Compares with tests/apps/golden/<name>; CARROT_UPDATE_GOLDEN=1 writes it anew."""
        path = os.path.join(GOLDEN, name)
        if os.environ.get("CARROT_UPDATE_GOLDEN") == "1":
            with open(path, "w") as file:
                file.write(text)
        with open(path) as file:
            self.assertEqual(file.read(), text, f"{name} differs; see {path}")

    def verbs(self):
        return [entry["name"] for entry in self.carrot("help", "--json").json["commands"]]

    def assert_no_escape(self, text):
        self.assertIsNone(re.search("\x1b", text), "an escape sequence where none belongs")
