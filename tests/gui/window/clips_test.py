"""Recorded clips in the window: labels, the timeline, ranges of steps, rewards side by side. Deleted: what a
person says of a clip could be lost, or a table could show other numbers than the command line."""
import csv
import json
import os
import shutil
import unittest

from window import WindowTest


class ClipsTest(WindowTest):
    """Each test has recordings of its own: labels are kept in them."""

    def setUp(self):
        super().setUp()
        if not hasattr(type(self), "traces"):
            return
        copies = []
        for trace in type(self).traces:
            copies.append(self.path(os.path.basename(trace)))
            shutil.copytree(trace, copies[-1])
        self.traces = copies

    def labels(self, recording=0):
        path = os.path.join(self.traces[recording], "labels.jsonl")
        if not os.path.exists(path):
            return []
        found = {}
        with open(path) as file:
            for line in file:
                try:
                    label = json.loads(line)
                    found[label["id"]] = label
                except ValueError:
                    continue
        return [label for label in found.values() if not label.get("removed")]


class Labels(ClipsTest):
    START = "wait idle\nkey Space\nclick toolbar/evaluate\nwait 5 frames\nopen recordings\n"

    def test_a_clip_is_judged_and_taken_back(self):
        state, _ = self.gui(self.START + """
            click recordings/label/bad
            expect state.labels == 1 within 5 frames
            click recordings/label/rate4
            expect state.labels == 2 within 5 frames
            click recordings/label/good          # instead of bad
            expect text recordings/labels "good" within 5 frames
            expect state.labels == 2
            click recordings/label/rate4         # again: taken back
            expect state.labels == 1 within 5 frames
            """)
        [label] = self.labels()
        self.assertEqual((label["kind"], label["env"], label["episode"]), ("good", 0, 0))
        self.assertEqual(state.item("recordings/good/labels")["text"], "1")
        # It is there when the window is opened again, and in the timeline.
        state, _ = self.gui(self.START + "expect text timeline/marks \"good\" within 5 frames\n")
        self.assertEqual(state["labels"], 1)
        state, _ = self.gui(self.START + f"click recordings/labels/0.{label['id']}/remove\n"
                            "expect state.labels == 0 within 5 frames\n")
        self.assertEqual(self.labels(), [])

    def test_an_error_in_some_steps(self):
        self.gui(self.START + """
            open plots
            click plots/total@t=40
            expect state.step == 40 within 5 frames
            click recordings/label/from
            click plots/total@t=70
            expect state.step == 70 within 5 frames
            click recordings/label/to
            expect text recordings/label/steps "steps 40 to 70" within 5 frames
            click recordings/label/types/edit
            click recordings/label/types/new
            type wobbled
            key Enter
            expect visible recordings/label/types/wobbled within 5 frames
            click recordings/label/types/wobbled
            expect state.labels == 1 within 5 frames
            click recordings/label/types/stuck/remove
            expect not visible recordings/label/types/stuck within 5 frames
            expect text timeline/marks "wobbled" within 5 frames
            """)
        [label] = self.labels()
        self.assertEqual((label["kind"], label["text"], label["steps"]), ("error", "wobbled", [40, 70]))
        # Shorter, and of another kind.
        self.gui(self.START + """
            open plots
            click recordings/labels/0.1/change
            expect state.step == 40 within 5 frames
            click plots/total@t=50
            expect state.step == 50 within 5 frames
            click recordings/label/to
            click recordings/label/types/fell
            expect text recordings/labels "fell" within 5 frames
            """)
        [label] = self.labels()
        self.assertEqual((label["id"], label["text"], label["steps"]), (1, "fell", [40, 50]))

    def test_of_two_clips_one_is_better(self):
        self.gui(self.START + """
            click recordings/label/hold
            click recordings/random/row
            expect state.trace == 1 within 5 frames
            click recordings/label/worse
            expect state.labels == 1 within 5 frames
            expect text recordings/labels "better than random, episode 0" within 5 frames
            """)
        [label] = self.labels()
        self.assertEqual(label["kind"], "better")
        self.assertEqual(label["than"], {"recording": "../random.trace", "env": 0, "episode": 0})
        page = self.carrot("compare", "my.lua", "my.lua", "--trace", *self.traces, "--json").json
        pairs = page["rewards"][0]["preferences"]
        returns = {(row["recording"], row["env"], row["episode"]): row["returns"][0] for row in page["episodes"]}
        first, other = (returns[(trace, 0, 0)] for trace in self.traces)
        self.assertEqual(pairs["comparable"], 1)
        self.assertEqual(pairs["agreeing"], 1 if first > other else 0)
        self.assertIn("1 labelled pairs", self.carrot("compare", "my.lua", "my.lua", "--trace", *self.traces).out)

    def test_a_torn_line_costs_itself_only(self):
        self.gui(self.START + "click recordings/label/good\nexpect state.labels == 1 within 5 frames\n")
        with open(os.path.join(self.traces[0], "labels.jsonl"), "a") as file:
            file.write('{"id": 2, "env": 0, "ep')
        state, _ = self.gui(self.START + "click recordings/label/rate2\nexpect state.labels == 2 within 5 frames\n")
        self.assertEqual([label["kind"] for label in self.labels()], ["good", "rating"])

    def test_labels_count_in_compare(self):
        before = self.carrot("compare", "my.lua", "my.lua", "--trace", *self.traces, "--json").json["episodes"][0]
        kind = "bad" if before["good"] else "good"
        self.gui(self.START + f"click recordings/label/{kind}\nexpect state.labels == 1 within 5 frames\n")
        after = self.carrot("compare", "my.lua", "my.lua", "--trace", *self.traces, "--json").json["episodes"][0]
        self.assertEqual((after["good"], after["labelled"]), (not before["good"], True))


