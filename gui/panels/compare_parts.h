// Parts of the Compare panel that have a file of their own.
#pragma once

#include "gui/view/compared.h"
#include "gui/view/ui.h"

namespace carrot {

struct CompareChoice {
  int b = 0;       // VariantView::id of the other reward; 0: none
  int newest = 0;  // that there has been: a new one is B if nothing is
  bool matrix = false;
};
void DrawComparedRewards(Ui& ui, CompareChoice* choice);

// Goes to the row's episode; whether it is what is shown.
void ShowCompared(Ui& ui, const ComparedRow& row);
bool IsShown(const Ui& ui, const ComparedRow& row);

// Returns under A and B; without a B, under A by recording. A click opens the episode.
void DrawComparePicture(Ui& ui, const ComparedEpisodes& compared, bool with_b);

// Every recording under every reward; a click opens that behaviour scored by that reward.
void DrawMatrix(Ui& ui, const RewardMatrix& matrix);

}  // namespace carrot
