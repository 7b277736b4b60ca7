"""Tune's gestures: what a reward's author does to weights, snapshots and alarms. Deleted: a file could be
written without a yes, a number beside the sliders could be another than the command line's, or a gesture could
do nothing, and no one notice."""
import difflib
import unittest

from window import WindowTest


class WriteBack(WindowTest):
    def test_nothing_is_written_without_a_yes(self):
        state, _ = self.gui("""
            wait idle
            click tune/snapshots/write
            expect text write/none "nothing to write" within 5 frames
            key Escape
            drag tune/alive/weight by +30px
            click tune/snapshots/write
            expect text write "weight = 0.5" within 5 frames
            key Escape
            expect not visible write/title within 5 frames
            click tune/snapshots/write
            expect visible write/cancel within 5 frames
            click write/cancel
            expect not visible write/title within 5 frames
            """)
        with open(self.path("my.lua")) as file:
            self.assertEqual(file.read(), self.script)
        self.assertEqual(state["version"], 1)

    def test_ctrl_enter_writes_what_was_shown(self):
        state, _ = self.gui("""
            wait idle
            click tune/alive/value
            key Ctrl+A
            type 1/8
            key Enter
            expect state.weights.alive == 0.125 within 5 frames
            expect text tune/alive/name "alive *" within 5 frames
            key Ctrl+K
            type "write to script"
            key Enter
            expect text write "weight = 0.125" within 5 frames
            key Ctrl+Enter
            expect not visible write/title within 5 frames
            expect state.version == 2 within 300 frames
            wait idle
            expect state.weights.alive == 0.125
            expect state.playing == true      # Enter alone goes on live from here
            expect state.trace == 0
            """)
        self.assertEqual(state.item("tune/alive/name")["text"], "alive", "it is the script's own now")
        with open(self.path("my.lua")) as file:
            written = file.read()
        changed = [line for line in difflib.ndiff(self.script.split("\n"), written.split("\n"))
                   if line[0] in "+-"]
        self.assertEqual(len(changed), 2, changed)
        self.assertEqual(changed[1][2:], changed[0][2:].replace("weight = 0.5", "weight = 0.125"))
        # To take it back: undo, and write again.
        self.gui("""
            wait idle
            click tune/alive/value
            key Ctrl+A
            type 4*x
            key Enter
            expect state.weights.alive == 0.5 within 5 frames
            click tune/snapshots/write
            click write/confirm
            expect state.version == 2 within 300 frames
            """)
        with open(self.path("my.lua")) as file:
            self.assertEqual(file.read(), self.script)

    def test_a_computed_weight_is_refused_in_words(self):
        self.write("my.lua", "local base = 0.25\n" + self.script.replace("weight = 0.5", "weight = 2 * base"))
        self.gui("""
            wait idle
            drag tune/alive/weight by +30px
            click tune/snapshots/write
            expect text write/error "no number of its own for `w:alive`" within 5 frames
            expect text write/help "by hand"
            expect not visible write/confirm
            """)


class Snapshots(WindowTest):
    def test_chips_load_refer_rename_and_go(self):
        state, _ = self.gui("""
            wait idle
            drag tune/alive/weight by +20px
            click tune/snapshots/save
            expect state.snapshots == 1 within 5 frames
            drag tune/alive/weight by -30px
            shift-click tune/snapshots/0/chip
            expect state.reference == 0 within 5 frames
            expect text tune/snapshots/0/chip "(ref)" within 5 frames
            right-click tune/snapshots/0/chip
            expect text tune/snapshots/0/menu/change0 "w:alive" within 5 frames
            click tune/snapshots/0/menu/name
            key Ctrl+A
            type lunch
            key Enter
            expect text tune/snapshots/0/chip "lunch" within 5 frames
            right-click tune/snapshots/0/chip
            click tune/snapshots/0/menu/delete
            expect state.snapshots == 0 within 5 frames
            """)
        self.assertEqual(state["reference"], -1)

    def test_a_held_key_shows_the_reference(self):
        state, _ = self.gui("""
            wait idle
            key Space
            let r0 = state.mean_return
            drag tune/alive/weight by +30px
            wait idle
            let r1 = state.mean_return
            let w1 = state.weights.alive
            hold `
            wait idle
            expect state.flipped == true
            expect state.weights.alive == 0.5
            expect state.mean_return == r0
            expect text toolbar/reward "reference"
            release `
            wait idle
            expect state.flipped == false
            expect state.weights.alive == w1
            expect state.mean_return == r1
            click tune/snapshots/save
            drag tune/alive/weight by -30px
            shift-click tune/snapshots/0/chip
            hold `
            wait idle
            expect state.weights.alive == w1
            expect state.mean_return == r1
            release `
            """)
        self.assertTrue(state["undo"].startswith("w:alive"), "a look is no step of undo")


