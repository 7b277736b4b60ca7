#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

#include "engine/apps/arguments.h"
#include "engine/apps/interrupt.h"
#include "engine/apps/options.h"
#include "engine/apps/recordings.h"
#include "engine/apps/table.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/base/json_text.h"
#include "engine/base/paths.h"
#include "engine/session/corpus.h"
#include "engine/session/evaluation_json.h"
#include "engine/session/session.h"
#include "engine/trace/trace_file.h"
#include "rewards/host/reward_catalog.h"
#ifdef CARROT_HAS_GL
#include "gui/app/gui.h"
#endif

namespace carrot {
namespace {

namespace fs = std::filesystem;

// What opens if nothing is named: it moves at once, and its shipped policy is worth watching.
constexpr const char* kDemoTask = "balance_bot";

// Recordings that are shipped for a first look: assets/demos/TASK/*.trace.
std::vector<std::string> DemosOf(const std::string& task) {
  std::vector<std::string> found;
  std::error_code ec;
  for (const auto& entry : fs::directory_iterator(HomeFolder() / "assets" / "demos" / task, ec)) {
    if (entry.path().extension() == ".trace") found.push_back(entry.path().string());
  }
  std::sort(found.begin(), found.end());
  return found;
}

fs::path StateFolder() {
  const char* base = std::getenv("XDG_STATE_HOME");
  const char* home = std::getenv("HOME");
  const fs::path root =
      base && *base ? fs::path(base) : fs::path(home ? home : "/tmp") / ".local" / "state";
  return root / "carrot" / "session";
}

class GuiVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        TaskOption(&task_name_),
        RewardOption(&reward_name_, "name or path; without it the task's own"),
        {"--policy",
         "POLICY",
         "that acts in the live world [the task's shipped one]",
         &policy_,
         false,
         {},
         Offer::kPolicy},
        TracesOption(&traces_, "recordings to open [the task's demos]", false),
        {"--session",
         "DIR",
         "where tuning, commands and runs are kept",
         &session_,
         false,
         {},
         Offer::kFile},
        {"--no-session", "", "keep nothing", &no_session_},
        {"--first-run", "", "as on the very first start: the demo and its tour", &first_run_},
        {"--layout",
         "NAME",
         "what to show first",
         &layout_,
         false,
         {"tune", "evaluate", "author", "llm"}},
        {"--theme", "NAME", "light or dark", &theme_, false, {"light", "dark"}},
        {"--size", "WxH", "of the window", &size_},
        {"--scale", "F", "of all text and widgets", &scale_},
        {"--headless", "", "draw without a window", &headless_},
        {"--script",
         "F.steps",
         "do what the file says, then end; exit 1 if it fails",
         &script_,
         false,
         {},
         Offer::kFile},
        {"--screenshot",
         "OUT.png",
         "a picture of the last frame",
         &screenshot_,
         false,
         {},
         Offer::kFile},
        {"--dump-state",
         "OUT.json",
         "the state and the widgets of the last frame",
         &dump_state_,
         false,
         {},
         Offer::kFile},
        {"--bench",
         "OUT.json",
         "measure frame times against their targets",
         &bench_,
         false,
         {},
         Offer::kFile},
        {"--frames", "N", "end after so many frames", &frames_},
        WorkersOption(&workers_),
    };
  }

  ExitCode Run(Console& console) override {
#ifdef CARROT_HAS_GL
    SessionConfig session;
    Status ready = Prepare(console, &session);
    if (!ready) return console.Fail(ready.error());
    GuiOptions options;
    Status sized = ParseSize(&options.app.surface.width, &options.app.surface.height);
    if (!sized) return console.Fail(sized.error());
    options.app.surface.window = !headless_;
    options.app.surface.input = script_.empty() && bench_.empty();
    options.app.surface.scale = static_cast<float>(scale_);
    options.app.layout = layout_;
    options.app.theme = theme_ == "dark" ? Theme::kDark : Theme::kLight;
    options.app.record_items = !script_.empty() || !dump_state_.empty();
    // Without anybody to watch it, time is counted in frames: the same picture on any machine.
    if (bench_.empty() && (!script_.empty() || headless_)) options.app.fixed_dt = 1.0 / 60;
    options.app.welcome = first_run_ || (first_time_ && script_.empty());
    if (const char* fault = std::getenv("CARROT_TEST_FAULT")) options.app.fault = fault;
    options.script = script_;
    options.screenshot = screenshot_;
    options.dump_state = dump_state_;
    options.frames = frames_;
    options.bench = bench_;
    if (headless_ && script_.empty() && bench_.empty() && frames_ == 0) options.frames = 120;
    options.interrupted = [] { return Interrupted().load(); };
    Status done = RunGui(std::move(session), options);
    if (!done) {
      console.Show(done.error());
      const std::string& code = done.error()[0].code;
      return code == "U030" || code == "U031" ? ExitCode::kNegative : console.CodeOf(done.error());
    }
    if (!bench_.empty()) PrintBench(console);
    return ExitCode::kOk;
#else
    return console.Fail({MakeError("G001", "this build of carrot has no graphics",
                                   {"install libegl-dev and libgl-dev, then build again"})});
#endif
  }

 private:
  // What WriteGuiBench wrote.
  void PrintBench(Console& console) const {
    const Result<std::string> text = ReadFile(bench_);
    const Json document = TryParseJson<Json>(text ? *text : "");
    if (!document.is_object()) return;
    if (console.json()) return console.PrintJson(document);
    Table table({{"measure", Align::kLeft}, {"value"}, {"unit", Align::kLeft}, {"at most"}});
    for (const Json& row : document["results"]) {
      table.Row({row["name"], Short(row["value"]), row["unit"],
                 row.contains("baseline") ? Short(row["baseline"]) : ""});
    }
    console.Print(table.Render(console.out()));
    console.Print(fmt::format("{} rows, {} terms, {}\n", document["rows"].get<int64_t>(),
                              document["terms"].get<int>(),
                              document["renderer"].get<std::string>()));
  }

  Status Prepare(Console& console, SessionConfig* session) {
    const bool kept = !no_session_ && bench_.empty() && (script_.empty() || !session_.empty());
    if (kept) session->folder = session_.empty() ? StateFolder() : fs::path(session_);
    traces_ = RecordingsIn(traces_);
    if (task_name_.empty() && !traces_.empty()) {
      CARROT_ASSIGN_OR_RETURN(const auto trace, OpenTrace(traces_[0]));
      task_name_ = trace->spec().task;
    }
    // A script that cannot be read is the window's to show.
    if (const auto named = TaskOrRewards(task_name_, reward_name_)) task_name_ = *named;
    const bool asked = !task_name_.empty() || !reward_name_.empty();
    if (!asked) {
      if (kept && !first_run_) Reopen(console, session);
      first_time_ = task_name_.empty();
    }
    if (task_name_.empty()) task_name_ = kDemoTask;
    CARROT_ASSIGN_OR_RETURN(session->task, FindTask(task_name_));
    session->task_name = task_name_;
    const TaskSpec& task = session->task->spec();
    session->find_reward = [&task](const std::string& name) { return FindReward(name, task); };
    CARROT_ASSIGN_OR_RETURN(session->reward, FindReward(reward_name_, task));
    if (kept && (asked || first_run_)) GoOn(console, session);
    session->policy = policy_;
    if (policy_.empty()) {
      const std::vector<fs::path> shipped = ShippedPolicies(task);
      session->policy = shipped.empty() ? "random" : shipped[0].string();
    }
    session->recordings = traces_.empty() ? DemosOf(task.name) : traces_;
    session->workers = Workers(workers_);
    return {};
  }

  // The session as it was left. What is gone since then is passed over, with a word.
  void Reopen(Console& console, SessionConfig* session) {
    Result<SavedSession> saved = ReadSession(session->folder);
    if (!saved) {
      if (saved.error()[0].code == "I001") return;
      console.Show(saved.error());
      return SetAside(console, *session, nullptr);
    }
    if (!FindTask(saved->task)) {
      console.Warn(
          fmt::format("the task {} of the last session is not there any more", saved->task));
      return SetAside(console, *session, &*saved);
    }
    task_name_ = saved->task;
    const bool yardstick = !saved->policy.empty() && saved->policy.find('/') == std::string::npos;
    if (policy_.empty() && (yardstick || fs::exists(saved->policy))) policy_ = saved->policy;
    for (const std::string& path : saved->recordings) {
      if (const Result<std::shared_ptr<const Trace>> trace = OpenFilledTrace(path); trace) {
        traces_.push_back(path);
      } else {
        console.Warn(fmt::format("a recording of the last session is left out: {}",
                                 trace.error()[0].message));
      }
    }
    if (!fs::exists(saved->reward)) {
      console.Warn(
          fmt::format("the reward {} of the last session is not there any more", saved->reward));
      return SetAside(console, *session, &*saved);
    }
    reward_name_ = saved->reward;
    session->restore = std::move(*saved);
  }

  // What was tuned of the same reward goes on; another's is kept.
  static void GoOn(Console& console, SessionConfig* session) {
    Result<SavedSession> saved =
        TakeUpSession(session->folder, session->task_name, fs::absolute(session->reward).string());
    if (saved) {
      session->restore = std::move(*saved);
    } else if (saved.error()[0].code != "I001") {
      console.Show(saved.error());
      SetAside(console, *session, nullptr);
    }
  }

  // Nothing that a person tuned is written over.
  static void SetAside(Console& console, const SessionConfig& session, const SavedSession* saved) {
    const Result<fs::path> aside = SetSessionAside(session.folder, saved);
    if (!aside) return console.Show(aside.error());
    console.Note(fmt::format("what was tuned there is kept: {}", aside->string()));
  }

#ifdef CARROT_HAS_GL
  Status ParseSize(int* width, int* height) const {
    if (!ParseWindowSize(size_, width, height)) {
      return Fail(MakeError("U002", fmt::format("--size {}: {}", size_, kWindowSizeText)));
    }
    if (scale_ >= 0.5 && scale_ <= 4) return {};
    return Fail(MakeError("U002", fmt::format("--scale is from 0.5 to 4, not {}", scale_)));
  }
#endif

  std::string task_name_, reward_name_, policy_, session_, layout_ = "tune", theme_ = "light",
                                                           size_ = "1600x900";
  std::string script_, screenshot_, dump_state_, bench_;
  std::vector<std::string> traces_;
  bool no_session_ = false, first_run_ = false, headless_ = false, first_time_ = false;
  double scale_ = 1;
  int64_t frames_ = 0, workers_ = 0;
};

}  // namespace

std::unique_ptr<Verb> MakeGui() { return std::make_unique<GuiVerb>(); }

}  // namespace carrot
