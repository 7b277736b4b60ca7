"""`carrot api`: what editors complete. Deleted: stubs could be stale, wrong Lua, or lack a field."""
import ctypes
import ctypes.util
import json
import re
import unittest

from cli import CliTest


class Api(CliTest):
    def stubs(self, *tasks):
        self.carrot("api", "--luals", ".", *(["--task", *tasks] if tasks else []))
        with open(self.path("carrot.d.lua"), encoding="utf-8") as file:
            return file.read()

    def test_stubs_are_lua(self):
        """The file runs in a bare LuaJIT and defines what it declares."""
        self.stubs("hopper", "minigrid/doorkey_8x8")
        lua = ctypes.CDLL(ctypes.util.find_library("luajit-5.1"))
        lua.luaL_newstate.restype = ctypes.c_void_p
        lua.lua_tolstring.restype = ctypes.c_char_p
        state = ctypes.c_void_p(lua.luaL_newstate())
        code = lua.luaL_loadfile(state, self.path("carrot.d.lua").encode())
        code = code or lua.lua_pcall(state, 0, 0, 0)
        self.assertEqual(code, 0, lua.lua_tolstring(state, -1, None))
        for name in (b"reward", b"term", b"param", b"require"):
            lua.lua_getfield(state, -10002, name)
            self.assertEqual(lua.lua_type(state, -1), 6, f"{name} is a function")
        lua.lua_close(state)

    def test_every_field_and_unit_of_the_task_is_there(self):
        text = self.stubs("hopper")
        task = self.carrot("describe", "hopper", "--json").json
        state = re.search(r"---@class carrot\.state\.hopper: carrot\.Step\n((?:---@field .*\n)+)", text)
        lines = dict(re.findall(r"---@field (\w+) (.*)\n", state.group(1)))
        self.assertEqual(set(lines), {field["name"] for field in task["fields"]})
        for field in task["fields"]:
            for unit in field.get("units", []):
                self.assertIn(unit, lines[field["name"]])
            self.assertIn(field["doc"].split("\n")[0], lines[field["name"]])
            for component in field.get("names", []):
                self.assertRegex(text, rf"---@class carrot\.state\.hopper\.{field['name']}: .*\n"
                                       rf"(---@field .*\n)*---@field {component} number")

    def test_check_finds_what_is_stale(self):
        self.stubs("cartpole")
        arguments = ("api", "--luals", ".", "--task", "cartpole", "--check")
        self.carrot(*arguments)
        self.assertEqual(self.carrot("api", "--luals", ".", "--task", "hopper", "--check", "--json",
                                     code=1).json["stale"], ["./carrot.d.lua"])
        with open(self.path(".luarc.json"), "a", encoding="utf-8") as file:
            file.write(" ")
        self.assertIn(".luarc.json is out of date", self.carrot(*arguments, code=1).err)

    def test_the_stubs_of_this_repository_are_up_to_date(self):
        """If this fails: carrot api --luals rewards"""
        self.carrot("api", "--luals", self.shipped("rewards"), "--check")

    def test_luarc_offers_nothing_that_the_sandbox_lacks(self):
        self.stubs("cartpole")
        with open(self.path(".luarc.json"), encoding="utf-8") as file:
            rc = json.load(file)
        for library in ("io", "os", "debug", "package", "ffi", "jit", "coroutine"):
            self.assertEqual(rc["runtime.builtin"][library], "disable")
        self.assertEqual(rc["workspace.library"], [self.shipped("rewards/lib")])

    def test_markdown_and_json_name_everything(self):
        page = self.carrot("api", "--md", "--task", "hopper").out
        data = self.carrot("api", "--json", "--task", "hopper").json
        for field in data["tasks"][0]["fields"]:
            self.assertIn(f"| `s.{field['name']}` |", page)
        for table in data["tables"]:
            for key in table["keys"]:
                self.assertIn(f"| `{key['name']}` |", page)
        for module in data["modules"]:
            self.assertIn(f"### require \"{module['name']}\"", page)
        for name in data["globals"]:
            self.assertIn(f"`{name}`", page)

    def test_a_new_reward_has_stubs_beside_it(self):
        files = self.carrot("new", "reward", "sub/mine.lua", "--task", "cartpole", "--json").json["files"]
        self.assertEqual(files, ["sub/mine.lua", "sub/carrot.d.lua", "sub/.luarc.json"])
        self.carrot("api", "--luals", "sub", "--task", "cartpole", "--check")
        again = self.carrot("new", "reward", "sub/other.lua", "--task", "hopper", "--json").json["files"]
        self.assertEqual(again, ["sub/other.lua"])

    def test_something_must_be_asked_for(self):
        self.assertIn("--luals DIR", self.carrot("api", code=2).err)
        self.carrot("api", "--md", "--check", code=2)


if __name__ == "__main__":
    unittest.main()