class Rows(WindowTest):
    def test_dots_watch_and_solo(self):
        state, _ = self.gui("""
            wait idle
            click tune/alive/dot
            expect state.weights.alive == 0 within 5 frames
            click tune/alive/dot
            expect state.weights.alive == 0.5 within 5 frames
            alt-click tune/near/dot
            expect state.weights.alive == 0 within 5 frames
            expect state.weights.progress == 0
            expect state.weights.near == 1
            alt-click tune/near/dot
            expect state.weights.progress == 1 within 5 frames
            expect state.weights.spin == -0.02
            key Ctrl+Z
            expect state.weights.progress == 0 within 5 frames
            key Ctrl+Z                        # one step, however many weights
            expect state.weights.alive == 0.5 within 5 frames
            expect state.weights.progress == 1
            """)
        self.assertEqual(state["undo"], "alive on")

    def test_sliders_take_fine_drags_and_typing(self):
        state, _ = self.gui("""
            wait idle
            let start = state.weights.upright
            hold Shift
            drag tune/upright/weight by +20px
            release Shift
            wait idle
            let fine = state.weights.upright
            expect fine > start
            expect fine < 0.25
            key Ctrl+Z
            drag tune/upright/weight by +20px
            expect state.weights.upright > 0.3 within 5 frames
            ctrl-click tune/near/weight
            key Ctrl+A
            type "2*x + 1"
            key Enter
            expect state.weights.near == 3 within 5 frames
            click tune/near/value
            key Ctrl+A
            type 2*y
            key Enter
            wait 5 frames
            expect state.weights.near == 3    # no such thing
            """)
        self.assertTrue(state["undo"].startswith("w:near 1 -> 3"), state["undo"])

    def test_the_menu_of_a_name(self):
        state, _ = self.gui("""
            wait idle
            drag tune/alive/weight by +20px
            right-click tune/alive/name
            click tune/alive/menu/reset
            expect state.weights.alive == 0.5 within 5 frames
            right-click tune/alive/name
            click tune/alive/menu/line
            expect visible source/path within 5 frames
            """)
        line = next(i for i, text in enumerate(self.script.split("\n"), 1) if '"alive"' in text)
        self.assertTrue(state.item(f"source/{line}")["visible"])

    def test_groups_scale_together(self):
        self.write("my.lua", self.script.replace('"near"', '"drive/near"').replace('"progress"', '"drive/progress"'))
        self.gui("""
            wait idle
            drag tune/drive//factor by +12px
            wait idle
            let near = state.weights.drive/near
            expect near > 1
            expect state.weights.drive/progress == near
            expect state.weights.alive == 0.5
            click tune/drive//none
            expect state.weights.drive/near == 0 within 5 frames
            click tune/drive//all
            expect state.weights.drive/near == near within 5 frames
            key Ctrl+Z
            key Ctrl+Z
            key Ctrl+Z
            expect state.weights.drive/near == 1 within 5 frames
            """)


class Potential(WindowTest):
    """Deleted: what a potential pays could be missing from the window, though it is in the total."""

    def test_it_is_a_part_like_a_term(self):
        self.write("my.lua", self.script.replace("  terms = {", "  potential = function(s) return -s.distance end,\n"
                                                                "  terms = {"))
        state, _ = self.gui("""
            wait idle
            key Space
            expect state.weights.(potential) == 1
            click plots/raw
            click plots/total@t=77
            expect state.step == 77 within 5 frames
            expect visible plots/legend/(potential)
            click tune/(potential)/value
            key Ctrl+A
            type 3
            key Enter
            wait idle
            expect state.weights.(potential) == 3
            expect text tune/(potential)/name "(potential) *"
            hover toolbar/reward
            wait 3 frames
            """)
        self.assert_close(state["mean_return"], self.mean_return("w:potential=3"))
        page = self.carrot("explain", "--trace", self.traces[0], "--step", 77, "--reward", "my.lua",
                           "--set", "w:potential=3", "--json").json
        paid = {part["name"]: part["value"] for part in page["parts"]}["(potential)"]
        self.assertEqual(state.item("explain/(potential)/value")["text"], f"{paid:+.5g}")
        self.assertAlmostEqual(float(state.item("tune/(potential)/adds")["text"]), paid, delta=1e-3 * abs(paid))
        state, _ = self.gui("""
            wait idle
            click tune/(potential)/dot
            expect state.weights.(potential) == 0 within 5 frames
            click tune/(potential)/dot
            expect state.weights.(potential) == 1 within 5 frames
            key Ctrl+K
            type "(potential)"
            expect visible palette/query within 5 frames
            key Escape
            """)


