"""What a shell offers on TAB. Deleted: an option, a task or a term could be missing there without anyone noticing."""
import shutil
import subprocess
import unittest

from cli import BINARY, CliTest

PATHS = ("FILE", "DIR", "F.trace", "F.lua", "F.steps", "PNG", "F.json", "F.jsonl", "OUT.png", "PATH")


class Completion(CliTest):
    def offers(self, *words):
        return self.carrot("__complete", *words).out.split()

    def bash(self, line, breaks=" \t\n\"'><=;|&(:"):
        """What bash would put there for a TAB at the end of the line; the binary stands for `carrot`."""
        script = self.write("carrot.bash", self.carrot("completions", "bash").out)
        ask = (f"source {script}; COMP_WORDBREAKS=\"$2\"; COMP_LINE=\"$1\"; COMP_POINT=${{#COMP_LINE}}; "
               "_carrot; printf '%s\\n' \"${COMPREPLY[@]}\"")
        ran = subprocess.run(["bash", "-c", ask, "-", f"{BINARY} {line}", breaks], cwd=self.folder, text=True,
                             stdout=subprocess.PIPE, check=True, env=self.environment())
        return ran.stdout.split()

    def test_verbs_and_options_of_every_verb(self):
        self.assertEqual(self.offers("doc"), ["doctor"])
        self.assertEqual(self.offers("--js"), ["--json"])
        self.assertEqual(self.offers("--json", "doc"), ["doctor"])
        self.assertEqual(self.offers("--color", "al"), ["always"])
        self.assertEqual(self.offers("nonsense", "x"), [])
        for command in self.carrot("help", "--json").json["commands"]:
            found = self.offers(command["name"], "--")
            for option in command["options"]:
                name = option["names"].split(",")[-1]
                if name.startswith("--"):
                    self.assertIn(name, found, command["name"])
            self.assertIn("--json", found)

    def test_every_option_that_takes_a_file_offers_files(self):
        for command in self.carrot("help", "--json").json["commands"]:
            for option in command["options"]:
                if option["value"] not in PATHS or not option["names"].startswith("-"):
                    continue
                name = option["names"].split(",")[-1]
                self.assertEqual(self.offers(command["name"], name, ""), [":files"], (command["name"], name))

    def test_tasks_rewards_and_policies(self):
        self.write("mine/good.lua", "return reward { terms = {} }")
        self.assertIn("hopper", self.offers("run", "--task", "hop"))
        self.assertIn("Hopper-v5", self.offers("run", "--task", "Hop"))
        self.assertEqual(self.offers("eval", "--task=hopp"), ["--task=hopper"])
        self.assertEqual(self.offers("run", "--task", "./m"), [":files"])
        self.assertEqual(self.offers("run", "--task", "Hopper-v5", "--reward", "hop"), ["hop_forward"])
        self.assertIn("mine/good.lua", self.offers("run", "--task", "hopper", "--reward", ""))
        self.assertEqual(self.offers("eval", "--policy", "random", "ze"), ["zero"], "it takes several")
        self.assertEqual(self.offers("new", "re"), ["reward"])
        self.assertEqual(self.offers("new", "reward", ""), [":files"], "the second word is a path")
        self.assertEqual(self.offers("help", "R01")[0], "R011")

    def test_settings_are_the_terms_and_parameters_of_the_reward_meant(self):
        self.assertIn("w:speed=", self.offers("rescore", "--set", "w:"))
        hopper = self.offers("run", "--task", "hopper", "--reward", "hop_forward", "--set", "")
        self.assertIn("w:speed=", hopper)
        self.assertIn("p:speed=", hopper)
        self.assertEqual(self.offers("run", "--task", "cartpole", "--reward", "gym", "--set", "w:"), ["w:alive="])
        script = self.write("mine.lua", 'return reward { task = "cartpole", params = { k = 2 },\n'
                                        '  terms = { term { "own", fn = function(s) return 1 end } } }')
        self.assertEqual(self.offers("watch", "mine.lua", "--set", ""), ["w:own=", "p:k="])
        self.assertEqual(self.offers("sweep", "mine.lua", "--set", "p"), ["p:k="])
        self.carrot("run", "--task", "cartpole", "--reward", script, "--record", "a.trace")
        self.assertEqual(self.offers("rescore", "--trace", "a.trace", "--set", ""), ["w:own=", "p:k="])
        self.assertEqual(self.offers("rescore", "--trace", "a.trace", "--set=w"), ["--set=w:own="])

    def test_bash(self):
        self.write("some file.txt", "")
        self.assertEqual(self.bash("completions "), ["bash", "zsh", "fish"])
        self.assertEqual(self.bash("run --task cartpole --reward gym --set w:al"), ["alive="],
                         "bash keeps what stands before the colon")
        self.assertEqual(self.bash("run --task cartpole --reward gym --set w:al", breaks=" \t\n"), ["w:alive="])
        self.assertEqual(self.bash("run --task=cartp"), ["cartpole"])
        self.assertEqual(self.bash("render --trace some"), ["some", "file.txt"])
        ran = subprocess.run(["bash", "-c", f"source <({BINARY} completions bash); complete -p carrot"],
                             stdout=subprocess.PIPE, text=True, check=True)
        self.assertIn("_carrot", ran.stdout)

    def test_the_scripts_parse(self):
        for shell in ("zsh", "fish"):
            if shutil.which(shell):
                script = self.write("carrot." + shell, self.carrot("completions", shell).out)
                subprocess.run([shell, "-n", script], check=True)


if __name__ == "__main__":
    unittest.main()
