"""What verbs show on a narrow terminal, and what a hostile script can show there. Deleted: names could be
cut until they look alike, lines could run over the edge, and a doc could clear the screen."""
import re
import unittest

from cli import CliTest

HOSTILE = ('return reward { task = "cartpole", doc = "nice\\27[2J\\27]0;owned\\7 reward",\n'
           '  params = { k = param { 1, doc = "a\\27[8mhidden\\27[0m\\r b" } },\n'
           '  terms = { term { "alive", doc = "line\\none \\27[31;5mred", fn = function(s)\n'
           '    if s.step > 3 then error("\\27[2Jboo") end return 1 end } } }\n')
NAMES = ("recordings/hopping-on-the-first-evening.trace", "recordings/hopping-on-the-second-evening.trace")


class Terminal(CliTest):
    def shown_whole(self, *arguments, columns=60):
        """No line is wider than the terminal, except for one long word; every word of the pipe is there."""
        with self.subTest(arguments=arguments, columns=columns):
            shown = self.on_terminal(*arguments, "-q", columns=columns, NO_COLOR="1").decode()
            for line in shown.splitlines():
                source = re.match(r" +\d+ [ |]", line)  # a line of a script is shown as it is
                if len(line.split()) > 1 and not source:
                    self.assertLessEqual(len(line), columns, shown)
            self.assertNotIn("…", shown)
            piped = self.carrot(*arguments, "-q", code=None).out
            words = lambda text: set(text.split()) - {"..."}
            timed = lambda word: re.fullmatch(r"[\d.,]+|min|s", word)
            self.assertEqual({w for w in words(piped) - words(shown) if not timed(w)}, set(), shown)
        return shown

    def record(self):
        for seed, name in enumerate(NAMES):
            self.carrot("run", "--task", "hopper", "--episodes", "4", "--seed", seed, "--record", name, "-q")

    def test_facts(self):
        for columns in (100, 60, 48):
            for arguments in (("tasks",), ("describe", "hopper"), ("describe", "hopper/hop_forward"),
                              ("describe", "cartpole"), ("help", "exit-codes"), ("help", "steps")):
                self.shown_whole(*arguments, columns=columns)

    def test_verbs_on_recordings(self):
        self.record()
        wide = self.write("a_reward_with_a_rather_long_name.lua",
                          'return reward { task = "hopper", terms = {\n'
                          '  term { "a_term_with_a_rather_long_name", fn = function(s) return s.x_velocity end },\n'
                          '  term { "another_term_with_a_long_name", fn = function(s) return s.healthy end } } }\n')
        wide = "a_reward_with_a_rather_long_name.lua"
        for columns in (80, 60):
            self.shown_whole("rescore", "--trace", *NAMES, "--reward", "gym", wide, columns=columns)
            self.shown_whole("compare", "gym", wide, "--trace", *NAMES, "--noise", columns=columns)
            self.shown_whole("sweep", wide, "--trace", *NAMES, "--set",
                             "w:a_term_with_a_rather_long_name=0..2:3", columns=columns)
            self.shown_whole("audit", "--trace", *NAMES, "--reward", wide, columns=columns)
            self.shown_whole("explain", "--trace", NAMES[0], "--step", "4", "--against", "6", columns=columns)
        for name in NAMES:
            self.assertIn(name, self.shown_whole("rescore", "--trace", *NAMES))

    def test_verbs_that_play(self):
        self.shown_whole("run", "--task", "hopper", "--episodes", "3")
        self.shown_whole("eval", "--task", "hopper", "--reward", "gym", "hop_forward", "--policy", "random",
                         "zero", "--episodes", "3")
        self.shown_whole("eval", "--task", "cartpole", "--policy", "random", "--episodes", "3")

    def test_a_pipe_has_one_line_a_row(self):
        """Deleted: a script that reads the table by lines could break on a narrow terminal behind it."""
        self.record()
        lines = self.carrot("rescore", "--trace", *NAMES, env={"COLUMNS": "40"}).out.splitlines()
        self.assertTrue(lines[2].startswith(NAMES[0]) and lines[3].startswith(NAMES[1]), lines)

    def test_a_script_cannot_steer_the_terminal(self):
        self.write("mine.lua", HOSTILE)
        self.carrot("run", "--task", "cartpole", "--reward", "mine.lua", "--record", "h.trace", "-q", code=3)
        for arguments in (("describe", "mine.lua"), ("check", "mine.lua"), ("check", "mine.lua", "--format", "gnu"),
                          ("run", "--task", "cartpole", "--reward", "mine.lua"),
                          ("rescore", "--trace", "h.trace"), ("explain", "--trace", "h.trace", "--step", "5"),
                          ("watch", "mine.lua", "--reloads", "1"), ("run", "--task", "\x1b[2Jx")):
            for color in ("always", "never"):
                with self.subTest(arguments=arguments, color=color):
                    done = self.carrot(*arguments, "--color", color, code=None)
                    for text in (done.out, done.err):
                        text = re.sub("\x1b\\[(0|1|2|3[1-6]|1;3[1-6])m", "", text) if color == "always" else text
                        self.assertNotRegex(text, "[\x00-\x08\x0b-\x1f\x7f]")
        self.assertIn("nice?[2J?]0;owned? reward", self.carrot("describe", "mine.lua").out)
        document = self.carrot("describe", "mine.lua", "--json")
        self.assert_no_escape(document.out)
        self.assertEqual(document.json["doc"], "nice\x1b[2J\x1b]0;owned\x07 reward", "JSON is exact")


if __name__ == "__main__":
    unittest.main()
