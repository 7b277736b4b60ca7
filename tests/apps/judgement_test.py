"""Lints and alarms on seeded defects (tests/rewards/defects), on the shipped rewards and on real training runs.
Deleted: a detector could stop firing, fire on clean rewards, or name the wrong term, and nobody would know."""
import glob
import os
import unittest

from cli import SOURCE, CliTest

DEFECTS = sorted(glob.glob(os.path.join(SOURCE, "tests/rewards/defects/*/*.lua")))
TASKS = {"minigrid": "minigrid/empty_8x8", "doorkey": "minigrid/doorkey_8x8"}
# Training in seconds: task -> settings.
BUDGET = {"cartpole": ["--steps", "80k"], "minigrid": ["--steps", "40k", "--ppo", "hidden=[32,32]"],
          "doorkey": ["--steps", "80k", "--eval-every", "40k", "--ppo", "hidden=[32,32]"],
          "pusher": ["--steps", "60k", "--ppo", "hidden=[32,32]"],
          "hopper": ["--steps", "50k", "--ppo", "hidden=[32,32]"],
          "balance_bot": ["--steps", "50k", "--ppo", "hidden=[32,32]"]}


def expectation(path):
    """(code, term) of the file's first line: `-- L006 lean`."""
    with open(path) as file:
        _, code, term = file.readline().split()
    return code, term


def family(path):
    return os.path.basename(os.path.dirname(path))


def fired(findings):
    return [f for f in findings if f["state"] == "fired"]


class Families(unittest.TestCase):
    def test_each_has_a_sparse_and_an_expert_reward_and_two_defects_or_more(self):
        families = {"cartpole": ("sparse", "balance"), "minigrid": ("gym", "approach"), "doorkey": ("gym", "staged"),
                    "hopper": ("sparse", "hop_forward"), "reacher": ("sparse", "reach"), "pusher": ("sparse", "push"),
                    "balance_bot": ("sparse", "drive")}
        for name, rewards in families.items():
            with self.subTest(name):
                self.assertGreaterEqual(sum(family(path) == name for path in DEFECTS), 2)
                for reward in rewards:
                    self.assertTrue(os.path.isfile(os.path.join(
                        SOURCE, "rewards/sets", TASKS.get(name, name), reward + ".lua")))
        self.assertLessEqual({family(path) for path in DEFECTS}, set(families))


class Lints(CliTest):
    def audit(self, task, reward):
        return self.carrot("audit", "--task", task, "--reward", reward, "--json").json

    def test_each_defect_fires_its_lint_and_nothing_else(self):
        seen = set()
        for path in DEFECTS:
            code, term = expectation(path)
            if code[0] != "L":
                continue
            with self.subTest(os.path.relpath(path, SOURCE)):
                task = TASKS.get(family(path), family(path))
                lints = [f for f in fired(self.audit(task, path)["findings"]) if f["code"][0] == "L"]
                self.assertIn((code, term), {(f["code"], f.get("term")) for f in lints})
                self.assertLessEqual({f["code"] for f in lints if f["level"] != "info"}, {code})
                seen.add(code)
        self.assertEqual(seen, {f"L{n:03}" for n in range(1, 14)})

    def test_shipped_rewards_raise_no_warning_on_their_tasks_corpus(self):
        silent, judged = set(), set()
        for path in sorted(glob.glob(os.path.join(SOURCE, "rewards/sets/**/*.lua"), recursive=True)):
            name = os.path.relpath(path, os.path.join(SOURCE, "rewards/sets"))
            with self.subTest(name):
                document = self.audit(os.path.dirname(name), path)
                loud = [f for f in fired(document["findings"]) if f["level"] != "info"]
                self.assertEqual([(f["code"], f["name"], f["message"]) for f in loud], [])
                silent.add(name)
                # Not judged is never a pass: where a success is recorded, the success lints were judged.
                if document["successes"]:
                    waiting = {f["code"] for f in document["findings"] if f["state"] == "not_judged"}
                    self.assertLessEqual(waiting & {"L010", "L011"}, set())
                    judged.add(os.path.dirname(name))
        self.assertGreater(len(silent), 15)
        self.assertLessEqual({"balance_bot", "cartpole", "hopper", "minigrid/doorkey_8x8", "minigrid/empty_8x8",
                              "pusher", "reacher"}, judged)

    def test_success_lints_are_not_judged_without_a_success(self):
        document = self.audit("half_cheetah", "gym")
        waiting = {f["code"]: f["message"] for f in document["findings"] if f["state"] == "not_judged"}
        self.assertIn("L011", waiting)
        self.assertIn("task defines no success" if not document["successes"] and "defines" in waiting["L011"]
                      else "no successful episode", waiting["L011"])

    def test_check_reports_lints_with_their_line_and_denies_them_on_demand(self):
        path = os.path.join(SOURCE, "tests/rewards/defects/cartpole/twice.lua")
        done = self.carrot("check", path)
        self.assertIn("L006", done.out)
        self.assertIn("twice.lua:7", done.out)
        self.assertEqual(self.carrot("check", path, "--deny", "warnings", code=1).code, 1)
        self.carrot("check", path, "--no-smoke", "--deny", "warnings")
        self.carrot("check", os.path.join(SOURCE, "tests/rewards/defects/minigrid/at_rest.lua"), code=3)

    def test_a_script_may_mute_a_lint_with_a_reason(self):
        with open(os.path.join(SOURCE, "tests/rewards/defects/cartpole/twice.lua")) as file:
            text = file.read().replace("terms = {", 'mute = { L006 = "kept for a study" }, terms = {', 1)
        self.write("muted.lua", text)
        self.carrot("check", "muted.lua", "--deny", "warnings")
        findings = self.audit("cartpole", "muted.lua")["findings"]
        self.assertEqual([f["reason"] for f in findings if f["state"] == "muted"], ["kept for a study"])
        self.write("mute_all.lua", text.replace('L006 = "kept for a study"', "L006 = true"))
        self.assertIn("R021", self.carrot("check", "mute_all.lua", code=3).out)


