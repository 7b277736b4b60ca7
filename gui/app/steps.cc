#include "gui/app/steps.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <iostream>
#include <regex>
#include <sstream>
#include <thread>

#include "engine/base/json_text.h"
#include "engine/base/suggest.h"
#include "engine/trace/file_ops.h"
#include "gui/app/state_json.h"
#include "gui/render/png.h"
#include "gui/widgets/items.h"

namespace carrot {

using Json = nlohmann::ordered_json;

namespace {

struct Word {
  std::string text;
  int column = 1;
  bool quoted = false;
};

std::vector<Word> Words(const std::string& line) {
  std::vector<Word> words;
  for (size_t i = 0; i < line.size();) {
    if (line[i] == ' ' || line[i] == '\t') {
      ++i;
    } else if (line[i] == '#') {
      break;
    } else if (line[i] == '"') {
      const size_t end = std::min(line.size(), line.find('"', i + 1));
      words.push_back({line.substr(i + 1, end - i - 1), static_cast<int>(i) + 1, true});
      i = end + 1;
    } else {
      const size_t end = std::min(line.size(), line.find_first_of(" \t", i));
      words.push_back({line.substr(i, end - i), static_cast<int>(i) + 1});
      i = end;
    }
  }
  return words;
}

constexpr std::pair<const char*, ImGuiKey> kKeys[] = {{"Space", ImGuiKey_Space},
                                                      {"Left", ImGuiKey_LeftArrow},
                                                      {"Right", ImGuiKey_RightArrow},
                                                      {"Up", ImGuiKey_UpArrow},
                                                      {"Down", ImGuiKey_DownArrow},
                                                      {"Home", ImGuiKey_Home},
                                                      {"End", ImGuiKey_End},
                                                      {"Enter", ImGuiKey_Enter},
                                                      {"Escape", ImGuiKey_Escape},
                                                      {"Tab", ImGuiKey_Tab},
                                                      {"Backspace", ImGuiKey_Backspace},
                                                      {"Delete", ImGuiKey_Delete},
                                                      {",", ImGuiKey_Comma},
                                                      {".", ImGuiKey_Period},
                                                      {"=", ImGuiKey_Equal},
                                                      {"-", ImGuiKey_Minus},
                                                      {"`", ImGuiKey_GraveAccent},
                                                      {"[", ImGuiKey_LeftBracket},
                                                      {"]", ImGuiKey_RightBracket}};

ImGuiKey KeyOf(const std::string& name) {
  for (const auto& [text, key] : kKeys) {
    if (name == text) return key;
  }
  if (name.size() == 1 && std::isalpha(static_cast<unsigned char>(name[0]))) {
    return static_cast<ImGuiKey>(ImGuiKey_A + (std::toupper(name[0]) - 'A'));
  }
  if (name.size() == 1 && std::isdigit(static_cast<unsigned char>(name[0]))) {
    return static_cast<ImGuiKey>(ImGuiKey_0 + (name[0] - '0'));
  }
  if (name.size() >= 2 && name[0] == 'F') {
    const int n = std::atoi(name.c_str() + 1);
    if (n >= 1 && n <= 12) return static_cast<ImGuiKey>(ImGuiKey_F1 + n - 1);
  }
  return ImGuiKey_None;
}

class Player {
 public:
  Player(App& app, const StepsOptions& options) : app_(app), options_(options) {}

  Status Run(std::istream& in) {
    Frames(3);
    int number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      line_ = line;
      number_ = number;
      const std::vector<Word> words = Words(line);
      if (words.empty()) continue;
      words_ = words;
      Status done = Command();
      if (Over()) return {};
      CARROT_RETURN_IF_ERROR(std::move(done));
    }
    Frames(2);
    return {};
  }

 private:
  tl::unexpected<Diagnostics> Bad(const char* code, std::string message, int column = 1,
                                  std::vector<std::string> help = {}) const {
    Diagnostic error = MakeError(code, std::move(message), std::move(help));
    error.where = {options_.path, number_, column, 1};
    error.excerpt = line_;
    return Fail(std::move(error));
  }
  const std::string& Arg(size_t i) const {
    static const std::string none;
    return i < words_.size() ? words_[i].text : none;
  }
  int Column(size_t i) const {
    return i < words_.size() ? words_[i].column : static_cast<int>(line_.size()) + 1;
  }