class Timeline(ClipsTest):
    def test_bookmarks_have_a_text(self):
        self.gui("""
            wait idle
            key Space
            click plots/total@t=120
            expect state.step == 120 within 5 frames
            hover toolbar/reward
            key M
            expect state.labels == 1 within 5 frames
            expect visible timeline/bookmark within 5 frames
            type wobble
            key Enter
            expect text timeline/marks "wobble" within 5 frames
            expect not visible timeline/bookmark within 5 frames
            key Home
            expect state.step == 0 within 5 frames
            key Ctrl+Right
            expect state.step == 120 within 5 frames
            key Ctrl+Right
            expect state.episode == 1 within 5 frames
            expect state.step == 0
            key Ctrl+Left
            expect state.step == 120 within 5 frames
            expect state.episode == 0
            key Home
            click timeline/marks/label1
            expect state.step == 120 within 5 frames
            """)
        [label] = self.labels()
        self.assertEqual((label["kind"], label["text"], label["steps"]), ("bookmark", "wobble", [120, 120]))

    def test_a_second_and_finer_speeds(self):
        state, _ = self.gui("""
            wait idle
            key Space
            key Home
            key Alt+Right
            expect state.step > 1 within 5 frames
            let second = state.step
            key Alt+Right
            key Alt+Left
            expect state.step == second within 5 frames
            key 3
            expect state.speed == 1 within 5 frames
            key =
            expect state.speed == 1.5 within 5 frames
            key -
            key -
            expect state.speed == 0.75 within 5 frames
            key 5
            expect state.speed == 0 within 5 frames
            key -
            expect state.speed == 32 within 5 frames
            """)
        self.assertGreater(state["step"], 0)

    def test_a_loop_is_made_by_dragging_its_ends(self):
        state, _ = self.gui("""
            wait idle
            key Space
            drag timeline/loop_from by +100px
            expect state.loop_from > 10 within 5 frames
            drag timeline/loop_to by -150px
            expect state.loop_to < 390 within 5 frames
            key End
            key Space
            key 4
            wait 200 frames
            expect state.episode == 0
            """)
        self.assertGreaterEqual(state["step"], state["loop_from"])
        self.assertLessEqual(state["step"], state["loop_to"])
        self.gui("""
            wait idle
            key Space
            drag timeline/loop_from by +100px
            expect state.loop_from > 10 within 5 frames
            click timeline/loop_off
            expect state.loop_from == -1 within 5 frames
            """)

    def test_the_ends_of_episodes_are_counted(self):
        state, _ = self.gui("wait idle\nkey Space\nclick timeline/traces/random\nwait 5 frames\n")
        counted = {item["path"].split("/")[-1]: int(item["text"].split()[0])
                   for item in state["items"] if item["path"].startswith("timeline/ends/")}
        with open(os.path.join(self.traces[1], "episodes.jsonl")) as file:
            ends = [json.loads(line) for line in file]
        for end, count in counted.items():
            self.assertEqual(count, sum(1 for e in ends if ("success" if e["success"] else e["cause"]) == end))
        self.assertEqual(sum(counted.values()), len(ends))

    def test_a_branch_is_seen_from_both_sides(self):
        self.gui("""
            wait idle
            key Space
            click plots/total@t=40
            expect state.step == 40 within 5 frames
            key Enter
            expect state.trace == -1 within 5 frames
            key Space
            expect text timeline/branch "as good, episode 0, up to step 40" within 5 frames
            click timeline/branch
            expect state.trace == 0 within 5 frames
            expect state.step == 40
            expect text timeline/branch "left it at step 40" within 5 frames
            """)


