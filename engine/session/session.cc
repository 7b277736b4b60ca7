#include "engine/session/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>

#include "engine/session/script_edit.h"
#include "engine/trace/trace_file.h"

namespace carrot {
namespace {

namespace fs = std::filesystem;
constexpr size_t kMostMessages = 50;
constexpr Tick kAutosaveTicks = 120;  // a tuning is on disk two seconds after it was made
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

// Whether all that can be tuned is equal; gamma is a recording's.
bool SameValues(const RewardSettings& a, const RewardSettings& b) {
  return a.weights.weights == b.weights.weights && a.weights.potential == b.weights.potential &&
         a.params == b.params;
}

}  // namespace

Session::Session(SessionConfig config) : config_(std::move(config)), pool_(1) {}

Session::~Session() {
  Stop();
  Autosave();
}

Result<std::unique_ptr<Session>> Session::Open(SessionConfig config) {
  std::unique_ptr<Session> session(new Session(std::move(config)));
  CARROT_RETURN_IF_ERROR(session->Begin());
  return session;
}

Status Session::Begin() {
  CARROT_ASSIGN_OR_RETURN(live_, LiveWorld::Create(config_.task, pool_, config_.seed));
  CARROT_ASSIGN_OR_RETURN(desk_, RewardDesk::Create(config_.task, std::max(1, config_.workers)));
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
  clock_.playing = true;
  if (!open_.empty()) clock_.trace = 0;
  Publish();
  return {};
}

void Session::Send(Command command) {
  const std::lock_guard lock(mutex_);
  inbox_.push_back(std::move(command));
}

std::shared_ptr<const FrameView> Session::View() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

bool Session::idle() const {
  const std::lock_guard lock(mutex_);
  const bool training = std::any_of(view_->jobs.begin(), view_->jobs.end(), [](const JobView& job) {
    return job.state == JobState::kRunning;
  });
  return inbox_.empty() && !training && !desk_->busy();
}

void Session::RunUntil(Tick tick) {
  while (tick_ < tick) OneTick();
}

void Session::Start() {
  if (running_.exchange(true)) return;
  thread_ = std::thread([this] { Main(); });
}

void Session::Stop() {
  if (!running_.exchange(false)) return;
  thread_.join();
}

void Session::Main() {
  using Clock = std::chrono::steady_clock;
  const auto period =
      std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(kTickSeconds));
  auto next = Clock::now();
  while (running_) {
    OneTick();
    next =
        std::max(next + period, Clock::now() - 5 * period);  // a stall is not made up for at length
    std::this_thread::sleep_until(next);
  }
}

void Session::OneTick() {
  std::vector<Command> commands;
  {
    const std::lock_guard lock(mutex_);
    commands.swap(inbox_);
  }
  for (const Command& command : commands) Apply(command);
  TakeScores();
  Advance();
  ++tick_;
  if (unsaved_ && tick_ - saved_at_ > kAutosaveTicks) Autosave();
  Publish();
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
  for (Diagnostic& problem : problems) messages_.push_back(std::move(problem));
  if (messages_.size() > kMostMessages) {
    messages_.erase(messages_.begin(), messages_.end() - kMostMessages);
  }
}

// --- reward ---

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
  if (!reward_.function) return Fail(MakeError("U002", "no reward has been loaded"));
  CARROT_RETURN_IF_ERROR(
      tuning_.Set(reward_.function->spec(), command.name, command.value, command.drag));
  Retune();
  return {};
}

Status Session::Do(const ResetValue& command) {
  if (!reward_.function) return Fail(MakeError("U002", "no reward has been loaded"));
  const double* value = ValueOf(reward_.defaults, reward_.function->spec(), command.name);
  return Do(SetValue{command.name, value ? *value : 0, false});
}

Status Session::Do(const ScaleGroup& command) {
  if (!reward_.function) return Fail(MakeError("U002", "no reward has been loaded"));
  CARROT_RETURN_IF_ERROR(
      tuning_.Scale(reward_.function->spec(), command.prefix, command.factor, command.drag));
  Retune();
  return {};
}

Status Session::Do(const SaveSnapshot& command) {
  if (!reward_.function) return Fail(MakeError("U002", "no reward has been loaded"));
  const std::string name =
      command.name.empty() ? fmt::format("snapshot {}", snapshots_.size() + 1) : command.name;
  snapshots_.push_back({name, tuning_.now(), reward_.function->spec().hash});
  unsaved_ = true;
  return {};
}

Status Session::Do(const LoadSnapshot& command) {
  if (command.index < 0 || command.index >= static_cast<int>(snapshots_.size())) {
    return Fail(MakeError("U002", fmt::format("there is no snapshot {}", command.index)));
  }
  const SnapshotInfo& snapshot = snapshots_[command.index];
  if (!reward_.function || snapshot.settings.params.size() != tuning_.now().params.size() ||
      snapshot.settings.weights.weights.size() != tuning_.now().weights.weights.size()) {
    return Fail(MakeError("U002", fmt::format("{} is of another script", snapshot.name)));
  }
  tuning_.Replace(snapshot.settings, "load " + snapshot.name);
  Retune();
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
  if (!reward_.function) return Fail(MakeError("U002", "no reward has been loaded"));
  CARROT_ASSIGN_OR_RETURN(const std::string text,
                          EditDefaults(reward_.function->spec(), tuning_.now()));
  return ReplaceFile(reward_.path, text, SystemFileOps());
}

