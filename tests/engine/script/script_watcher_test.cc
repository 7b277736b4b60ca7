#include "engine/script/script_watcher.h"

#include <gmock/gmock.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "engine/script/script_files.h"
#include "tests/support/script_folder.h"

namespace carrot {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::ScriptFolder;

constexpr int kLong = 20'000;  // ms: far longer than any event takes
constexpr int kShort = 120;    // ms: long enough for an event that should not be there

std::unique_ptr<ScriptWatcher> Watching(const std::vector<std::string>& files) {
  auto watcher = ScriptWatcher::Create();
  EXPECT_TRUE(watcher.has_value());
  EXPECT_TRUE((*watcher)->Watch(files).has_value());
  return std::move(*watcher);
}

// Deleted: saves of editors that write in place, rename over the file or delete it first would go
// unnoticed.
TEST(ScriptWatcher, SeesEveryWayOfSaving) {
  ScriptFolder folder;
  const std::string file = folder.Write("a.lua", "return 1");
  auto watcher = Watching({file});
  folder.Write("a.lua", "return 2");
  EXPECT_THAT(watcher->Wait(kLong), ElementsAre(file));
  folder.Replace("a.lua", "return 3");
  EXPECT_THAT(watcher->Wait(kLong), ElementsAre(file));
  unlink(file.c_str());
  EXPECT_THAT(watcher->Wait(kLong), ElementsAre(file));
  folder.Write("a.lua", "return 4");
  EXPECT_THAT(watcher->Wait(kLong), ElementsAre(file));
}

// Deleted: one save could be taken for several, or another file of the folder for the script.
TEST(ScriptWatcher, TakesABurstTogetherAndIgnoresOthers) {
  ScriptFolder folder;
  const std::string a = folder.Write("a.lua", ""), b = folder.Write("b.lua", "");
  auto watcher = Watching({a, b});
  folder.Write("other.lua", "x");
  for (int i = 0; i < 5; ++i) folder.Write("b.lua", std::to_string(i));
  folder.Write("a.lua", "y");
  EXPECT_THAT(watcher->Wait(kLong), ElementsAre(a, b));
  folder.Write("other.lua", "z");
  EXPECT_THAT(watcher->Wait(kShort), IsEmpty());
}

// Deleted: a module that does not exist yet could be written without a reload; a link's target
// could be edited without one.
TEST(ScriptWatcher, SeesFilesToComeAndTargetsOfLinks) {
  ScriptFolder folder;
  const std::string target = folder.Write("target.lua", ""), link = folder.Path("link.lua");
  ASSERT_EQ(symlink(target.c_str(), link.c_str()), 0);
  auto watcher = Watching({link, folder.Path("missing.lua"), "/nowhere/at/all.lua"});
  folder.Write("missing.lua", "");
  EXPECT_THAT(watcher->Wait(kLong), ElementsAre(folder.Path("missing.lua")));
  folder.Replace("target.lua", "return 1");
  EXPECT_THAT(watcher->Wait(kLong), ElementsAre(link));
}

// Deleted: events between two reloads could be lost when the set of files changes, and files that
// are watched no more could still cause reloads.
TEST(ScriptWatcher, KeepsEventsOverAChangeOfFiles) {
  ScriptFolder folder;
  const std::string a = folder.Write("a.lua", ""), b = folder.Write("b.lua", "");
  auto watcher = Watching({a});
  folder.Write("a.lua", "1");
  ASSERT_TRUE(watcher->Watch({a, b}).has_value());
  EXPECT_THAT(watcher->Wait(kLong), ElementsAre(a));
  ASSERT_TRUE(watcher->Watch({b}).has_value());
  folder.Write("a.lua", "2");
  EXPECT_THAT(watcher->Wait(kShort), IsEmpty());
}

// Deleted: Ctrl+C could leave the program asleep.
TEST(ScriptWatcher, WakesByADescriptor) {
  ScriptFolder folder;
  auto watcher = Watching({folder.Write("a.lua", "")});
  const int wake = eventfd(1, 0);
  EXPECT_THAT(watcher->Wait(-1, wake), IsEmpty());
  close(wake);
}

// Deleted: an edit of a required module, direct or not, would not reload the script that uses it.
TEST(ScriptFiles, FollowsRequire) {
  ScriptFolder folder;
  const std::string script = folder.Write(
      "a.lua", "local b = require \"b\" -- require \"c\"\nlocal t = require('tolerance') (");
  folder.Write("b.lua", "return { require(\"sub/d\"), require \"a\" }");
  const std::string library = std::string(CARROT_SOURCE_DIR) + "/rewards/lib";
  EXPECT_THAT(ScriptFiles(script, {library}),
              ElementsAre(script, folder.Path("b.lua"), library + "/tolerance.lua",
                          library + "/sub/d.lua", folder.Path("sub/d.lua")));
}

}  // namespace
}  // namespace carrot
