"""Short training: does the built-in PPO learn from the shipped rewards? One seed, two minutes in all.

The five-seed study with its thresholds is tests/bench/demo_seeds.py.
"""
import unittest

from cli import CliTest


class Learning(CliTest):
    # Without it a slip in PPO, in the demo's settings or in its reward could leave every other test green.
    def test_demo_hops_forward(self):
        done = self.carrot("demo", "--steps", "400k", "--episodes", "20", "--json", timeout=1200).json
        held_out = done["held_out"]
        self.assertGreaterEqual(held_out["length"]["mean"], 350)  # falls after 22 steps at random
        self.assertGreaterEqual(held_out["metrics"]["distance"]["mean"], 5)  # m; 0.1 at random
        self.assertEqual(held_out["faults"], 0)
        self.assertTrue(done["next"])

    # Without it discrete actions or byte-coded observations could have stopped to learn.
    def test_gridworld_and_cartpole(self):
        grid = self.carrot("train", "--task", "minigrid/empty_8x8", "--reward", "approach", "--steps", "60k",
                           "--out", "grid", "--json", timeout=1200).json
        self.assertGreaterEqual(grid["evaluation"]["success"]["rate"], 0.9)
        pole = self.carrot("train", "--task", "cartpole", "--steps", "100k", "--out", "pole", "--json",
                           timeout=1200).json
        self.assertGreaterEqual(pole["evaluation"]["length"]["mean"], 400)


if __name__ == "__main__":
    unittest.main()
