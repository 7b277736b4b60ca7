"""What a window keeps between two starts. Deleted: a person's tuning could be written over by another reward's, by a
demo's or by nothing, or a value could be kept with which no window opens any more."""
import glob
import json
import os
import shutil
import unittest

from window import WindowTest

TYPE = """
wait idle
double-click tune/near/value
wait 5 frames
key Ctrl+A
type "{}"
key Enter
wait idle
"""


class Kept(WindowTest):
    def open(self, *arguments, steps="wait idle\n", code=0):
        self.write("case.steps", steps)
        return self.carrot("gui", "--headless", "--session", "kept", "--size", "1280x720", "--script", "case.steps",
                           *arguments, code=code)

    def tuned(self, name="session.json"):
        with open(self.path("kept", name)) as file:
            return json.load(file)["values"].get("w:near")

    def tune(self, text):
        return self.open("--trace", *self.traces, "--reward", "my.lua", steps=TYPE.format(text))

    def test_another_rewards_tuning_comes_back(self):
        self.tune("5")
        self.assertEqual(self.tuned(), 5)
        self.open("--task", "cartpole")
        self.assertIsNone(self.tuned())
        self.open("--trace", *self.traces, "--reward", "my.lua")
        self.assertEqual(self.tuned(), 5)
        self.open()
        self.assertEqual(self.tuned(), 5)

    def test_a_session_that_cannot_be_opened_is_kept(self):
        self.tune("5")
        os.rename(self.path("my.lua"), self.path("away.lua"))
        done = self.open()
        self.assertIn("my.lua of the last session is not there any more", done.err)
        [aside] = glob.glob(self.path("kept", "session-*.json"))
        self.assertEqual(self.tuned(os.path.basename(aside)), 5)
        with open(self.path("kept", "session.json"), "r+") as file:
            file.truncate(300)
        done = self.open()
        self.assertIn("I003", done.err)
        self.assertIn("session.damaged-1.json", done.err)
        self.assertEqual(os.path.getsize(self.path("kept", "session.damaged-1.json")), 300)

    def test_a_damaged_recording_is_left_out(self):
        copy = self.path("copy.trace")
        shutil.copytree(self.traces[0], copy)
        self.open("--trace", copy, self.traces[1], "--reward", "my.lua", steps=TYPE.format("5"))
        open(os.path.join(copy, "spec.json"), "w").close()
        done = self.open()
        self.assertIn("a recording of the last session is left out", done.err)
        self.assertEqual(self.tuned(), 5)

    def test_any_number_can_be_opened_again(self):
        self.tune("1e308")
        self.assertEqual(self.tuned(), 1e308)
        self.open()

    def test_a_name_of_any_bytes(self):
        name = b"b\xff.lua"
        shutil.copy(self.path("my.lua"), os.path.join(os.fsencode(self.folder), name))
        self.open("--trace", *self.traces, "--reward", os.fsdecode(name), steps=TYPE.format("5"))
        self.assertEqual(self.tuned(), 5)

    def test_a_full_disk_is_said(self):
        self.tune("5")
        os.mkdir(self.path("kept", "session.json.tmp"))  # where it is written first
        done = self.open(code=7)
        self.assertIn("session.json.tmp", done.err)


class Refused(WindowTest):
    def test_what_no_window_can_be(self):
        for arguments in (["--scale", "nan"], ["--scale", "0"], ["--size", "16384x16384"]):
            with self.subTest(arguments):
                self.carrot("gui", "--headless", "--no-session", "--frames", 1, *arguments, code=2)
        for line in ("size 1x1", "wait 99999999999 frames", "drag tune/near/weight by nanpx"):
            with self.subTest(line):
                _, done = self.gui(f"wait idle\n{line}\n", code=1)
                self.assertIn("U030", done.err)

    def test_a_script_that_grew_beyond_reason(self):
        """Deleted: the window could draw a line of a million characters, and never end."""
        self.write("big.lua", "-" * 30_000_000)
        state, _ = self.gui("wait idle\nwait 5 frames\nwait idle\n", "--reward", "big.lua")
        self.assertNotEqual(state["reward_status"], "live")


if __name__ == "__main__":
    unittest.main()
