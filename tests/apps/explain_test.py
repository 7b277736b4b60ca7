"""`carrot explain`: one step taken apart. Deleted: the page could show rows that do not add up, or a line
that is not the line."""
import os
import unittest

from cli import CliTest

SCRIPT = """return reward {
  task = "cartpole",
  terms = {
    term { "alive", weight = 1, fn = function(s) return not s.terminated end },
    term { "lean", weight = -2, fn = function(s)
      local lean = math.abs(s.theta)
      return lean * lean
    end },
  },
}
"""


class Explain(CliTest):
    def setUp(self):
        super().setUp()
        self.write("mine.lua", SCRIPT)
        self.carrot("run", "--task", "cartpole", "--reward", "mine.lua", "--episodes", "3",
                    "--record", "a.trace")

    def explain(self, *arguments, **kwargs):
        return self.carrot("explain", "--trace", "a.trace", *arguments, **kwargs)

    def test_the_parts_add_up_to_the_recorded_reward(self):
        for step in (1, 5, 9):
            page = self.explain("--step", step, "--json").json
            self.assertAlmostEqual(sum(part["value"] for part in page["parts"]), page["reward"], delta=1e-9)
            self.assertAlmostEqual(page["reward"], page["recorded_reward"], delta=1e-9)

    def test_the_line_and_its_values(self):
        page = self.explain("--step", "7", "--json").json
        lean = next(trace for trace in page["traces"] if trace["name"] == "lean")
        self.assertEqual(lean["line"], 7)
        [function] = lean["functions"]
        values = {value["name"]: value["number"]
                  for line in function["lines"] for value in line["values"]}
        self.assertEqual(values["lean"], abs(values["s.theta"]))
        part = next(part for part in page["parts"] if part["name"] == "lean")
        self.assertEqual(part["raw"], values["lean"] ** 2)
        self.assertEqual(part["value"], -2 * part["raw"])

    def test_where_a_potentials_value_comes_from(self):
        self.write("phi.lua", SCRIPT.replace("  terms", "  potential = function(s) return -s.theta * s.theta end,\n  terms"))
        for step in (1, 7):
            done = self.explain("--step", step, "--reward", "phi.lua", "--json").json
            part = next(part for part in done["parts"] if part["name"] == "(potential)")
            self.assertAlmostEqual(part["raw"], part["gamma"] * part["phi"] - part["phi_before"], delta=1e-15)
            self.assertLess(part["phi"], 0)
            text = self.explain("--step", step, "--reward", "phi.lua").out
            self.assertIn(f"gamma {part['gamma']:g} x phi now {part['phi']:.6g} - phi before {part['phi_before']:.6g}",
                          " ".join(text.split()))

    def test_the_line_follows_the_script(self):
        self.write("moved.lua", "-- return lean * lean\n" * 5 + SCRIPT)
        page = self.explain("--step", "7", "--reward", "moved.lua", "--json").json
        lean = next(trace for trace in page["traces"] if trace["name"] == "lean")
        self.assertEqual(lean["line"], 12)
        line = next(line for line in lean["functions"][0]["lines"] if line["line"] == 12)
        self.assertEqual(line["source"].strip(), "return lean * lean")

    def test_text_and_the_other_step(self):
        done = self.explain("--step", "7", "--against", "2")
        self.assertRegex(done.out, r"env 0, episode 0, step 7 of \d+, seed \d+")
        self.assertRegex(done.out, r"6 \|       local lean = math\.abs\(s\.theta\) +-- lean = \S+, s\.theta = ")
        self.assertRegex(done.out, r"s\.theta +\S+ +\S+\n")
        self.assertIn("step 7  step 2", done.out)
        self.assert_no_escape(done.out)

    # Deleted: the second line of `carrot run` could be explained as the second episode of environment 0.
    def test_episodes_are_counted_as_run_counts_them(self):
        third = self.explain("--episode", "2", "--json").json
        same = self.explain("--env", "2", "--episode", "0", "--json").json
        self.assertEqual(third, same)
        self.assertEqual([third["env"], third["episode"]], [2, 0])

    def test_settings_apply(self):
        page = self.explain("--step", "3", "--set", "w:lean=5", "--json").json
        self.assertEqual([part["weight"] for part in page["parts"]], [1, 5])
        self.assertNotEqual(page["reward"], page["recorded_reward"])

    def test_no_other_reward_stands_in_for_a_missing_script(self):
        os.remove(self.path("a.trace/scripts/reward.lua"))
        self.assertIn("scripts/reward.lua", self.explain("--step", "3", code=4).err)
        self.explain("--step", "3", "--reward", "mine.lua")

    def test_wrong_steps_say_what_there_is(self):
        done = self.explain("--episode", "99", code=4)
        self.assertIn("I014", done.err)
        self.assertIn("it has 3 episodes", done.err)
        self.assertIn("it has 3 episodes: --env 0", self.explain("--env", "0", "--episode", "99", code=4).err)
        self.assertIn("steps are 1 to", self.explain("--step", "100000", code=4).err)


if __name__ == "__main__":
    unittest.main()
