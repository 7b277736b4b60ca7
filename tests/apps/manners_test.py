"""How every verb behaves: streams, exit codes, colour, help. Deleted: wrong exit codes, colour codes
in pipes, results mixed with progress and silent lost output would pass unnoticed."""
import os
import re
import subprocess
import unittest

from cli import BINARY, SOURCE, CliTest


class Manners(CliTest):
    def test_no_arguments_print_a_short_help(self):
        done = self.carrot()
        self.assertLessEqual(len(done.out.splitlines()), 14)
        self.assertEqual(done.err, "")
        for word in ("demo", "new reward", "train", "eval"):
            self.assertIn("carrot " + word, done.out)

    def test_unknown_command_suggests_and_exits_2(self):
        done = self.carrot("doctr", code=2)
        self.assertEqual(done.out, "")
        self.assert_golden("unknown_command.txt", done.err)

    def test_unknown_option_suggests_and_gives_one_line_of_usage(self):
        done = self.carrot("help", "--jsno", code=2)
        self.assert_golden("unknown_option.txt", done.err)

    def test_wrong_choice_names_the_choices(self):
        done = self.carrot("completions", "bsh", code=2)
        self.assert_golden("wrong_choice.txt", done.err)

    def test_missing_value_and_missing_argument(self):
        self.assertIn("needs a value", self.carrot("version", "--color", code=2).err)
        self.assertIn("SHELL is missing", self.carrot("completions", code=2).err)

    def test_every_verb_has_help_with_an_example_within_80_columns(self):
        for verb in self.verbs():
            with self.subTest(verb=verb):
                done = self.carrot(verb, "--help")
                self.assertIn(f"usage: carrot {verb}", done.out)
                self.assertIn(f"  carrot {verb}", done.out)
                self.assertEqual(done.out, self.carrot("help", verb).out)
                for line in done.out.splitlines():
                    self.assertLessEqual(len(line), 100 if "usage:" in line else 80, line)

    def test_help_lists_every_verb(self):
        done = self.carrot("help")
        for verb in self.verbs():
            self.assertIn(f"  {verb} ", done.out)
        self.assertNotIn("__complete", done.out)

    def test_exit_codes_are_documented(self):
        self.assert_golden("exit_codes.txt", self.carrot("help", "exit-codes").out)

    def test_every_command_of_steps_files_is_explained(self):
        with open(os.path.join(SOURCE, "gui", "app", "steps.cc")) as file:
            commands = set(re.findall(r'verb == "([a-z-]+)"', file.read()))
        self.assertGreater(len(commands), 18)
        text = self.carrot("help", "steps").out
        for command in commands:
            self.assertRegex(text, rf"(?m)\b{command}\b")

    def test_every_code_in_the_sources_has_a_help_text(self):
        used = set()
        for root in ("engine", "envs", "rewards", "gui"):
            for folder, _, files in os.walk(os.path.join(SOURCE, root)):
                for name in files:
                    if name.endswith((".cc", ".h", ".lua")) and name != "codes.cc":
                        with open(os.path.join(folder, name)) as file:
                            used |= set(re.findall(r'"([RTEIGLAU]0\d\d)"', file.read()))
        documented = {line.split()[0] for line in self.carrot("help", "codes").out.splitlines()}
        self.assertGreater(len(used), 50)
        self.assertEqual(used - documented, set())
        self.assertIn("before", self.carrot("help", "r012").out)

    def test_help_on_an_unknown_topic_suggests(self):
        done = self.carrot("help", "doctr", code=2)
        self.assertIn("did you mean `carrot help doctor`?", done.err)

    def test_json_is_a_document_also_for_a_wrong_command_line(self):
        """Deleted: a program that reads --json would get an empty text for a slip of the pen."""
        for arguments in (("eval", "--jsno", "--json"), ("--json", "evl"), ("new", "--json"),
                          ("completions", "bsh", "--json"), ("run", "--task", "hopper", "--seed", "x", "--json"),
                          ("version", "--json", "--color"), ("--json", "--oops")):
            with self.subTest(arguments=arguments):
                done = self.carrot(*arguments, code=2)
                self.assertEqual(done.json["exit_code"], 2)
                [error] = done.json["errors"]
                self.assertRegex(error["code"], "^U0")
                self.assertIn(error["message"], done.err)
                self.assertIn("usage: carrot", error["notes"][0])
        self.assertEqual(self.carrot("eval", "--jsno", "--json", code=2).json["schema"], "carrot.eval/1")
        self.assertEqual(self.carrot("evl", "--json", code=2).json["errors"][0]["help"],
                         ["did you mean 'carrot eval'?"])
        self.assertEqual(self.carrot("run", "--", "--json", code=2).out, "", "a word, not an option")

    def test_help_of_a_verb_is_json_with_json(self):
        self.assertIn("usage: carrot eval", self.carrot("eval", "--help", "--json").json["text"])

    def test_options_may_stand_before_the_verb(self):
        self.assertEqual(self.carrot("--json", "version").out, self.carrot("version", "--json").out)

    def test_json_has_a_schema(self):
        for verb in ("version", "doctor", "help"):
            done = self.carrot(verb, "--json", code=None)
            self.assertEqual(done.json["schema"], f"carrot.{verb}/1")

    def test_colour_only_where_it_belongs(self):
        self.assert_no_escape(self.carrot("doctor", code=None).out)
        self.assertIn("\x1b[", self.carrot("doctor", "--color", "always", code=None).out)
        self.assertIn("\x1b[", self.carrot("doctor", code=None, env={"CLICOLOR_FORCE": "1"}).out)
        both = {"CLICOLOR_FORCE": "1", "NO_COLOR": "1"}
        self.assert_no_escape(self.carrot("doctor", code=None, env=both).out)

    def test_colour_on_a_terminal_unless_it_is_dumb(self):
        self.assertIn(b"\x1b[", self.on_terminal("doctor"))
        self.assertNotIn(b"\x1b[", self.on_terminal("doctor", TERM="dumb"))
        self.assertNotIn(b"\x1b[", self.on_terminal("doctor", NO_COLOR="1"))

    def test_a_full_disk_on_stdout_exits_7(self):
        with open("/dev/full", "w") as full:
            ran = subprocess.run([BINARY, "version"], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual(ran.returncode, 7)
        self.assertIn("cannot write to standard output", ran.stderr)

    def test_a_closed_pipe_is_silent(self):
        reader, writer = os.pipe()
        os.close(reader)
        ran = subprocess.run([BINARY, "help"], stdout=writer, stderr=subprocess.PIPE, text=True)
        os.close(writer)
        self.assertEqual((ran.returncode, ran.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
