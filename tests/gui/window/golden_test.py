"""A few windows against their pictures (goldens/), which a person has looked at. Deleted: a panel could move, lose its
colours or its font, or draw over another, while every number in it is right.

    CARROT_GOLDENS=write CARROT_BINARY=... python3 tests/gui/window/golden_test.py     # after a change that was meant

A pixel differs if a channel does by more than NEAR; drivers round in their own ways at edges, so a few may. The
pictures are halved on both sides first, which a shift by one pixel survives hardly and one of ten does not."""
import os
import unittest

from window import HERE, Picture, WindowTest

NEAR, MOST = 24, 0.004
CASES = {  # name: steps, more arguments
    "tune": ("open plots", []),
    "tune_dark": ("open explain\nclick explain/near/part", ["--theme", "dark"]),
    "evaluate": ("open compare", ["--layout", "evaluate"]),
    "author": ("open source", ["--layout", "author"]),
}
START = """
wait idle
click timeline/traces/good
key Home
key Shift+Right
key Shift+Right
{steps}
hover status/text
wait idle
wait 30 frames
"""


def halved(picture):
    """Rows of means of 2 x 2 pixels."""
    rows = []
    for y in range(0, picture.height - 1, 2):
        above, below = picture.rows[y], picture.rows[y + 1]
        rows.append(bytes((above[i] + above[i + 3] + below[i] + below[i + 3]) // 4
                          for x in range(0, 3 * (picture.width - 1), 6) for i in (x, x + 1, x + 2)))
    return rows


def share_that_differs(a, b):
    differ = count = 0
    for row, other in zip(a, b):
        if len(row) != len(other):
            return 1.0
        count += len(row) // 3
        if row == other:
            continue
        differ += sum(max(abs(row[i] - other[i]), abs(row[i + 1] - other[i + 1]), abs(row[i + 2] - other[i + 2])) > NEAR
                      for i in range(0, len(row), 3))
    return differ / max(1, count) if len(a) == len(b) else 1.0


class Goldens(WindowTest):
    def test_windows_look_as_they_did(self):
        for name, (steps, arguments) in CASES.items():
            with self.subTest(name):
                golden = os.path.join(HERE, "goldens", name + ".png")
                write = os.environ.get("CARROT_GOLDENS") == "write"
                shot = golden if write else self.path(name + ".png")
                self.gui(START.format(steps=steps), *arguments, "--screenshot", shot)
                if write:
                    continue
                differ = share_that_differs(halved(Picture(golden)), halved(Picture(shot)))
                self.assertLessEqual(differ, MOST, f"{100 * differ:.2f} % of {shot} differs from {golden}")

    def test_a_missing_panel_differs(self):
        """Of the test itself: a comparison that forgives everything finds nothing."""
        steps, arguments = CASES["tune"]
        self.gui(START.format(steps=steps), *arguments, "--screenshot", self.path("hidden.png"), fault="hide:explain")
        golden = halved(Picture(os.path.join(HERE, "goldens", "tune.png")))
        self.assertGreater(share_that_differs(golden, halved(Picture(self.path("hidden.png")))), 5 * MOST)


if __name__ == "__main__":
    unittest.main()
