#include "gui/app/app.h"

#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cstring>
#include <map>

#include "engine/base/monotonic.h"
#include "gui/panels/panels.h"
#include "gui/view/scenes.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr float kToolbar = 44, kStatus = 26;  // pixels, of unscaled text
constexpr double kMessageSeconds = 10;
constexpr double kIdleWait = 0.1;  // seconds until an idle window looks around
constexpr double kAnswer = 0.012;  // seconds that a frame waits for what it asked the session for
constexpr double kSettle = 0.4;    // after the last input frames go on: tooltips, layouts
// Frames slower than the first, in seconds, halve the sides of a moving scene; faster than the
// second, they grow again.
constexpr double kSlowFrame = 1.0 / 28, kFastFrame = 1.0 / 80;

constexpr double kSpeeds[] = {0.1, 0.25, 1, 4, 0};  // keys 1 to 5; 0: as fast as it goes

float Scaled(float pixels) { return pixels * ImGui::GetStyle().FontScaleMain; }

// Of a policy's path, what tells it from others.
std::string ShortName(const std::string& policy) {
  return policy.substr(policy.find_last_of('/') + 1);
}

bool Shows(const Panel& panel, const std::string& layout) {
  return std::strstr(panel.layouts, layout.c_str()) != nullptr;
}
bool InFront(const Panel& panel, const std::string& layout) { return Shows(panel, layout + "!"); }

// A docked panel lies on the cleared frame, which has its colour already: a fill less of most
// pixels.
ImGuiWindowFlags Ground(const std::string& title) {
  const ImGuiWindow* window = ImGui::FindWindowByName(title.c_str());
  return window && window->DockIsActive ? ImGuiWindowFlags_NoBackground : 0;
}

}  // namespace

Result<std::unique_ptr<App>> App::Open(Session& session, const AppOptions& options) {
  std::unique_ptr<App> app(new App(session, options));
  CARROT_ASSIGN_OR_RETURN(app->surface_, Surface::Open(options.surface));
  app->fonts_ = AddFonts();
  app->scenes_ = std::make_unique<SceneCache>();
  app->state_.theme = options.theme;
  app->state_.layout = options.layout;
  app->state_.welcome = options.welcome;
  app->state_.fault = options.fault;
  if (options.fault.rfind("hide:", 0) == 0) app->state_.hidden[options.fault.substr(5)] = true;
  ItemLog::Get().recording = options.record_items;
  ApplyStyle(options.theme);
  if (options.surface.scale != 1) ImGui::GetStyle().FontScaleMain = options.surface.scale;
  app->view_ = session.View();
  session.Listen([surface = app->surface_.get()] { surface->Wake(); });
  return app;
}

App::~App() {
  session_.Listen({});
  scenes_.reset();
  pictures_.clear();
}

bool App::Frame(Image* image) {
  if (options_.fixed_dt > 0) {
    surface_->Wait(0);
    session_.RunUntil(view_->tick + 1);
    view_ = session_.View();
  } else if (!News()) {
    return false;
  }
  const double start = MonotonicSeconds();
  surface_->Begin(options_.fixed_dt);
  time_ += ImGui::GetIO().DeltaTime;
  series_.BeginFrame(*view_);
  Draw();
  build_seconds_ = MonotonicSeconds() - start;
  surface_->End(image);
  draw_seconds_ = MonotonicSeconds() - start - build_seconds_;
  ItemLog::Get().EndFrame();
  AdaptScene();
  ++frames_;
  return true;
}

// Waits for input or another view. A window in which nothing happens costs nothing.
bool App::News() {
  const bool awake = frames_ < 4 || MonotonicSeconds() < awake_until_;
  const bool input = surface_->Wait(awake ? kTickSeconds : kIdleWait);
  std::shared_ptr<const FrameView> view = session_.View();
  const bool other = view->version != view_->version;
  view_ = std::move(view);
  if (input || ImGui::IsAnyMouseDown() || time_ < state_.toast_until || series_.busy())
    awake_until_ = MonotonicSeconds() + kSettle;
  return other || frames_ < 4 || MonotonicSeconds() < awake_until_;
}

