// Parts of the Tune panel that have a file of their own.
#pragma once

#include <string>

#include "gui/view/paid_parts.h"
#include "gui/view/ui.h"

namespace carrot {

// The dot before a term's name: it counts, or it is only watched (weight 0). Alt-click: it alone.
void DrawSwitch(Ui& ui, const PaidPart& part, Colour colour);
// All terms whose names begin with `group`.
void SwitchGroup(Ui& ui, const std::string& group, bool on);

}  // namespace carrot
