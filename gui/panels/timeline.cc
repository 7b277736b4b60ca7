// Timeline: the whole recording at a glance. Reward from least to greatest, how each episode ended,
// alarms, reloads, labels and bookmarks, a loop, and where the live world left a recording. Click
// or drag to go there; its keys are in timeline_head.cc.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>

#include "gui/panels/panels.h"
#include "gui/panels/timeline_parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr float kBand = 4;       // the ends of episodes
constexpr float kLane = 15;      // marks, below the band; the ends of the loop are taken here
constexpr float kBranch = 6;     // at the bottom, where there is a branch
constexpr float kReach = 5;      // pixels from a mark that still take it
constexpr float kCountable = 3;  // pixels of an episode from which on they are told apart

enum class Held { kNothing, kPlace, kLoopFrom, kLoopTo };

// The rectangle that shows the recording, and what is held in it.
struct Strip {
  ImVec2 at, size;
  double places = 1;
  const SeriesOrder* order = nullptr;
  const TraceView* trace = nullptr;
  bool marked = false;  // the lane has marks in it: the curve stays below

  float X(double place) const { return at.x + static_cast<float>(place / places) * size.x; }
  float X(int episode, int step) const {
    const int first = (*trace->episodes)[episode].first_step;
    return X(static_cast<double>(order->Place(episode, step, first)));
  }
  float bottom() const { return at.y + size.y; }
  float lane() const { return at.y + kBand + kLane; }
};

struct TimelineState {
  Held hold = Held::kNothing;
};
TimelineState& TheTimeline() {
  static TimelineState state;  // one window
  return state;
}

// --- what is drawn

// The band of ends: neighbours of one colour without a gap between them are one rectangle.
class Band {
 public:
  explicit Band(float top) : top_(top) {}
  ~Band() { Draw(); }
  void Add(float x0, float x1, Colour colour) {
    if (colour != colour_ || x0 - x1_ > 0.5f) {
      Draw();
      x0_ = x0;
    }
    x1_ = x1;
    colour_ = colour;
  }

 private:
  void Draw() const {
    if (x1_ > x0_)
      ImGui::GetWindowDrawList()->AddRectFilled(ImVec2(x0_, top_), ImVec2(x1_, top_ + kBand),
                                                colour_);
  }
  float top_, x0_ = 0, x1_ = 0;
  Colour colour_ = 0;
};

// Shaded by turns, coloured by their end. Narrower ones than a pixel share it; where the eye could
// not count them, nothing tells them apart.
void Episodes(Ui& ui, const Strip& strip, const std::vector<Mark>& marks) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const bool wide = strip.size.x >= kCountable * static_cast<float>(strip.order->starts.size() - 1);
  const auto shade = [&](float x0, float x1, Colour colour, double alpha) {
    draw.AddRectFilled(ImVec2(x0, strip.at.y), ImVec2(x1, strip.bottom()),
                       WithAlpha(colour, alpha));
  };
  Band band(strip.at.y);
  float painted = strip.at.x;
  for (const Mark& mark : marks) {
    if (mark.kind != MarkKind::kEpisode) continue;
    const float x0 = strip.X(static_cast<double>(strip.order->starts[mark.episode])),
                x1 = strip.X(static_cast<double>(strip.order->starts[mark.episode + 1]));
    if (mark.episode == ui.view.clock.episode) {
      shade(x0, std::max(x1, x0 + 1), ui.palette.total, 0.10);
    } else if (wide && mark.episode % 2 == 1) {
      shade(x0, x1, ui.palette.grid, 0.5);
    }
    if (x1 - painted < 1) continue;
    band.Add(wide ? x0 : painted, wide ? std::max(x0 + 1, x1 - 1) : x1, EndColour(ui, mark.text));
    painted = x1;
  }
}

// Least to greatest in each column of pixels.
void Reward(Ui& ui, const Strip& strip, float bottom) {
  const float top = std::round(strip.marked ? strip.lane() : strip.at.y + kBand + 3);
  const ImVec2 from(std::round(strip.at.x), top);
  const ImVec2 to(std::round(strip.at.x + strip.size.x), std::round(bottom));
  if (to.x - from.x < 1 || to.y - from.y < 1) return;
  CurvePicture& picture = ui.pictures["timeline"];
  CurveView shown{.from = 0, .to = strip.places, .opacity = 1, .mean = false};
  shown.columns = static_cast<int>(to.x - from.x);
  picture.Set({{"reward", &ui.series.Reward(*strip.trace), 1, ui.palette.total}}, shown);
  const double low = std::min(picture.low(), 0.0), high = std::max(picture.high(), 1e-9);
  const unsigned int texture =
      picture.Draw(shown.columns, static_cast<int>(to.y - from.y), low, high, false);
  ImGui::GetWindowDrawList()->AddImage(static_cast<ImTextureID>(texture), from, to);
}