  // Closed, or Ctrl+C: even a long wait ends, and nothing that was expected has failed.
  bool Over() const { return app_.closed() || (options_.cancelled && options_.cancelled()); }
  void Frames(int count) {
    for (int i = 0; i < count && !Over(); ++i) app_.Frame();
  }
  // Events are worked off one a frame (ImGui trickles them); the view answers a frame later.
  void Settle() {
    do {
      Frames(1);
    } while (ImGui::GetCurrentContext()->InputEventsQueue.Size > 0);
    Frames(2);
  }

  // Where an address points, in pixels; "plots/terms@t=412" is a place in a plot.
  Status Find(size_t word, ImVec2* at) {
    const std::string address = Arg(word);
    const size_t sign = address.find('@');
    const std::string path = address.substr(0, sign);
    const Item* item = ItemLog::Get().Find(path);
    if (item == nullptr) {
      std::vector<std::string> names;
      for (const Item& i : ItemLog::Get().last) names.push_back(i.path);
      std::vector<std::string> help;
      if (auto near = Suggest(path, names); !near.empty())
        help.push_back("did you mean `" + near + "`?");
      return Bad("U031", fmt::format("there is no `{}` on the screen", path), Column(word),
                 std::move(help));
    }
    if (!item->visible)
      return Bad("U031", fmt::format("`{}` cannot be seen: scroll or open its tab", path),
                 Column(word));
    *at = (item->min + item->max) * 0.5f;
    if (sign == std::string::npos) return {};
    double x = 0;
    if (std::sscanf(address.c_str() + sign, "@t=%lf", &x) != 1) {
      return Bad("U030", "a place in a plot is written NAME@t=NUMBER", Column(word));
    }
    if (!(x >= item->x0 && x <= item->x1)) {
      return Bad("U031",
                 fmt::format("`{}` shows {:g} to {:g}, not {:g}", path, item->x0, item->x1, x),
                 Column(word));
    }
    at->x = item->min.x + static_cast<float>((x - item->x0) / (item->x1 - item->x0)) *
                              (item->max.x - item->min.x);
    return {};
  }

  void Move(ImVec2 at) {
    ImGui::GetIO().AddMousePosEvent(at.x, at.y);
    Settle();
  }
  void Press(int button, bool down) {
    ImGui::GetIO().AddMouseButtonEvent(button, down);
    Settle();
  }
  void Click(ImVec2 at, int button = 0) {
    Move(at);
    Press(button, true);
    Press(button, false);
  }

