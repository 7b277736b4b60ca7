#include "gui/app/bench.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "engine/base/json_text.h"
#include "engine/base/monotonic.h"
#include "engine/base/paths.h"
#include "engine/trace/file_ops.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

constexpr int kWarm = 30, kDrags = 20, kSaves = 8;
constexpr double kPatience = 60;    // seconds until what is waited for is given up
constexpr double kIdleWatched = 4;  // seconds
constexpr int64_t kLongTraining = 100'000'000;

double ProcessSeconds() {  // of all threads
  timespec at;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &at);
  return static_cast<double>(at.tv_sec) + 1e-9 * static_cast<double>(at.tv_nsec);
}

double Quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

// Frames until `done`; seconds that it took.
template <typename Done>
double FramesUntil(App& app, Done done) {
  const double start = MonotonicSeconds();
  do app.Frame();
  while (!done() && !app.closed() && MonotonicSeconds() - start < kPatience);
  return MonotonicSeconds() - start;
}

struct FrameTimes {
  std::vector<double> whole, build, draw;
};

FrameTimes TimeFrames(App& app, int64_t frames) {
  FrameTimes times;
  while (static_cast<int64_t>(times.whole.size()) < frames && !app.closed()) {
    if (!app.Frame()) continue;
    times.build.push_back(app.build_seconds());
    times.draw.push_back(app.draw_seconds());
    times.whole.push_back(app.build_seconds() + app.draw_seconds());
  }
  return times;
}

struct DragTimes {
  std::vector<double> plots, all;  // seconds from a drag's event
};

// Where the slider of the first term's weight is.
std::optional<Item> FirstSlider(App& app) {
  const std::string path = "tune/" + app.view().reward.function->spec().terms[0].name + "/weight";
  ItemLog& log = ItemLog::Get();
  log.recording = true;
  FramesUntil(app, [] { return true; });
  log.recording = false;
  const Item* item = log.Find(path);
  return item ? std::optional(*item) : std::nullopt;
}

// The mouse drags a weight: to the frame that shows the curves of the episode under it, and to
// fresh returns of all recordings.
DragTimes TimeDrags(App& app) {
  DragTimes times;
  const std::optional<Item> slider = FirstSlider(app);
  if (!slider) return times;
  const auto weight = [&] { return app.view().reward.settings.weights.weights[0]; };
  const auto settled = [&] { return app.view().Shown().fresh && !app.series().busy(); };
  ImGuiIO& io = ImGui::GetIO();
  const float y = (slider->min.y + slider->max.y) / 2;
  float x = slider->min.x + 0.25f * (slider->max.x - slider->min.x);
  const auto press = [&](bool down) {
    io.AddMousePosEvent(x, y);
    FramesUntil(app, [] { return true; });
    io.AddMouseButtonEvent(0, down);
    app.surface().Wake();
    FramesUntil(app, settled);
  };
  press(true);
  const float pace = 0.5f * (slider->max.x - slider->min.x) / kDrags;
  for (int i = 0; i < kDrags && !app.closed(); ++i) {
    x += pace;
    const double before = weight();
    io.AddMousePosEvent(x, y);
    app.surface().Wake();
    times.plots.push_back(FramesUntil(app, [&] { return weight() != before; }));
    times.all.push_back(times.plots.back() + FramesUntil(app, settled));
  }
  press(false);
  return times;
}

// Seconds from a save of the script to its scores on the screen, median. It saves a copy.
double TimeSaves(App& app, Session& session, const std::string& folder) {
  const RewardSpec& spec = app.view().reward.function->spec();
  Result<std::string> text = ReadFile(spec.path);
  const std::string copy = folder + "/" + spec.name + ".lua";
  if (!text || !ReplaceFile(copy, *text, SystemFileOps())) return 0;
  const auto scored = [&](int version) {
    return app.view().reward.version > version && app.view().Shown().fresh && app.idle();
  };
  session.Send(UseReward{copy});
  FramesUntil(app, [&] { return app.view().reward.path == copy && scored(0); });
  std::vector<double> seconds;
  for (int i = 0; i < kSaves && !app.closed(); ++i) {
    const int version = app.view().reward.version;
    *text += "-- saved again\n";
    if (!ReplaceFile(copy, *text, SystemFileOps())) return 0;
    seconds.push_back(FramesUntil(app, [&] { return scored(version); }));
  }
  return Quantile(seconds, 0.5);
}

