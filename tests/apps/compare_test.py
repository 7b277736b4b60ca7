"""compare and sweep, as a user runs them. Deleted: their figures could belong to other episodes than they
say, rank rewards by what they pay, or pass a reward on recordings that cannot judge it."""
import json
import os
import shlex
import unittest

from cli import CliTest

# A CartPole reward with a gamed twin: `centre` pays for what success needs, `tilt` for falling.
REWARD = """return reward {
  task = "cartpole",
  doc = "Stay up and in the middle.",
  params = { width = param { 1, min = 0.1, max = 3, unit = "m", doc = "where credit ends" } },
  terms = {
    term { "alive", weight = 1, doc = "each step", fn = function(s) return 1 end },
    term { "centre", weight = CENTRE, range = { 0, 1 }, doc = "near the middle",
           fn = function(s, a, p) return math.max(0, 1 - math.abs(s.x) / p.width) end },
    term { "tilt", weight = TILT, kind = "penalty", doc = "lean", fn = function(s) return math.abs(s.theta) end },
  },
}
"""


class Compare(CliTest):
    def reward(self, name, centre=1, tilt=-1):
        return self.write(name, REWARD.replace("CENTRE", str(centre)).replace("TILT", str(tilt)))

    def record(self):
        """Two policies: one that falls at once, one trained until it stands."""
        self.carrot("run", "--task", "cartpole", "--policy", "random", "--episodes", "12", "--record",
                    "random.trace")
        self.carrot("train", "--task", "cartpole", "--steps", "40k", "--out", "run", "--eval-every", "10k",
                    "--ppo", "learning_rate=1e-3")
        return ["random.trace", "run"]

    def test_the_next_command_can_be_pasted(self):
        self.write("my dir/it's good.lua", REWARD.replace("CENTRE", "1").replace("TILT", "-1"))
        for policy in ("upright", "random"):  # one is shipped, and goes by its name
            self.carrot("run", "--task", "cartpole", "--policy", policy, "--episodes", "6", "--record",
                        f"my dir/{policy} 1.trace")
        self.reward("gamed.lua", centre=-50, tilt=400)
        done = self.carrot("compare", "my dir/it's good.lua", "gamed.lua", "--trace", "my dir/upright 1.trace",
                           "my dir/random 1.trace")
        words = shlex.split(done.out.split("next: carrot ")[1].splitlines()[0])
        self.assertIn("my dir/it's good.lua", words)
        self.assertIn("as is", self.carrot(*words).out)

    def test_compare_and_sweep(self):
        traces = self.record()
        good, gamed = self.reward("good.lua"), self.reward("gamed.lua", centre=-50, tilt=400)
        arguments = ("compare", good, gamed, "--trace", *traces, "--json")
        document = self.carrot(*arguments, "-j", "1").json
        other = self.carrot(*arguments, "-j", "2").json
        document.pop("timing"), other.pop("timing")
        self.assertEqual(document, other)
        self.check_figures(document)
        self.check_verdicts(document)
        self.check_text(good, gamed, traces)
        self.check_sweep(good, gamed, traces, document)

    def check_figures(self, document):
        """Every count again from the listed episodes."""
        episodes = document["episodes"]
        returns = [[e["returns"][r] for e in episodes] for r in (0, 1)]
        truth = [e["good"] for e in episodes]
        self.assertGreater(sum(truth), 3)
        self.assertGreater(len(truth) - sum(truth), 12)
        n = range(len(episodes))
        inverted = sum(returns[0][i] > returns[0][j] and returns[1][i] < returns[1][j] for i in n for j in n)
        self.assertEqual(document["pairs"][0]["inversions"], inverted)
        for r in (0, 1):
            pairs = document["rewards"][r]["pairs"]
            right = sum(truth[i] and not truth[j] and returns[r][i] > returns[r][j] for i in n for j in n)
            self.assertEqual(pairs["agreeing"], right)
            self.assertEqual(pairs["comparable"], pairs["good"] * pairs["bad"])
            self.assertAlmostEqual(pairs["share"]["value"], right / pairs["comparable"])
        for row in document["policies"]:
            own = [e for e in episodes if e["recording"] == row["recording"]]
            self.assertEqual(len(own), row["episodes"])
            self.assertAlmostEqual(row["success"]["value"], sum(e["success"] for e in own) / len(own))
            for r in (0, 1):
                self.assertAlmostEqual(row["returns"][r], sum(e["returns"][r] for e in own) / len(own))

    def check_verdicts(self, document):
        good, gamed = document["rewards"]
        self.assertGreater(good["pairs"]["share"]["value"], 0.95)
        self.assertLess(gamed["pairs"]["share"]["value"], 0.5)
        self.assertGreater(good["spearman"]["value"], 0.5)
        self.assertLess(gamed["spearman"]["value"], 0)
        self.assertEqual(document["pairs"][0]["changes"],
                         ["weight of `centre`: 1 -> -50", "weight of `tilt`: -1 -> 400"])
        for distance in ("starc", "epic"):
            interval = document["pairs"][0][distance]
            self.assertGreater(interval["value"], 0.3)
            self.assertLessEqual(interval["low"], interval["value"])
            self.assertLessEqual(interval["value"], interval["high"])
        success = [row["success"]["value"] for row in document["policies"]]
        self.assertEqual(success, sorted(success, reverse=True))  # never by return

    def check_text(self, good, gamed, traces):
        text = self.carrot("compare", good, gamed, "--trace", *traces, "--noise").out
        for part in ("pairs right", "STARC", "EPIC", "widest disagreements", "rho with success", "best success",
                     "flipped", "next: carrot sweep", "weight of `tilt`: -1 -> 400"):
            self.assertIn(part, text)
        alone = self.carrot("compare", good, "--trace", "random.trace")
        self.assertIn("recorded", alone.out)
        self.assertIn("not judged: no good episode", alone.out)

    def check_sweep(self, good, gamed, traces, compared):
        document = self.carrot("sweep", gamed, "--trace", *traces, "--set", "w:centre=-50,1", "--set",
                               "w:tilt=-1..400:2", "--set", "p:width=0.5,1", "--json").json
        settings = {tuple(s["set"]): s for s in document["settings"]}
        self.assertEqual(len(settings), 9)  # the grid, and the script's own
        same = settings[("w:centre=1", "w:tilt=-1", "p:width=1")]
        twin = compared["rewards"][0]
        self.assertEqual(same["return"], twin["return"]["value"])
        self.assertEqual(same["spearman"], twin["spearman"]["value"])
        self.assertEqual(same["pairs"]["inverted"], twin["pairs"]["inverted"])
        own = settings[()]
        self.assertEqual(own["pairs"]["inverted"], compared["rewards"][1]["pairs"]["inverted"])
        self.assertEqual(own["return"], settings[("w:centre=-50", "w:tilt=400", "p:width=1")]["return"])
        best = min(settings.values(), key=lambda s: s["rank"])
        self.assertEqual(best["pairs_right"], max(s["pairs_right"] for s in settings.values()))
        self.assertLess(own["pairs_right"], best["pairs_right"])
        self.assertIn(best["preferred"], document["recordings"])
        text = self.carrot("sweep", good, "--trace", *traces, "--set", "w:centre=0..2:3", "--set",
                           "p:width=log:0.1..3:4", "--one-at-a-time").out
        self.assertIn("as is", text)
        self.assertEqual(sum(line.strip()[:1].isdigit() and "of" in line for line in text.splitlines()), 8)

    def test_over_optimisation_curve(self):
        self.record()
        curve = self.carrot("compare", "--run", "run", "--json").json
        points = curve["points"]
        self.assertEqual([p["step"] for p in points], sorted(p["step"] for p in points))
        self.assertEqual(len(points), 4)
        self.assertGreater(points[0]["step_kl"], 0)
        self.assertGreater(points[-1]["step_kl"], points[0]["step_kl"])  # it moves away
        with open(self.path("run", "eval.json")) as file:
            evaluations = json.load(file)
        for point, evaluation in zip(points, evaluations):
            self.assertAlmostEqual(point["success"]["value"], evaluation["success"]["rate"])
            self.assertAlmostEqual(point["return"]["value"], evaluation["return"]["mean"])
        peak = max(p["success"]["value"] for p in points)
        self.assertEqual(points[curve["peak"]]["success"]["value"], peak)
        self.assertIn("<- peak", self.carrot("compare", "--run", "run").out)

    def test_training_under_flipped_values(self):
        """A flipped reward is another reward, and a resume must flip the same values."""
        good = self.reward("good.lua")
        arguments = ("train", "--task", "cartpole", "--reward", good, "--flip", "centre=0.3")
        whole = self.carrot(*arguments, "--steps", "8k", "--out", "whole", "--json").json
        plain = self.carrot("train", "--task", "cartpole", "--reward", good, "--steps", "8k", "--out", "plain",
                            "--json").json
        self.assertNotEqual(whole["reward_hash"], plain["reward_hash"])
        self.assertNotEqual(self.weights("whole"), self.weights("plain"))
        again = self.carrot("rescore", "--trace", whole["trace"], "--as-recorded", code=1)
        self.assertIn("term `centre` differs", again.err)  # what was paid is not what the script says
        self.carrot(*arguments, "--steps", "4k", "--out", "parts")
        resumed = self.carrot("train", "--resume", "parts", "--steps", "8k", "--json").json
        self.assertEqual(resumed["reward_hash"], whole["reward_hash"])
        self.assertEqual(self.weights("parts"), self.weights("whole"))
        for wrong, message in (("tilt=0.1", "no range"), ("centr=0.1", "did you mean `centre`?"),
                               ("centre=2", "TERM=SHARE"), ("centre", "TERM=SHARE")):
            done = self.carrot("train", "--task", "cartpole", "--reward", good, "--flip", wrong, code=2)
            self.assertIn(message, done.err)

    def weights(self, run):
        """The bytes of the last policy's network."""
        policy = max(os.listdir(self.path(run, "policies")))
        folder = self.path(run, "policies", policy)
        parts = []
        for name in sorted(os.listdir(folder)):
            if name.endswith(".npy"):
                with open(os.path.join(folder, name), "rb") as file:
                    parts.append(file.read())
        return parts

    def test_wrong_use(self):
        self.carrot("run", "--task", "cartpole", "--episodes", "2", "--record", "x.trace")
        self.carrot("run", "--task", "minigrid/empty_8x8", "--episodes", "2", "--record", "grid.trace")
        good = self.reward("good.lua")
        self.assertIn("--trace", self.carrot("compare", good, code=2).err)
        self.assertIn("takes no rewards", self.carrot("compare", good, "--run", "r", code=2).err)
        self.assertIn("one task", self.carrot("compare", good, "--trace", "x.trace", "grid.trace", code=2).err)
        self.carrot("compare", good, "--trace", "missing.trace", code=4)
        for wrong in ("w:alive", "w:alive=1..2", "w:alive=a", "w:alive=log:-1..2:3", "w:alive=1..2:1", "=1"):
            done = self.carrot("sweep", good, "--trace", "x.trace", "--set", wrong, code=2)
            self.assertIn("NAME=RANGE", done.err)
        done = self.carrot("sweep", good, "--trace", "x.trace", "--set", "w:centr=0..1:2", code=2)
        self.assertIn("did you mean `w:centre`?", done.err)
        done = self.carrot("sweep", good, "--trace", "x.trace", "--set", "p:width=0.1..9:3", code=2)
        self.assertIn("takes 0.1 to 3", done.err)
        done = self.carrot("sweep", good, "--trace", "x.trace", "--set", "w:alive=0..1:1000", "--set",
                           "w:tilt=0..1:1000", code=2)
        self.assertIn("at most 100000", done.err)


if __name__ == "__main__":
    unittest.main()
