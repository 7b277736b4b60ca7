// The widget layer: Dear ImGui's widgets, each of which also reports where it is and what it shows.
// A script that drives the window (gui/driver) finds its targets here, as a person finds them on
// the screen.
//
// Addresses are paths: "tune/alive/weight". The first part is the panel's id; Scope adds parts.
#pragma once

#include <imgui.h>

#include <string>
#include <string_view>
#include <vector>

namespace carrot {

struct Item {
  std::string path;
  std::string kind;   // "button", "slider", "text", "plot", "row", ...
  std::string text;   // label or value, as shown
  std::string state;  // "on", "off", "open", ...; or ""
  ImVec2 min, max;    // pixels; clipped to what is visible
  bool visible = false;
  double x0 = 0, x1 = 0;  // of plots: the x axis' range over [min.x, max.x]
};

// What the last frame showed. Filled only while `recording`: otherwise a branch a widget.
struct ItemLog {
  bool recording = false;
  std::vector<Item> items, last;
  void EndFrame() {
    last.swap(items);
    items.clear();
  }
  const Item* Find(std::string_view path) const;  // in the last whole frame
  static ItemLog& Get();
};

// Adds a part to the path of all items in it, and to ImGui's ids.
class Scope {
 public:
  explicit Scope(std::string_view part);
  ~Scope();
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;
};

// Reports the widget just submitted to ImGui.
void Report(std::string_view name, std::string_view kind, std::string_view text = "",
            std::string_view state = "");
// The same for a rectangle of one's own; a plot with its x axis.
void ReportRect(std::string_view name, std::string_view kind, std::string_view text, ImVec2 min,
                ImVec2 max, double x0 = 0, double x1 = 0);

namespace widgets {

bool Button(const char* name, const char* label, const char* tip = nullptr);
bool SmallButton(const char* name, const char* label, const char* tip = nullptr);
bool Toggle(const char* name, const char* label, bool* on, const char* tip = nullptr);
// A drag is reported by what it returns: while it lasts kDragging, at its end kDone.
enum class Edit { kNone, kDragging, kDone };
Edit Slider(const char* name, double* value, double low, double high, bool logarithmic,
            float width);
// A slider whose range holds still while it is dragged, over the width that is left. Shift drags a
// tenth as far, Alt ten times. Ctrl-click sets `*type`, if not null: the value wants to be typed.
Edit DragSlider(const char* name, double* value, double low, double high, bool logarithmic,
                bool* type = nullptr);
// Enter or focus lost: kDone. Takes what Evaluate reads, else puts it into `refused`; `focus`
// begins typing.
Edit Number(const char* name, double* value, float width, bool focus = false,
            std::string* refused = nullptr);
bool Selectable(const char* name, const char* label, bool selected);
bool InputText(const char* name, std::string* text, const char* hint, float width);  // true: Enter
void Text(const char* name, const std::string& text, ImU32 colour = 0);
void Muted(const char* name, const std::string& text);
// Text that folds at the panel's edge.
void Paragraph(const char* name, const std::string& text, ImU32 colour = 0);
void Heading(const char* text);
void Tip(const char* text);  // of the widget just submitted

}  // namespace widgets
}  // namespace carrot