// Percent of a core that the process takes while nothing moves.
double IdleShare(App& app, Session& session) {
  session.Send(Pause{});
  for (const double start = MonotonicSeconds(); MonotonicSeconds() - start < 1.5;) app.Frame();
  const double start = MonotonicSeconds(), before = ProcessSeconds();
  while (MonotonicSeconds() - start < kIdleWatched) app.Frame();
  return 100 * (ProcessSeconds() - before) / (MonotonicSeconds() - start);
}

FrameTimes TimeTraining(App& app, Session& session, int64_t frames) {
  session.Send(StartTrain{.steps = kLongTraining});
  FramesUntil(app, [&] { return !app.view().jobs.empty() && !app.view().jobs[0].curve.empty(); });
  const FrameTimes times = TimeFrames(app, frames);
  session.Send(CancelJob{1});
  FramesUntil(app, [&] { return app.idle(); });
  return times;
}

}  // namespace

GuiBench MeasureWindow(App& app, Session& session, int64_t frames, double opened_at,
                       const std::string& folder) {
  GuiBench bench;
  const auto report = [&](const char* name, double seconds, double target) {
    bench.measures.push_back({name, seconds * 1e3, "ms", target});
  };
  app.Frame();
  report("first_frame", MonotonicSeconds() - opened_at, 2000);
  FramesUntil(app, [&] { return app.idle(); });
  TimeFrames(app, kWarm);
  bench.rows = app.view().Shown().trace->num_rows();
  bench.renderer = app.surface().renderer();
  const FrameTimes playing = TimeFrames(app, frames);
  report("frame_p50", Quantile(playing.whole, 0.5), 0);
  report("frame_p95", Quantile(playing.whole, 0.95), 50);
  report("frame_longest", Quantile(playing.whole, 1), 250);
  report("frame_build_p95", Quantile(playing.build, 0.95), 0);
  report("frame_draw_p95", Quantile(playing.draw, 0.95), 0);
  const std::shared_ptr<const RewardFunction> reward = app.view().reward.function;
  if (reward && !reward->spec().terms.empty()) {
    bench.terms = static_cast<int>(reward->spec().terms.size());
    const DragTimes drags = TimeDrags(app);
    report("weight_drag", Quantile(drags.plots, 0.5), 60);
    report("weight_drag_all", Quantile(drags.all, 0.5), 0);
    report("save_to_live", TimeSaves(app, session, folder), 500);
    const FrameTimes training = TimeTraining(app, session, frames);
    report("training_frame_p95", Quantile(training.whole, 0.95), 0);
    report("training_frame_longest", Quantile(training.whole, 1), 250);
  }
  bench.measures.push_back({"idle", IdleShare(app, session), "% of a core", 3});
  return bench;
}

Status WriteGuiBench(const GuiBench& bench, const std::string& path) {
  nlohmann::ordered_json results = nlohmann::ordered_json::array();
  for (const GuiMeasure& measure : bench.measures) {
    nlohmann::ordered_json row = {
        {"name", measure.name}, {"value", measure.value}, {"unit", measure.unit}};
    if (measure.target > 0) {
      row["baseline"] = measure.target;
      row["ratio"] = measure.value > 0 ? measure.target / measure.value : 0;
      row["against"] = "at most";
    }
    results.push_back(std::move(row));
  }
  const nlohmann::ordered_json document = {{"renderer", bench.renderer},
                                           {"rows", bench.rows},
                                           {"terms", bench.terms},
                                           {"results", std::move(results)}};
  return ReplaceFile(path, JsonText(document, 1) + "\n", SystemFileOps());
}

}  // namespace carrot
