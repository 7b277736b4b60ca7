// What a person says of episodes: part of the Recordings panel.
#pragma once

#include "gui/view/ui.h"

namespace carrot {

void DrawLabels(Ui& ui);

}  // namespace carrot