// Shapes, not colours only: an alarm is a triangle, a reload a diamond, a bookmark a flag, a
// judgement a disc (good), a cross (bad) or a digit, an error a bar over its steps.
void Shape(Ui& ui, const Strip& strip, const Mark& mark, float x, float y) {
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  switch (mark.kind) {
    case MarkKind::kAlarm:
      draw.AddTriangleFilled(ImVec2(x - 5, y + 5), ImVec2(x + 5, y + 5), ImVec2(x, y - 5),
                             ui.palette.bad);
      break;
    case MarkKind::kReload:
      draw.AddQuadFilled(ImVec2(x - 5, y), ImVec2(x, y - 5), ImVec2(x + 5, y), ImVec2(x, y + 5),
                         ui.palette.notice);
      break;
    case MarkKind::kBookmark:
      draw.AddLine(ImVec2(x, y - 6), ImVec2(x, strip.bottom()), WithAlpha(ui.palette.text, 0.5));
      draw.AddTriangleFilled(ImVec2(x, y - 6), ImVec2(x + 9, y - 2), ImVec2(x, y + 2),
                             ui.palette.text);
      break;
    case MarkKind::kError: {
      const float end = std::max(x + 3, strip.X(mark.episode, mark.to));
      draw.AddRectFilled(ImVec2(x, y - 3), ImVec2(end, y + 3), WithAlpha(ui.palette.bad, 0.55), 2);
      break;
    }
    default:
      if (mark.text == "good") {
        draw.AddCircleFilled(ImVec2(x, y), 4.5f, ui.palette.good);
      } else if (mark.text == "bad") {
        draw.AddLine(ImVec2(x - 4, y - 4), ImVec2(x + 4, y + 4), ui.palette.bad, 2.5f);
        draw.AddLine(ImVec2(x - 4, y + 4), ImVec2(x + 4, y - 4), ui.palette.bad, 2.5f);
      } else {
        const std::string text = mark.text.rfind("rating ", 0) == 0 ? mark.text.substr(7) : ">";
        draw.AddText(ImVec2(x - 3, y - ImGui::GetFontSize() / 2), ui.palette.text, text.c_str());
      }
  }
}

// Labels of one episode stand beside one another. The mark under the mouse, or null.
const Mark* Marks(Ui& ui, const Strip& strip, const std::vector<Mark>& marks) {
  const Scope scope("marks");
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  const Mark* hovered = nullptr;
  int counts[6] = {};
  float last = -1;
  for (const Mark& mark : marks) {
    if (mark.kind == MarkKind::kEpisode) continue;
    float x = strip.X(mark.episode, mark.from) + (mark.kind == MarkKind::kLabel ? 8.0f : 0.0f);
    if (mark.kind == MarkKind::kLabel && x < last + 12) x = last + 12;
    if (mark.kind == MarkKind::kLabel) last = x;
    const float y = strip.at.y + kBand + kLane / 2 + 1;
    Shape(ui, strip, mark, x, y);
    const float end = mark.kind == MarkKind::kError ? strip.X(mark.episode, mark.to) : x;
    const ImVec2 low(x - kReach, y - 7), high(std::max(end, x) + kReach, y + 7);
    if (mouse.x >= low.x && mouse.x <= high.x && mouse.y >= low.y && mouse.y <= high.y)
      hovered = &mark;
    constexpr const char* kNames[] = {"", "reload", "alarm", "label", "label", "label"};
    const int kind = static_cast<int>(mark.kind);
    const int64_t number = mark.label > 0 ? mark.label : counts[kind]++;
    ReportRect(fmt::format("{}{}", kNames[kind], number), "mark", mark.text, low, high);
  }
  return hovered;
}

