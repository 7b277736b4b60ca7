// The half of the session that is about the reward: its script, its tuning, what speaks against it,
// and what is kept of all that.
#include <fmt/format.h>

#include <algorithm>

#include "engine/base/paths.h"
#include "engine/session/script_edit.h"
#include "engine/session/session.h"
#include "engine/trace/file_ops.h"

namespace carrot {
namespace {

constexpr Tick kSettleTicks = 20;  // without a change, before it is judged
constexpr int64_t kMostJudgedRows = 2'000'000;

}  // namespace

Status Session::HasReward() const {
  if (reward_.function) return {};
  return Fail(MakeError("U002", "no reward has been loaded"));
}

Status Session::Do(const UseReward& command) {
  std::string path = command.reward;
  if (config_.find_reward) {
    CARROT_ASSIGN_OR_RETURN(path, config_.find_reward(command.reward));
  }
  reward_.path = path;
  std::vector<std::shared_ptr<const Trace>> recordings;
  for (TraceView& view : open_) {
    recordings.push_back(view.trace);
    view.fresh = false;
  }
  desk_->Load(path, std::move(recordings));
  return {};
}

Status Session::Do(const ReloadReward&) {
  desk_->Reload();
  return {};
}

Status Session::Do(const SetValue& command) {
  CARROT_RETURN_IF_ERROR(HasReward());
  CARROT_RETURN_IF_ERROR(
      tuning_.Set(reward_.function->spec(), command.name, command.value, command.drag));
  Retune();
  return {};
}

Status Session::Do(const SetValues& command) {
  CARROT_RETURN_IF_ERROR(HasReward());
  CARROT_RETURN_IF_ERROR(tuning_.SetAll(reward_.function->spec(), command.values, command.why));
  Retune();
  return {};
}

Status Session::Do(const ResetValue& command) {
  CARROT_RETURN_IF_ERROR(HasReward());
  const TunedValues::Values own = TunedValues::Of(reward_.function->spec(), reward_.defaults);
  const auto found = own.find(command.name);
  return Do(SetValue{command.name, found == own.end() ? 0 : found->second, false});
}

Status Session::Do(const ScaleGroup& command) {
  CARROT_RETURN_IF_ERROR(HasReward());
  CARROT_RETURN_IF_ERROR(
      tuning_.Scale(reward_.function->spec(), command.prefix, command.factor, command.drag));
  Retune();
  return {};
}

Status Session::Do(const SaveSnapshot& command) {
  CARROT_RETURN_IF_ERROR(HasReward());
  const std::string name =
      command.name.empty() ? fmt::format("snapshot {}", snapshots_.size() + 1) : command.name;
  snapshots_.push_back({name, tuning_.now(), reward_.function->spec().hash});
  unsaved_ = true;
  return {};
}

Result<SnapshotInfo*> Session::Snapshot(int index) {
  if (index >= 0 && index < static_cast<int>(snapshots_.size())) return &snapshots_[index];
  return Fail(MakeError("U002", fmt::format("there is no snapshot {}", index)));
}

Status Session::Do(const LoadSnapshot& command) {
  CARROT_ASSIGN_OR_RETURN(const SnapshotInfo* snapshot, Snapshot(command.index));
  CARROT_RETURN_IF_ERROR(HasReward());
  tuning_.Replace(snapshot->settings, "load " + snapshot->name);
  Retune();
  return {};
}

Status Session::Do(const RenameSnapshot& command) {
  CARROT_ASSIGN_OR_RETURN(SnapshotInfo * snapshot, Snapshot(command.index));
  if (command.name.empty()) return Fail(MakeError("U002", "a snapshot needs a name"));
  snapshot->name = command.name;
  unsaved_ = true;
  return {};
}

Status Session::Do(const DeleteSnapshot& command) {
  CARROT_RETURN_IF_ERROR(Snapshot(command.index));
  snapshots_.erase(snapshots_.begin() + command.index);
  const bool shown = flipped_ && reference_ == command.index;
  if (reference_ == command.index) {
    reference_ = -1;
  } else if (reference_ > command.index) {
    --reference_;
  }
  unsaved_ = true;
  if (shown) UseSettings();
  return {};
}

Status Session::Do(const SetReference& command) {
  if (command.index != -1) CARROT_RETURN_IF_ERROR(Snapshot(command.index));
  reference_ = command.index;
  unsaved_ = true;
  if (flipped_) UseSettings();
  return {};
}

Status Session::Do(const struct Flip& command) {
  CARROT_RETURN_IF_ERROR(HasReward());
  if (flipped_ == command.on) return {};
  flipped_ = command.on;
  UseSettings();
  return {};
}

Status Session::Do(const struct Undo&) {
  if (tuning_.Undo()) Retune();
  return {};
}

Status Session::Do(const struct Redo&) {
  if (tuning_.Redo()) Retune();
  return {};
}

Status Session::Do(const WriteScript&) {
  CARROT_RETURN_IF_ERROR(HasReward());
  CARROT_ASSIGN_OR_RETURN(const std::string on_disk, ReadFile(reward_.path));
  if (on_disk != reward_.function->spec().source) {
    return Fail(MakeError(
        "U002",
        fmt::format("{} is not the version in use: what is new in it would be lost", reward_.path),
        {"mend it until it loads (see Problems), then write again"}));
  }
  CARROT_ASSIGN_OR_RETURN(const std::string text,
                          EditDefaults(reward_.function->spec(), tuning_.now()));
  return ReplaceFile(reward_.path, text, SystemFileOps());
}

void Session::Retune() {
  UseSettings();
  unsaved_ = true;
  JudgeLater();
}

void Session::UseSettings() {
  reward_.settings = !flipped_        ? tuning_.now()
                     : reference_ < 0 ? reward_.defaults
                                      : snapshots_[reference_].settings;
  for (TraceView& view : open_) view.fresh = false;
  desk_->Tune(reward_.settings);
  if (Status set = live_->SetReward(reward_.function, reward_.settings); !set) {
    Message(std::move(set).error());
  }
  RefreshLive();
}

bool Session::TakeScores() {
  bool any = false;
  while (std::optional<DeskResult> result = desk_->Take()) {
    any = true;
    rescore_ms_ = result->milliseconds;
    if (result->report) TakeSwap(*result);
    if (!result->live) continue;
    const bool newest = SameValues(result->live->settings, reward_.settings);
    reward_.mean_return = result->mean_return;
    SayOverflow(*result);
    for (size_t i = 0; i < open_.size() && i < result->totals.size(); ++i) {
      open_[i].terms = {result->live->scores, &(*result->live->scores)[i]};
      open_[i].totals = result->totals[i];
      open_[i].fresh = newest;
    }
  }
  return any;
}

// A weight that is too large for a return (R036) is said once, not at each step of a drag.
void Session::SayOverflow(const DeskResult& result) {
  Diagnostics errors;
  for (const auto& totals : result.totals) {
    for (const Diagnostic& error : totals->errors) {
      if (error.code == "R036" && errors.empty()) errors.push_back(error);
    }
  }
  if (!errors.empty() && !overflows_) Message(errors);
  overflows_ = !errors.empty();
}

void Session::TakeSwap(const DeskResult& result) {
  const SwapReport& report = *result.report;
  reward_.problems = report.diagnostics;
  reward_.status = !report.now                    ? RewardStatus::kNone
                   : HasError(report.diagnostics) ? RewardStatus::kLastGood
                                                  : RewardStatus::kLive;
  if (!report.swapped) return;
  const RewardSpec& spec = report.now->function->spec();
  RewardSettings settings = report.now->settings;
  // The desk carried on what was in use.
  const bool flipped = std::exchange(flipped_, false);
  if (reward_.function) {
    const RewardSpec& before = reward_.function->spec();
    if (flipped) settings = TunedValues().Carry(before, tuning_.now(), spec);
    for (SnapshotInfo& snapshot : snapshots_) {
      const TunedValues::Values values = TunedValues::Of(before, snapshot.settings);
      snapshot.settings = DefaultSettings(spec, settings.weights.gamma);
      TunedValues::Set(spec, values, &snapshot.settings);
    }
  }
  reward_.function = report.now->function;
  reward_.version = report.now->version;
  reward_.diff = report.diff;
  reward_.settings = report.now->settings;
  reward_.defaults = DefaultSettings(spec, reward_.settings.weights.gamma);
  tuning_.Adopt(spec, settings);
  if (reward_.version == 1) Restore();
  if (flipped) UseSettings();
  if (Status set = live_->SetReward(reward_.function, reward_.settings); !set) {
    Message(std::move(set).error());
  }
  RefreshLive();
  unsaved_ = true;
  JudgeLater();
}

// --- alarms ---

void Session::JudgeLater() { alarms_due_ = tick_ + kSettleTicks; }

bool Session::TakeAlarms() {
  bool news = false;
  if (std::optional<Result<Findings>> found = alarm_desk_->Take()) {
    judged_ = *found ? std::move(**found) : Findings();
    alarms_note_ = *found ? "" : found->error()[0].message;
    news = true;
  }
  const bool now = alarms_due_ > 0 && tick_ >= alarms_due_ && !desk_->busy() && !flipped_;
  if (!now || !reward_.function) return news;
  alarms_due_ = 0;
  AlarmRequest request{{}, reward_.function, tuning_.now()};
  int64_t rows = 0;
  for (const TraceView& view : open_) {
    request.recordings.push_back({view.path, view.trace});
    rows += view.trace->num_rows();
  }
  if (rows > kMostJudgedRows) {
    judged_.clear();
    alarms_note_ =
        fmt::format("{} steps are too many to be judged after each change: run carrot audit", rows);
  } else if (!request.recordings.empty()) {
    alarm_desk_->Ask(std::move(request));
  }
  return true;
}

Status Session::Do(const struct MuteAlarm& command) {
  CARROT_RETURN_IF_ERROR(HasReward());
  if (command.reason.empty()) {
    mutes_[reward_.path].erase(command.code);
  } else {
    mutes_[reward_.path][command.code] = command.reason;
  }
  unsaved_ = true;
  return {};
}

void Session::ApplyMutes(Findings* findings) const {
  const auto mutes = mutes_.find(reward_.path);
  if (mutes == mutes_.end()) return;
  for (Finding& finding : *findings) {
    const auto mute = mutes->second.find(finding.code);
    if (mute != mutes->second.end() && finding.judged) finding.muted = mute->second;
  }
}

// --- what is kept ---

void Session::Autosave() {
  if (Status saved = Save(); !saved) Message(std::move(saved).error());
}

Status Session::Save() {
  saved_at_ = tick_;  // a disk that is full now is asked again when there is news
  unsaved_ = false;
  if (config_.folder.empty() || !reward_.function) return {};
  SavedSession saved{config_.task_name.empty() ? config_.task->spec().name : config_.task_name,
                     std::filesystem::absolute(reward_.path).string(),
                     live_->policy(),
                     {},
                     TunedValues::Of(reward_.function->spec(), tuning_.now()),
                     {},
                     reference_,
                     mutes_,
                     error_types_};
  for (const TraceView& view : open_)
    saved.recordings.push_back(std::filesystem::absolute(view.path).string());
  for (const SnapshotInfo& snapshot : snapshots_) {
    saved.snapshots.emplace_back(snapshot.name,
                                 TunedValues::Of(reward_.function->spec(), snapshot.settings));
  }
  return WriteSession(config_.folder, saved);
}

// What was tuned before the session was closed, by name: values that the script has no more are
// left out.
void Session::Restore() {
  const SavedSession saved = std::exchange(config_.restore, {});
  const RewardSpec& spec = reward_.function->spec();
  const auto settings_of = [&](const SavedSession::Values& values) {
    RewardSettings settings = reward_.settings;
    TunedValues::Set(spec, values, &settings);
    return settings;
  };
  for (const auto& [name, values] : saved.snapshots) {
    snapshots_.push_back({name, settings_of(values), spec.hash});
  }
  if (!saved.snapshots.empty()) {
    reference_ = std::clamp(saved.reference, -1, static_cast<int>(snapshots_.size()) - 1);
  }
  for (const auto& [script, reasons] : saved.mutes) mutes_[script] = reasons;
  const RewardSettings settings = settings_of(saved.values);
  if (SameValues(settings, reward_.settings)) return;
  tuning_.Replace(settings, "restore the last session");
  Retune();
}

}  // namespace carrot
