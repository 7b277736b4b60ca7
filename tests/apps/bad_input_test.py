"""What users get wrong, and what goes wrong under them. Deleted: an unknown name, a hostile script, a
broken model, a diverging simulation or a full disk could crash, hang or pass in silence."""
import os
import re
import resource
import subprocess
import unittest

from cli import BINARY, CliTest

REWARD = 'return reward {{ task = "cartpole", terms = {{ term {{ "x", fn = function(s, a, p, m) {} end }} }} }}\n'
DIVERGING = """<mujoco>
  <option timestep="0.5"/>
  <worldbody><body><joint name="slide" type="slide" axis="1 0 0" stiffness="1e6"/>
    <geom type="sphere" size="0.1" mass="0.001"/></body></worldbody>
  <actuator><motor joint="slide" ctrllimited="true" ctrlrange="-1 1" gear="1e9"/></actuator>
</mujoco>
"""


class BadInput(CliTest):
    def reward(self, body, name="r.lua"):
        return self.write(name, REWARD.format(body))

    def test_unknown_task_suggests(self):
        done = self.carrot("run", "--task", "hoper", code=4)
        self.assertIn("did you mean `hopper`?", done.err)
        self.assertEqual(done.out, "")

    def test_unknown_reward_suggests(self):
        done = self.carrot("run", "--task", "hopper", "--reward", "hop_foward", code=4)
        self.assertIn("did you mean `hop_forward`?", done.err)

    def test_unknown_field_names_line_column_and_the_nearest(self):
        path = self.reward("return s.thetta")
        done = self.carrot("check", path, code=3)
        self.assertIn("R012", done.out)
        self.assertIn("did you mean `theta", done.out)
        self.assertIn("r.lua:1:", done.out)
        gnu = self.carrot("check", path, "--format", "gnu", code=3)
        self.assertRegex(gnu.out, r"r\.lua:1:\d+: error: .*\[R012\]")
        document = self.carrot("check", path, "--json", code=3).json
        self.assertEqual(document["files"][0]["diagnostics"][0]["code"], "R012")

    def test_errors_are_json_with_json(self):
        document = self.carrot("run", "--task", "hoper", "--json", code=4).json
        self.assertEqual(document["exit_code"], 4)
        self.assertTrue(document["errors"][0]["message"])

    def test_broken_lua(self):
        done = self.carrot("train", "--task", "cartpole", "--reward", self.write("b.lua", "return reward {"),
                           code=3)
        self.assertIn("R001", done.err)
        self.assertFalse(os.path.exists(self.path("runs")), "a run folder for a script that never ran")

    def test_hostile_lua_ends_with_a_diagnostic(self):
        for body in ("while true do end", "return io.open('/etc/passwd')",
                     "local t = {} for i = 1, 1e9 do t[i] = i end return 1"):
            with self.subTest(body=body):
                path = self.reward(body, "h.lua")
                done = self.carrot("run", "--task", "cartpole", "--reward", path, "--episodes", "2",
                                   code=None, timeout=60)
                self.assertIn(done.code, (3, 5))
                self.assertRegex(done.err, r"error\[R0\d\d\]")
                self.assertIn("h.lua:1", done.err)

    def test_a_script_that_fails_at_run_time_fails_training_and_its_row_only(self):
        bad = self.reward("if s.step > 3 then return nil end return 1", "bad.lua")
        good = self.reward("return 1", "good.lua")
        self.carrot("train", "--task", "cartpole", "--reward", bad, "--steps", "5k", code=3)
        done = self.carrot("eval", "--task", "cartpole", "--policy", "random", "--reward", bad, good,
                           "--json", code=3)
        groups = {g["reward"]: g for g in done.json["groups"]}
        self.assertIn("errors", groups[bad])
        self.assertEqual(groups[good]["episodes"], 16)

    def test_unknown_setting_suggests(self):
        done = self.carrot("run", "--task", "hopper", "--set", "w:efort=1", code=2)
        self.assertIn("did you mean `w:effort`?", done.err)

    def test_a_return_that_overflows_is_said_wherever_returns_are(self):
        """Deleted: a weight of 1e308 would show `-` for the return, and no word about it."""
        run = ("run", "--task", "cartpole", "--reward", "gym", "--episodes", "2")
        great = ("--set", "w:alive=1e308")
        self.carrot(*run, "--record", "a.trace")
        self.write("great.lua", 'return reward { task = "cartpole", terms = {\n'
                                '  term { "alive", weight = 1e308, fn = function(s) return 1 end } } }')
        verbs = [(*run, *great), ("rescore", "--trace", "a.trace", *great),
                 ("eval", "--task", "cartpole", "--reward", "gym", "--policy", "random", "--episodes", "2", *great),
                 ("sweep", "gym", "--trace", "a.trace", "--set", "w:alive=1,1e308,1e307"),
                 ("compare", "gym", "great.lua", "--trace", "a.trace"),
                 ("audit", "--trace", "a.trace", "--reward", "gym", *great), ("check", "great.lua"),
                 ("watch", "great.lua", "--trace", "a.trace", "--reloads", "1"),
                 ("train", "--task", "cartpole", "--reward", "great.lua", "--steps", "4k")]
        for verb in verbs:
            with self.subTest(verb=verb):
                done = self.carrot(*verb, code=3)
                text = done.out + done.err
                self.assertIn("[R036]", text)
                self.assertIn("`alive` with weight 1e+308", text)
                self.assertIn("--set w:alive=1", text)
                self.assertNotIn("nan", text)
                document = self.carrot(*verb, "--json", code=3).out
                self.assertIn('"R036"', document)
        for line in self.carrot(*run, *great, code=3).out.splitlines()[2:4]:
            self.assertEqual(line.split()[2], "inf")
        # Weights that overflow a single step's total: the same, by its own code.
        done = self.carrot("run", "--task", "hopper", "--reward", "gym", "--set", "w:ctrl=1.7e308", code=3)
        self.assertIn("[R035]", done.err)
        self.assertIn("`ctrl` has the weight 1.7e+308", done.err)

    def test_episodes_without_a_summary_are_counted(self):
        """Deleted: a `recorded` of some episodes could be compared with a return of all."""
        self.carrot("run", "--task", "cartpole", "--reward", "gym", "--episodes", "3", "--record", "a.trace")
        with open(self.path("a.trace/episodes.jsonl")) as file:
            self.write("a.trace/episodes.jsonl", "".join(file.readlines()[1:]))
        done = self.carrot("rescore", "--trace", "a.trace")
        self.assertIn("1 of the ended episodes of a.trace have no summary", done.err)

    def test_a_damaged_description_is_told_in_words(self):
        """Deleted: the text of a JSON library could be all that a user gets."""
        self.carrot("run", "--task", "cartpole", "--record", "a.trace")
        spec = self.path("a.trace", "spec.json")
        with open(spec) as file:
            good = file.read()
        for bad, word in (("", "ends too early"), (good[: len(good) // 2], "ends too early"),
                          ("{}", "`format` is missing"), (good.replace('"task": "cartpole"', '"task": 3'), "of type string")):
            with self.subTest(bad=bad[:40]):
                self.write("a.trace/spec.json", bad)
                done = self.carrot("rescore", "--trace", "a.trace", code=4)
                self.assertIn(word, done.err)
                self.assertIn("spec.json", done.err)
                self.assertIn("help:", done.err)
                self.assertNotIn("json.exception", done.err)

    def test_the_budget_hint_names_only_what_one_can_do(self):
        done = self.carrot("check", self.reward("while true do end"), code=3)
        self.assertIn("[R040]", done.out)
        self.assertIn("the budget is fixed", done.out)
        self.assertNotIn("raise", done.out)

    def test_bad_values(self):
        self.assertIn("--seed takes", self.carrot("eval", "--task", "cartpole", "--policy", "zero",
                                                  "--seed", "4..0", code=2).err)
        self.assertIn("whole number", self.carrot("run", "--task", "cartpole", "--episodes", "x",
                                                  code=2).err)
        self.assertIn("knows no figure", self.carrot("eval", "--task", "cartpole", "--policy", "zero",
                                                     "--fail-if", "sucess<1", code=2).err)

    def test_missing_policy_trace_and_run(self):
        self.carrot("run", "--task", "cartpole", "--policy", "no.policy", code=4)
        self.carrot("rescore", "--trace", "no.trace", code=4)
        self.carrot("train", "--resume", "no-run", code=4)

    def test_a_policy_of_another_task_is_refused(self):
        self.carrot("train", "--task", "cartpole", "--steps", "4k", "--out", "run")
        policy = self.only_policy("run")
        done = self.carrot("run", "--task", "hopper", "--policy", policy, code=4)
        self.assertIn("T061", done.err)

    def test_missing_and_malformed_model(self):
        self.carrot("new", "task", "cart")
        os.remove(self.path("cart", "model.xml"))
        done = self.carrot("run", "--task", "./cart", code=4)
        self.assertIn("model.xml", done.err)
        self.write("cart/model.xml", "<mujoco><worldbody><body></mujoco>")
        done = self.carrot("run", "--task", "./cart", code=4)
        self.assertIn("model.xml", done.err)

    def test_a_diverging_simulation_is_a_fault_and_the_batch_goes_on(self):
        self.carrot("new", "task", "cart")
        self.write("cart/model.xml", DIVERGING)
        arguments = ("run", "--task", "./cart", "--episodes", "6", "--json")
        done = self.carrot(*arguments)
        self.assertEqual(done.json["summary"]["faults"], 6)
        self.assertEqual(len(done.json["episodes"]), 6)
        self.assertRegex(done.err, r"\[E0\d\d\]")
        self.assertEqual(self.carrot(*arguments, "--fail-on", "fault", code=1).json["summary"]["faults"], 6)

    def test_an_output_folder_that_cannot_be_made(self):
        done = self.carrot("train", "--task", "cartpole", "--steps", "4k", "--out", "/proc/nowhere/run",
                           code=7)
        self.assertRegex(done.err, r"\[I00\d\]")
        self.carrot("run", "--task", "cartpole", "--record", "/proc/nowhere/x.trace", code=7)
        self.carrot("new", "reward", "/proc/nowhere/r.lua", "--task", "cartpole", code=7)

    def test_nothing_is_overwritten(self):
        self.carrot("run", "--task", "cartpole", "--record", "x.trace")
        self.carrot("run", "--task", "cartpole", "--record", "x.trace", code=7)
        self.carrot("new", "reward", "r.lua", "--task", "cartpole")
        self.carrot("new", "reward", "r.lua", "--task", "cartpole", code=7)
        self.carrot("train", "--task", "cartpole", "--steps", "2k", "--out", "run")
        self.carrot("train", "--task", "cartpole", "--steps", "2k", "--out", "run", code=7)

    def test_values_that_would_be_read_wrongly_are_refused(self):
        for options in (["--seed", "1,0..3"], ["--fail-if", "success<nan"], ["--episodes", "-1"],
                        ["-j", "-1"]):
            with self.subTest(options=options):
                self.carrot("eval", "--task", "cartpole", "--policy", "random", *options, code=2)

    def test_scripts_that_are_no_plain_files(self):
        os.mkfifo(self.path("pipe.lua"))
        os.symlink("loop.lua", self.path("loop.lua"))
        os.symlink("/dev/zero", self.path("zero.lua"))
        for name in ("pipe.lua", "loop.lua", "zero.lua"):
            with self.subTest(name=name):
                self.carrot("check", name, "--task", "cartpole", code=4, timeout=20)
        text = "\ufeffreturn reward { doc = 'd', terms = { term { 'a', weight = 1, fn = function() return 1 end } } }"
        self.carrot("check", self.write("bom.lua", text), "--task", "cartpole")

    def test_an_error_in_a_task_script_is_a_wrong_input(self):
        self.write("task.lua", "return task {")
        self.assertIn("R001", self.carrot("run", "--task", "task.lua", code=4).err)

    def test_a_full_disk_during_training_keeps_what_is_finished(self):
        def limit():  # files may not grow past 100 kB: write() fails as on a full disk
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        ran = subprocess.run([BINARY, "train", "--task", "hopper", "--steps", "8k", "--out", "run"],
                             cwd=self.folder, env=self.environment(), preexec_fn=limit, timeout=120,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(ran.returncode, 7, ran.stderr)
        self.assertRegex(ran.stderr, r"\[I00\d\]")
        done = self.carrot("train", "--resume", "run")  # the limit is gone: it goes on
        self.assertIn("policies", done.out)

    def test_a_full_disk_while_recording_keeps_finished_parts(self):
        def limit():  # larger than a part of 4096 rows of any column, smaller than the recording
            resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
        ran = subprocess.run([BINARY, "run", "--task", "hopper", "--episodes", "600", "--record", "r.trace"],
                             cwd=self.folder, env=self.environment(), preexec_fn=limit, timeout=120,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.assertEqual(ran.returncode, 7, ran.stderr)
        kept = int(re.search(r"keeps the (\d+) rows", ran.stderr).group(1))
        self.assertGreaterEqual(kept, 4096)
        score = self.carrot("rescore", "--trace", "r.trace", "--json").json["results"][0]
        self.assertEqual(score["rows"], kept)

    def test_a_home_without_tasks_says_which_variable_is_wrong(self):
        ran = subprocess.run([BINARY, "run", "--task", "hopper"], cwd=self.folder,
                             env={**self.environment(), "CARROT_HOME": "/nowhere"}, stderr=subprocess.PIPE,
                             text=True)
        self.assertEqual(ran.returncode, 4)
        self.assertIn("CARROT_HOME", ran.stderr)

    def test_no_steps_are_refused(self):
        self.assertIn("--steps", self.carrot("train", "--task", "cartpole", "--steps", "0", code=2).err)
        self.assertFalse(os.path.exists(self.path("runs")))

    def test_a_reward_of_another_task_is_used_with_a_warning(self):
        done = self.carrot("run", "--task", "inverted_pendulum", "--reward", self.reward("return a[1]"))
        self.assertRegex(done.err, r"warning.*r\.lua is a reward for task `cartpole`")
        quiet = self.carrot("run", "--task", "CartPole-v1", "--reward", self.path("r.lua"))
        self.assertNotIn("warning", quiet.err)


if __name__ == "__main__":
    unittest.main()
