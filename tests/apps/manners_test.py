"""How every verb behaves: streams, exit codes, colour, help. Deleted: wrong exit codes, colour codes
in pipes, results mixed with progress and silent lost output would pass unnoticed."""
import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
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

    def test_a_narrow_terminal_wraps_prose_and_loses_no_word(self):
        for columns in (100, 72, 48):
            for arguments in (("tasks",), ("describe", "hopper"), ("describe", "hopper/hop_forward")):
                with self.subTest(columns=columns, arguments=arguments):
                    shown = self.on_terminal(*arguments, columns=columns, NO_COLOR="1").decode()
                    for line in shown.splitlines():
                        if not re.match(r"(/|world|action|observation|success|ends|rewards|reads|hop)", line):  # no table: the terminal wraps it
                            self.assertLessEqual(len(line), columns, line)
                    piped = self.carrot(*arguments).out
                    cut = set(re.findall(r"[a-z]{5,}", piped)) - set(re.findall(r"[a-z]{5,}", shown))
                    # Names may be cut where nothing else is left to give.
                    if columns > 48:
                        self.assertEqual(cut, set())

    def on_terminal(self, *arguments, columns=80, **env):
        leader, follower = pty.openpty()
        fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        process = subprocess.Popen([BINARY, *arguments], stdout=follower, stderr=follower,
                                   cwd=self.folder, env=self.environment() | env)
        os.close(follower)
        text = b""
        while True:
            try:
                part = os.read(leader, 4096)
            except OSError:
                break
            if not part:
                break
            text += part
        process.wait()
        os.close(leader)
        return text

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

    def test_completion_scripts_are_valid_and_work(self):
        script = self.write("carrot.bash", self.carrot("completions", "bash").out)
        # The words bash would offer after "carrot completions <TAB>".
        ask = (f"source {script}; COMP_LINE='{BINARY} completions '; COMP_POINT=${{#COMP_LINE}}; "
               "_carrot; echo ${COMPREPLY[@]}")
        ran = subprocess.run(["bash", "-c", ask], stdout=subprocess.PIPE, text=True, check=True)
        self.assertEqual(ran.stdout.split(), ["bash", "zsh", "fish"])

    def test_complete_offers_verbs_and_options(self):
        self.assertEqual(self.carrot("__complete", "doc").out, "doctor\n")
        self.assertIn("--json\n", self.carrot("__complete", "doctor", "--").out)
        self.assertEqual(self.carrot("__complete", "nonsense", "x").out, "")


if __name__ == "__main__":
    unittest.main()
