// The panels, one function and one file each; the list is panel_list.cc.
#pragma once

#include "gui/view/ui.h"

namespace carrot {

void DrawTune(Ui& ui);
void DrawSnapshots(Ui& ui);  // parts of Tune
void DrawRankingStrip(Ui& ui);
inline constexpr float kRankingStripHeight = 74;  // with its numbers
void DrawWriteScript(Ui& ui);
void DrawScene(Ui& ui);
void DrawCompareScenes(Ui& ui);
void DrawExplain(Ui& ui);
void DrawField(Ui& ui);
void DrawTimeline(Ui& ui);
void TimelineKeys(Ui& ui);  // those that work wherever the mouse is
void DrawPlots(Ui& ui);
void DrawSource(Ui& ui);
void DrawProblems(Ui& ui);
void DrawPalette(Ui& ui);
void DrawTour(Ui& ui);
void DrawTraining(Ui& ui);
void DrawJobs(Ui& ui);
void DrawAlarms(Ui& ui);
void DrawCompare(Ui& ui);
void DrawCandidates(Ui& ui);
void DrawInspector(Ui& ui);
void DrawRecordings(Ui& ui);

}  // namespace carrot
