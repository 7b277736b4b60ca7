#include "engine/session/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/base/json_text.h"
#include "engine/base/monotonic.h"
#include "engine/session/demonstration.h"
#include "engine/trace/trace_file.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;
constexpr size_t kMostMessages = 50;
constexpr Tick kAutosaveTicks = 120;  // a tuning is on disk two seconds after it was made
constexpr Tick kProgressTicks = 6;    // a running job is shown anew ten times a second

}  // namespace

Session::Session(SessionConfig config) : config_(std::move(config)), pool_(1) {}

Session::~Session() {
  Stop();
  if (unsaved_) Autosave();
  desk_.reset();  // its thread wakes this session
}

Result<std::unique_ptr<Session>> Session::Open(SessionConfig config) {
  std::unique_ptr<Session> session(new Session(std::move(config)));
  CARROT_RETURN_IF_ERROR(session->Begin());
  return session;
}

Status Session::Begin() {
  CARROT_ASSIGN_OR_RETURN(live_, LiveWorld::Create(config_.task, pool_, config_.seed));
  CARROT_ASSIGN_OR_RETURN(
      desk_, RewardDesk::Create(config_.task, std::max(1, config_.workers), [this] { Wake(); }));
  alarm_desk_ = NewAlarmDesk(config_.task);
  variants_desk_ = NewVariantDesk(config_.task, std::max(1, config_.workers - 1));
  CARROT_RETURN_IF_ERROR(live_->SetPolicy(config_.policy));
  live_view_.name = "live";
  for (const std::string& path : config_.recordings) CARROT_RETURN_IF_ERROR(OpenTraceFile(path));
  if (!config_.folder.empty()) {
    std::error_code ec;
    fs::create_directories(config_.folder, ec);
    log_.open(config_.folder / "commands.jsonl", std::ios::app);
    if (!log_) {
      return Fail(MakeError("I010", fmt::format("{} cannot be written", config_.folder.string()),
                            {"choose another folder with --session DIR"}));
    }
  }
  if (!config_.reward.empty()) CARROT_RETURN_IF_ERROR(Do(UseReward{config_.reward}));
  error_types_ = config_.restore.error_types;
  clock_.playing = true;
  if (!open_.empty()) clock_.trace = 0;
  Publish();
  return {};
}

void Session::Send(Command command) {
  {
    const std::lock_guard lock(mutex_);
    inbox_.push_back(std::move(command));
    ++sent_;
  }
  Wake();
}

void Session::Listen(std::function<void()> news) {
  const std::lock_guard lock(listener_mutex_);
  news_ = std::move(news);
}

void Session::Wake() {
  {
    const std::lock_guard lock(mutex_);
    wake_ = true;
  }
  woken_.notify_one();
}

std::shared_ptr<const FrameView> Session::View() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

std::shared_ptr<const FrameView> Session::ViewOfSent(double seconds) const {
  std::unique_lock lock(mutex_);
  shown_.wait_for(lock, std::chrono::duration<double>(seconds),
                  [this] { return view_->served >= sent_; });
  return view_;
}

bool Session::idle() const {
  const std::lock_guard lock(mutex_);
  const bool training = std::any_of(view_->jobs.begin(), view_->jobs.end(), [](const JobView& job) {
    return job.state == JobState::kRunning && !job.paused;
  });
  return inbox_.empty() && !training && !desk_->busy() && !variants_desk_->busy();
}

void Session::RunUntil(Tick tick) {
  while (tick_ < tick) {
    OneTick();
    Publish();
  }
}

void Session::Start() {
  if (running_.exchange(true)) return;
  thread_ = std::thread([this] { Main(); });
}

void Session::Stop() {
  if (!running_.exchange(false)) return;
  Wake();
  thread_.join();
}

void Session::Main() {
  using Clock = std::chrono::steady_clock;
  const auto period =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(kTickSeconds));
  auto next = Clock::now();
  while (running_) {
    OneTick();
    if (version_ != view_->version) Publish();
    next =
        std::max(next + period, Clock::now() - 5 * period);  // a stall is not made up for at length
    // What is asked for between two ticks is begun and shown at once: a dragged weight need not
    // wait, neither for the tick nor for what it makes of a million rows.
    for (bool due = false; !due && running_;) {
      {
        std::unique_lock lock(mutex_);
        due = !woken_.wait_until(lock, next, [this] { return wake_; });
        wake_ = false;
      }
      if (due) continue;
      Serve();
      if (version_ != view_->version) Publish();
    }
  }
}

