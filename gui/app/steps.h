// Steps: a script of what a person does in the window (gui.md 6.3), one command a line. Only mouse,
// keys, text, waits and looks: it cannot set a value. Targets are addresses of the widget layer.
//
//   wait idle                          until nothing asked for is still to be done
//   wait 30 frames
//   click tune/alive/value             also: double-click, alt-click, shift-click, ctrl-click,
//                                      right-click
//   drag tune/alive/weight by +80px    press, move, release
//   ctrl-right-drag scene/body:torso by 80,0px hold   also ctrl-, shift-, right-; `hold` keeps the
//                                      button pressed until: release mouse
//   hover plots/terms@t=412            a plot's x, in its own units; also: hover X by 10,-4px
//   click plots/terms@t=412
//   wheel scene/view by 2
//   key Ctrl+Z                         chords as on the keyboard
//   hold `                             a key, Ctrl, Shift, Alt or mouse, until: release `
//   type 0.5
//   open problems                      brings a panel's tab to the front, by a click on it
//   edit-file my.lua s/height/heigth/  as an editor would: a new file renamed over the old one
//   let r0 = state.mean_return
//   expect state.mean_return != r0 within 5 frames
//   expect text problems "did you mean" within 60 frames
//   expect visible tune/alive/weight
//   expect not visible tune/alive/weight
//   expect advancing state.step
//   screenshot shots/tune.png
//   size 1280x720
#pragma once

#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/base/result.h"
#include "gui/app/app.h"

namespace carrot {

struct StepsOptions {
  std::string path;  // "-": standard input
  std::function<bool()> cancelled;
};
// Runs the script in the app's window. Errors: U030 a line that cannot be read, U031 an expectation
// that does not hold or a target that is not there, each with file:line:col and what was found
// instead; the caller writes the picture and the item table.
Status RunSteps(App& app, const StepsOptions& options);

}  // namespace carrot
