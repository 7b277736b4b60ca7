// The picture of an episode's reward (episode.h).
#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "gui/render/episode.h"
#include "gui/render/episode_rows.h"

namespace carrot {
namespace {

// Weights in force, row by row, as recorded.
struct Weights {
  std::vector<double> term;
  double potential = 1;
};

bool AppliesTo(const TraceEvent& event, const TraceEpisodeRows& episode, int step) {
  const auto env = static_cast<size_t>(episode.env);
  if (event.env >= 0 && event.env != episode.env) return false;
  if (env >= event.episode.size() || env >= event.step.size()) return false;
  if (event.episode[env] != episode.episode) return event.episode[env] < episode.episode;
  return event.step[env] < step;
}

void Apply(const TraceEvent& event, const TraceSpec& spec, Weights* weights) {
  if (event.type == "potential_weight") weights->potential = event.value;
  if (event.type != "weight") return;
  for (size_t k = 0; k < spec.terms.size(); ++k) {
    if (spec.terms[k].name == event.name && spec.terms[k].kind != TermKind::kMonitor) {
      weights->term[k] = event.value;
    }
  }
}

// The recorded columns of an episode without its reset row.
class EpisodeColumns {
 public:
  EpisodeColumns(const Trace& trace, const TraceEpisodeRows& episode)
      : trace_(trace), episode_(episode), rows_(trace, episode), events_(trace.events()) {
    const TraceSpec& spec = trace.spec();
    for (const RewardTermSpec& term : spec.terms) {
      weights_.term.push_back(term.kind == TermKind::kMonitor ? 0 : term.weight);
    }
    weights_.potential = spec.potential_weight;
    raw_.resize(spec.terms.size());
    weighted_.resize(spec.terms.size());
    begin_ = std::max(1, rows_.first_step());
    for (int step = begin_; step <= rows_.last_step(); ++step) AddRow(step);
    if (episode.ended) AddEndMark();
  }

  int begin() const { return begin_; }
  const std::vector<double>& total() const { return total_; }
  const std::vector<double>& reward() const { return reward_; }
  std::vector<PlotMark> TakeMarks() { return std::move(marks_); }

  std::vector<TermSeries> Terms() const {
    const TraceSpec& spec = trace_.spec();
    std::vector<TermSeries> terms;
    for (size_t k = 0; k < spec.terms.size(); ++k) {
      terms.push_back({.name = spec.terms[k].name,
                       .unit = spec.terms[k].unit,
                       .weight = weights_.term[k],
                       .raw = raw_[k],
                       .weighted = weighted_[k]});
    }
    if (spec.has_potential) {
      terms.push_back({.name = "potential",
                       .weight = weights_.potential,
                       .raw = shaping_,
                       .weighted = weighted_shaping_});
    }
    return terms;
  }

 private:
  double Time(int step) const { return step * trace_.spec().dt; }

  void AddRow(int step) {
    const TraceLayout& layout = trace_.layout();
    const auto flags = std::to_integer<uint8_t>(*rows_.Row(layout.flags, step));
    ApplyEvents(step);
    const bool broken = (flags & (kRowNonFinite | kRowTermError)) != 0;
    for (size_t k = 0; k < raw_.size(); ++k) {
      const double value = rows_.Number(layout.term + static_cast<int>(k), step);
      raw_[k].push_back(value);
      weighted_[k].push_back(value * weights_.term[k]);
    }
    if (trace_.spec().has_potential) AddShaping(step, (flags & kRowTerminated) != 0);
    const double total = rows_.Number(layout.total, step);
    // Such a row's broken terms were recorded as 0: a gap with a tick says that this total is not
    // whole.
    total_.push_back(broken ? std::numeric_limits<double>::quiet_NaN() : total);
    reward_.push_back(rows_.Number(layout.reward, step));
    if ((flags & kRowSuccess) != 0 && !succeeded_) {
      succeeded_ = true;
      marks_.push_back({PlotMark::Kind::kSuccess, Time(step), ""});
    }
  }

