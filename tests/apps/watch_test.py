"""`carrot watch` as a user has it open beside the editor. Deleted: saves could go unnoticed, a broken
script could end the watch, or Ctrl+C could leave a mess."""
import json
import os
import signal
import subprocess
import unittest

from cli import BINARY, CliTest

SCRIPT = """return reward {
  task = "cartpole",
  params = { scale = param { 1, min = 0, max = 5 } },
  terms = {
    term { "alive", weight = 1, fn = function(s) return not s.terminated end },
    term { "lean", weight = -1, fn = function(s, a, p) return p.scale * math.abs(s.theta) end },
  },
}
"""


class Watch(CliTest):
    def start(self, *arguments):
        process = subprocess.Popen([BINARY, "watch", *arguments], cwd=self.folder, text=True,
                                   env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.communicate)
        self.addCleanup(process.kill)
        return process

    def save(self, text):
        """As editors do: a new file takes the old one's name."""
        self.write("mine.lua.tmp", text)
        os.replace(self.path("mine.lua.tmp"), self.path("mine.lua"))

    def next(self, process):
        line = process.stdout.readline()
        self.assertTrue(line, process.stderr.read() if process.poll() is not None else "no line")
        return json.loads(line)

    def test_examples_run_at_each_save(self):
        """Deleted: a script's own examples could break while one edits it, unseen until `check`."""
        good = SCRIPT.replace("  },\n}", "  },\n  expect = { { state = { theta = 0.5 }, terms = { lean = 0.5 } } },\n}")
        self.write("mine.lua", good)
        process = self.start("mine.lua", "--jsonl")
        self.assertEqual(self.next(process)["diagnostics"], [])
        self.save(good.replace("math.abs(s.theta)", "2 * math.abs(s.theta)"))
        broken = self.next(process)
        self.assertEqual((broken["status"], broken["version"]), ("swapped", 2))
        [problem] = broken["diagnostics"]
        self.assertEqual(problem["code"], "R060")
        self.assertIn("in use all the same", problem["notes"][-1])
        self.save(good)
        self.assertEqual(self.next(process)["diagnostics"], [])
        self.write("mine.lua", good.replace("lean = 0.5", "lean = 7"))
        once = self.carrot("watch", "mine.lua", "--reloads", "1", code=3)
        self.assertIn("[R060]", once.out)
        self.assertIn("mean return", once.out)

    def test_a_folder_stands_for_its_recordings(self):
        """Deleted: a run's folder could be good for some verbs and refused by others, as users type it for all."""
        for name in ("one", "two"):
            self.carrot("run", "--task", "cartpole", "--policy", "random", "--episodes", 2, "--record",
                        os.path.join("run", "traces", name + ".trace"))
        self.write("mine.lua", SCRIPT)
        self.assertIn("4 recorded episodes", self.carrot("watch", "mine.lua", "--trace", "run", "--reloads", 1).out)
        self.carrot("check", "mine.lua", "--trace", "run")
        self.assertIn("step 1 of", self.carrot("explain", "--trace", "run", "--step", 1, "--reward", "mine.lua").out)

    def test_each_save_is_a_line_and_a_broken_one_keeps_the_last_good_version(self):
        self.write("mine.lua", SCRIPT)
        process = self.start("mine.lua", "--jsonl", "--set", "w:lean=-3")
        first = self.next(process)
        self.assertEqual((first["schema"], first["status"], first["version"]),
                         ("carrot.watch/1", "swapped", 1))
        self.assertEqual(first["tuned"], {"w:lean": -3})
        self.assertGreater(first["episodes"], 10)

        self.save(SCRIPT.replace("s.theta", "s.thtea"))
        broken = self.next(process)
        self.assertEqual((broken["status"], broken["version"]), ("refused", 1))
        [problem] = broken["diagnostics"]
        self.assertEqual((problem["code"], problem["where"]["line"]), ("R012", 6))
        self.assertIn("keeping the last good version (1, hash", problem["notes"][-1])

        self.save(SCRIPT)
        self.assertEqual(self.next(process)["status"], "unchanged")

        self.save(SCRIPT.replace("weight = 1", "weight = 2")
                  .replace("  },\n}", "    term { \"new\", \"theta\" },\n  },\n}"))
        second = self.next(process)
        self.assertEqual((second["status"], second["version"]), ("swapped", 2))
        self.assertEqual(second["changes"]["terms_added"], ["new"])
        self.assertEqual(second["changes"]["values"], {"w:alive": [1, 2]})
        self.assertEqual(second["tuned"], {"w:lean": -3})
        self.assertEqual(second["before"], first["return"])
        self.assertGreater(second["return"], first["return"])

        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=60), 130)
        self.assertEqual(process.stdout.read(), "")
        self.assertNotIn("rror", process.stderr.read())

    def test_a_required_module_counts(self):
        self.write("mine.lua", 'local k = require "mine_k"\n' + SCRIPT.replace("p.scale", "k"))
        self.write("mine_k.lua", "return 1")
        process = self.start("mine.lua", "--jsonl", "--task", "cartpole")
        before = self.next(process)
        self.write("mine_k.lua", "return 2")
        after = self.next(process)
        self.assertEqual(after["status"], "swapped")
        self.assertEqual(list(after["changes"]["terms"]), ["lean"])
        self.assertLess(after["return"], before["return"])

    def test_text_says_what_is_wrong_and_what_happens_now(self):
        self.write("mine.lua", SCRIPT)
        good = self.carrot("watch", "mine.lua", "--reloads", "1")
        self.assertRegex(good.out, r"\[1\] mine.lua: mean return \S+ on 16 recorded episodes")
        self.assertIn("alive", good.out)
        self.write("mine.lua", SCRIPT.replace("s.theta", "s.thtea"))
        bad = self.carrot("watch", "mine.lua", "--task", "cartpole", "--reloads", "1", code=3)
        self.assertIn("did you mean `theta`", bad.out)
        self.assertIn("no version is in use yet", bad.out)

    def test_recordings_are_scored_as_rescore_does(self):
        self.write("mine.lua", SCRIPT)
        self.carrot("run", "--task", "cartpole", "--episodes", "6", "--record", "a.trace")
        [result] = self.carrot("rescore", "--trace", "a.trace", "--reward", "mine.lua",
                               "--json").json["results"]
        watched = self.carrot("watch", "mine.lua", "--trace", "a.trace", "--reloads", "1", "--json").json
        [reload] = watched["reloads"]
        self.assertAlmostEqual(reload["return"], result["return"]["mean"], places=9)
        for name, term in result["terms"].items():
            self.assertAlmostEqual(reload["terms"][name]["mean"], term["mean"], places=9)
            self.assertAlmostEqual(reload["terms"][name]["share"], term["share"], places=9)


if __name__ == "__main__":
    unittest.main()
