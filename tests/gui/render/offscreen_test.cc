#include "gui/render/offscreen.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "tests/gui/render/fixture.h"

namespace carrot::test {
namespace {

// Without it: on a machine without any OpenGL driver the program would crash instead of saying what
// to install. The child process sees an empty folder of EGL drivers.
TEST(OffscreenDeathTest, NoDriverIsADiagnostic) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");  // a fresh process: EGL finds its drivers once
  EXPECT_EXIT(
      {
        setenv("__EGL_VENDOR_LIBRARY_DIRS", "/nonexistent", 1);
        unsetenv("__EGL_VENDOR_LIBRARY_FILENAMES");
        unsetenv("DISPLAY");
        unsetenv("WAYLAND_DISPLAY");
        const auto context = OffscreenContext::Create();
        if (!context) std::fputs(Format(context.error()).c_str(), stderr);
        std::exit(context ? 1 : 0);
      },
      testing::ExitedWithCode(0), "G002[^\n]*no EGL display(.|\n)*apt-get install");
}

// Without it: MUJOCO_GL, set for other programs, could make MuJoCo look for the wrong OpenGL and
// abort.
TEST(OffscreenDeathTest, OtherProgramsSettingsDoNotMatter) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  for (const char* value : {"osmesa", "glfw", "nonsense"}) {
    EXPECT_EXIT(
        {
          setenv("MUJOCO_GL", value, 1);
          unsetenv("DISPLAY");
          auto context = OffscreenContext::Create();
          if (!context) std::_Exit(1);
          Canvas canvas;
          const WorldTask task = BallTask();
          auto view = MakeSceneView(task, {}, canvas);
          std::_Exit(view ? 0 : 2);
        },
        testing::ExitedWithCode(0), "");
  }
}

// Without it: a second context (a second `render` in one process) could fail or break the first.
TEST(OffscreenTest, ContextsCanBeMadeAgain) {
  for (int i = 0; i < 3; ++i) {
    auto context = OffscreenContext::Create();
    ASSERT_TRUE(context) << Explain(context.error());
    EXPECT_FALSE((*context)->renderer().empty());
    auto buffer = Framebuffer::Create(8, 8);
    ASSERT_TRUE(buffer);
    buffer->Clear(Rgb(0x102030));
    Image image;
    buffer->Read(&image);
    EXPECT_EQ(image.At(3, 3), (std::array<uint8_t, 3>{0x10, 0x20, 0x30}));
  }
}

}  // namespace
}  // namespace carrot::test