void Session::Retune() {
  reward_.settings = tuning_.now();
  for (TraceView& view : open_) view.fresh = false;
  desk_->Tune(tuning_.now());
  if (Status set = live_->SetReward(reward_.function, tuning_.now()); !set) {
    Message(std::move(set).error());
  }
  RefreshLive();
  unsaved_ = true;
}

void Session::TakeScores() {
  while (std::optional<DeskResult> result = desk_->Take()) {
    rescore_ms_ = result->milliseconds;
    if (result->report) TakeSwap(*result);
    if (!result->live) continue;
    const bool newest = SameValues(result->live->settings, reward_.settings);
    reward_.mean_return = result->mean_return;
    for (size_t i = 0; i < open_.size() && i < result->totals.size(); ++i) {
      open_[i].terms = {result->live->scores, &(*result->live->scores)[i]};
      open_[i].totals = result->totals[i];
      open_[i].fresh = newest;
    }
  }
}

void Session::TakeSwap(const DeskResult& result) {
  const SwapReport& report = *result.report;
  reward_.problems = report.diagnostics;
  reward_.status = !report.now                    ? RewardStatus::kNone
                   : HasError(report.diagnostics) ? RewardStatus::kLastGood
                                                  : RewardStatus::kLive;
  if (!report.swapped) return;
  reward_.function = report.now->function;
  reward_.version = report.now->version;
  reward_.diff = report.diff;
  reward_.settings = report.now->settings;
  reward_.defaults = DefaultSettings(reward_.function->spec(), reward_.settings.weights.gamma);
  tuning_.Adopt(reward_.function->spec(), reward_.settings);
  if (reward_.version == 1) Restore();
  if (Status set = live_->SetReward(reward_.function, reward_.settings); !set) {
    Message(std::move(set).error());
  }
  RefreshLive();
  unsaved_ = true;
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
      live_->Step(human_ ? std::span<const double>(human_action_) : std::span<const double>());
      ++stepped_;
      FollowLive();
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
  clock_.trace = -1;
  FollowLive();
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
  CARROT_RETURN_IF_ERROR(live_->Replay(episode.world_seed, actions));
  clock_.trace = -1;
  clock_.playing = true;
  FollowLive();
  return {};
}

Status Session::Do(const HumanAction& command) {
  if (command.on &&
      command.action.size() != static_cast<size_t>(config_.task->spec().world.action.size())) {
    return Fail(MakeError("U002", fmt::format("an action of this task has {} numbers",
                                              config_.task->spec().world.action.size())));
  }
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

void Session::Advance() {
  if (tick_ - measured_.first >= 60) {
    const double dt = config_.task->spec().world.dt;
    clock_.reached = static_cast<double>(stepped_ - measured_.second) * dt /
                     (static_cast<double>(tick_ - measured_.first) * kTickSeconds);
    measured_ = {tick_, stepped_};
  }
  if (!clock_.playing) return;
  const double dt = config_.task->spec().world.dt;
  owed_ += clock_.speed > 0 ? clock_.speed * kTickSeconds / dt : kMostStepsPerTick;
  const int steps = std::min(kMostStepsPerTick, static_cast<int>(std::floor(owed_)));
  owed_ = std::min(owed_ - steps, 1.0);
  if (steps == 0) return;
  if (clock_.trace >= 0) {
    int step = clock_.step + steps;
    const int episodes = static_cast<int>(open_[clock_.trace].episodes->size());
    while (step > clock_.length) {  // on to the next episode, and round
      step -= clock_.length + 1;
      clock_.episode = (clock_.episode + 1) % std::max(1, episodes);
      clock_.length = LengthOf(open_[clock_.trace], clock_.episode);
      if (clock_.length == 0) break;
    }
    clock_.step = std::clamp(step, 0, clock_.length);
    stepped_ += steps;
    return;
  }
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < steps; ++i) {
    live_->Step(human_ ? std::span<const double>(human_action_) : std::span<const double>());
    ++stepped_;
    const double spent =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    if (running_ && spent > kTickBudget) break;
  }
  Message(live_->TakeErrors());
  FollowLive();
}

// --- recordings, labels, jobs ---

Status Session::OpenTraceFile(const std::string& path) {
  CARROT_ASSIGN_OR_RETURN(std::shared_ptr<const Trace> trace, OpenTrace(path));
  const std::string& task = config_.task->spec().name;
  if (trace->spec().task != task) {
    return Fail(MakeError("U002", fmt::format("{} is a recording of task {}, not of {}", path,
                                              trace->spec().task, task)));
  }
  TraceView view{.name = fs::path(path).stem().string(), .path = path};
  view.episodes = EpisodesOf(*trace);
  view.trace = std::move(trace);
  open_.push_back(std::move(view));
  if (clock_.trace == static_cast<int>(open_.size()) - 1) clock_.length = LengthOf(open_.back(), 0);
  return {};
}

