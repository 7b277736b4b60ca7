"""Drives `carrot gui` and judges what it leaves: the state, the widgets and the pixels."""
import json
import os
import struct
import sys
import tempfile
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "apps"))
from cli import BINARY, SOURCE, CliTest  # noqa: E402,F401

HERE = os.path.dirname(os.path.abspath(__file__))
POLICY = os.path.join(SOURCE, "assets", "policies", "balance_bot", "driver.policy")
SCRIPT = os.path.join(SOURCE, "rewards", "sets", "balance_bot", "drive.lua")


class Picture:
    """An 8-bit RGB PNG, as the window writes it."""

    def __init__(self, path):
        with open(path, "rb") as file:
            data = file.read()
        assert data[:8] == b"\x89PNG\r\n\x1a\n", path
        at, packed = 8, b""
        while at < len(data):
            size, kind = struct.unpack(">I4s", data[at:at + 8])
            body = data[at + 8:at + 8 + size]
            if kind == b"IHDR":
                self.width, self.height, depth, colour = struct.unpack(">IIBB", body[:10])
                assert (depth, colour) == (8, 2), "not 8-bit RGB"
            if kind == b"IDAT":
                packed += body
            at += 12 + size
        raw, stride = zlib.decompress(packed), 3 * self.width
        self.rows, above = [], bytearray(stride)
        for y in range(self.height):
            start = y * (stride + 1)
            above = self._row(raw[start], bytearray(raw[start + 1:start + 1 + stride]), above)
            self.rows.append(above)

    @staticmethod
    def _row(kind, row, above):
        if kind == 1:
            for i in range(3, len(row)):
                row[i] = (row[i] + row[i - 3]) & 255
        elif kind == 2:
            for i, up in enumerate(above):
                row[i] = (row[i] + up) & 255
        elif kind == 3:
            for i, up in enumerate(above):
                row[i] = (row[i] + ((row[i - 3] if i > 2 else 0) + up >> 1)) & 255
        elif kind == 4:
            for i, up in enumerate(above):
                left, corner = (row[i - 3], above[i - 3]) if i > 2 else (0, 0)
                guess = left + up - corner
                a, b, c = abs(guess - left), abs(guess - up), abs(guess - corner)
                row[i] = (row[i] + (left if a <= b and a <= c else up if b <= c else corner)) & 255
        return row

    def colours(self, rect=None):
        """How often each colour is in the rectangle [x0, y0, x1, y1)."""
        x0, y0, x1, y1 = rect or (0, 0, self.width, self.height)
        count = {}
        for row in self.rows[round(y0):round(y1)]:
            for x in range(3 * round(x0), 3 * round(x1), 3):
                colour = bytes(row[x:x + 3])
                count[colour] = count.get(colour, 0) + 1
        return count


class State(dict):
    """What --dump-state wrote."""

    def item(self, path):
        return next((item for item in self["items"] if item["path"] == path), None)

    def texts(self, start):
        return [item["text"] for item in self["items"] if item["path"].startswith(start)]


class WindowTest(CliTest):
    """Two short recordings of balance_bot, made once, and a copy of the reward to edit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shared = tempfile.TemporaryDirectory(prefix="carrot-window-")
        cls.addClassCleanup(cls.shared.cleanup)
        recorder = cls("setUp")
        recorder.folder = cls.shared.name
        for name, policy in (("good", POLICY), ("random", "random")):
            recorder.carrot("run", "--task", "balance_bot", "--policy", policy, "--episodes", "2",
                            "--record", f"{name}.trace")
        cls.traces = [os.path.join(cls.shared.name, f"{name}.trace") for name in ("good", "random")]

    def setUp(self):
        super().setUp()
        with open(SCRIPT) as file:
            self.script = file.read()
        self.write("my.lua", self.script)

    def gui(self, steps=None, *arguments, code=0, size="1280x720", fault=None, stdin=None):
        """Runs a steps file without a window; the state that it ended in, and what it printed."""
        command = ["gui", "--headless", "--no-session", "--trace", *self.traces, "--reward", "my.lua",
                   "--size", size, "--dump-state", "state.json"]
        if steps is not None:
            self.write("case.steps", steps)
            command += ["--script", "case.steps"]
        if os.path.exists(self.path("state.json")):
            os.remove(self.path("state.json"))
        done = self.carrot(*command, *arguments, code=code, stdin=stdin,
                           env={"CARROT_TEST_FAULT": fault} if fault else None)
        return self.state(), done

    def state(self):
        with open(self.path("state.json")) as file:
            return State(json.load(file))

    def mean_return(self, *settings):
        """The mean over the finished episodes of both recordings, as `carrot rescore` says it."""
        rows = self.carrot("rescore", "--trace", *self.traces, "--reward", "my.lua", "--json",
                           *(word for setting in settings for word in ("--set", setting))).json["results"]
        return sum(row["return"]["mean"] * row["episodes"] for row in rows) / sum(
            row["episodes"] for row in rows)

    def assert_close(self, a, b):
        self.assertLessEqual(abs(a - b), 1e-9 * max(abs(a), abs(b)), f"{a!r} is not {b!r}")