// A scene that moves may be coarse, one that stands still is sharp. Scripts see the same pixels on
// every machine.
void App::AdaptScene() {
  if (options_.fixed_dt > 0) return;
  usual_seconds_ += 0.1 * (build_seconds_ + draw_seconds_ - usual_seconds_);
  double& resolution = scenes_->resolution;
  const bool sharp = !view_->clock.playing || usual_seconds_ < kFastFrame;
  if (sharp) resolution = 1;
  if (!sharp && usual_seconds_ > kSlowFrame) resolution = 0.5;
}

Ui App::NewUi() {
  return {*view_, CommandSender(session_, state_), state_, series_, *scenes_, pictures_,
          fonts_, PaletteOf(state_.theme),         time_};
}

void App::Draw() {
  Ui ui = NewUi();
  Keys(ui);
  const ImGuiViewport& screen = *ImGui::GetMainViewport();
  ImGui::SetNextWindowPos(screen.Pos);
  ImGui::SetNextWindowSize(screen.Size);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0);
  ImGui::Begin("###root", nullptr,
               ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoDocking | ImGuiWindowFlags_NoBringToFrontOnFocus |
                   ImGuiWindowFlags_NoNavFocus | ImGuiWindowFlags_NoBackground);
  ImGui::PopStyleVar(3);
  Toolbar(ui);
  const ImGuiID dock = ImGui::GetID("dock");
  const ImVec2 size(0, ImGui::GetContentRegionAvail().y - Scaled(kStatus));
  if (state_.layout_changed) Layout(dock);
  state_.layout_changed = false;
  ImGui::DockSpace(dock, size, ImGuiDockNodeFlags_None);
  StatusBar(ui);
  ImGui::End();

  // The layout's panels come to the front once all of them are there.
  if (front_frames_ > 0 && --front_frames_ == 0) {
    for (const std::string& title : in_front_) {
      const ImGuiWindow* window = ImGui::FindWindowByName(title.c_str());
      if (window && window->DockNode && window->DockNode->TabBar)
        window->DockNode->TabBar->NextSelectedTabId = window->TabId;
      ImGui::SetWindowFocus(title.c_str());  // else the last one that appeared keeps its place
    }
  }
  // Controls before what they change: a dragged weight moves its curves in the same frame.
  DrawPanels(ui, Slot::kLeft);
  const std::shared_ptr<const FrameView> before = view_;  // lives as long as `ui`
  const bool live = options_.fixed_dt <= 0;
  if (live && ui.session.any()) {
    view_ = session_.ViewOfSent(kAnswer);
    series_.BeginFrame(*view_);
  }
  Ui news = NewUi();
  state_.peek_step = -1;  // panels that are hovered set it anew, plots before the scene
  for (const Slot slot : {Slot::kBottom, Slot::kCentre, Slot::kRight, Slot::kOver})
    DrawPanels(news, slot);
}

void App::DrawPanels(Ui& ui, Slot slot) {
  for (const Panel& panel : Panels()) {
    if (panel.slot != slot) continue;
    if (slot == Slot::kOver) {
      panel.draw(ui);
      continue;
    }
    if (!Shows(panel, state_.layout) || state_.hidden[panel.id]) continue;
    const int count = panel.count ? panel.count(ui) : 0;
    const std::string badge = count > 0 ? fmt::format(" ({})", count) : "";
    const std::string title = fmt::format("{}{}###{}", panel.title, badge, panel.id);
    if (ImGui::Begin(title.c_str(), nullptr, ImGuiWindowFlags_NoCollapse | Ground(title))) {
      const Scope scope(panel.id);
      ReportRect("panel", "panel", panel.title, ImGui::GetWindowPos(),
                 ImGui::GetWindowPos() + ImGui::GetWindowSize());
      panel.draw(ui);
    }
    ImGui::End();
  }
}