  void ApplyEvents(int step) {
    while (next_event_ < events_.size() && AppliesTo(events_[next_event_], episode_, step)) {
      const TraceEvent& event = events_[next_event_++];
      Apply(event, trace_.spec(), &weights_);
      const bool shown = event.type == "weight" || event.type == "potential_weight" ||
                         event.type == "param" || event.type == "script";
      if (step == begin_ || !shown) continue;  // older than what is seen
      marks_.push_back({PlotMark::Kind::kChange, Time(step - 1),
                        event.type == "script"
                            ? std::string("script changed")
                            : fmt::format("{} {:g}", event.name.empty() ? event.type : event.name,
                                          event.value)});
    }
  }

  void AddShaping(int step, bool terminated) {
    const TraceLayout& layout = trace_.layout();
    double shaping = 0;
    if (step > rows_.first_step()) {
      const double now = terminated ? 0 : rows_.Number(layout.phi, step);
      shaping = trace_.spec().gamma * now - rows_.Number(layout.phi, step - 1);
    }
    shaping_.push_back(shaping);
    weighted_shaping_.push_back(shaping * weights_.potential);
  }

  void AddEndMark() {
    const int last = rows_.last_step();
    const auto flags = std::to_integer<uint8_t>(*rows_.Row(trace_.layout().flags, last));
    PlotMark mark{PlotMark::Kind::kTruncated, Time(last), ""};
    if ((flags & kRowTerminated) != 0) mark.kind = PlotMark::Kind::kTerminated;
    if ((flags & kRowFault) != 0) mark.kind = PlotMark::Kind::kFault;
    for (const EpisodeSummary& summary : trace_.episodes()) {
      if (summary.env == episode_.env && summary.episode == episode_.episode &&
          summary.cause != "time_limit" && summary.cause != "fault") {
        mark.text = summary.cause;
      }
    }
    marks_.push_back(mark);
  }

  const Trace& trace_;
  const TraceEpisodeRows& episode_;
  EpisodeRows rows_;
  std::vector<TraceEvent> events_;
  size_t next_event_ = 0;
  Weights weights_;
  int begin_ = 1;
  bool succeeded_ = false;
  std::vector<std::vector<double>> raw_, weighted_;
  std::vector<double> total_, reward_, shaping_, weighted_shaping_;
  std::vector<PlotMark> marks_;
};

std::string Subtitle(const Trace& trace, const TraceEpisodeRows& episode,
                     const std::vector<double>& reward) {
  double sum = 0;
  for (const double value : reward) sum += value;
  std::string text = fmt::format("episode {}", episode.episode);
  if (episode.env != 0) text += fmt::format(" of env {}", episode.env);
  text += fmt::format("    {} steps    return {:.2f}", reward.size(), sum);
  if (!trace.spec().reward_hash.empty()) {
    text += fmt::format("    reward {}", trace.spec().reward_hash.substr(0, 8));
  }
  return text;
}

}  // namespace

Result<Image> PlotEpisode(Canvas& canvas, const Trace& trace, const TraceEpisodeRows& episode,
                          const EpisodePlotOptions& options) {
  EpisodeColumns columns(trace, episode);
  const TraceSpec& spec = trace.spec();
  PlotPicture picture{
      .title = spec.reward.empty() ? spec.task : fmt::format("{}: {}", spec.task, spec.reward),
      .subtitle = Subtitle(trace, episode, columns.reward()),
      .x_label = "time (s)",
      .x0 = columns.begin() * spec.dt,
      .dx = spec.dt,
      .theme = options.theme,
      .width = options.width,
      .scale = options.scale};
  const std::vector<TermSeries> terms = columns.Terms();
  AddTermPanels(terms, columns.total(), &picture);
  const auto differs = [](double a, double b) {
    return a != b && a == a;
  };  // a gap is no difference
  if (!std::equal(columns.total().begin(), columns.total().end(), columns.reward().begin(),
                  [&](double a, double b) { return !differs(a, b); })) {
    AddRewardLine(columns.reward(), &picture);
  }
  picture.marks = columns.TakeMarks();
  return DrawPlot(canvas, picture);
}

}  // namespace carrot
