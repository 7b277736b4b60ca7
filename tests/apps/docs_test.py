"""The scripts that the documentation shows must work."""
import re
import unittest

from cli import CliTest


class Documentation(CliTest):
    # Without it the page that explains reward scripts could show one that does not load.
    def test_example_of_the_reward_page(self):
        with open(self.shipped("rewards/README.md"), encoding="utf-8") as page:
            blocks = re.findall(r"```lua\n(.*?)```", page.read(), re.S)
        scripts = [block for block in blocks if "return reward" in block]
        self.assertTrue(scripts)
        for script in scripts:  # the other blocks are pieces of one
            self.write("example.lua", script)
            self.assertIn("no problem", self.carrot("check", "example.lua").out)


if __name__ == "__main__":
    unittest.main()
