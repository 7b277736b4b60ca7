"""Rewards with machines and scheduled weights, as a user runs them. Deleted: the parts could each work and the
program could still not train on such a reward, resume it, or say what a policy needs."""
import json
import os
import unittest

from cli import CliTest

CONSTRAINED = """
local multi = require "multi"
return reward {
  task = "cartpole",
  terms = {
    term { "alive", weight = 1, fn = function() return 1 end },
    term { "drift", weight = -0.1, kind = "penalty", doc = "distance from the middle",
           fn = function(s) return math.abs(s.x) end },
  },
  schedule = { multi.constraint { "drift", most = 0.1, rate = 0.5 } },
}
"""


class Machines(CliTest):
    def lines(self, *path):
        with open(self.path(*path)) as file:
            return [json.loads(line) for line in file]

    def test_shipped_machines_train_and_their_policies_say_what_they_need(self):
        for name in ("key_door_goal", "temporal"):
            script = self.shipped(f"rewards/sets/minigrid/doorkey_8x8/{name}.lua")
            self.assertIn("no problem found", self.carrot("check", script).out)
        described = self.carrot("describe", "minigrid/doorkey_8x8/key_door_goal", "--json").json
        self.assertEqual(described["observe"][0], "m.u=find_key")
        task = ["--task", "minigrid/doorkey_8x8"]
        done = self.carrot("train", *task, "--reward", "key_door_goal", "--steps", "4k", "--out", "run",
                           "--eval-episodes", "1", "--json").json
        policy = self.only_policy("run")
        with open(os.path.join(policy, "policy.json")) as file:
            self.assertIn("m.u=open_door", json.load(file)["observation"]["memory"])
        self.carrot("run", *task, "--reward", "key_door_goal", "--policy", policy, "--record", "a.trace")
        with open(self.path("a.trace", "spec.json")) as file:
            self.assertEqual(json.load(file)["memory"][0]["states"][2], "reach_goal")
        refused = self.carrot("eval", *task, "--reward", "gym", "--policy", policy, code=None)
        self.assertNotEqual(refused.code, 0)
        self.assertIn("T063", refused.err)
        self.assertIn("m.u=reach_goal", refused.err)
        self.assertTrue(done["evaluation"])

    def test_a_scheduled_weight_survives_a_resume(self):
        self.write("constrained.lua", CONSTRAINED)
        train = ["train", "--task", "cartpole", "--reward", "constrained.lua", "--eval-episodes", "1"]
        self.carrot(*train, "--steps", "16k", "--out", "whole")
        self.carrot(*train, "--steps", "8k", "--out", "parts")
        self.carrot("train", "--resume", "parts", "--steps", "16k")
        weights = [[e for e in self.lines(run, "events.jsonl") if e["type"] == "weight"]
                   for run in ("whole", "parts")]
        self.assertGreater(len(weights[0]), 3)
        self.assertEqual(weights[0], weights[1])
        self.assertLess(weights[0][-1]["weight"], 0)


if __name__ == "__main__":
    unittest.main()