// The standard layout of gui.md 3.2: tune | scene | explain over timeline and plots.
void App::Layout(unsigned int dock) {
  ImGui::DockBuilderRemoveNode(dock);
  ImGui::DockBuilderAddNode(dock, ImGuiDockNodeFlags_DockSpace);
  const ImGuiViewport& screen = *ImGui::GetMainViewport();
  ImGui::DockBuilderSetNodeSize(dock,
                                ImVec2(screen.Size.x, screen.Size.y - Scaled(kToolbar + kStatus)));
  ImGuiID centre = dock, bottom, left, right;
  const bool narrow = screen.Size.x < 1280 || screen.Size.y < 720;
  bottom = ImGui::DockBuilderSplitNode(centre, ImGuiDir_Down, 0.44f, nullptr, &centre);
  left = ImGui::DockBuilderSplitNode(centre, ImGuiDir_Left, 0.27f, nullptr, &centre);
  right =
      narrow ? left : ImGui::DockBuilderSplitNode(centre, ImGuiDir_Right, 0.36f, nullptr, &centre);
  ImGuiID timeline = ImGui::DockBuilderSplitNode(bottom, ImGuiDir_Up, 0.25f, nullptr, &bottom);
  if (ImGuiDockNode* node = ImGui::DockBuilderGetNode(timeline)) {
    node->LocalFlags |= ImGuiDockNodeFlags_AutoHideTabBar;
  }
  std::map<ImGuiID, std::string> front;
  front_frames_ = 2;
  for (const Panel& panel : Panels()) {
    if (panel.slot == Slot::kOver || !Shows(panel, state_.layout)) continue;
    const ImGuiID id = std::strcmp(panel.id, "timeline") == 0 ? timeline
                       : panel.slot == Slot::kLeft            ? left
                       : panel.slot == Slot::kRight           ? right
                       : panel.slot == Slot::kBottom          ? bottom
                                                              : centre;
    const std::string title = fmt::format("{}###{}", panel.title, panel.id);
    ImGui::DockBuilderDockWindow(title.c_str(), id);
    if (InFront(panel, state_.layout)) front[id] = title;
    front.emplace(id, title);
  }
  in_front_.clear();
  for (const auto& [id, title] : front) in_front_.push_back(title);
  ImGui::DockBuilderFinish(dock);
}