class Alarms(CliTest):
    def train(self, path, task, reward, *options):
        return self.carrot("train", "--task", task, "--reward", reward, "--out", path, "--seed", 1,
                           *options, "--json")

    def test_gamed_rewards_raise_their_alarm_before_the_end_and_name_the_term(self):
        seen = set()
        for path in DEFECTS:
            code, term = expectation(path)
            if code[0] != "A":
                continue
            with self.subTest(os.path.relpath(path, SOURCE)):
                run = f"{family(path)}-{os.path.basename(path)[:-4]}"
                done = self.train(run, TASKS.get(family(path), family(path)), path, *BUDGET[family(path)])
                alarms = done.json["alarms"]
                self.assertEqual([(a["code"], a["term"]) for a in alarms], [(code, term)])
                self.assertLess(alarms[0]["step"], done.json["steps"])
                self.assertIn(f"alarm {code}", done.err)
                [frames] = alarms[0]["frames"]
                self.assertTrue(os.path.isdir(self.path(run, frames["recording"])))
                self.assertLessEqual(1, frames["from"])
                self.assertLessEqual(frames["from"], frames["to"])
                audit = self.carrot("audit", "--run", run, "--fail-on", "alarm", "--json", code=1)
                self.assertEqual([a["code"] for a in audit.json["training_alarms"]], [code])
                seen.add(code)
        self.assertEqual(seen, {f"A{n:03}" for n in range(1, 6)})

    def test_an_alarm_of_the_training_is_not_also_called_not_judged(self):
        """Deleted: audit could say "A001 not judged" beside the A001 that the training raised."""
        self.train("run", "cartpole", "gym", "--steps", "4k")
        with open(self.path("run", "events.jsonl"), "a") as file:
            file.write('{"type": "alarm", "code": "A001", "step": 2000, "message": "it rose"}\n'
                       '{"type": "alarm"}\n')
        text = self.carrot("audit", "--run", "run").out
        self.assertIn("alarm A001 at 2 000 steps of training: it rose", text)
        self.assertEqual(text.count("A001"), 1, text)
        document = self.carrot("audit", "--run", "run", "--json").json
        self.assertEqual([f for f in document["findings"] if f["code"] == "A001"], [])

    def test_clean_runs_stay_silent(self):
        for task, reward, options in (("cartpole", "gym", BUDGET["cartpole"]),
                                      ("minigrid/empty_8x8", "approach", BUDGET["minigrid"]),
                                      ("minigrid/doorkey_8x8", "staged", BUDGET["doorkey"]),
                                      ("reacher", "reach", ["--steps", "100k"]),
                                      ("pusher", "push", BUDGET["pusher"]),
                                      ("balance_bot", "drive", ["--steps", "60k"])):
            with self.subTest(task):
                done = self.train(task.replace("/", "-"), task, reward, *options)
                self.assertEqual(done.json["alarms"], [])
                self.assertNotIn("alarm", done.err)


if __name__ == "__main__":
    unittest.main()
