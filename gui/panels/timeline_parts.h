// Parts of the Timeline that have a file of their own.
#pragma once

#include <string>
#include <vector>

#include "gui/view/marks.h"
#include "gui/view/ui.h"

namespace carrot {

// Of the shown recording.
const std::vector<Mark>& TimelineMarks(const FrameView& view);
// Success, failure (a fault, or any termination without success), or a limit of time.
Colour EndColour(const Ui& ui, const std::string& end);
// The recordings, how their episodes ended, the loop, and the bookmark that is being named.
void DrawTimelineHead(Ui& ui, const std::vector<Mark>& marks);

}  // namespace carrot
