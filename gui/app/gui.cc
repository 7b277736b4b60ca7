#include "gui/app/gui.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "engine/base/json_text.h"
#include "engine/base/monotonic.h"
#include "engine/trace/file_ops.h"
#include "gui/app/bench.h"
#include "gui/app/state_json.h"
#include "gui/app/steps.h"
#include "gui/render/png.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;

// Of a measurement: its trainings and scripts are nobody's work.
struct TemporaryFolder {
  const fs::path path = fs::temp_directory_path() / fmt::format("carrot-bench-{}", getpid());
  TemporaryFolder() { fs::create_directories(path, error); }
  ~TemporaryFolder() { fs::remove_all(path, error); }
  std::error_code error;
};

Status WriteState(const App& app, const std::string& path) {
  auto state = StateJson(app);
  state["items"] = nlohmann::ordered_json::array();
  for (const Item& item : ItemLog::Get().last) {
    state["items"].push_back({{"path", item.path},
                              {"kind", item.kind},
                              {"text", item.text},
                              {"state", item.state},
                              {"visible", item.visible},
                              {"rect", {item.min.x, item.min.y, item.max.x, item.max.y}}});
    if (item.x1 > item.x0) state["items"].back()["x"] = {item.x0, item.x1};
  }
  return ReplaceFile(path, JsonText(state, 1) + "\n", SystemFileOps());
}

}  // namespace

Status RunGui(SessionConfig config, const GuiOptions& options) {
  const double opened_at = MonotonicSeconds();
  std::optional<TemporaryFolder> scratch;
  if (!options.bench.empty()) config.folder = scratch.emplace().path;
  CARROT_ASSIGN_OR_RETURN(std::unique_ptr<Session> session, Session::Open(std::move(config)));
  CARROT_ASSIGN_OR_RETURN(std::unique_ptr<App> app, App::Open(*session, options.app));
  Status result;
  if (!options.script.empty()) {
    result = RunSteps(*app, {.path = options.script, .cancelled = options.interrupted});
  } else if (!options.bench.empty()) {
    session->Start();
    const GuiBench bench = MeasureWindow(*app, *session, options.frames > 0 ? options.frames : 600,
                                         opened_at, scratch->path.string());
    session->Stop();
    CARROT_RETURN_IF_ERROR(WriteGuiBench(bench, options.bench));
  } else {
    const bool live = options.app.fixed_dt <= 0;
    if (live) session->Start();
    for (int64_t frame = 0; !app->closed() && (options.frames == 0 || frame < options.frames);) {
      if (options.interrupted && options.interrupted()) break;
      frame += app->Frame() ? 1 : 0;
    }
    if (live) session->Stop();
    // Nobody saw the Problems panel.
    const RewardInfo& reward = app->view().reward;
    if (!live && !reward.function && HasError(reward.problems)) result = Fail(reward.problems);
  }
  if (Status saved = session->Save(); !saved && result) result = std::move(saved);
  if (!options.screenshot.empty()) {
    Image image;
    app->Frame(&image);
    CARROT_RETURN_IF_ERROR(WritePng(options.screenshot, image));
  }
  if (!options.dump_state.empty()) CARROT_RETURN_IF_ERROR(WriteState(*app, options.dump_state));
  return result;
}

}  // namespace carrot
