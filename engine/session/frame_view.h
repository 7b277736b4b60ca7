// FrameView: what a Session shows to a front end at one moment. Immutable; columns are shared with
// the recordings, no rows are copied.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/core/interactive_world.h"
#include "engine/core/task.h"
#include "engine/session/evaluation_summary.h"
#include "engine/session/train.h"
#include "engine/trace/labels.h"
#include "engine/trace/trace.h"
#include "rewards/analysis/finding.h"
#include "rewards/analysis/rescore.h"
#include "rewards/analysis/reward_diff.h"

namespace carrot {

using Tick = int64_t;  // 1/60 s of the session's own time
inline constexpr double kTickSeconds = 1.0 / 60;

// A recording, or the live world's past, under the reward in use.
struct TraceView {
  std::string name, path;  // path "": the live world
  std::shared_ptr<const Trace> trace;
  std::shared_ptr<const std::vector<TraceEpisodeRows>> episodes;
  // Raw terms, by row number [rows, terms]; null while they are evaluated for the first time.
  std::shared_ptr<const Score> terms;
  // Totals, rewards and returns under the weights in use. May lag behind `terms`' weights: see
  // `fresh`.
  std::shared_ptr<const Score> totals;
  bool fresh = false;                             // both belong to the settings in use
  std::shared_ptr<const RecordingLabels> labels;  // null: the live world, which has none

  void SetTrace(std::shared_ptr<const Trace> now) {
    episodes = std::make_shared<const std::vector<TraceEpisodeRows>>(now->EpisodeRows());
    trace = std::move(now);
  }
  // Of an episode; 0 if there is none.
  int LastStep(int episode) const {
    if (!episodes || episodes->empty()) return 0;
    const TraceEpisodeRows& rows = (*episodes)[episode];
    return rows.first_step + static_cast<int>(rows.rows) - 1;
  }
};

// The one clock: everything on a screen shows this step.
struct Clock {
  int trace = -1;   // index of FrameView::open; -1: the live world
  int episode = 0;  // index of TraceView::episodes
  int step = 0;     // of the episode; 0 is the reset state
  int length = 0;   // last step there is
  bool playing = false;
  double speed = 1;                  // asked, of real time; 0: as fast as it goes
  double reached = 0;                // measured over the last second
  int loop_from = -1, loop_to = -1;  // steps that playing goes round in; -1: none
};

// Where the live world's first episode left another one: up to `step` it is the same.
struct BranchPoint {
  int trace = -1;  // of FrameView::open; -1: the live world's own past, which is gone
  int episode = 0, step = 0;
  uint64_t world_seed = 0;  // of both
};

// Another reward, scored on what is open beside the one in use: a script, or a snapshot.
struct VariantView {
  int id = 0;  // from 1
  std::string name, path;
  std::optional<RewardSettings> asked;             // a snapshot's; none: the script's own
  bool busy = false;                               // it is being scored
  std::shared_ptr<const RewardFunction> function;  // null: not yet, or see problems
  RewardSettings settings;
  std::shared_ptr<const std::vector<std::vector<EpisodeScore>>> episodes;  // by recording
  Diagnostics problems;
};

enum class RewardStatus { kLive, kLastGood, kNone };

struct RewardInfo {
  RewardStatus status = RewardStatus::kNone;
  std::shared_ptr<const RewardFunction> function;  // null: there is none yet
  RewardSettings settings;                         // in use
  RewardSettings defaults;                         // the script's own
  std::string path;
  int version = 0;       // counts swaps
  Diagnostics problems;  // of the newest version of the script
  RewardDiff diff;       // what the last swap changed
  double mean_return =
      0;                // over the finished episodes of the recordings, under the settings in use
  std::string history;  // the step that Undo takes back: "weight alive 1 -> 0.5"; "" if none
  std::string future;   // that Redo brings again
};

struct SnapshotInfo {
  std::string name;
  RewardSettings settings;
  std::string hash;  // of the script that it was taken with
};

enum class JobState { kRunning, kDone, kFailed, kCancelled };
struct JobView {
  int id = 0;
  std::string what;  // "train 200,000 steps of hop_forward on hopper"
  JobState state = JobState::kRunning;
  bool paused = false;  // while it runs
  double done = 0;      // 0..1
  double seconds = 0, seconds_left = -1;
  std::string folder, command;  // where it writes; the command line that does the same
  std::vector<PpoMetrics> curve;
  std::vector<std::pair<int64_t, EvaluationSummary>> evaluations;  // by step
  std::vector<std::string> policies;                               // of the evaluations
  Findings alarms;
  Diagnostics problems;
  // What it trains on: a running training keeps the reward that it was started with.
  std::shared_ptr<const RewardFunction> reward;
  RewardSettings settings;
  int64_t steps = 0;  // asked for
  uint64_t seed = 0;
};

// What a person's hand does to the live world.
struct HandView {
  BodyWrench wrench;  // that the next step will feel; body 0: none
  std::string body;   // its name
  // The live world as it stands, if cells were edited since its newest row; else null.
  std::shared_ptr<const StateBatch> edited;
};

struct FrameView {
  Tick tick = 0;
  int64_t version = 0;  // differs from the last view's if anything else than `tick` may
  int64_t served = 0;   // commands since the session was opened
  Clock clock;
  std::shared_ptr<const Task> task;
  RewardInfo reward;
  TraceView live;
  std::vector<TraceView> open;
  std::string policy;  // that acts in the live world; "human": a person does
  bool human = false;
  std::vector<double> human_action;  // held
  HandView hand;
  std::vector<SnapshotInfo> snapshots;
  int reference = -1;                 // of snapshots, that Flip shows; -1: the script's own values
  bool flipped = false;               // reward.settings are the reference's
  std::vector<VariantView> variants;  // in the order in which they were added
  std::vector<JobView> jobs;
  Findings alarms;                       // of the reward on the recordings, then those of training
  bool alarms_fresh = false;             // the former judge the settings in use
  std::string alarms_note;               // why they are not judged; ""
  std::vector<std::string> error_types;  // that are offered for labels
  std::optional<BranchPoint> branch;     // of `live`
  Diagnostics messages;                  // of commands that could not be done; the newest last
  int64_t message_count = 0;             // of all so far: the oldest messages are dropped
  // The first message after so many; null: none came, or it has been dropped since.
  const Diagnostic* MessageAfter(int64_t count) const {
    const int64_t at = static_cast<int64_t>(messages.size()) - (message_count - count);
    return at >= 0 && at < static_cast<int64_t>(messages.size()) ? &messages[at] : nullptr;
  }
  std::string folder;     // the session's; "": nothing is written
  double rescore_ms = 0;  // of the last one

  const TraceView& Shown() const { return clock.trace < 0 ? live : open[clock.trace]; }
};

}  // namespace carrot
