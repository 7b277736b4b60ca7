"""The Scene panel, driven by steps files: the hand, cells, a person who acts, what is drawn over the picture.
Deleted: a gesture could do nothing, or what a person did could be lost, and no one notice."""
import glob
import json
import os
import unittest

from window import CliTest, Picture, State


class SceneTest(CliTest):
    def gui(self, task, steps, *arguments, policy="idle", size="1280x720", code=0, session=False):
        command = ["gui", "--headless", "--task", task, "--policy", policy, "--size", size,
                   "--dump-state", "state.json"]
        command += ["--session", "session"] if session else ["--no-session"]
        self.write("case.steps", steps)
        done = self.carrot(*command, "--script", "case.steps", *arguments, code=code)
        with open(self.path("state.json")) as file:
            return State(json.load(file)), done


class Hands(SceneTest):
    def test_a_body_is_selected_and_pulled(self):
        state, _ = self.gui("hopper", """
            wait idle
            key K                              # the live world
            expect state.trace == -1 within 5 frames
            key Space
            wait 5 frames
            double-click scene/body:torso
            expect text scene/selected "torso" within 5 frames
            ctrl-right-drag scene/body:torso by 80,0px hold
            expect state.hand_body == torso within 5 frames
            expect state.hand_newtons > 1 within 5 frames
            expect text scene/selected " N" within 5 frames
            key Right                          # a step of the world under the hand
            wait 3 frames
            screenshot pull.png
            release mouse
            expect state.hand_newtons == 0 within 5 frames
            expect state.messages == 0
            ctrl-drag scene/body:torso by 60,0px hold
            expect text scene/selected "N m" within 5 frames
            release mouse
            key Escape
            expect not visible scene/selected within 5 frames
            """)
        self.assertEqual(state["hand_body"], "")

    def test_a_recording_cannot_be_pushed(self):
        self.carrot("run", "--task", "hopper", "--policy", "random", "--episodes", "1", "--record", "a.trace")
        self.gui("hopper", """
            wait idle
            key Space
            ctrl-right-drag scene/body:torso by 80,0px hold
            expect text scene/note "Enter" within 5 frames
            expect state.hand_newtons == 0
            release mouse
            key Enter
            expect state.trace == -1 within 5 frames
            """, "--trace", "a.trace")

    def test_the_camera_moves(self):
        self.gui("hopper", """
            wait idle
            key Space
            wait 5 frames
            screenshot a.png
            drag scene/view by 120,0px
            wait 3 frames
            screenshot b.png
            key Escape
            wait 3 frames
            screenshot c.png
            right-drag scene/view by 0,60px
            wait 3 frames
            screenshot d.png
            key ]
            expect text scene/note "camera" within 5 frames
            """)
        rect = (300, 200, 700, 380)
        a, b, c, d = [Picture(self.path(f"{name}.png")).colours(rect) for name in "abcd"]
        def apart(one, other):
            return sum(abs(one.get(colour, 0) - other.get(colour, 0)) for colour in one.keys() | other.keys())

        self.assertGreater(apart(a, b), 2000)
        self.assertLess(apart(a, c), 100, "Escape brings the automatic camera back")
        self.assertGreater(apart(a, d), 2000)


class Cells(SceneTest):
    def test_cells_are_painted_and_the_agent_is_moved(self):
        state, _ = self.gui("minigrid/empty_8x8", """
            wait idle
            key K
            key Space
            hover scene/view
            key E
            click scene/brushes/lava
            click scene/cell:3,3
            expect state.messages == 0
            expect state.edited == true within 5 frames
            click scene/brushes/agent
            drag scene/cell:1,1 by 0,60px
            expect state.edited == true within 5 frames
            screenshot edited.png
            key Right
            expect state.edited == false within 5 frames
            expect state.messages == 0
            """)
        self.assertEqual(state["step"], 1)

    def test_the_reward_map_has_a_legend_and_values(self):
        self.gui("minigrid/doorkey_8x8", """
            wait idle
            key K
            key Space
            hover scene/cell:1,1
            key R
            expect text scene/heat_legend ".." within 60 frames
            hover scene/cell:1,2
            wait 3 frames
            expect text scene/heat_value "reward" within 10 frames
            screenshot heat.png
            """)


