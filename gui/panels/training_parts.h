// Parts of the Training panel that have a file of their own.
#pragma once

#include <string>

#include "gui/view/ui.h"

namespace carrot {

// What PPO and the terms did, by step; the job has finished an iteration.
void DrawTrainingCurves(Ui& ui, const JobView& job);

std::string StepsText(double steps);  // "52k", "1.5M"

}  // namespace carrot
