"""Runs: the same bits for any number of workers, across Ctrl+C and across kill -9. Deleted: a resumed or
parallel run could silently learn something else."""
import glob
import json
import os
import signal
import subprocess
import time
import unittest

from cli import BINARY, CliTest

TRAIN = ["train", "--task", "hopper", "--reward", "hop_forward", "--steps", "24k", "--envs", "4",
         "--eval-every", "10k", "--eval-episodes", "4"]


class Training(CliTest):
    def content(self, run):
        """What must be equal: metrics without times, evaluations, the bytes of the last policy."""
        with open(self.path(run, "metrics.jsonl")) as file:
            lines = [json.loads(line) for line in file]
        for line in lines:
            line.pop("timing")
        with open(self.path(run, "eval.json")) as file:
            evaluations = file.read()
        with open(self.path(run, "events.jsonl")) as file:
            evaluations += file.read()
        last = sorted(glob.glob(self.path(run, "policies", "*.policy")))[-1]
        weights = {}
        for path in sorted(glob.glob(os.path.join(last, "*.npy"))):
            with open(path, "rb") as file:
                weights[os.path.basename(path)] = file.read()
        return lines, evaluations, weights

    def assert_same_run(self, a, b):
        for one, other in zip(self.content(a), self.content(b)):
            self.assertEqual(one, other)

    def status(self, run):
        with open(self.path(run, "run.json")) as file:
            return json.load(file)["status"]

    def start(self, *arguments):
        return subprocess.Popen([BINARY, *arguments], cwd=self.folder, env=self.environment(),
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def wait_for_lines(self, run, count):
        deadline = time.monotonic() + 120
        while time.monotonic() < deadline:
            try:
                with open(self.path(run, "metrics.jsonl")) as file:
                    if len(file.readlines()) >= count:
                        return
            except FileNotFoundError:
                pass
            time.sleep(0.01)
        self.fail("training made no progress")

    def test_the_same_bits_for_any_number_of_workers(self):
        for workers in (1, 2, 5):
            self.carrot(*TRAIN, "--out", f"run{workers}", "-j", workers)
        self.assert_same_run("run1", "run2")
        self.assert_same_run("run1", "run5")
        self.assertEqual(self.status("run1"), "done")

    def test_interrupted_and_resumed_is_the_same_run(self):
        self.carrot(*TRAIN, "--out", "whole")
        process = self.start(*TRAIN, "--out", "cut")
        self.wait_for_lines("cut", 3)
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(timeout=120), 130)
        self.assertIn("carrot train --resume cut", process.stderr.read())
        process.stderr.close()
        self.assertEqual(self.status("cut"), "interrupted")
        self.carrot("train", "--resume", "cut", "-j", "1")
        self.assert_same_run("whole", "cut")
        self.assertEqual(self.status("cut"), "done")

    def test_killed_and_resumed_is_the_same_run(self):
        self.carrot(*TRAIN, "--out", "whole")
        process = self.start(*TRAIN, "--out", "killed")
        for lines in (2, 9, 15):  # the start, inside and after the first evaluation
            self.wait_for_lines("killed", lines)
            process.kill()
            process.wait()
            process.stderr.close()
            process = self.start("train", "--resume", "killed")
        self.assertEqual(process.wait(timeout=120), 0)
        process.stderr.close()
        self.assert_same_run("whole", "killed")

    def test_a_run_keeps_the_script_it_was_started_with(self):
        with open(self.shipped("rewards/sets/hopper/hop_forward.lua")) as file:
            script = self.write("mine.lua", file.read())
        arguments = ["train", "--task", "hopper", "--reward", "mine.lua", "--steps", "16k", "--envs", "4"]
        self.carrot(*arguments, "--out", "whole")
        process = self.start(*arguments, "--out", "cut")
        self.wait_for_lines("cut", 2)
        process.send_signal(signal.SIGINT)
        process.wait(timeout=120)
        process.stderr.close()
        with open(script, "w") as file:
            file.write("return nonsense")
        self.carrot("train", "--resume", "cut")
        self.assert_same_run("whole", "cut")

    def test_the_run_folder_is_complete(self):
        done = self.carrot(*TRAIN, "--out", "run", "--json")
        self.assertEqual(done.json["schema"], "carrot.train/1")
        self.assertEqual(done.json["status"], "done")
        self.assertGreaterEqual(done.json["steps"], 24000)
        for name in ("run.json", "metrics.jsonl", "eval.json", "log.txt", "scripts/task.lua",
                     "scripts/reward/hop_forward.lua", "resume"):
            self.assertTrue(os.path.exists(self.path("run", name)), name)
        with open(self.path("run", "eval.json")) as file:
            evaluations = json.load(file)
        self.assertEqual(len(evaluations), 3)
        for entry in evaluations:
            self.assertTrue(os.path.exists(self.path("run", entry["policy"])))
            self.assertTrue(os.path.exists(self.path("run", entry["trace"])))
        with open(self.path("run", "metrics.jsonl")) as file:
            line = json.loads(file.readline())
        self.assertEqual(set(line["term_sums"]), {"speed", "alive", "upright", "effort"})

    def test_seeds_make_one_run_each(self):
        done = self.carrot("train", "--task", "cartpole", "--steps", "2k", "--seed", "0..1", "--out", "r",
                           "--json")
        self.assertEqual([run["run"] for run in done.json["runs"]], ["r-seed0", "r-seed1"])


if __name__ == "__main__":
    unittest.main()
