#include "gui/app/bench.h"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

#include "engine/trace/file_ops.h"

namespace carrot {
namespace {

constexpr int kWarm = 30, kDrags = 20;

double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

double Quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0;
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

}  // namespace

GuiBench MeasureFrames(App& app, Session& session, int64_t frames, double opened_at) {
  GuiBench bench;
  app.Frame();
  bench.first_frame = Now() - opened_at;
  while (!session.idle() && !app.closed()) app.Frame();
  for (int i = 0; i < kWarm; ++i) app.Frame();
  std::vector<double> times;
  for (int64_t i = 0; i < frames && !app.closed(); ++i) {
    const double start = Now();
    app.Frame();
    times.push_back(Now() - start);
  }
  bench.frames = static_cast<int64_t>(times.size());
  bench.p50 = Quantile(times, 0.5);
  bench.p95 = Quantile(times, 0.95);
  bench.p99 = Quantile(times, 0.99);
  bench.longest = Quantile(times, 1);
  const FrameView& view = app.view();
  bench.rows = view.Shown().trace->num_rows();
  bench.renderer = app.surface().renderer();
  if (!view.reward.function) return bench;
  const RewardSpec& spec = view.reward.function->spec();
  bench.terms = static_cast<int>(spec.terms.size());
  std::vector<double> drags;
  for (int i = 0; i < kDrags && !app.closed(); ++i) {
    const double value = spec.terms[0].weight * (1 + 0.01 * (i + 1));
    const double start = Now();
    session.Send(SetValue{"w:" + spec.terms[0].name, value, i + 1 < kDrags});
    const auto shown = [&] {
      const FrameView& now = app.view();
      return now.Shown().fresh && now.reward.settings.weights.weights[0] == value;
    };
    do app.Frame();
    while (!shown() && !app.closed() && Now() - start < 30);
    drags.push_back(Now() - start);
  }
  bench.drag = Quantile(drags, 0.5);
  return bench;
}

Status WriteGuiBench(const GuiBench& bench, const std::string& path) {
  const auto row = [](const char* name, double seconds, double target) {
    return nlohmann::ordered_json{{"name", name},
                                  {"value", seconds * 1e3},
                                  {"unit", "ms"},
                                  {"baseline", target},
                                  {"ratio", target / (seconds * 1e3)},
                                  {"against", "target"}};
  };
  const nlohmann::ordered_json document = {
      {"renderer", bench.renderer},
      {"rows", bench.rows},
      {"terms", bench.terms},
      {"frames", bench.frames},
      {"results",
       {row("first_frame", bench.first_frame, 2000), row("frame_p50", bench.p50, 50),
        row("frame_p95", bench.p95, 50), row("frame_p99", bench.p99, 250),
        row("frame_longest", bench.longest, 250), row("weight_drag", bench.drag, 60)}}};
  return ReplaceFile(path, document.dump(1) + "\n", SystemFileOps());
}

}  // namespace carrot
