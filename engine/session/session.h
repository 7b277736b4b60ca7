// Session: the application without a screen. It owns one live world, the reward in use, the
// recordings and the jobs; a front end sends Commands and draws FrameViews.
//
//   auto session = Session::Open({.task = task, .reward = "hop_forward", ...});
//   (*session)->Start();                                  // its own thread, paced; or
//   RunUntil(tick)
//   (*session)->Send(SetValue{.name = "w:alive", .value = 2});
//   auto view = (*session)->View();                       // the newest complete frame
//
// Send and View may be called from any thread and never wait for work in progress. Commands are
// applied in order at the next tick. Every applied command is appended to commands.jsonl of the
// session's folder with its tick. User errors are values: they appear in FrameView::messages.
#pragma once

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/session/alarm_desk.h"
#include "engine/session/commands.h"
#include "engine/session/frame_view.h"
#include "engine/session/live_world.h"
#include "engine/session/reward_desk.h"
#include "engine/session/saved_session.h"
#include "engine/session/train_job.h"
#include "engine/session/tuning.h"
#include "engine/session/variant_desk.h"

namespace carrot {

struct SessionConfig {
  std::shared_ptr<const Task> task;
  std::string reward;                   // a path; "": none
  std::string policy = "random";        // of the live world
  std::vector<std::string> recordings;  // paths
  uint64_t seed = 0;
  std::filesystem::path folder;  // autosave, commands.jsonl; "": neither is written
  int workers = 1;               // threads that score and train
  std::string task_name;         // as the user named it
  SavedSession restore;          // values and snapshots to begin with
  std::function<Result<std::string>(const std::string& name)> find_reward;  // name -> path
};

class Session {
 public:
  static Result<std::unique_ptr<Session>> Open(SessionConfig config);
  ~Session();

  void Send(Command command);
  std::shared_ptr<const FrameView> View() const;
  // The first view that shows everything sent so far, if it is there within `seconds`; else the
  // newest. Only while started.
  std::shared_ptr<const FrameView> ViewOfSent(double seconds) const;

  void RunUntil(Tick tick);  // without pacing; not while started
  void Start();
  void Stop();
  // Nothing asked for is still to be done: no command, score or job.
  bool idle() const;
  // Writes session.json, as is done now and then by itself; not while started. I0xx: it could not
  // be written.
  Status Save();
  // Called from the session's threads whenever there is a view with another version; must not wait.
  // An empty function: nobody listens (any more, once this has returned).
  void Listen(std::function<void()> news);

 private:
  explicit Session(SessionConfig config);
  Status Begin();
  void Main();
  void OneTick();
  bool Serve();  // what was asked for, and finished scores; whether there was any
  void Wake();
  void Publish();

  void Apply(const Command& command);
  Status Do(const UseReward& command);
  Status Do(const ReloadReward& command);
  Status Do(const SetValue& command);
  Status Do(const SetValues& command);
  Status Do(const ResetValue& command);
  Status Do(const ScaleGroup& command);
  Status Do(const SaveSnapshot& command);
  Status Do(const LoadSnapshot& command);
  Status Do(const RenameSnapshot& command);
  Status Do(const DeleteSnapshot& command);
  Status Do(const SetReference& command);
  Status Do(const Flip& command);
  Status Do(const MuteAlarm& command);
  Status Do(const Undo& command);
  Status Do(const Redo& command);
  Status Do(const WriteScript& command);
  Status Do(const AddVariant& command);
  Status Do(const RemoveVariant& command);
  Status Do(const Play& command);
  Status Do(const Pause& command);
  Status Do(const SetSpeed& command);
  Status Do(const StepBy& command);
  Status Do(const Seek& command);
  Status Do(const SetPolicy& command);
  Status Do(const Reset& command);
  Status Do(const SetLoop& command);
  Status Do(const Branch& command);
  Status Do(const Perturb& command);
  Status Do(const EditCell& command);
  Status Do(const HumanAction& command);
  Status Do(const OpenRecording& command);
  Status Do(const Label& command);
  Status Do(const Unlabel& command);
  Status Do(const SetErrorTypes& command);
  Status Do(const StartTrain& command);
  Status Do(const CancelJob& command);
  Status Do(const PauseJob& command);

  Status OpenTraceFile(const std::string& path);
  Status HasReward() const;
  Result<SnapshotInfo*> Snapshot(int index);
  void Retune();       // after tuning_ changed
  void UseSettings();  // those of the tuning or, flipped, of the reference
  void JudgeLater();   // once the settings have settled
  bool TakeAlarms();
  void ApplyMutes(Findings* findings) const;
  Result<const TraceEpisodeRows*> LabelledEpisode(int trace, int episode) const;
  Result<EpisodeLabel> LabelOf(const Label& command) const;
  bool TakeScores();
  void TakeSwap(const DeskResult& result);
  void SayOverflow(const DeskResult& result);
  void ScoreVariant(VariantView& variant);
  bool TakeVariants();
  bool Advance();      // the clock, or the live world; whether it moved
  void RefreshLive();  // what views show of it
  void FollowLive();   // and the clock goes to its newest step
  bool StepLive();     // false: an episode that a person acted in ended
  void StayAtEnd();    // of that episode
  Status KeepLive(const struct Label& command);
  void Message(Diagnostics problems);
  void Autosave();
  void Restore();
  const TraceView& Shown() const { return clock_.trace < 0 ? live_view_ : open_[clock_.trace]; }

  SessionConfig config_;
  ThreadPool pool_;
  std::unique_ptr<LiveWorld> live_;
  std::unique_ptr<RewardDesk> desk_;
  std::unique_ptr<VariantDesk> variants_desk_;
  Tuning tuning_;
  RewardInfo reward_;
  std::vector<SnapshotInfo> snapshots_;
  int reference_ = -1;
  bool flipped_ = false;
  std::unique_ptr<AlarmDesk> alarm_desk_;
  Tick alarms_due_ = 0;  // 0: nothing changed since they were judged
  Findings judged_;
  std::string alarms_note_;
  std::map<std::string, std::map<std::string, std::string>> mutes_;
  std::vector<VariantView> variants_;
  int last_variant_ = 0;
  std::vector<std::unique_ptr<TrainJob>> jobs_;
  std::vector<LabelFile> labels_;  // of open_
  std::vector<std::string> error_types_;
  std::optional<BranchPoint> branch_;  // of the live world's past
  TraceView live_view_;
  std::vector<TraceView> open_;
  Clock clock_;
  Tick tick_ = 0;
  double owed_ = 0;  // steps that are due, with a fraction
  bool human_ = false;
  std::vector<double> human_action_;
  Diagnostics messages_;
  int64_t message_count_ = 0;
  double rescore_ms_ = 0;
  bool overflows_ = false;  // a return, under the weights in use
  std::ofstream log_;
  Tick saved_at_ = 0;
  bool unsaved_ = false;
  std::pair<Tick, int64_t> measured_{0, 0};  // where speed was measured last
  int64_t stepped_ = 0;

  int64_t version_ = 0;
  int64_t served_ = 0;
  bool training_ = false;  // at the last tick

  std::mutex listener_mutex_;
  std::function<void()> news_;
  mutable std::mutex mutex_;
  std::condition_variable woken_;
  mutable std::condition_variable shown_;  // view_ is another
  bool wake_ = false;
  std::vector<Command> inbox_;
  int64_t sent_ = 0;
  std::shared_ptr<const FrameView> view_;
  std::atomic<bool> running_{false};
  std::thread thread_;
};

}  // namespace carrot
