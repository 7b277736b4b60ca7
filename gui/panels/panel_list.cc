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
};

}  // namespace

std::span<const Panel> Panels() { return kPanels; }

}  // namespace carrot
