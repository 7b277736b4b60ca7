// The window's loop: a frame is input, the newest FrameView, panels, pixels.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "engine/session/session.h"
#include "gui/app/surface.h"
#include "gui/view/scenes.h"
#include "gui/view/ui.h"

namespace carrot {

struct AppOptions {
  SurfaceOptions surface;
  std::string layout = "tune";
  Theme theme = Theme::kLight;
  double fixed_dt = 0;  // > 0: a virtual clock; the session makes a tick a frame and nothing waits
  std::string fault;    // CARROT_TEST_FAULT: hide:PANEL, seek, rescore, scene (tests of the tests)
  bool record_items = false;  // fill ItemLog
  bool welcome = false;       // the four cards
};

class App {
 public:
  static Result<std::unique_ptr<App>> Open(Session& session, const AppOptions& options);
  ~App();

  bool closed() const { return surface_->closed(); }
  // One frame; `image`, if not null, receives its pixels. Waits a little for something to draw and
  // returns false if there was nothing: no input and no other view (never while a script drives).
  bool Frame(Image* image = nullptr);
  Surface& surface() { return *surface_; }
  UiState& state() { return state_; }
  const FrameView& view() const { return *view_; }
  SeriesCache& series() { return series_; }
  double time() const { return time_; }
  // Seconds that the last frame took, without waiting: building the panels, drawing them.
  double build_seconds() const { return build_seconds_; }
  double draw_seconds() const { return draw_seconds_; }
  bool idle() const { return session_.idle() && !series_.busy(); }

 private:
  App(Session& session, AppOptions options) : session_(session), options_(std::move(options)) {}
  bool News();
  void Draw();
  void DrawPanels(Ui& ui, Slot slot);
  Ui NewUi();
  void AdaptScene();
  void Layout(unsigned int dock);
  void Keys(Ui& ui);
  void Toolbar(Ui& ui);
  void Speed(Ui& ui);
  void StatusBar(Ui& ui);

  Session& session_;
  AppOptions options_;
  std::unique_ptr<Surface> surface_;
  std::unique_ptr<SceneCache> scenes_;
  std::map<std::string, CurvePicture> pictures_;
  Fonts fonts_;
  SeriesCache series_;
  UiState state_;
  std::shared_ptr<const FrameView> view_;
  double time_ = 0, awake_until_ = 0;
  double build_seconds_ = 0, draw_seconds_ = 0, usual_seconds_ = 0;
  int frames_ = 0;
  bool flip_held_ = false;
  std::vector<std::string> in_front_;  // windows to bring to the front after a layout
  int front_frames_ = 0;
};

}  // namespace carrot