bool Session::Serve() {
  std::vector<Command> commands;
  {
    const std::lock_guard lock(mutex_);
    commands.swap(inbox_);
  }
  for (const Command& command : commands) Apply(command);
  served_ += static_cast<int64_t>(commands.size());
  const bool scored = TakeScores();
  const bool served = scored || !commands.empty();
  if (served) ++version_;
  return served;
}

void Session::OneTick() {
  Serve();
  const bool judged = TakeAlarms(), compared = TakeVariants();
  const bool training =
      std::any_of(jobs_.begin(), jobs_.end(), [](const auto& job) { return job->running(); });
  const bool progress = (training && tick_ % kProgressTicks == 0) || training != training_;
  training_ = training;
  if (Advance() || judged || compared || progress) ++version_;
  ++tick_;
  if (unsaved_ && tick_ - saved_at_ > kAutosaveTicks) Autosave();
}

void Session::Apply(const Command& command) {
  if (log_.is_open()) {
    auto line = ToJson(command);
    line["tick"] = tick_;
    log_ << JsonText(line) << '\n' << std::flush;
  }
  Status done = std::visit([this](const auto& c) { return Do(c); }, command);
  if (!done) Message(std::move(done).error());
}

void Session::Message(Diagnostics problems) {
  if (!problems.empty()) ++version_;
  message_count_ += static_cast<int64_t>(problems.size());
  for (Diagnostic& problem : problems) messages_.push_back(std::move(problem));
  if (messages_.size() > kMostMessages) {
    messages_.erase(messages_.begin(), messages_.end() - kMostMessages);
  }
}

// --- recordings, labels, jobs ---

Status Session::OpenTraceFile(const std::string& path) {
  CARROT_ASSIGN_OR_RETURN(std::shared_ptr<const Trace> trace, OpenTrace(path));
  const std::string& task = config_.task->spec().name;
  if (trace->spec().task != task) {
    return Fail(MakeError("U002", fmt::format("{} is a recording of task {}, not of {}", path,
                                              trace->spec().task, task)));
  }
  if (trace->dropped_steps() > 0) {
    Message({MakeError("I015",
                       fmt::format("{}: {} steps after the last whole block were left out", path,
                                   trace->dropped_steps()),
                       {"a file of it is cut off: restore it from a copy"})});
  }
  CARROT_ASSIGN_OR_RETURN(LabelFile labels, LabelFile::Open(path));
  TraceView view{.name = fs::path(path).stem().string(), .path = path};
  view.labels = labels.labels();
  labels_.push_back(std::move(labels));
  view.SetTrace(std::move(trace));
  open_.push_back(std::move(view));
  if (clock_.trace == static_cast<int>(open_.size()) - 1) clock_.length = open_.back().LastStep(0);
  return {};
}

Status Session::Do(const OpenRecording& command) {
  CARROT_RETURN_IF_ERROR(OpenTraceFile(command.path));
  unsaved_ = true;
  for (VariantView& variant : variants_) ScoreVariant(variant);
  if (reward_.path.empty()) return {};
  if (reward_.function)  // the desk begins anew
    config_.restore.values = TunedValues::Of(reward_.function->spec(), tuning_.now());
  std::vector<std::shared_ptr<const Trace>> recordings;
  for (const TraceView& view : open_) recordings.push_back(view.trace);
  desk_->Load(reward_.path, std::move(recordings));
  return {};
}

// The live world's episode as a recording of its own, with that label.
Status Session::KeepLive(const struct Label& command) {
  if (command.kind != "good" && command.kind != "bad") {
    return Fail(MakeError("U002", "labels belong to a recording; this is the live world"));
  }
  if (config_.folder.empty()) {
    return Fail(MakeError("U002",
                          "demonstrations are kept in a session's folder, and there is none",
                          {"open the window without --no-session"}));
  }
  const TraceEpisodeRows& episode = (*live_view_.episodes)[clock_.episode];
  if (episode.rows < 2) return Fail(MakeError("U002", "nothing was done in this episode yet"));
  const fs::path folder = config_.folder / "recordings";
  std::error_code ec;
  fs::create_directories(folder, ec);
  fs::path path;
  for (int n = 1; path.empty() || fs::exists(path, ec); ++n) {
    path = folder / fmt::format("{}-{:04}.trace", human_ ? "human" : "live", n);
  }
  CARROT_RETURN_IF_ERROR(WriteDemonstration(path, *live_view_.trace, episode, config_.task->spec(),
                                            reward_.function.get(), reward_.settings,
                                            human_ ? "human" : live_->policy(), pool_));
  const bool running = human_ && !episode.ended;
  CARROT_RETURN_IF_ERROR(Do(OpenRecording{path.string()}));
  struct Label kept = command;
  kept.trace = static_cast<int>(open_.size()) - 1;
  kept.episode = 0;
  CARROT_RETURN_IF_ERROR(Do(kept));
  if (!human_) return {};
  if (running) CARROT_RETURN_IF_ERROR(live_->Restart({}));  // whoever keeps an episode ends it
  clock_.playing = false;
  FollowLive();
  return {};
}