Status Session::Do(const OpenRecording& command) {
  CARROT_RETURN_IF_ERROR(OpenTraceFile(command.path));
  if (reward_.path.empty()) return {};
  if (reward_.function) config_.restore.values = ValuesOf(tuning_.now());  // the desk begins anew
  std::vector<std::shared_ptr<const Trace>> recordings;
  for (const TraceView& view : open_) recordings.push_back(view.trace);
  desk_->Load(reward_.path, std::move(recordings));
  return {};
}

Status Session::Do(const struct Label& command) {
  const TraceView& view = Shown();
  if (view.path.empty()) {
    return Fail(MakeError("U002", "labels belong to a recording; this is the live world"));
  }
  const TraceEpisodeRows& episode = (*view.episodes)[clock_.episode];
  const EpisodeLabel label{view.path,    episode.env,   episode.episode, command.kind,
                           command.text, command.value, command.from,    command.to};
  nlohmann::json line = {{"env", label.env},
                         {"episode", label.episode},
                         {"kind", label.kind},
                         {"value", label.value},
                         {"text", label.text}};
  if (label.from >= 0) line["steps"] = {label.from, label.to};
  if (command.other >= 0 && command.other < static_cast<int>(view.episodes->size())) {
    const TraceEpisodeRows& other = (*view.episodes)[command.other];
    line["better_than"] = {{"env", other.env}, {"episode", other.episode}};
  }
  std::ofstream file(fs::path(view.path) / "labels.jsonl", std::ios::app);
  file << line.dump() << '\n' << std::flush;
  if (!file)
    return Fail(MakeError("I010", fmt::format("{}/labels.jsonl cannot be written", view.path)));
  labels_.push_back(label);
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

// --- what others see ---

void Session::Publish() {
  auto view = std::make_shared<FrameView>();
  view->tick = tick_;
  if (!live_view_.trace) FollowLive();
  if (clock_.trace >= 0) clock_.length = LengthOf(open_[clock_.trace], clock_.episode);
  view->clock = clock_;
  view->task = config_.task;
  reward_.history = tuning_.UndoText();
  reward_.future = tuning_.RedoText();
  view->reward = reward_;
  view->live = live_view_;
  view->open = open_;
  view->policy = live_->policy();
  view->human = human_;
  view->snapshots = snapshots_;
  for (const auto& job : jobs_) {
    view->jobs.push_back(job->View());
    for (const Finding& alarm : view->jobs.back().alarms) view->alarms.push_back(alarm);
  }
  view->labels = labels_;
  view->messages = messages_;
  view->rescore_ms = rescore_ms_;
  const std::lock_guard lock(mutex_);
  view_ = std::move(view);
}

SavedSession::Values Session::ValuesOf(const RewardSettings& settings) const {
  SavedSession::Values values;
  const RewardSpec& spec = reward_.function->spec();
  for (size_t k = 0; k < spec.terms.size() && k < settings.weights.weights.size(); ++k) {
    values["w:" + spec.terms[k].name] = settings.weights.weights[k];
  }
  for (size_t k = 0; k < spec.params.size() && k < settings.params.size(); ++k) {
    values["p:" + spec.params[k].name] = settings.params[k];
  }
  if (spec.has_potential) values["w:potential"] = settings.weights.potential;
  return values;
}

void Session::Autosave() {
  saved_at_ = tick_;
  unsaved_ = false;
  if (config_.folder.empty() || !reward_.function) return;
  SavedSession saved{config_.task_name.empty() ? config_.task->spec().name : config_.task_name,
                     reward_.path,
                     live_->policy(),
                     {},
                     ValuesOf(tuning_.now()),
                     {}};
  for (const TraceView& view : open_) saved.recordings.push_back(view.path);
  for (const SnapshotInfo& snapshot : snapshots_) {
    saved.snapshots.emplace_back(snapshot.name, ValuesOf(snapshot.settings));
  }
  if (Status written = WriteSession(config_.folder, saved); !written) {
    Message(std::move(written).error());
  }
}

// What was tuned before the session was closed, by name: values that the script has no more are
// left out.
void Session::Restore() {
  const SavedSession saved = std::exchange(config_.restore, {});
  const RewardSpec& spec = reward_.function->spec();
  const auto settings_of = [&](const SavedSession::Values& values) {
    RewardSettings settings = reward_.settings;
    for (const auto& [name, value] : values) {
      if (double* target = ValueOf(settings, spec, name)) *target = value;
    }
    return settings;
  };
  for (const auto& [name, values] : saved.snapshots) {
    snapshots_.push_back({name, settings_of(values), spec.hash});
  }
  const RewardSettings settings = settings_of(saved.values);
  if (SameValues(settings, reward_.settings)) return;
  tuning_.Replace(settings, "restore the last session");
  Retune();
}

}  // namespace carrot