  Status Command() {
    const std::string& verb = Arg(0);
    if (verb == "wait") return Wait();
    if (verb == "hold" || verb == "release") return Hold(verb == "hold");
    if (verb == "click" || verb == "double-click" || verb == "alt-click" || verb == "shift-click" ||
        verb == "ctrl-click" || verb == "right-click" || verb == "hover") {
      ImVec2 at;
      CARROT_RETURN_IF_ERROR(Find(1, &at));
      ImGuiIO& io = ImGui::GetIO();
      if (verb == "hover") {
        ImVec2 by(0, 0);
        if (!Arg(2).empty()) CARROT_RETURN_IF_ERROR(Offset(2, &by));
        Move(at + by);
      } else if (verb == "double-click") {
        Move(at);
        for (int i = 0; i < 2; ++i) {
          io.AddMouseButtonEvent(0, true);
          io.AddMouseButtonEvent(0, false);
        }
        Settle();
      } else {
        const ImGuiKey mod = verb == "alt-click"     ? ImGuiMod_Alt
                             : verb == "shift-click" ? ImGuiMod_Shift
                             : verb == "ctrl-click"  ? ImGuiMod_Ctrl
                                                     : ImGuiKey_None;
        if (mod != ImGuiKey_None) io.AddKeyEvent(mod, true);
        Click(at, verb == "right-click" ? 1 : 0);
        if (mod != ImGuiKey_None) io.AddKeyEvent(mod, false);
      }
      return {};
    }
    if (verb.size() >= 4 && verb.compare(verb.size() - 4, 4, "drag") == 0) return Drag();
    if (verb == "wheel") {
      ImVec2 at;
      CARROT_RETURN_IF_ERROR(Find(1, &at));
      Move(at);
      ImGui::GetIO().AddMouseWheelEvent(0, static_cast<float>(std::atof(Arg(3).c_str())));
      Settle();
      return {};
    }
    if (verb == "key") return Key();
    if (verb == "type") {
      ImGui::GetIO().AddInputCharactersUTF8(Arg(1).c_str());
      Settle();
      return {};
    }
    if (verb == "open") return OpenTab();
    if (verb == "edit-file") return EditFile();
    if (verb == "let") {
      if (Arg(2) != "=") return Bad("U030", "write: let NAME = state.VALUE", Column(2));
      CARROT_ASSIGN_OR_RETURN(values_[Arg(1)], Value(3));
      return {};
    }
    if (verb == "expect") return Expect();
    if (verb == "screenshot") {
      Image image;
      app_.Frame(&image);
      const std::filesystem::path path(Arg(1));
      std::error_code ec;
      if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ec);
      return WritePng(path.string(), image);
    }
    if (verb == "size") {
      int width = 0, height = 0;
      if (!ParseWindowSize(Arg(1), &width, &height)) {
        return Bad("U030", kWindowSizeText, Column(1));
      }
      app_.surface().Resize(width, height);
      app_.state().layout_changed = true;
      Frames(5);
      return {};
    }
    const std::vector<std::string> verbs = {
        "wait",       "click",       "double-click",   "alt-click",  "shift-click",
        "ctrl-click", "right-click", "hover",          "drag",       "wheel",
        "key",        "hold",        "release",        "type",       "open",
        "edit-file",  "let",         "expect",         "screenshot", "size",
        "ctrl-drag",  "right-drag",  "ctrl-right-drag"};
    std::vector<std::string> help;
    if (auto near = Suggest(verb, verbs); !near.empty())
      help.push_back("did you mean `" + near + "`?");
    return Bad("U030", fmt::format("there is no command `{}`", verb), Column(0), std::move(help));
  }

  Status Wait() {
    if (Arg(1) == "idle") {
      for (int i = 0; i < 36'000; ++i) {
        Frames(1);
        if (app_.idle() || Over()) {
          Frames(2);
          return {};
        }
        if (i > 10) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      }
      return Bad("U031", "it is still busy", Column(1));
    }
    const int frames = std::atoi(Arg(1).c_str());
    if (frames < 1 || Arg(1).size() > 9)
      return Bad("U030", "write: wait idle, or wait N frames", Column(1));
    Frames(frames);
    return {};
  }

  // "by +80px", "by 80,-20px"
  Status Offset(size_t word, ImVec2* by) const {
    const std::string& text = Arg(word + 1);
    *by = ImVec2(0, 0);
    const int read = std::sscanf(text.c_str(), "%f,%fpx", &by->x, &by->y);
    const bool finite = std::isfinite(by->x) && std::isfinite(by->y);
    if (Arg(word) == "by" && read >= 1 && finite && text.find("px") != std::string::npos) return {};
    return Bad("U030", fmt::format("write: {} TARGET by +80px, or by 80,-20px", Arg(0)),
               Column(word + 1));
  }

  Status Drag() {
    ImVec2 at;
    CARROT_RETURN_IF_ERROR(Find(1, &at));
    ImVec2 by;
    CARROT_RETURN_IF_ERROR(Offset(2, &by));
    const std::string& verb = Arg(0);
    const auto with = [&verb](const char* part) { return verb.find(part) != std::string::npos; };
    Move(at);
    if (with("ctrl-")) ImGui::GetIO().AddKeyEvent(ImGuiMod_Ctrl, true);
    if (with("shift-")) ImGui::GetIO().AddKeyEvent(ImGuiMod_Shift, true);
    Settle();
    Press(with("right-") ? 1 : 0, true);
    for (int i = 1; i <= 4; ++i) Move(at + by * (static_cast<float>(i) / 4));
    for (const ImGuiKey mod : {ImGuiMod_Ctrl, ImGuiMod_Shift}) {
      if (with("ctrl-") || with("shift-")) ImGui::GetIO().AddKeyEvent(mod, false);
    }
    Settle();
    if (Arg(4) != "hold") Release();
    return {};
  }