class Plots(ClipsTest):
    def test_cursors_and_a_selection_have_a_table(self):
        state, _ = self.gui("""
            wait idle
            key Space
            hover plots/terms@t=100
            key A
            hover plots/terms@t=140
            key B
            expect state.mark_a == 100 within 3 frames
            expect state.mark_b == 140
            expect visible plots/table/alive/name within 5 frames
            """)
        at = {step: {part["name"]: part["value"] for part in self.explain(step)["parts"]} for step in (100, 140)}
        for name in ("alive", "near"):
            cells = [state.item(f"plots/table/{name}/{i}")["text"] for i in range(4)]
            self.assertEqual(cells[0], f"{at[100][name]:.4g}")
            self.assertEqual(cells[1], f"{at[140][name]:.4g}")
            self.assertAlmostEqual(float(cells[2]), at[140][name] - at[100][name], delta=1e-3)
        state, _ = self.gui("""
            wait idle
            key Space
            key Home
            hold Shift
            drag plots/terms@t=60 by +120px
            release Shift
            expect state.select_from == 60 within 3 frames
            expect state.select_to > 80
            expect state.step == 0                # it selects, the clock stays
            click plots/table/loop
            expect state.loop_from == 60 within 5 frames
            click plots/table/clear
            expect state.select_from == -1 within 5 frames
            """)

    def explain(self, step):
        return self.carrot("explain", "--trace", self.traces[0], "--step", step, "--reward", "my.lua", "--json").json

    def test_the_file_is_the_rescore(self):
        state, _ = self.gui("""
            wait idle
            key Space
            drag tune/alive/weight by +20px
            wait idle
            click plots/export/csv
            click plots/export/path
            key Ctrl+A
            type out.csv
            click plots/export/write
            wait 5 frames
            """)
        with open(self.path("out.csv")) as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([int(row["step"]) for row in rows], list(range(401)))
        weight = state["weights"]["alive"]
        self.assert_close(sum(float(row["reward"]) for row in rows), state["episode_return"])
        for row in rows:
            self.assert_close(float(row["weighted/alive"]), weight * float(row["raw/alive"]))

    def test_the_mode_keys(self):
        state, _ = self.gui("""
            wait idle
            key Space
            hover plots/terms@t=100
            key R
            key L
            key E
            key N
            wait 3 frames
            key W
            key S
            key C
            wait 3 frames
            """)
        self.assertTrue(state.item("plots/terms")["visible"])


