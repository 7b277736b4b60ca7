// One reward under many settings, ranked by success, on recordings.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "engine/apps/arguments.h"
#include "engine/apps/interrupt.h"
#include "engine/apps/machine.h"
#include "engine/apps/options.h"
#include "engine/apps/progress.h"
#include "engine/apps/recordings.h"
#include "engine/apps/table.h"
#include "engine/apps/verb.h"
#include "engine/apps/verb_makers.h"
#include "engine/base/monotonic.h"
#include "engine/session/evaluation_json.h"
#include "rewards/analysis/sweep.h"

namespace carrot {
namespace {

constexpr int64_t kMostSettings = 100000;

// One --set: the values that a weight or parameter takes.
struct Axis {
  std::string name;
  std::vector<double> values;
};

tl::unexpected<Diagnostics> BadRange(const std::string& text) {
  return Fail(MakeError("U002", fmt::format("--set takes NAME=RANGE, not `{}`", text),
                        {"for example --set w:alive=0..2:9, --set p:speed=log:0.1..10:5 or "
                         "--set w:effort=-0.1,-0.01,0"}));
}

bool ParseNumber(const std::string& text, double& value) {
  char* end = nullptr;
  value = std::strtod(text.c_str(), &end);
  return !text.empty() && *end == 0 && std::isfinite(value);
}

// "A..B:N" as N values from A to B, evenly or (log) by equal factors.
bool ParseSpan(const std::string& text, bool log, std::vector<double>& values) {
  const size_t dots = text.find(".."), colon = text.find(':');
  double low = 0, high = 0, count = 0;
  if (dots == std::string::npos || colon == std::string::npos || colon < dots) return false;
  if (!ParseNumber(text.substr(0, dots), low) ||
      !ParseNumber(text.substr(dots + 2, colon - dots - 2), high) ||
      !ParseNumber(text.substr(colon + 1), count)) {
    return false;
  }
  const auto n = static_cast<int64_t>(count);
  if (static_cast<double>(n) != count || n < 2 || n > kMostSettings) return false;
  if (log && !(low > 0 && high > 0)) return false;
  for (int64_t i = 0; i < n; ++i) {
    const double at = static_cast<double>(i) / static_cast<double>(n - 1);
    const double inner = log ? low * std::pow(high / low, at) : low + (high - low) * at;
    values.push_back(i == 0 ? low : i == n - 1 ? high : inner);
  }
  return true;
}

bool ParseList(const std::string& text, std::vector<double>& values) {
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    double value = 0;
    if (!ParseNumber(text.substr(at, comma - at), value)) return false;
    values.push_back(value);
    at = comma + 1;
  }
  return true;
}

Result<Axis> ParseAxis(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return BadRange(text);
  Axis axis{text.substr(0, equals), {}};
  const std::string range = text.substr(equals + 1);
  const bool log = range.rfind("log:", 0) == 0;
  const bool good = log || range.find("..") != std::string::npos
                        ? ParseSpan(log ? range.substr(4) : range, log, axis.values)
                        : ParseList(range, axis.values);
  if (!good) return BadRange(text);
  return axis;
}

class SweepVerb : public Verb {
 public:
  std::vector<Option> Options() override {
    return {
        {"reward", "REWARD", "name or path", &reward_name_, true, {}, Offer::kReward},
        TracesOption(&traces_, "recordings, run folders or folders of recordings", true),
        {"--set",
         "NAME=RANGE",
         "values of a weight or parameter: A..B:N, log:A..B:N, A,B,C; may be repeated",
         &set_,
         true,
         {},
         Offer::kSetting,
         false},
        {"--one-at-a-time", "", "change one setting and leave the others as they are",
         &one_at_a_time_},
        RecordedTaskOption(&task_name_),
        {"--top", "N", "settings to print (0: all); --json always has all", &top_},
        WorkersOption(&workers_),
    };
  }

  ExitCode Run(Console& console) override {
    const double start = MonotonicSeconds();
    if (Status status = Evaluate(console); !status) return console.Fail(status.error());
    if (console.json()) {
      Json document = Document();
      const double seconds = MonotonicSeconds() - start;
      document["timing"] = TimingJson(seconds, Workers(workers_));
      console.PrintJson(document);
    } else {
      PrintAsText(console);
    }
    console.Show(result_.errors);
    if (HasError(result_.errors)) return console.CodeOf(result_.errors);
    const bool whole =
        std::all_of(result_.done.begin(), result_.done.end(), [](bool d) { return d; });
    return whole ? ExitCode::kOk : ExitCode::kInterrupted;
  }

