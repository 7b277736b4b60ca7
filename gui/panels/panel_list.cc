#include <fmt/format.h>
#include <imgui.h>

#include <cstring>

#include "gui/panels/panels.h"

namespace carrot {
namespace {

int Problems(const Ui& ui) { return static_cast<int>(ui.view.reward.problems.size()); }

// A new panel is one line. Panels of one slot are tabs, in this order.
constexpr Panel kPanels[] = {
    {"tune", "Tune", Slot::kLeft, "tune evaluate author", DrawTune},
    {"scene", "Scene", Slot::kCentre, "tune evaluate author llm", DrawScene},
    {"ab", "A/B", Slot::kCentre, "tune evaluate", DrawCompareScenes},
    {"explain", "Explain", Slot::kRight, "tune evaluate author", DrawExplain},
    {"source", "Source", Slot::kRight, "tune author! llm", DrawSource},
    {"timeline", "Timeline", Slot::kBottom, "tune evaluate author llm", DrawTimeline},
    {"plots", "Plots", Slot::kBottom, "tune evaluate author", DrawPlots},
    {"problems", "Problems", Slot::kBottom, "tune evaluate author llm", DrawProblems, Problems},
    {"recordings", "Recordings", Slot::kLeft, "evaluate! author llm", DrawRecordings},
    {"inspector", "Inspector", Slot::kRight, "tune evaluate author", DrawInspector},
    {"field", "Field", Slot::kRight, "tune author", DrawField},
    {"training", "Training", Slot::kBottom, "tune evaluate author", DrawTraining},
    {"compare", "Compare", Slot::kBottom, "evaluate!", DrawCompare},
    {"candidates", "Candidates", Slot::kBottom, "llm!", DrawCandidates},
    {"alarms", "Alarms", Slot::kBottom, "tune evaluate author llm", DrawAlarms},
    {"jobs", "Jobs", Slot::kBottom, "tune evaluate author llm", DrawJobs},
    {"write", "Write to script", Slot::kOver, "", DrawWriteScript},
    {"palette", "Commands", Slot::kOver, "", DrawPalette},
    {"tour", "Tour", Slot::kOver, "", DrawTour},
};

}  // namespace

std::span<const Panel> Panels() { return kPanels; }

void FocusPanel(const char* id) {
  for (const Panel& panel : kPanels) {
    if (std::strcmp(panel.id, id) == 0)
      ImGui::SetWindowFocus(fmt::format("{}###{}", panel.title, id).c_str());
  }
}

}  // namespace carrot