// Where the live world left this recording, or what it left; true if it was clicked.
void Branches(Ui& ui, const Strip& strip) {
  if (!ui.view.branch) return;
  const BranchPoint& branch = *ui.view.branch;
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const bool live = ui.view.clock.trace < 0;
  if (!live && ui.view.clock.trace != branch.trace) return;
  const TraceEpisodeRows& lived = ui.view.live.episodes->front();
  const int length = live ? branch.step : static_cast<int>(lived.rows) - 1;
  const int episode = live ? 0 : branch.episode;
  const float x0 = live ? strip.X(0, 0) : strip.X(episode, branch.step);
  const float per_step = strip.size.x / static_cast<float>(strip.places);
  const float x1 =
      std::min(strip.at.x + strip.size.x,
               x0 + per_step * static_cast<float>(live ? length : length - branch.step));
  const ImVec2 low(x0, strip.bottom() - kBranch), high(std::max(x1, x0 + 6), strip.bottom());
  draw.AddRectFilled(low, high, WithAlpha(live ? ui.palette.muted : ui.palette.notice, 0.8), 2);
  if (!live) {
    draw.AddLine(ImVec2(x0, strip.lane()), ImVec2(x0, strip.bottom()), ui.palette.notice, 1.5f);
  }
  const std::string from =
      branch.trace >= 0 ? ui.view.open[branch.trace].name : std::string("the live world");
  const std::string text =
      live ? fmt::format("as {}, episode {}, up to step {}", from, branch.episode, branch.step)
           : fmt::format("the live world left it at step {}", branch.step);
  ReportRect("branch", "mark", text, low, high);
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  if (!ImGui::IsItemHovered() || mouse.x < low.x || mouse.x > high.x || mouse.y < low.y) return;
  ImGui::SetTooltip("%s\nclick: show it", text.c_str());
  if (!ImGui::IsMouseClicked(0)) return;
  TheTimeline().hold = Held::kNothing;
  if (live && branch.trace >= 0) {
    ui.session.Send(Seek{branch.trace, branch.episode, branch.step});
  } else if (!live) {
    ui.session.Send(Seek{-1, 0, branch.step});
  }
}

// --- the loop

// Its ends, or those of the shown episode while nothing loops: drag one to make a loop.
void Loop(Ui& ui, const Strip& strip) {
  const Clock& clock = ui.view.clock;
  if (clock.trace < 0 || clock.length < 2) return;
  const bool on = clock.loop_from >= 0;
  const int first = (*strip.trace->episodes)[clock.episode].first_step;
  const int from = on ? clock.loop_from : first, to = on ? clock.loop_to : clock.length;
  const float x0 = strip.X(clock.episode, from), x1 = strip.X(clock.episode, to);
  if (!on && x1 - x0 < 30) return;  // too narrow to be taken
  ImDrawList& draw = *ImGui::GetWindowDrawList();
  const Colour colour = on ? ui.palette.text : WithAlpha(ui.palette.muted, 0.7);
  const float top = strip.at.y + kBand;
  if (on) {
    draw.AddRectFilled(ImVec2(x0, top), ImVec2(x1, strip.bottom()),
                       WithAlpha(ui.palette.notice, 0.16));
  }
  for (const bool end : {false, true}) {
    const float x = end ? x1 : x0, inward = end ? -6.0f : 6.0f;
    draw.AddLine(ImVec2(x, top), ImVec2(x, on ? strip.bottom() : top + 8), colour, 2);
    draw.AddLine(ImVec2(x, top + 1), ImVec2(x + inward, top + 1), colour, 2);
    ReportRect(end ? "loop_to" : "loop_from", "handle", fmt::format("{}", end ? to : from),
               ImVec2(x - kReach, top), ImVec2(x + kReach, strip.lane()));
  }
}

Held TakenAt(Ui& ui, const Strip& strip, ImVec2 mouse) {
  const Clock& clock = ui.view.clock;
  if (clock.trace < 0 || mouse.y > strip.lane()) return Held::kPlace;
  const bool on = clock.loop_from >= 0;
  const int first = (*strip.trace->episodes)[clock.episode].first_step;
  const float x0 = strip.X(clock.episode, on ? clock.loop_from : first),
              x1 = strip.X(clock.episode, on ? clock.loop_to : clock.length);
  if (!on && x1 - x0 < 30) return Held::kPlace;
  if (std::abs(mouse.x - x0) <= kReach) return Held::kLoopFrom;
  if (std::abs(mouse.x - x1) <= kReach) return Held::kLoopTo;
  return Held::kPlace;
}

