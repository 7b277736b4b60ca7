#include "gui/panels/panels.h"

namespace carrot {
namespace {

// A new panel is one line. Panels of one slot are tabs, in this order.
constexpr Panel kPanels[] = {
    {"tune", "Tune", Slot::kLeft, "tune evaluate author", DrawTune},
    {"scene", "Scene", Slot::kCentre, "tune evaluate author llm", DrawScene},
    {"explain", "Explain", Slot::kRight, "tune evaluate author", DrawExplain},
    {"source", "Source", Slot::kRight, "tune author llm", DrawSource},
    {"timeline", "Timeline", Slot::kBottom, "tune evaluate author llm", DrawTimeline},
    {"plots", "Plots", Slot::kBottom, "tune evaluate author", DrawPlots},
    {"problems", "Problems", Slot::kBottom, "tune evaluate author llm", DrawProblems},
    {"recordings", "Recordings", Slot::kLeft, "evaluate author llm", DrawRecordings},
    {"inspector", "Inspector", Slot::kRight, "tune evaluate author", DrawInspector},
    {"training", "Training", Slot::kBottom, "tune evaluate author", DrawTraining},
    {"compare", "Compare", Slot::kBottom, "evaluate", DrawCompare},
    {"candidates", "Candidates", Slot::kBottom, "llm", DrawCandidates},
    {"alarms", "Alarms", Slot::kBottom, "tune evaluate author llm", DrawAlarms},
    {"jobs", "Jobs", Slot::kBottom, "tune evaluate author llm", DrawJobs},
    {"palette", "Commands", Slot::kOver, "", DrawPalette},
    {"tour", "Tour", Slot::kOver, "", DrawTour},
};

}  // namespace

std::span<const Panel> Panels() { return kPanels; }

}  // namespace carrot
