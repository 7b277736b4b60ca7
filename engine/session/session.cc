#include "engine/session/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/base/monotonic.h"
#include "engine/session/demonstration.h"
#include "engine/trace/trace_file.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;
constexpr size_t kMostMessages = 50;
constexpr Tick kAutosaveTicks = 120;  // a tuning is on disk two seconds after it was made
constexpr Tick kProgressTicks = 6;    // a running job is shown anew ten times a second
constexpr int kMostStepsPerTick = 4000;
constexpr double kTickBudget = 0.012;  // seconds that stepping may take of a tick

std::shared_ptr<const std::vector<TraceEpisodeRows>> EpisodesOf(const Trace& trace) {
  return std::make_shared<const std::vector<TraceEpisodeRows>>(trace.EpisodeRows());
}

int LengthOf(const TraceView& view, int episode) {
  if (!view.episodes || view.episodes->empty()) return 0;
  const TraceEpisodeRows& rows = (*view.episodes)[episode];
  return rows.first_step + static_cast<int>(rows.rows) - 1;
}

}  // namespace

Session::Session(SessionConfig config) : config_(std::move(config)), pool_(1) {}

Session::~Session() {
  Stop();
  Autosave();
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
    log_ << line.dump() << '\n' << std::flush;
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

// --- clock and world ---

Status Session::Do(const Play&) {
  if (clock_.trace < 0) FollowLive();
  clock_.playing = true;
  owed_ = 0;
  return {};
}

Status Session::Do(const Pause&) {
  clock_.playing = false;
  return {};
}

Status Session::Do(const SetSpeed& command) {
  if (!(command.speed >= 0)) return Fail(MakeError("U002", "a speed is 0 or more"));
  clock_.speed = command.speed;
  owed_ = 0;
  return {};
}

Status Session::Do(const StepBy& command) {
  clock_.playing = false;
  int steps = command.steps;
  if (clock_.trace < 0) {  // ahead of what there is: the world goes on
    for (; steps > 0 && clock_.step == clock_.length; --steps) {
      const bool more = StepLive();
      FollowLive();
      if (!more) {
        StayAtEnd();
        return {};
      }
    }
  }
  clock_.step = std::clamp(clock_.step + steps, 0, clock_.length);
  return {};
}

Status Session::Do(const Seek& command) {
  if (command.trace < -1 || command.trace >= static_cast<int>(open_.size())) {
    return Fail(MakeError("U002", fmt::format("there is no recording {}", command.trace)));
  }
  const bool other = command.trace != clock_.trace;
  const TraceView& view = command.trace < 0 ? live_view_ : open_[command.trace];
  const int episodes = view.episodes ? static_cast<int>(view.episodes->size()) : 0;
  if (command.episode >= episodes) {
    return Fail(MakeError("U002", fmt::format("there is no episode {}", command.episode)));
  }
  if (other || (command.episode >= 0 && command.episode != clock_.episode)) {
    clock_.loop_from = clock_.loop_to = -1;
  }
  clock_.trace = command.trace;
  if (command.episode >= 0) clock_.episode = command.episode;
  if (other && command.episode < 0)
    clock_.episode = clock_.trace < 0 ? std::max(0, episodes - 1) : 0;
  clock_.length = LengthOf(view, clock_.episode);
  if (command.step >= 0) {
    clock_.step = std::min(command.step, clock_.length);
  } else if (other) {  // the newest of the live world, the beginning of a recording
    clock_.step = clock_.trace < 0 ? clock_.length : 0;
  }
  return {};
}

Status Session::Do(const SetPolicy& command) { return live_->SetPolicy(command.policy); }

Status Session::Do(const Reset& command) {
  const std::optional<uint64_t> seed =
      command.seed < 0 ? std::nullopt : std::optional<uint64_t>(command.seed);
  CARROT_RETURN_IF_ERROR(live_->Restart(seed));
  branch_.reset();
  clock_.trace = -1;
  clock_.loop_from = clock_.loop_to = -1;
  FollowLive();
  return {};
}

Status Session::Do(const SetLoop& command) {
  if (command.from < 0) {
    clock_.loop_from = clock_.loop_to = -1;
    return {};
  }
  if (clock_.trace < 0) return Fail(MakeError("U002", "the live world cannot be played in a loop"));
  if (command.to <= command.from || command.to > clock_.length) {
    return Fail(MakeError("U002", fmt::format("no loop of steps {} to {}: the episode has {}",
                                              command.from, command.to, clock_.length)));
  }
  clock_.loop_from = command.from;
  clock_.loop_to = command.to;
  return {};
}

Status Session::Do(const struct Branch&) {
  const TraceView& view = Shown();
  if (!view.episodes || view.episodes->empty()) return {};
  const TraceEpisodeRows& episode = (*view.episodes)[clock_.episode];
  if (episode.first_step > 0) {
    return Fail(MakeError("U002", "the beginning of this episode was not recorded"));
  }
  const size_t size = config_.task->spec().world.action.size();
  std::vector<double> actions;
  ForRows(episode, [&](const TraceBlock& block, int i, int64_t row) {
    if (row < 1 || row > clock_.step) return;
    const auto* action = Trace::Row<double>(block, view.trace->layout().action, i);
    actions.insert(actions.end(), action, action + size);
  });
  std::vector<Intervention> interventions = InterventionsOf(*view.trace, episode);
  std::erase_if(interventions, [&](const Intervention& i) { return i.step >= clock_.step; });
  CARROT_RETURN_IF_ERROR(live_->Replay(episode.world_seed, actions, interventions));
  branch_ = {clock_.trace, clock_.episode, clock_.step, episode.world_seed};
  clock_.trace = -1;
  clock_.loop_from = clock_.loop_to = -1;
  clock_.playing = true;
  FollowLive();
  return {};
}

Status Session::Do(const Perturb& command) {
  if (command.body == 0) return live_->Pull({});
  if (clock_.trace >= 0) {
    return Fail(MakeError("U002", "a recording cannot be pushed",
                          {"go on from here as the live world: Enter"}));
  }
  if (command.at.size() != 3 || command.to.size() != 3 || command.quat.size() != 4) {
    return Fail(MakeError("U002", "a pull has a point, a target (3 numbers) and a quaternion"));
  }
  BodyPull pull{.body = command.body, .turn = command.turn, .mass = command.mass};
  std::copy_n(command.at.begin(), 3, pull.at);
  std::copy_n(command.to.begin(), 3, pull.to);
  std::copy_n(command.quat.begin(), 4, pull.quat);
  return live_->Pull(pull);
}

Status Session::Do(const EditCell& command) {
  if (clock_.trace >= 0) {
    return Fail(MakeError("U002", "a recording cannot be edited",
                          {"go on from here as the live world: Enter"}));
  }
  CARROT_RETURN_IF_ERROR(live_->Edit({command.x, command.y, command.cell}));
  FollowLive();
  return {};
}

Status Session::Do(const HumanAction& command) {
  if (command.on &&
      command.action.size() != static_cast<size_t>(config_.task->spec().world.action.size())) {
    return Fail(MakeError("U002", fmt::format("an action of this task has {} numbers",
                                              config_.task->spec().world.action.size())));
  }
  if (human_ != command.on) live_->Note("policy", command.on ? "human" : live_->policy());
  human_ = command.on;
  human_action_ = command.action;
  return {};
}

void Session::RefreshLive() {
  live_view_.trace = live_->Commit();
  live_view_.episodes = EpisodesOf(*live_view_.trace);
  live_view_.terms = live_view_.totals = std::make_shared<const Score>(live_->score());
  live_view_.fresh = reward_.function != nullptr;
}

void Session::FollowLive() {
  RefreshLive();
  if (clock_.trace >= 0) return;
  clock_.episode = std::max(0, static_cast<int>(live_view_.episodes->size()) - 1);
  clock_.length = clock_.step = LengthOf(live_view_, clock_.episode);
}

bool Session::Advance() {
  if (tick_ - measured_.first >= 60) {
    const double dt = config_.task->spec().world.dt;
    clock_.reached = static_cast<double>(stepped_ - measured_.second) * dt /
                     (static_cast<double>(tick_ - measured_.first) * kTickSeconds);
    measured_ = {tick_, stepped_};
  }
  if (!clock_.playing) return false;
  const double dt = config_.task->spec().world.dt;
  owed_ += clock_.speed > 0 ? clock_.speed * kTickSeconds / dt : kMostStepsPerTick;
  const int steps = std::min(kMostStepsPerTick, static_cast<int>(std::floor(owed_)));
  owed_ = std::min(owed_ - steps, 1.0);
  if (steps == 0) return false;
  if (clock_.trace >= 0) {
    int step = clock_.step + steps;
    if (clock_.loop_from >= 0 && step > clock_.loop_to) {
      step = clock_.loop_from + (step - clock_.loop_from) % (clock_.loop_to - clock_.loop_from + 1);
    }
    const int episodes = static_cast<int>(open_[clock_.trace].episodes->size());
    while (step > clock_.length) {  // on to the next episode, and round
      step -= clock_.length + 1;
      clock_.episode = (clock_.episode + 1) % std::max(1, episodes);
      clock_.length = LengthOf(open_[clock_.trace], clock_.episode);
      if (clock_.length == 0) break;
    }
    clock_.step = std::clamp(step, 0, clock_.length);
    stepped_ += steps;
    return true;
  }
  const double start = MonotonicSeconds();
  bool more = true;
  for (int i = 0; i < steps && more; ++i) {
    more = StepLive();
    const double spent = MonotonicSeconds() - start;
    if (running_ && spent > kTickBudget) break;
  }
  Message(live_->TakeErrors());
  FollowLive();
  if (!more) StayAtEnd();
  return true;
}

bool Session::StepLive() {
  live_->Step(human_ ? std::span<const double>(human_action_) : std::span<const double>());
  ++stepped_;
  return !human_ || live_->env().step()[0] > 0;
}

// A person judges an episode before the next one begins.
void Session::StayAtEnd() {
  clock_.playing = false;
  clock_.episode = std::max(0, clock_.episode - 1);
  clock_.length = clock_.step = LengthOf(live_view_, clock_.episode);
}

// --- recordings, labels, jobs ---

Status Session::OpenTraceFile(const std::string& path) {
  CARROT_ASSIGN_OR_RETURN(std::shared_ptr<const Trace> trace, OpenTrace(path));
  const std::string& task = config_.task->spec().name;
  if (trace->spec().task != task) {
    return Fail(MakeError("U002", fmt::format("{} is a recording of task {}, not of {}", path,
                                              trace->spec().task, task)));
  }
  CARROT_ASSIGN_OR_RETURN(LabelFile labels, LabelFile::Open(path));
  TraceView view{.name = fs::path(path).stem().string(), .path = path};
  view.labels = labels.labels();
  labels_.push_back(std::move(labels));
  view.episodes = EpisodesOf(*trace);
  view.trace = std::move(trace);
  open_.push_back(std::move(view));
  if (clock_.trace == static_cast<int>(open_.size()) - 1) clock_.length = LengthOf(open_.back(), 0);
  return {};
}

Status Session::Do(const OpenRecording& command) {
  CARROT_RETURN_IF_ERROR(OpenTraceFile(command.path));
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
  if (!live_view_.trace) FollowLive();
  if (clock_.trace >= 0) clock_.length = LengthOf(open_[clock_.trace], clock_.episode);
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
  if (!news) return;
  const std::lock_guard lock(listener_mutex_);
  if (news_) news_();
}

}  // namespace carrot