Status Session::Do(const StartTrain& command) {
  if (!reward_.function) return Fail(MakeError("U002", "no reward has been loaded"));
  if (config_.folder.empty()) return Fail(MakeError("U002", "training needs a session folder"));
  if (command.steps < 1) return Fail(MakeError("U002", "training takes 1 step or more"));
  TrainConfig config;
  config.task = config_.task;
  config.task_name = config_.task->spec().name;
  config.reward = reward_.function;
  config.weights = tuning_.now().weights.weights;
  config.params = tuning_.now().params;
  config.potential_weight = tuning_.now().weights.potential;
  config.ppo = PpoConfigOf(reward_.function->spec());
  config.ppo.total_steps = command.steps;
  config.ppo.seed = command.seed;
  config.ppo.anneal = Anneal::kLinear;
  config.eval_every = std::max<int64_t>(1, command.steps / 10);
  const int id = static_cast<int>(jobs_.size()) + 1;
  std::error_code ec;
  for (int n = id; config.out.empty() || fs::exists(config.out, ec); ++n) {
    config.out =
        config_.folder / "runs" / fmt::format("{}-{:04}", reward_.function->spec().name, n);
  }
  jobs_.push_back(
      std::make_unique<TrainJob>(id, std::move(config), std::max(1, config_.workers - 1)));
  return {};
}

Status Session::Do(const CancelJob& command) {
  if (command.job < 1 || command.job > static_cast<int>(jobs_.size())) {
    return Fail(MakeError("U002", fmt::format("there is no job {}", command.job)));
  }
  jobs_[command.job - 1]->Cancel();
  return {};
}

Status Session::Do(const PauseJob& command) {
  if (command.job < 1 || command.job > static_cast<int>(jobs_.size())) {
    return Fail(MakeError("U002", fmt::format("there is no job {}", command.job)));
  }
  jobs_[command.job - 1]->Pause(command.on);
  return {};
}

// --- what others see ---

void Session::Publish() {
  auto view = std::make_shared<FrameView>();
  view->tick = tick_;
  view->version = version_;
  view->served = served_;
  if (!live_view_.trace) FollowLive();
  if (clock_.trace >= 0) clock_.length = open_[clock_.trace].LastStep(clock_.episode);
  const auto& live = *live_view_.episodes;  // a past that grew too long is begun anew
  if (branch_ && (live.empty() || live[0].world_seed != branch_->world_seed)) branch_.reset();
  view->clock = clock_;
  view->task = config_.task;
  reward_.history = tuning_.UndoText();
  reward_.future = tuning_.RedoText();
  view->reward = reward_;
  view->live = live_view_;
  view->open = open_;
  view->policy = human_ ? "human" : live_->policy();
  view->human = human_;
  view->human_action = human_action_;
  view->hand.wrench = live_->wrench();
  view->hand.body = live_->BodyName(view->hand.wrench.body);
  view->hand.edited = live_->edited();
  view->snapshots = snapshots_;
  view->reference = reference_;
  view->flipped = flipped_;
  view->alarms = judged_;
  view->alarms_fresh = alarms_due_ == 0 && !alarm_desk_->busy();
  view->alarms_note = alarms_note_;
  view->variants = variants_;
  for (const auto& job : jobs_) {
    view->jobs.push_back(job->View());
    for (const Finding& alarm : view->jobs.back().alarms) view->alarms.push_back(alarm);
  }
  ApplyMutes(&view->alarms);
  view->error_types = error_types_;
  view->branch = branch_;
  view->messages = messages_;
  view->message_count = message_count_;
  view->folder = config_.folder.string();
  view->rescore_ms = rescore_ms_;
  const bool news = !view_ || view->version != view_->version;
  {
    const std::lock_guard lock(mutex_);
    view_ = std::move(view);
  }
  shown_.notify_all();
  if (!news) return;
  const std::lock_guard lock(listener_mutex_);
  if (news_) news_();
}

}  // namespace carrot