class Play(SceneTest):
    def test_a_person_plays_and_keeps_the_episode(self):
        state, _ = self.gui("minigrid/empty_8x8", """
            wait idle
            hover scene/view
            key H
            expect state.human == true within 5 frames
            expect text scene/keys "forward" within 5 frames
            expect state.step == 0
            key Up
            expect state.step == 1 within 5 frames
            key Up
            key Right
            expect state.step == 3 within 5 frames
            key G
            expect state.labels == 1 within 30 frames
            expect state.step == 0 within 5 frames
            expect text scene/note "kept as good" within 5 frames
            key H
            expect state.human == false within 5 frames
            """, session=True)
        self.assertEqual(state["messages"], 0)
        (trace,) = glob.glob(self.path("session/recordings/human-*.trace"))
        with open(os.path.join(trace, "labels.jsonl")) as file:
            label = json.loads(file.readline())
        self.assertEqual(label["kind"], "good")
        rows = self.carrot("rescore", "--trace", trace, "--json").json["results"]
        self.assertEqual(rows[0]["episodes"], 1)
        for name in ("flags", "action"):
            self.assertTrue(os.path.exists(os.path.join(trace, name + ".npy")))

    def test_held_keys_act_in_a_world_that_goes_on(self):
        state, _ = self.gui("cartpole", """
            wait idle
            hover scene/view
            key H
            expect text scene/keys "left" within 5 frames
            key Right
            wait 400 frames
            expect text scene/keys "the episode is over" within 200 frames
            expect state.playing == false
            key Space
            expect state.playing == true within 5 frames
            """)
        self.assertTrue(state["human"])

    def test_letters_are_the_scenes_only_under_the_mouse(self):
        state, _ = self.gui("cartpole", """
            wait idle
            click timeline/strip
            hover timeline/strip
            key H
            wait 5 frames
            expect state.human == false
            """)
        self.assertFalse(state["human"])


class Overlays(SceneTest):
    def test_labels_trail_and_ghost(self):
        for i in (1, 2):
            self.carrot("run", "--task", "hopper", "--policy", "random", "--episodes", "1", "--seed", i,
                        "--record", f"{i}.trace")
        state, _ = self.gui("hopper", """
            wait idle
            key Space
            click plots/total@t=12
            hover scene/view
            wait 3 frames
            screenshot plain.png
            key L
            expect visible scene/view within 3 frames
            wait 3 frames
            key T
            expect text scene/trail "trail: reward" within 5 frames
            key O
            wait 5 frames
            screenshot all.png
            click scene/view_menu
            wait 3 frames
            screenshot menu.png
            """, "--trace", "1.trace", "2.trace")
        rect = state.item("scene/view")["rect"]
        plain, shown = [Picture(self.path(f"{name}.png")).colours(rect) for name in ("plain", "all")]
        self.assertNotEqual(plain, shown)
        labels = [item for item in state["items"] if item["path"].startswith("scene/labels/")]
        self.assertGreater(len(labels), 0)

    def test_two_episodes_side_by_side(self):
        for i in (1, 2):
            self.carrot("run", "--task", "hopper", "--policy", "random", "--episodes", "1", "--seed", i,
                        "--record", f"{i}.trace")
        state, _ = self.gui("hopper", """
            wait idle
            key Space
            click plots/total@t=12
            open ab
            wait 5 frames
            expect text ab/A/title "1, episode 0" within 5 frames
            expect text ab/B/title "2, episode 0" within 5 frames
            expect text ab/B/view "step 12"
            drag ab/divider by 60,0px
            wait 3 frames
            screenshot ab.png
            """, "--trace", "1.trace", "2.trace")
        left, right = state.item("ab/A/view")["rect"], state.item("ab/B/view")["rect"]
        self.assertGreater(left[2] - left[0], right[2] - right[0] + 60, "the divider moves")
        picture = Picture(self.path("ab.png"))
        for rect in (left, right):
            self.assertGreater(len(picture.colours(rect)), 200, "a side is flat")
        rows = [item for item in state["items"] if item["path"].startswith("ab/differences/")
                and item["path"].endswith("/delta")]
        self.assertGreater(len(rows), 1)

    def test_a_reward_field_of_two_numbers(self):
        self.carrot("run", "--task", "hopper", "--policy", "random", "--episodes", "1", "--record", "a.trace")
        state, _ = self.gui("hopper", """
            wait idle
            key Space
            click plots/total@t=12
            open field
            wait 60 frames
            expect text field/range "step 12: reward" within 60 frames
            hover field/map
            expect text field/value "reward" within 10 frames
            screenshot field.png
            click field/x/choose
            expect visible field/x/torso_pos.z within 5 frames
            click field/x/torso_pos.z
            expect text field/x/choose "torso_pos.z" within 5 frames
            """, "--trace", "a.trace")
        picture = Picture(self.path("field.png"))
        self.assertGreater(len(picture.colours(state.item("field/map")["rect"])), 40, "the field is flat")

    def test_the_cartpole_caption_is_clear_of_the_hud(self):
        state, _ = self.gui("cartpole", "wait idle\nkey Space\nwait 3 frames\nscreenshot c.png\n")
        hud, view = state.item("scene/hud")["rect"], state.item("scene/view")["rect"]
        below = (view[0] + 4, hud[3] + 2, view[0] + 200, hud[3] + 30)
        self.assertLess(len(Picture(self.path("c.png")).colours(below)), 8, "text under the label")


if __name__ == "__main__":
    unittest.main()