void DragLoop(Ui& ui, const Strip& strip, double place) {
  const Clock& clock = ui.view.clock;
  const int first = (*strip.trace->episodes)[clock.episode].first_step;
  const auto start = static_cast<double>(strip.order->starts[clock.episode]);
  const int step = first + static_cast<int>(std::lround(place - start));
  int from = clock.loop_from >= 0 ? clock.loop_from : first;
  int to = clock.loop_from >= 0 ? clock.loop_to : clock.length;
  if (TheTimeline().hold == Held::kLoopFrom) {
    from = std::clamp(step, first, to - 1);
  } else {
    to = std::clamp(step, from + 1, clock.length);
  }
  if (from == clock.loop_from && to == clock.loop_to) return;
  const bool whole = from == first && to == clock.length;
  if (!whole) ui.session.Send(SetLoop{from, to});
  if (whole && clock.loop_from >= 0) ui.session.Send(SetLoop{});
  ImGui::SetTooltip("loop: steps %d to %d", from, to);
}

void Mouse(Ui& ui, const Strip& strip, const Mark* mark) {
  TimelineState& state = TheTimeline();
  const ImVec2 mouse = ImGui::GetIO().MousePos;
  if (ImGui::IsItemActivated()) {
    state.hold = mark != nullptr ? Held::kNothing : TakenAt(ui, strip, mouse);
    if (mark != nullptr) ui.session.Send(Seek{ui.view.clock.trace, mark->episode, mark->from});
  }
  const bool active = ImGui::IsItemActive();
  if (!active && !ImGui::IsItemHovered()) return;
  const double place = std::clamp((mouse.x - strip.at.x) / strip.size.x, 0.0f, 1.0f) * strip.places;
  if (active && (state.hold == Held::kLoopFrom || state.hold == Held::kLoopTo)) {
    return DragLoop(ui, strip, place);
  }
  const int episode = strip.order->Episode(static_cast<int64_t>(place));
  const int step = static_cast<int>(static_cast<int64_t>(place) - strip.order->starts[episode]) +
                   (*strip.trace->episodes)[episode].first_step;
  if (active && state.hold == Held::kPlace) {
    ui.session.Send(Seek{ui.view.clock.trace, episode, step});
    return;
  }
  if (mark != nullptr) {
    ImGui::SetTooltip("%s\nepisode %d, step %d", mark->text.c_str(), mark->episode, mark->from);
    return;
  }
  if (episode == ui.view.clock.episode && !ui.view.clock.playing) ui.state.peek_step = step;
  if (!active && !ui.view.branch) ImGui::SetTooltip("episode %d, step %d", episode, step);
}

}  // namespace

void DrawTimeline(Ui& ui) {
  const std::vector<Mark>& marks = TimelineMarks(ui.view);
  DrawTimelineHead(ui, marks);
  const TraceView& trace = ui.view.Shown();
  if (!trace.episodes || trace.episodes->empty()) return;
  Strip strip{ImGui::GetCursorScreenPos()};
  strip.size =
      ImVec2(ImGui::GetContentRegionAvail().x, std::max(16.0f, ImGui::GetContentRegionAvail().y));
  if (strip.size.x < 40) return;
  strip.order = &ui.series.Order(trace);
  strip.places = static_cast<double>(strip.order->rows.size());
  strip.trace = &trace;
  strip.marked = std::any_of(marks.begin(), marks.end(),
                             [](const Mark& mark) { return mark.kind != MarkKind::kEpisode; });
  ImGui::InvisibleButton("strip", strip.size);
  ReportRect("strip", "plot", "", strip.at, strip.at + strip.size, 0, strip.places);
  const bool branched =
      ui.view.branch && (ui.view.clock.trace < 0 || ui.view.clock.trace == ui.view.branch->trace);
  Episodes(ui, strip, marks);
  Reward(ui, strip, strip.bottom() - (branched ? kBranch + 2 : 3));
  Loop(ui, strip);
  const Mark* mark = Marks(ui, strip, marks);
  const float now = strip.X(ui.view.clock.episode, ui.view.clock.step);
  ImGui::GetWindowDrawList()->AddLine(ImVec2(now, strip.at.y), ImVec2(now, strip.bottom()),
                                      ui.palette.text, 2);
  Mouse(ui, strip, ImGui::IsItemHovered() || ImGui::IsItemActive() ? mark : nullptr);
  Branches(ui, strip);
}

}  // namespace carrot