void App::Keys(Ui& ui) {
  const ImGuiIO& io = ImGui::GetIO();
  // Held, not pressed: the reference is shown as long as the key is down.
  const bool flip = ImGui::IsKeyDown(ImGuiKey_GraveAccent) && !io.WantTextInput;
  if (flip != flip_held_) ui.session.Send(Flip{flip});
  flip_held_ = flip;
  if (io.WantTextInput) return;
  const auto pressed = [](ImGuiKeyChord chord) {
    return ImGui::Shortcut(chord, ImGuiInputFlags_RouteGlobal | ImGuiInputFlags_Repeat);
  };
  const Clock& clock = ui.view.clock;
  if (pressed(ImGuiKey_Space)) ui.session.Send(clock.playing ? Command(Pause{}) : Command(Play{}));
  if (pressed(ImGuiKey_RightArrow)) ui.session.Send(StepBy{1});
  if (pressed(ImGuiKey_LeftArrow)) ui.session.Send(StepBy{-1});
  if (pressed(ImGuiMod_Shift | ImGuiKey_RightArrow)) ui.session.Send(StepBy{10});
  if (pressed(ImGuiMod_Shift | ImGuiKey_LeftArrow)) ui.session.Send(StepBy{-10});
  if (pressed(ImGuiKey_Home)) ui.session.Send(Seek{clock.trace, clock.episode, 0});
  if (pressed(ImGuiKey_End)) ui.session.Send(Seek{clock.trace, clock.episode, clock.length});
  if (pressed(ImGuiKey_Period)) ui.session.Send(Seek{clock.trace, clock.episode + 1, 0});
  if (pressed(ImGuiKey_Comma) && clock.episode > 0)
    ui.session.Send(Seek{clock.trace, clock.episode - 1, 0});
  TimelineKeys(ui);
  if (pressed(ImGuiKey_Enter)) ui.session.Send(Branch{});
  if (pressed(ImGuiKey_Backspace)) ui.session.Send(Reset{});
  if (pressed(ImGuiKey_K))
    ui.session.Send(Seek{clock.trace < 0 && !ui.view.open.empty() ? 0 : -1, -1, 0});
  if (pressed(ImGuiKey_P)) state_.peek = !state_.peek;
  if (pressed(ImGuiMod_Ctrl | ImGuiKey_Z)) ui.session.Send(Undo{});
  if (pressed(ImGuiMod_Ctrl | ImGuiMod_Shift | ImGuiKey_Z)) ui.session.Send(Redo{});
  if (pressed(ImGuiMod_Ctrl | ImGuiKey_L)) ui.session.Send(ReloadReward{});
  if (pressed(ImGuiMod_Ctrl | ImGuiKey_K)) state_.palette_open = !state_.palette_open;
  for (int i = 0; i < 5; ++i) {
    if (pressed(static_cast<ImGuiKey>(ImGuiKey_1 + i))) ui.session.Send(SetSpeed{kSpeeds[i]});
  }
  constexpr const char* kLayouts[] = {"tune", "evaluate", "author", "llm"};
  for (int i = 0; i < 4; ++i) {
    if (!pressed(static_cast<ImGuiKey>(ImGuiKey_F5 + i))) continue;
    state_.layout = kLayouts[i];
    state_.layout_changed = true;
  }
}

void App::Speed(Ui& ui) {
  const Clock& clock = ui.view.clock;
  const auto name = [](double speed) {
    return speed > 0 ? fmt::format("{:g}x", speed) : std::string("as fast as it goes");
  };
  std::string text = clock.speed > 0 ? name(clock.speed) : "max";
  if (clock.playing && std::abs(clock.reached - clock.speed) > 0.05 * clock.speed)
    text += fmt::format("  (is {:.2f}x)", clock.reached);
  const bool pressed = widgets::Button(
      "speed", text.c_str(), "How fast it plays, of real time (keys 1 to 5; + and - step finely)");
  if (pressed) ImGui::OpenPopup("speed");
  if (!ImGui::BeginPopup("speed")) return;
  const Scope scope("speeds");
  for (const double speed : kSpeeds) {
    if (widgets::Selectable(name(speed).c_str(), name(speed).c_str(), clock.speed == speed))
      ui.session.Send(SetSpeed{speed});
  }
  ImGui::EndPopup();
}