  // Of the buttons that a drag holds.
  void Release() {
    for (int button = 0; button < 2; ++button) {
      if (ImGui::GetIO().MouseDown[button]) Press(button, false);
    }
  }

  // A key, a modifier or the mouse that stays down.
  Status Hold(bool down) {
    if (Arg(1) == "mouse") {
      if (down) {
        Press(0, true);
      } else {
        Release();
      }
      return {};
    }
    ImGuiKey key = KeyOf(Arg(1));
    for (const auto& [name, mod] :
         {std::pair("Ctrl", ImGuiMod_Ctrl), std::pair("Shift", ImGuiMod_Shift),
          std::pair("Alt", ImGuiMod_Alt)})
      if (Arg(1) == name) key = mod;
    if (key == ImGuiKey_None)
      return Bad("U030", fmt::format("there is no key `{}`", Arg(1)), Column(1));
    ImGui::GetIO().AddKeyEvent(key, down);
    Settle();
    return {};
  }

  Status Key() {
    std::string rest = Arg(1);
    std::vector<ImGuiKey> mods;
    for (const auto& [name, mod] :
         {std::pair("Ctrl+", ImGuiMod_Ctrl), std::pair("Shift+", ImGuiMod_Shift),
          std::pair("Alt+", ImGuiMod_Alt), std::pair("Shift+", ImGuiMod_Shift)}) {
      if (rest.rfind(name, 0) != 0) continue;
      mods.push_back(static_cast<ImGuiKey>(mod));
      rest = rest.substr(std::string_view(name).size());
    }
    const ImGuiKey key = KeyOf(rest);
    if (key == ImGuiKey_None)
      return Bad("U030", fmt::format("there is no key `{}`", rest), Column(1));
    // As fast fingers do: all at once, the modifiers let go first.
    ImGuiIO& io = ImGui::GetIO();
    for (ImGuiKey mod : mods) io.AddKeyEvent(mod, true);
    io.AddKeyEvent(key, true);
    for (ImGuiKey mod : mods) io.AddKeyEvent(mod, false);
    io.AddKeyEvent(key, false);
    Settle();
    return {};
  }

  // A click on the tab, as a person would.
  Status OpenTab() {
    for (const Panel& panel : Panels()) {
      if (Arg(1) != panel.id) continue;
      const ImGuiWindow* window =
          ImGui::FindWindowByName(fmt::format("{}###{}", panel.title, panel.id).c_str());
      if (window == nullptr || !window->WasActive) {
        return Bad("U031", fmt::format("panel `{}` is not on the screen", panel.id), Column(1));
      }
      const ImRect tab = window->DC.DockTabItemRect;
      Click(tab.GetCenter());
      return {};
    }
    return Bad("U030", fmt::format("there is no panel `{}`", Arg(1)), Column(1));
  }

  Status EditFile() {
    const std::string& path = Arg(1);
    const std::string& change = Arg(2);
    Result<std::string> content = ReadFile(path);
    if (!content) return Bad("U031", content.error()[0].message, Column(1));
    std::smatch parts;
    static const std::regex kChange("s/([^/]*)/([^/]*)/");
    if (!std::regex_match(change, parts, kChange))
      return Bad("U030", "a change is s/BEFORE/AFTER/", Column(2));
    const size_t at = content->find(parts[1].str());
    if (at == std::string::npos)
      return Bad("U031", fmt::format("{} has no `{}`", path, parts[1].str()), Column(2));
    content->replace(at, parts[1].str().size(), parts[2].str());
    if (Status written = ReplaceFile(path, *content, SystemFileOps()); !written)
      return Bad("U031", written.error()[0].message, Column(1));
    Frames(1);
    return {};
  }

  // A number, a text, a value of the state or a name of `let`.
  Result<Json> Value(size_t word) const {
    const std::string& text = Arg(word);
    if (word < words_.size() && words_[word].quoted) return Json(text);
    if (text.rfind("state.", 0) == 0) {
      Json value = StateJson(app_);
      std::istringstream path(text.substr(6));
      for (std::string part; std::getline(path, part, '.');) {
        if (!value.is_object() || !value.contains(part)) {
          return Bad("U030", fmt::format("the state has no `{}`", part), Column(word));
        }
        value = Json(value[part]);
      }
      return value;
    }
    if (const auto it = values_.find(text); it != values_.end()) return it->second;
    char* end = nullptr;
    const double number = std::strtod(text.c_str(), &end);
    if (!text.empty() && *end == 0) return Json(number);
    if (text == "true" || text == "false") return Json(text == "true");
    return Json(text);
  }

