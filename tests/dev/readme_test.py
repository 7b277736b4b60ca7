"""README.md and the guide of rewards/sets must be true: its commands run, its verbs and options exist, its links lead somewhere, its
versions are the locked ones. Without this test it would drift with the first renamed option."""

import json
import os
import re
import shlex
import subprocess
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
GUIDE = (ROOT / "rewards/sets/README.md").read_text(encoding="utf-8")
LAUNCHER_VERBS = {"setup", "test"}
BLOCK = re.compile(r"^```sh( run)?\n(.*?)^```$", re.M | re.S)


def command_lines():
    """Word lists of every `./carrot ...`, in blocks and in running text."""
    pages = README + GUIDE
    blocks = [text for _, text in BLOCK.findall(pages)]
    for text in blocks + re.findall(r"`(\./carrot [^`\n]*)`", pages):
        for line in re.findall(r"^\./carrot .*$", text, re.M):
            yield shlex.split(line, comments=True)


class Readme(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        help_text = subprocess.run([str(ROOT / "carrot"), "help", "--json"], check=True,
                                   capture_output=True, text=True).stdout
        cls.verbs = {verb["name"]: verb for verb in json.loads(help_text)["commands"]}

    def test_the_table_has_exactly_the_programs_commands(self):
        table = README.split("## Commands")[1].split("##")[0]
        listed = set(re.findall(r"^\| `(\w+)` \|", table, re.M))
        self.assertEqual(listed, set(self.verbs))

    def test_commands_and_options_exist(self):
        seen = 0
        for words in command_lines():
            verb = words[1]
            if verb in LAUNCHER_VERBS:
                continue
            self.assertIn(verb, self.verbs, words)
            known = {name for option in self.verbs[verb]["options"] for name in option["names"].split(",")}
            for word in words:
                if word.startswith("--"):
                    self.assertIn(word.split("=")[0], known | {"--json"}, words)
            seen += 1
        self.assertGreater(seen, 5, "the pattern finds commands")

    def run_blocks(self, page):
        """Output of the blocks marked `run`, in their order, in one folder."""
        blocks = [text for run, text in BLOCK.findall(page) if run]
        self.assertGreater(len(blocks), 3)
        env = {k: v for k, v in os.environ.items() if k != "CARROT_HOME"}
        output = []
        with tempfile.TemporaryDirectory(prefix="carrot-readme-") as folder:
            os.symlink(ROOT / "carrot", Path(folder, "carrot"))
            for text in blocks:
                done = subprocess.run(["bash", "-euo", "pipefail", "-c", text], cwd=folder, env=env,
                                      capture_output=True, text=True, timeout=600)
                self.assertEqual(done.returncode, 0, f"{text}\n{done.stdout}\n{done.stderr}")
                self.assertNotEqual(done.stdout, "", f"no result:\n{text}")
                output.append(done.stdout)
        return output

    def test_blocks_marked_run_do_run(self):
        self.run_blocks(README)

    def test_the_guide_ends_with_a_reward_that_teaches(self):
        sparse, gamed, audit, drive, compared = self.run_blocks(GUIDE)
        self.assertRegex(sparse, r"success +0\.00")
        self.assertLess(float(re.findall(r"success +([\d.]+)", gamed)[-1]), 0.5)
        self.assertRegex(gamed, r"alarm +A001")
        self.assertRegex(audit, r"A001.*`alive` grew most")
        self.assertGreaterEqual(float(re.findall(r"success +([\d.]+)", drive)[-1]), 0.5)
        self.assertIn("rho", compared)

    def test_links_lead_somewhere(self):
        for readme in [ROOT / "README.md", *ROOT.glob("*/README.md"), *ROOT.glob("*/*/README.md")]:
            if any(part.startswith((".", "build")) for part in readme.relative_to(ROOT).parts):
                continue
            for target in re.findall(r"\]\(([^)#]+)", readme.read_text(encoding="utf-8")):
                if "://" not in target:
                    self.assertTrue((readme.parent / target).exists(), f"{readme}: {target}")

    def test_locked_parts_are_named(self):
        for line in (ROOT / "scripts/dev/deps.lock").read_text().splitlines():
            if line and not line.startswith("#"):
                self.assertIn(f"`{line.split()[0]}`", README)


if __name__ == "__main__":
    unittest.main()