void App::Toolbar(Ui& ui) {
  const FrameView& view = ui.view;
  const Clock& clock = view.clock;
  const Scope scope("toolbar");
  ImGui::SetCursorPos(ImVec2(12, 8));
  const auto gap = [](float width) { ImGui::SameLine(0, width); };
  if (widgets::Button("start", "|<", "To the start of the episode (Home)"))
    ui.session.Send(Seek{clock.trace, clock.episode, 0});
  gap(4);
  if (widgets::Button("back", "<", "One step back (Left)")) ui.session.Send(StepBy{-1});
  gap(4);
  if (widgets::Button("play", clock.playing ? "Pause" : "Play ", "Space")) {
    ui.session.Send(clock.playing ? Command(Pause{}) : Command(Play{}));
  }
  gap(4);
  if (widgets::Button("forward", ">", "One step on (Right)")) ui.session.Send(StepBy{1});
  gap(4);
  if (widgets::Button("end", ">|", "To the end of the episode (End)"))
    ui.session.Send(Seek{clock.trace, clock.episode, clock.length});
  gap(16);
  ImGui::AlignTextToFramePadding();
  Speed(ui);
  gap(16);
  ImGui::AlignTextToFramePadding();
  const double dt = view.task->spec().world.dt;
  widgets::Text("step", fmt::format("step {}/{}   {:.2f} s", ui.ShownStep(), clock.length,
                                    ui.ShownStep() * dt));
  gap(16);
  ImGui::AlignTextToFramePadding();
  const TraceView& shown = view.Shown();
  widgets::Muted(
      "source",
      fmt::format("{}   {}   episode {}", view.task->spec().name,
                  clock.trace < 0 ? "live: " + ShortName(view.policy) : shown.name, clock.episode));
  const auto alarms =
      std::count_if(view.alarms.begin(), view.alarms.end(), [](const Finding& alarm) {
        return alarm.judged && alarm.muted.empty() && alarm.level != Level::kInfo;
      });
  if (alarms > 0) {
    gap(12);
    ImGui::PushStyleColor(ImGuiCol_Text, ui.palette.bad);
    const std::string text = fmt::format("{} alarm{}", alarms, alarms == 1 ? "" : "s");
    if (widgets::SmallButton("alarms", text.c_str(), "What speaks against this reward"))
      FocusPanel("alarms");
    ImGui::PopStyleColor();
  }
  // Right: the reward's state and the layouts.
  const float right = ImGui::GetWindowWidth();
  ImGui::SameLine(right - Scaled(470));
  ImGui::AlignTextToFramePadding();
  const RewardInfo& reward = view.reward;
  const std::string name = reward.function ? reward.function->spec().name : "no reward";
  if (view.flipped) {
    widgets::Text("reward", name + ": reference", ui.palette.notice);
  } else if (reward.status == RewardStatus::kLastGood) {
    widgets::Text("reward",
                  fmt::format("{}: last good, {} problem{}", name, reward.problems.size(),
                              reward.problems.size() == 1 ? "" : "s"),
                  ui.palette.bad);
  } else {
    widgets::Text("reward", name, reward.function ? ui.palette.good : ui.palette.muted);
  }
  constexpr std::pair<const char*, const char*> kLayouts[] = {
      {"tune", "Tune"}, {"evaluate", "Evaluate"}, {"author", "Author"}, {"llm", "LLM"}};
  ImGui::SameLine(right - Scaled(270));
  for (const auto& [id, label] : kLayouts) {
    const bool on = state_.layout == id;
    if (on) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetColorU32(ImGuiCol_ButtonActive));
    if (widgets::Button(id, label)) {
      state_.layout = id;
      state_.layout_changed = true;
    }
    if (on) ImGui::PopStyleColor();
    ImGui::SameLine(0, 4);
  }
  ImGui::SetCursorPos(ImVec2(0, Scaled(kToolbar)));
}

void App::StatusBar(Ui& ui) {
  const Scope scope("status");
  ImGui::SetCursorPosX(12);
  const RewardInfo& reward = ui.view.reward;
  std::string text;
  if (reward.function) {
    text = fmt::format("script #{}   mean return {:.6g}   rescored in {:.0f} ms",
                       reward.function->spec().hash.substr(0, 8), reward.mean_return,
                       ui.view.rescore_ms);
  }
  if (!reward.history.empty()) text += "   last change: " + reward.history;
  if (reward.status == RewardStatus::kLastGood && !reward.problems.empty()) {
    const Diagnostic& first = reward.problems[0];
    widgets::Text("problem", fmt::format("line {}: {}", first.where.line, first.message),
                  ui.palette.bad);
    ImGui::SameLine(0, 16);
  }
  // For a while; the count tells a message that comes again from one that still stands.
  static int64_t seen = 0;  // one window
  static double until = 0;
  if (seen != ui.view.message_count) until = ui.time + kMessageSeconds;
  seen = ui.view.message_count;
  if (ui.time < until) text += "   " + ui.view.messages.back().message;
  if (!ui.state.toast.empty() && ui.time < ui.state.toast_until) text += "   " + ui.state.toast;
  widgets::Muted("text", text);
}

}  // namespace carrot