class Compare(ClipsTest):
    def test_the_numbers_are_those_of_the_command_line(self):
        self.write("other.lua", self.script.replace("weight = 0.5", "weight = -2", 1))
        state, _ = self.gui("""
            wait idle
            key Space
            click toolbar/evaluate
            wait 5 frames
            open compare
            click compare/rewards/path
            type other.lua
            key Enter
            wait idle
            expect state.variants == 1
            expect visible compare/between within 5 frames
            wait 3 frames
            """)
        page = self.carrot("compare", "my.lua", "other.lua", "--trace", *self.traces, "--json").json
        pair = page["pairs"][0]
        self.assertEqual(state.item("compare/between")["text"],
                         f"A and B disagree on {pair['inversions']} of {pair['comparable']} pairs")
        shown = [item["text"] for item in state["items"] if item["path"].startswith("compare/changes/")]
        for change in pair["changes"]:
            self.assertIn(change, shown)
        state, _ = self.gui("""
            wait idle
            key Space
            click toolbar/evaluate
            wait 5 frames
            open compare
            click compare/rewards/path
            type other.lua
            key Enter
            wait idle
            click compare/matrix
            wait 5 frames
            """)
        for row in page["policies"]:
            index = self.traces.index(row["recording"])
            for column, value in enumerate(row["returns"]):
                cell = state.item(f"compare/matrix_table/{index}/{column}")["text"]
                self.assertEqual(cell.split()[0], f"{value:.5g}")
        for column, rho in enumerate(page["policy_spearman"]):
            text = state.item(f"compare/matrix_table/rho/{column}")["text"]
            self.assertEqual(text, "-" if rho is None else f"{rho:+.3f}")
        # A click opens that behaviour scored by that reward.
        state, _ = self.gui("""
            wait idle
            key Space
            drag tune/alive/weight by +10px
            wait idle
            click toolbar/evaluate
            wait 5 frames
            open compare
            click compare/rewards/path
            type other.lua
            key Enter
            wait idle
            click compare/matrix
            wait 3 frames
            click compare/matrix_table/1/1
            wait idle
            expect state.trace == 1
            expect state.snapshots == 1           # what was tuned is kept
            """)
        self.assertEqual(state["weights"]["alive"], -2)

    def test_a_snapshot_is_a_reward_too(self):
        state, _ = self.gui("""
            wait idle
            key Space
            drag tune/alive/weight by +30px
            click tune/snapshots/save
            drag tune/alive/weight by -60px
            wait idle
            click toolbar/evaluate
            wait 5 frames
            open compare
            click compare/rewards/snapshot0
            wait idle
            expect text compare/changes "weight of `alive`" within 5 frames
            """)
        self.assertIsNotNone(state.item("compare/b_verdict/pairs"))


class Training(ClipsTest):
    def test_a_training_pauses_and_keeps_its_reward(self):
        self.write("case.steps", """
            wait idle
            key Space
            open training
            click training/steps
            key Ctrl+A
            type 50M
            click training/start
            expect visible training/pause within 600 frames
            click training/pause
            expect state.paused_jobs == 1 within 5 frames
            expect text training/state "paused" within 5 frames
            wait idle                              # nobody waits for what is paused
            expect not visible training/kept/text
            drag tune/alive/weight by +20px
            expect text training/kept/text "alive 0.5 ->" within 5 frames
            screenshot kept.png
            click training/pause
            expect state.paused_jobs == 0 within 5 frames
            click training/kept/instead            # stops this one, and begins another
            expect state.jobs == 2 within 5 frames
            expect not visible training/kept/text within 30 frames
            click training/cancel
            wait idle
            """)
        self.carrot("gui", "--headless", "--session", "kept", "--trace", *self.traces, "--reward", "my.lua",
                    "--size", "1600x900", "--script", "case.steps", "--dump-state", "state.json")
        runs = sorted(os.listdir(self.path("kept", "runs")))
        self.assertEqual(len(runs), 2)
        weights = []
        for run in runs:
            with open(self.path("kept", "runs", run, "run.json")) as file:
                weights.append(json.load(file))
        self.assertNotEqual(weights[0], weights[1])


if __name__ == "__main__":
    unittest.main()