 private:
  // A setting of the sweep: a value for each axis, and in words what is not the script's own.
  struct Setting {
    std::vector<double> values;
    std::vector<std::string> set;  // as --set of other verbs
  };
  Status Prepare(Console& console);
  Status Evaluate(Console& console);
  void AddGrid(std::vector<double>& values);
  void AddSetting(const std::vector<double>& values, const std::vector<size_t>& axes);
  // Without a good and a bad episode there is an order of returns, which says nothing.
  bool Judged() const {
    return !ranked_.empty() && result_.points[ranked_[0]].pairs.comparable > 0;
  }
  Json Document() const;
  void PrintAsText(Console& console) const;

  std::string reward_name_, task_name_;
  std::vector<std::string> traces_, set_;
  bool one_at_a_time_ = false;
  int64_t workers_ = 0, top_ = 20;

  Recordings recordings_;
  std::shared_ptr<const RewardFunction> reward_;
  std::vector<Axis> axes_;
  std::vector<Setting> settings_;  // [0]: the script's own
  std::vector<JudgedEpisode> episodes_;
  SweepResult result_;
  std::vector<int> ranked_;
};

void SweepVerb::AddSetting(const std::vector<double>& values, const std::vector<size_t>& axes) {
  Setting setting;
  setting.values.assign(axes_.size(), std::nan(""));
  for (size_t i = 0; i < axes.size(); ++i) {
    setting.values[axes[i]] = values[i];
    setting.set.push_back(fmt::format("{}={}", axes_[axes[i]].name, values[i]));
  }
  settings_.push_back(std::move(setting));
}

// All combinations; the last axis changes fastest.
void SweepVerb::AddGrid(std::vector<double>& values) {
  if (values.size() == axes_.size()) {
    std::vector<size_t> axes(axes_.size());
    for (size_t i = 0; i < axes.size(); ++i) axes[i] = i;
    return AddSetting(values, axes);
  }
  for (double value : axes_[values.size()].values) {
    values.push_back(value);
    AddGrid(values);
    values.pop_back();
  }
}

Status SweepVerb::Prepare(Console& console) {
  double count = 1;
  for (const std::string& text : set_) {
    CARROT_ASSIGN_OR_RETURN(Axis axis, ParseAxis(text));
    const bool twice = std::any_of(axes_.begin(), axes_.end(),
                                   [&](const Axis& other) { return other.name == axis.name; });
    if (twice) return Fail(MakeError("U002", fmt::format("--set names `{}` twice", axis.name)));
    count *= static_cast<double>(axis.values.size());
    axes_.push_back(std::move(axis));
  }
  if (!one_at_a_time_ && count > static_cast<double>(kMostSettings)) {
    return Fail(MakeError(
        "U002",
        fmt::format("that grid has {:.0f} settings; at most {} are swept", count, kMostSettings),
        {"give fewer values, or --one-at-a-time"}));
  }
  CARROT_ASSIGN_OR_RETURN(recordings_, OpenRecordings(traces_, task_name_));
  CARROT_ASSIGN_OR_RETURN(reward_, OpenReward(reward_name_, recordings_.task->spec(), console));
  AddSetting({}, {});
  if (one_at_a_time_) {
    for (size_t i = 0; i < axes_.size(); ++i) {
      for (double value : axes_[i].values) AddSetting({value}, {i});
    }
  } else {
    std::vector<double> values;
    AddGrid(values);
  }
  return {};
}

Status SweepVerb::Evaluate(Console& console) {
  CARROT_RETURN_IF_ERROR(Prepare(console));
  std::vector<RewardSettings> settings;
  for (const Setting& setting : settings_) {
    CARROT_ASSIGN_OR_RETURN(RewardSettings parsed,
                            ParseSettings(setting.set, reward_->spec(), recordings_.gamma()));
    settings.push_back(std::move(parsed));
  }
  episodes_ = JudgeEpisodes(recordings_.traces, recordings_.labels);
  ThreadPool pool(Workers(workers_));
  Progress progress(console, "sweep", static_cast<double>(settings.size()), "settings");
  SweepCallbacks callbacks;
  callbacks.cancel = &Interrupted();
  callbacks.progress = [&](int64_t done) { progress.Update(static_cast<double>(done)); };
  CARROT_ASSIGN_OR_RETURN(result_, Sweep(recordings_.traces, recordings_.task->spec().state,
                                         *reward_, settings, episodes_, pool, callbacks));
  ranked_ = RankPoints(result_);
  return {};
}

Json SweepVerb::Document() const {
  const TaskSpec& task = recordings_.task->spec();
  Json json = {{"task", task.name},
               {"task_hash", task.hash},
               {"success", task.success_doc},
               {"reward", reward_name_},
               {"reward_hash", reward_->spec().hash},
               {"recordings", recordings_.names},
               {"episodes", episodes_.size()}};
  json["axes"] = Json::array();
  for (const Axis& axis : axes_)
    json["axes"].push_back({{"name", axis.name}, {"values", axis.values}});
  std::vector<int> rank(settings_.size(), -1);
  for (size_t i = 0; Judged() && i < ranked_.size(); ++i)
    rank[ranked_[i]] = static_cast<int>(i) + 1;
  json["settings"] = Json::array();
  for (size_t i = 0; i < settings_.size(); ++i) {
    if (!result_.done[i]) continue;
    const SweepPoint& point = result_.points[i];
    Json row = {{"set", settings_[i].set}, {"rank", rank[i] > 0 ? Json(rank[i]) : Json()}};
    PutNumber(row, "return", point.episode_return);
    PutNumber(row, "spearman", point.spearman);
    PutNumber(row, "pairs_right", point.accuracy());
    row["pairs"] = PairsJson(point.pairs);
    row["preferred"] =
        point.preferred < 0 ? Json(nullptr) : Json(recordings_.names[point.preferred]);
    PutNumber(row, "preferred_success", point.preferred_success);
    json["settings"].push_back(std::move(row));
  }
  for (const Diagnostic& error : result_.errors) json["errors"].push_back(Json(ToJson(error)));
  return json;
}

void SweepVerb::PrintAsText(Console& console) const {
  std::vector<Table::Column> columns{{"rank"}};
  for (const Axis& axis : axes_) columns.push_back({axis.name});
  const bool policies = recordings_.names.size() > 1;
  columns.insert(columns.end(), {{"pairs right", Align::kRight, "good over bad"},
                                 {"inverted", Align::kRight, "pairs"},
                                 {"rho", Align::kRight, "with success"},
                                 {"return"}});
  if (policies) {
    columns.push_back({"prefers", Align::kLeft, "highest return"});
    columns.push_back({"its success"});
  }
  Table table(std::move(columns));
  size_t printed = 0;
  for (size_t i = 0; i < ranked_.size(); ++i) {
    // The script's own setting is always shown.
    const bool own = ranked_[i] == 0;
    if (top_ > 0 && printed >= static_cast<size_t>(top_) && !own) continue;
    ++printed;
    const SweepPoint& point = result_.points[ranked_[i]];
    std::vector<std::string> cells{Judged() ? fmt::format("{}", i + 1) : "-"};
    for (double value : settings_[ranked_[i]].values) {
      cells.push_back(std::isnan(value) ? "as is" : Short(value));
    }
    cells.insert(cells.end(),
                 {Fixed(point.accuracy()),
                  fmt::format("{} of {}", point.pairs.inverted, point.pairs.comparable),
                  Fixed(point.spearman), Short(point.episode_return)});
    if (policies) {
      cells.push_back(point.preferred < 0 ? "-" : recordings_.names[point.preferred]);
      cells.push_back(Fixed(point.preferred_success));
    }
    table.Row(std::move(cells));
  }
  console.Print(TruthText(recordings_, episodes_, console.out()) + "\n" +
                table.Render(console.out()));
  if (printed < ranked_.size()) {
    console.Print(fmt::format("... and {} more (--top 0 prints all)\n", ranked_.size() - printed));
  }
  if (!Judged() || ranked_[0] == 0) return;
  std::string set;
  for (const std::string& setting : settings_[ranked_[0]].set)
    set += " --set " + ShellWord(setting);
  console.Print(fmt::format("\nnext: carrot train --task {} --reward {}{}\n",
                            recordings_.task->spec().name, ShellWord(reward_name_), set));
}

}  // namespace

std::unique_ptr<Verb> MakeSweep() { return std::make_unique<SweepVerb>(); }

}  // namespace carrot