class Ranking(WindowTest):
    def inversions(self, *settings):
        self.write("tuned.lua", self.script.replace(*settings) if settings else self.script)
        pairs = self.carrot("compare", "tuned.lua", "--trace", *self.traces, "--json").json["rewards"][-1]
        return (f"inversions {pairs['pairs']['inverted']}/{pairs['pairs']['comparable']}",
                f"rho {pairs['spearman']['value']:+.2f}")

    def test_the_strip_says_what_compare_says(self):
        state, _ = self.gui("wait idle\nwait 3 frames\n")
        self.assertEqual((state.item("tune/ranking/inversions")["text"], state.item("tune/ranking/rho")["text"]),
                         self.inversions())
        state, _ = self.gui("""
            wait idle
            click tune/alive/value
            key Ctrl+A
            type -3
            key Enter
            wait idle
            wait 3 frames
            """)
        wrong = self.inversions('"alive", weight = 0.5', '"alive", weight = -3')
        self.assertNotEqual(wrong[0], self.inversions()[0])
        self.assertEqual((state.item("tune/ranking/inversions")["text"], state.item("tune/ranking/rho")["text"]),
                         wrong)

    def test_it_follows_a_drag_and_opens_what_is_clicked(self):
        best, _ = self.gui("wait idle\nwait 3 frames\n")
        low, high = best.item("tune/ranking/strip")["x"]
        worst = low + 0.04 / 1.08 * (high - low)  # there is a margin on either side
        state, _ = self.gui(f"""
            wait idle
            key Space
            hover tune/ranking/strip@t={worst}
            expect text tune/ranking/hovered "failure" within 5 frames
            click tune/ranking/strip@t={worst}
            expect state.trace == 1 within 5 frames
            hover tune/alive/weight
            hold mouse
            hover tune/alive/weight by 25px
            expect text tune/ranking/strip "4 episodes" within 60 frames
            wait 30 frames
            screenshot dragging.png
            """)
        # The button is still down: what is shown is of the drag.
        self.assertGreater(state["weights"]["alive"], 0.5)
        self.assertGreater(state.item("tune/ranking/strip")["x"][1], high)


class Alarms(WindowTest):
    def test_the_reward_in_use_is_judged(self):
        state, _ = self.gui("""
            wait idle
            key Space
            expect state.alarms_fresh == true within 600 frames
            expect not visible toolbar/alarms
            click tune/effort/value
            key Ctrl+A
            type 0.1
            key Enter
            expect text toolbar/alarms "1 alarm" within 600 frames
            click toolbar/alarms
            expect text alarms/0/row "L007" within 5 frames
            click alarms/0/mute
            type "a bonus, really"
            key Enter
            expect text alarms "muted: a bonus, really" within 5 frames
            expect not visible toolbar/alarms within 5 frames
            """)
        code = next(item for item in state["items"] if "L007" in item["text"])["path"].split("/")[1]
        self.assertEqual(state.item(f"alarms/{code}/level")["text"], "warning")

    def test_jump_and_explain_go_to_the_steps(self):
        # Idle episodes that earn more than a success.
        state, _ = self.gui("""
            wait idle
            key Space
            click tune/alive/value
            key Ctrl+A
            type -3
            key Enter
            expect text toolbar/alarms "alarm" within 600 frames
            click toolbar/alarms
            expect visible alarms/0/jump within 5 frames
            """)
        where = next(item for item in state["items"] if item["path"] == "alarms/0/row")["text"]
        state, _ = self.gui("""
            wait idle
            key Space
            click tune/alive/value
            key Ctrl+A
            type -3
            key Enter
            expect text toolbar/alarms "alarm" within 600 frames
            click toolbar/alarms
            open inspector
            click alarms/0/explain
            expect state.trace == 1 within 5 frames
            expect visible explain/total within 5 frames
            """)
        self.assertTrue(where.startswith(("L", "A")), where)


class Tour(WindowTest):
    def test_the_first_minute_asks_for_real_gestures(self):
        state, _ = self.gui("""
            expect visible welcome/title within 5 frames
            expect advancing state.step       # it moves at once
            click welcome/tour
            expect text tour/title "(1 of 7)" within 5 frames
            wait idle
            drag tune/alive/weight by +30px
            expect text tour/title "(2 of 7)" within 10 frames
            hold `
            expect text tour/title "(3 of 7)" within 10 frames
            release `
            key Ctrl+Z
            expect text tour/title "(4 of 7)" within 10 frames
            key Space
            expect text tour/title "(5 of 7)" within 10 frames
            hover plots/total@t=100
            expect text tour/title "(6 of 7)" within 10 frames
            click plots/total@t=120
            expect text tour/title "(7 of 7)" within 10 frames
            key Ctrl+K
            wait 5 frames
            expect not visible tour/title
            """, "--first-run")
        self.assertEqual(state["step"], 120)

    def test_a_button_is_no_gesture(self):
        self.gui("""
            click welcome/tour
            expect text tour/title "(1 of 7)" within 5 frames
            wait 60 frames
            expect text tour/title "(1 of 7)"
            """, "--first-run")


if __name__ == "__main__":
    unittest.main()
