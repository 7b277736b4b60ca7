"""combine functions, stages and parts through the command line. Deleted: what the library promises could
hold in unit tests and not reach describe, check, train, resume or rescore."""
import json
import unittest

from cli import CliTest

SHAPED = """
local shape = require "shape"
return reward {
  task = "cartpole", doc = "Stay up, near the middle.",
  params = { far = param { 1, min = 0.1, max = 2.4, unit = "m", doc = "where leaving begins to cost" } },
  terms = {
    term { "up", weight = 1, fn = function(s) return 1 - math.abs(s.theta) end },
    term { "near", weight = 0.5, fn = function(s, a, p) return math.max(0, 1 - math.abs(s.x) / p.far) end },
    term { "left", weight = 1, kind = "event", fn = shape.once("was_left", function(s) return s.x < -0.1 end) },
  },
  potential = { fn = function(s) return -math.abs(s.theta) end, weight = 0.5 },
  combine = function(t, p) return math.min(t.up, 2 * t.near) + t.left end,
  shape = { shape.clip(-1, 2), shape.par(0.5), shape.cap(0.9), shape.delta(), shape.normalize { clip = 4 } },
}
"""

HIDDEN = """
local seen = { 0 }
local function remember(list, x) list[1] = list[1] + x return list[1] end
return reward { task = "cartpole", terms = { term { "sum", fn = function(s) return remember(seen, s.x) end } } }
"""


class Shaping(CliTest):
    def lines(self, *path):
        with open(self.path(*path)) as file:
            return [json.loads(line) for line in file]

    def test_describe_and_check(self):
        path = self.write("shaped.lua", SHAPED)
        self.assertIn("no problem found", self.carrot("check", path).out)
        reward = self.carrot("describe", path, "--json").json
        self.assertEqual(reward["combine"], "function")
        self.assertEqual([stage["stage"] for stage in reward["shape"]],
                         ["clip", "par", "cap", "delta", "normalize"])
        self.assertEqual([entry["name"] for entry in reward["memory"]], ["was_left"])
        self.assertEqual(reward["potential_weight"], 0.5)
        text = self.carrot("describe", path).out
        self.assertIn("combine    function", text)
        self.assertIn("delta (for the learner)", text)

    def test_check_finds_state_outside_of_memory(self):
        done = self.carrot("check", self.write("hidden.lua", HIDDEN), code=3)
        self.assertIn("R018", done.out)
        self.assertIn("keep what must be remembered in `memory`", done.out)

    def test_a_run_resumes_explains_what_it_learnt_and_rescores(self):
        path = self.write("shaped.lua", SHAPED)
        train = ["train", "--task", "cartpole", "--reward", path, "--eval-episodes", "4", "--steps"]
        self.carrot(*train, "8192", "--out", "whole")
        self.carrot(*train, "4096", "--out", "parts")
        self.carrot("train", "--resume", "parts", "--steps", "8192")
        self.carrot(*train, "2048", "--out", "mine", "--ppo", "reward_clip=7")

        def segments(run):
            return [e for e in self.lines(run, "events.jsonl") if e["type"] == "segment"]

        def metrics(run):
            rows = self.lines(run, "metrics.jsonl")
            for row in rows:
                row.pop("timing")
            return rows

        # 256 steps of each of 8 environments; the last one waits for the next rollout.
        self.assertEqual([(s["begin"], s["end"]) for s in segments("whole")],
                         [(0, 255), (255, 511), (511, 767), (767, 1023)])
        self.assertEqual({s["reward_clip"] for s in segments("whole")}, {4.0})
        self.assertEqual({s["reward_clip"] for s in segments("mine")}, {7.0})
        self.assertEqual(metrics("parts"), metrics("whole"))
        self.assertEqual(segments("parts"), segments("whole"))

        trace = self.carrot("train", "--resume", "whole", "--steps", "8192", "--json").json["trace"]
        self.carrot("rescore", "--trace", trace, "--as-recorded")
        one = self.carrot("rescore", "--trace", trace, "--reward", path, "--json").json
        other = self.carrot("rescore", "--trace", trace, "--reward", path, "--set", "w:up=0.1", "--json").json
        self.assertNotEqual(one["results"][0]["return"], other["results"][0]["return"])


if __name__ == "__main__":
    unittest.main()
