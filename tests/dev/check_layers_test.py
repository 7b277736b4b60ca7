"""Without this test a typo in the layer table or in the include parser would let every violation pass."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts" / "dev"))
import check_layers  # noqa: E402


class CheckLayers(unittest.TestCase):
    def check(self, files):
        """Messages for a repository that holds exactly these files."""
        with tempfile.TemporaryDirectory() as root:
            for path, text in files.items():
                file = Path(root, path)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            count, errors = check_layers.check(root)
            self.assertEqual(count, len(files))
            return errors

    def assert_one(self, errors, *parts):
        self.assertEqual(len(errors), 1, errors)
        for part in parts:
            self.assertIn(part, errors[0])

    def test_downward_include_passes(self):
        self.assertEqual([], self.check({
            "engine/base/a.h": "#include <vector>\n",
            "engine/core/b.h": '#include "engine/base/a.h"\n',
            "engine/core/c.cc": '#include "engine/core/b.h"\n'}))

    def test_upward_include_names_file_line_and_layers(self):
        errors = self.check({
            "engine/base/a.h": '\n#include "engine/core/b.h"\n',
            "engine/core/b.h": ""})
        self.assert_one(errors, "engine/base/a.h:2:", "engine/base must not include", "engine/core/b.h")

    def test_sideways_include_is_refused(self):
        errors = self.check({"engine/agent/a.cc": '#include "engine/trace/t.h"\n', "engine/trace/t.h": ""})
        self.assert_one(errors, "engine/agent must not include")

    def test_envs_and_rewards_never_include_each_other(self):
        errors = self.check({
            "envs/task/a.cc": '#include "rewards/host/h.h"\n', "rewards/host/h.h": "",
            "rewards/analysis/b.cc": '#include "envs/task/t.h"\n', "envs/task/t.h": ""})
        self.assertEqual(len(errors), 2, errors)

    def test_system_style_include_of_own_header_is_seen(self):
        errors = self.check({"engine/base/a.cc": "#include <engine/core/b.h>\n", "engine/core/b.h": ""})
        self.assert_one(errors, "engine/base must not include")

    def test_third_party_headers_stay_in_their_folders(self):
        for header, good, bad in [("lua.h", "engine/script", "rewards/host"),
                                  ("lua.hpp", "engine/script", "envs/task"),
                                  ("luajit-2.1/lauxlib.h", "engine/script", "engine/session"),
                                  ("mujoco/mujoco.h", "envs/mujoco", "engine/core"),
                                  ("imgui.h", "gui/render", "engine/apps"),
                                  ("implot_internal.h", "gui/render", "engine/session"),
                                  ("GLFW/glfw3.h", "gui/render", "envs/mujoco"),
                                  ("CLI/CLI.hpp", "engine/apps", "engine/session"),
                                  ("cblas.h", "engine/agent", "engine/core")]:
            with self.subTest(header=header):
                self.assertEqual([], self.check({f"{good}/a.cc": f"#include <{header}>\n"}))
                self.assert_one(self.check({f"{bad}/a.cc": f"#  include <{header}>\n"}),
                                f"{bad}/a.cc:1:", header, "only from")

    def test_tests_may_include_anything_and_nobody_may_include_tests(self):
        self.assertEqual([], self.check({
            "tests/engine/core/t.cc": '#include "engine/session/s.h"\n#include <lua.h>\n',
            "engine/session/s.h": ""}))
        errors = self.check({"engine/core/a.cc": '#include "tests/support/s.h"\n', "tests/support/s.h": ""})
        self.assert_one(errors, "nothing but a test may include tests")

    def test_circle_is_shown_as_a_path(self):
        errors = self.check({
            "engine/core/a.h": '#include "engine/core/b.h"\n',
            "engine/core/b.h": '#include "engine/core/c.h"\n',
            "engine/core/c.h": '#include "engine/core/b.h"\n'})
        self.assert_one(errors, "engine/core/b.h -> engine/core/c.h -> engine/core/b.h")

    def test_relative_missing_and_unknown_are_errors(self):
        self.assert_one(self.check({"engine/core/a.cc": '#include "b.h"\n', "engine/core/b.h": ""}),
                        "write the path from the repository root")
        self.assert_one(self.check({"engine/core/a.cc": '#include "engine/core/gone.h"\n'}),
                        "does not exist")
        self.assert_one(self.check({"engine/novel/a.cc": '#include "engine/base/b.h"\n',
                                    "engine/base/b.h": ""}), "is not in the table")


if __name__ == "__main__":
    unittest.main()
