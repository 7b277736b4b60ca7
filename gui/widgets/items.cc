#include "gui/widgets/items.h"

#include <imgui_internal.h>

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <tuple>

#include "gui/widgets/expression.h"

namespace carrot {
namespace {

constexpr float kSmallPadding = 1;  // pixels above and below

std::vector<std::string>& Path() {
  static std::vector<std::string> path;  // one window, one UI thread
  return path;
}

std::string Address(std::string_view name) {
  std::string address;
  for (const std::string& part : Path()) address += part + "/";
  return address + std::string(name);
}

}  // namespace

ItemLog& ItemLog::Get() {
  static ItemLog log;
  return log;
}

const Item* ItemLog::Find(std::string_view path) const {
  for (const Item& item : last) {
    if (item.path == path) return &item;
  }
  return nullptr;
}

Scope::Scope(std::string_view part) {
  ImGui::PushID(part.data(), part.data() + part.size());
  if (ItemLog::Get().recording) Path().emplace_back(part);
}
Scope::~Scope() {
  ImGui::PopID();
  if (ItemLog::Get().recording && !Path().empty()) Path().pop_back();
}

void ReportRect(std::string_view name, std::string_view kind, std::string_view text, ImVec2 min,
                ImVec2 max, double x0, double x1) {
  ItemLog& log = ItemLog::Get();
  if (!log.recording) return;
  const ImRect clip = ImGui::GetCurrentWindow()->ClipRect;
  Item item{Address(name), std::string(kind), std::string(text), "", min, max};
  item.min = ImMax(min, clip.Min);
  item.max = ImMin(max, clip.Max);
  item.visible = item.min.x < item.max.x && item.min.y < item.max.y;
  item.x0 = x0;
  item.x1 = x1;
  log.items.push_back(std::move(item));
}

void Report(std::string_view name, std::string_view kind, std::string_view text,
            std::string_view state) {
  ItemLog& log = ItemLog::Get();
  if (!log.recording) return;
  ReportRect(name, kind, text, ImGui::GetItemRectMin(), ImGui::GetItemRectMax());
  log.items.back().state = state;
}

namespace widgets {

void Tip(const char* text) {
  if (text != nullptr && ImGui::IsItemHovered(ImGuiHoveredFlags_DelayNormal)) {
    ImGui::BeginTooltip();
    ImGui::PushTextWrapPos(ImGui::GetFontSize() * 28);
    ImGui::TextUnformatted(text);
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
  }
}

bool Button(const char* name, const char* label, const char* tip) {
  ImGui::PushID(name);
  const bool pressed = ImGui::Button(label);
  ImGui::PopID();
  Report(name, "button", label);
  Tip(tip);
  return pressed;
}

bool SmallButton(const char* name, const char* label, const char* tip) {
  // As ImGui::SmallButton, which cuts what hangs below the line.
  ImGui::PushStyleVarY(ImGuiStyleVar_FramePadding, kSmallPadding);
  ImGui::PushID(name);
  const bool pressed = ImGui::ButtonEx(label, ImVec2(0, 0), ImGuiButtonFlags_AlignTextBaseLine);
  ImGui::PopID();
  ImGui::PopStyleVar();
  Report(name, "button", label);
  Tip(tip);
  return pressed;
}

bool Toggle(const char* name, const char* label, bool* on, const char* tip) {
  ImGui::PushID(name);
  const bool changed = ImGui::Checkbox(label, on);
  ImGui::PopID();
  Report(name, "toggle", label, *on ? "on" : "off");
  Tip(tip);
  return changed;
}

Edit Slider(const char* name, double* value, double low, double high, bool logarithmic,
            float width) {
  constexpr double kMost = std::numeric_limits<double>::max() / 4;  // what ImGui takes for a range
  low = std::clamp(low, -kMost, kMost);
  high = std::clamp(high, -kMost, kMost);
  ImGui::SetNextItemWidth(width);
  ImGui::PushID(name);
  const ImGuiSliderFlags flags =
      ImGuiSliderFlags_NoInput |
      (logarithmic ? ImGuiSliderFlags_Logarithmic : ImGuiSliderFlags_None);
  const bool changed = ImGui::SliderScalar("", ImGuiDataType_Double, value, &low, &high, "", flags);
  const bool done = ImGui::IsItemDeactivatedAfterEdit();
  ImGui::PopID();
  if (ItemLog::Get().recording) {
    char text[32];
    ImFormatString(text, sizeof text, "%.6g", *value);
    Report(name, "slider", text);
  }
  return done ? Edit::kDone : changed ? Edit::kDragging : Edit::kNone;
}

Edit DragSlider(const char* name, double* value, double low, double high, bool logarithmic,
                bool* type) {
  struct Drag {
    ImGuiID slider = 0;
    double low = 0, high = 1, value = 0;
    bool relative = false;  // Shift or Alt were held: it goes on from where it is
  };
  static Drag drag;  // one mouse
  const ImGuiIO& io = ImGui::GetIO();
  const ImGuiID id = ImGui::GetID(name);
  if (drag.slider == id) std::tie(low, high) = std::pair(drag.low, drag.high);
  const double shown = *value;
  const float width = ImGui::GetContentRegionAvail().x;
  Edit edit = Slider(name, value, low, high, logarithmic, width);
  if (ImGui::IsItemActivated() && io.KeyCtrl && type != nullptr) {
    *type = true;
    *value = shown;
    ImGui::ClearActiveID();
    return Edit::kNone;
  }
  if (ImGui::IsItemActivated() && ImGui::IsMouseDoubleClicked(0)) {  // the caller's
    *value = shown;
    drag.slider = 0;
    ImGui::ClearActiveID();
    return Edit::kNone;
  }
  if (!ImGui::IsItemActive()) {
    if (drag.slider != id) return Edit::kNone;
    // What it ends with is what was dragged to, which the view may not show yet.
    if (drag.relative || *value == shown) *value = drag.value;
    drag.slider = 0;
    return drag.relative ? Edit::kDone : edit;
  }
  const bool first = drag.slider != id;
  drag.relative =
      (!first && drag.relative) || (ImGui::IsMouseDown(0) && (io.KeyShift || io.KeyAlt));
  if (drag.relative) {
    const double factor = io.KeyShift ? 0.1 : io.KeyAlt ? 10 : 1;
    const double from = first ? shown : drag.value, by = first ? 0 : io.MouseDelta.x * factor;
    *value = std::clamp(from + by * (high - low) / width, low, high);
    edit = *value != from ? Edit::kDragging : Edit::kNone;
  }
  drag = {id, low, high, *value, drag.relative};
  return edit;
}

Edit Number(const char* name, double* value, float width, bool focus, std::string* refused) {
  static std::string typed;  // one keyboard
  char text[32];
  ImFormatString(text, sizeof text, "%.4g", *value);
  ImGui::SetNextItemWidth(width);
  ImGui::PushID(name);
  if (focus) ImGui::SetKeyboardFocusHere();
  char buffer[64];
  ImStrncpy(buffer, text, sizeof buffer);
  if (ImGui::InputText("", buffer, sizeof buffer, ImGuiInputTextFlags_AutoSelectAll))
    typed = buffer;
  bool done = ImGui::IsItemDeactivatedAfterEdit();
  ImGui::PopID();
  if (done) {
    const std::optional<double> read = Evaluate(typed, *value);
    done = read.has_value();
    if (read) *value = *read;
    if (!read && refused) *refused = typed;
  }
  if (ItemLog::Get().recording) {
    ImFormatString(text, sizeof text, "%.6g", *value);
    Report(name, "number", text);
  }
  return done ? Edit::kDone : Edit::kNone;
}

bool Selectable(const char* name, const char* label, bool selected) {
  ImGui::PushID(name);
  const bool pressed = ImGui::Selectable(label, selected);
  ImGui::PopID();
  Report(name, "row", label, selected ? "on" : "off");
  return pressed;
}

bool InputText(const char* name, std::string* text, const char* hint, float width) {
  const auto resize = [](ImGuiInputTextCallbackData* data) {
    auto* string = static_cast<std::string*>(data->UserData);
    if (data->EventFlag == ImGuiInputTextFlags_CallbackResize) {
      string->resize(data->BufTextLen);
      data->Buf = string->data();
    }
    return 0;
  };
  ImGui::SetNextItemWidth(width);
  ImGui::PushID(name);
  const bool enter = ImGui::InputTextWithHint(
      "", hint, text->data(), text->capacity() + 1,
      ImGuiInputTextFlags_CallbackResize | ImGuiInputTextFlags_EnterReturnsTrue, resize, text);
  ImGui::PopID();
  Report(name, "input", *text);
  return enter;
}

void Text(const char* name, const std::string& text, ImU32 colour) {
  if (colour != 0) ImGui::PushStyleColor(ImGuiCol_Text, colour);
  ImGui::TextUnformatted(text.data(), text.data() + text.size());
  if (colour != 0) ImGui::PopStyleColor();
  Report(name, "text", text);
}

void Muted(const char* name, const std::string& text) {
  Text(name, text, ImGui::GetColorU32(ImGuiCol_TextDisabled));
}

void Paragraph(const char* name, const std::string& text, ImU32 colour) {
  ImGui::PushTextWrapPos(0);
  Text(name, text, colour);
  ImGui::PopTextWrapPos();
}

void Heading(const char* text) { ImGui::SeparatorText(text); }

}  // namespace widgets
}  // namespace carrot