  static bool Compare(const Json& a, const std::string& op, const Json& b) {
    if (a.is_number() && b.is_number()) {
      const double x = a.get<double>(), y = b.get<double>();
      if (op == "==") return x == y;
      if (op == "!=") return x != y;
      if (op == "<") return x < y;
      if (op == ">") return x > y;
      if (op == "<=") return x <= y;
      if (op == ">=") return x >= y;
      return std::abs(x - y) <= 1e-9 * std::max(1.0, std::max(std::abs(x), std::abs(y)));  // ~=
    }
    return op == "!=" ? a != b : a == b;
  }

  // Repeats `holds` for the frames of "within N frames".
  Status Within(size_t word, const std::function<Result<bool>(std::string* found)>& holds) {
    int frames = 0;
    if (Arg(word) == "within") frames = std::atoi(Arg(word + 1).c_str());
    std::string found;
    for (int i = 0;; ++i) {
      CARROT_ASSIGN_OR_RETURN(const bool yes, holds(&found));
      if (yes) return {};
      if (i >= frames || Over()) break;
      Frames(1);
      // The virtual clock is ahead of threads that score: give them the processor.
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return Bad("U031", fmt::format("expected {}, found {}", line_.substr(Column(1) - 1), found),
               Column(1));
  }

  Status Expect() {
    if (Arg(1) == "text") {
      return Within(4, [&](std::string* found) -> Result<bool> {
        found->clear();
        for (const Item& item : ItemLog::Get().last) {
          if (item.path.rfind(Arg(2), 0) != 0) continue;
          if (item.text.find(Arg(3)) != std::string::npos) return true;
          if (!item.text.empty()) *found += (found->empty() ? "\"" : ", \"") + item.text + "\"";
        }
        if (found->empty()) *found = "no text there";
        return false;
      });
    }
    if (Arg(1) == "visible" || (Arg(1) == "not" && Arg(2) == "visible")) {
      const bool wanted = Arg(1) == "visible";
      const size_t word = wanted ? 2 : 3;
      return Within(word + 1, [&](std::string* found) -> Result<bool> {
        const Item* item = ItemLog::Get().Find(Arg(word));
        const bool visible = item != nullptr && item->visible;
        *found = visible ? "it on the screen" : item ? "it out of sight" : "nothing of that name";
        return visible == wanted;
      });
    }
    if (Arg(1) == "advancing") {
      CARROT_ASSIGN_OR_RETURN(const Json before, Value(2));
      return Within(words_.size() > 3 ? 3 : 2, [&](std::string* found) -> Result<bool> {
        Frames(10);
        CARROT_ASSIGN_OR_RETURN(const Json now, Value(2));
        *found = JsonText(now) + ", as before";
        return now != before;
      });
    }
    const std::string op = Arg(2);
    const std::vector<std::string> ops = {"==", "!=", "<", ">", "<=", ">=", "~="};
    if (std::find(ops.begin(), ops.end(), op) == ops.end()) {
      return Bad("U030", fmt::format("`{}` is no comparison: == != < > <= >= ~=", op), Column(2));
    }
    return Within(4, [&](std::string* found) -> Result<bool> {
      CARROT_ASSIGN_OR_RETURN(const Json a, Value(1));
      CARROT_ASSIGN_OR_RETURN(const Json b, Value(3));
      *found = JsonText(a);
      return Compare(a, op, b);
    });
  }

  App& app_;
  const StepsOptions& options_;
  std::vector<Word> words_;
  std::string line_;
  int number_ = 0;
  std::map<std::string, Json> values_;
};

}  // namespace

Status RunSteps(App& app, const StepsOptions& options) {
  if (options.path == "-") return Player(app, options).Run(std::cin);
  CARROT_ASSIGN_OR_RETURN(const std::string text, ReadFile(options.path));
  std::istringstream in(text);
  return Player(app, options).Run(in);
}

}  // namespace carrot
