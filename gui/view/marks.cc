#include "gui/view/marks.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace carrot {
namespace {

using Causes = std::map<std::pair<int, int64_t>, std::string>;

Causes CausesOf(const Trace& trace) {
  Causes causes;
  for (const EpisodeSummary& episode : trace.episodes()) {
    causes[{episode.env, episode.episode}] = episode.success ? "success" : episode.cause;
  }
  return causes;
}

// A live episode has flags before it has a summary.
std::string EndOf(const TraceView& trace, const TraceEpisodeRows& rows, const Causes& causes) {
  if (!rows.ended) return "not finished";
  const auto cause = causes.find({rows.env, rows.episode});
  if (cause != causes.end() && !cause->second.empty()) return cause->second;
  const TraceBlock& last = *rows.blocks.back();
  const uint8_t flags = *Trace::Row<uint8_t>(last, trace.trace->layout().flags, last.rows - 1);
  return flags & kRowFault        ? "fault"
         : flags & kRowSuccess    ? "success"
         : flags & kRowTerminated ? "terminated"
                                  : "time_limit";
}

void AddEpisodes(const TraceView& trace, std::vector<Mark>& marks) {
  const Causes causes = CausesOf(*trace.trace);
  for (size_t e = 0; e < trace.episodes->size(); ++e) {
    const TraceEpisodeRows& rows = (*trace.episodes)[e];
    marks.push_back({MarkKind::kEpisode, static_cast<int>(e), rows.first_step,
                     rows.first_step + static_cast<int>(rows.rows) - 1,
                     EndOf(trace, rows, causes)});
  }
}

void AddAlarms(const FrameView& view, const TraceView& trace, std::vector<Mark>& marks) {
  for (const Finding& alarm : view.alarms) {
    if (!alarm.judged || !alarm.muted.empty()) continue;
    for (const Frames& frames : alarm.frames) {
      const bool here =
          !trace.path.empty() && (frames.recording == trace.path || frames.recording == trace.name);
      const int episode = here ? EpisodeIndex(trace, frames.env, frames.episode) : -1;
      if (episode < 0) continue;
      marks.push_back({MarkKind::kAlarm, episode, static_cast<int>(frames.from),
                       static_cast<int>(frames.to), alarm.code + " " + alarm.message});
    }
  }
}

void AddReloads(const TraceView& trace, std::vector<Mark>& marks) {
  for (const TraceEvent& event : trace.trace->events()) {
    if (event.type != "script") continue;
    for (size_t env = 0; env < event.episode.size() && env < event.step.size(); ++env) {
      const int episode = EpisodeIndex(trace, static_cast<int>(env), event.episode[env]);
      if (episode < 0) continue;
      marks.push_back({MarkKind::kReload, episode, event.step[env], event.step[env],
                       "the script was loaded anew: " + event.text.substr(0, 8)});
    }
  }
}

void AddLabels(const FrameView& view, const TraceView& trace, std::vector<Mark>& marks) {
  if (!trace.labels) return;
  for (const EpisodeLabel& label : trace.labels->labels) {
    const int episode = EpisodeIndex(trace, label.env, label.episode);
    if (episode < 0) continue;
    const MarkKind kind = label.kind == LabelKind::kError      ? MarkKind::kError
                          : label.kind == LabelKind::kBookmark ? MarkKind::kBookmark
                                                               : MarkKind::kLabel;
    const int first = (*trace.episodes)[episode].first_step;
    const int from = label.from >= 0 ? label.from : first;
    marks.push_back(
        {kind, episode, from, std::max(from, label.to), LabelText(view, label), label.id});
  }
}

}  // namespace

int EpisodeIndex(const TraceView& trace, int env, int64_t episode) {
  if (!trace.episodes) return -1;
  for (size_t e = 0; e < trace.episodes->size(); ++e) {
    const TraceEpisodeRows& rows = (*trace.episodes)[e];
    if (rows.env == env && rows.episode == episode) return static_cast<int>(e);
  }
  return -1;
}

bool FindEpisode(const FrameView& view, const std::string& recording, int env, int64_t episode,
                 int* open, int* index) {
  for (size_t i = 0; i < view.open.size(); ++i) {
    const TraceView& trace = view.open[i];
    if (!trace.labels || trace.labels->recording != recording) continue;
    *open = static_cast<int>(i);
    *index = EpisodeIndex(trace, env, episode);
    return *index >= 0;
  }
  return false;
}

std::string LabelText(const FrameView& view, const EpisodeLabel& label) {
  switch (label.kind) {
    case LabelKind::kRating:
      return fmt::format("rating {:g}", label.value);
    case LabelKind::kError:
      return label.text;
    case LabelKind::kBookmark:
      return label.text.empty() ? "bookmark" : label.text;
    case LabelKind::kBetter: {
      int open = -1, index = -1;
      if (FindEpisode(view, label.other_recording, label.other_env, label.other_episode, &open,
                      &index)) {
        return fmt::format("better than {}, episode {}", view.open[open].name, index);
      }
      return fmt::format("better than env {} no. {} of {}", label.other_env, label.other_episode,
                         label.other_recording);
    }
    default:
      return Name(label.kind);
  }
}

std::vector<Mark> MarksOf(const FrameView& view, const TraceView& trace) {
  std::vector<Mark> marks;
  if (!trace.trace || !trace.episodes) return marks;
  AddEpisodes(trace, marks);
  AddAlarms(view, trace, marks);
  AddReloads(trace, marks);
  AddLabels(view, trace, marks);
  std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) {
    return std::pair(a.episode, a.from) < std::pair(b.episode, b.from);
  });
  return marks;
}

const Mark* NextMark(const std::vector<Mark>& marks, int episode, int step, int direction) {
  const std::pair here(episode, step);
  const auto place = [](const Mark& mark) { return std::pair(mark.episode, mark.from); };
  if (direction > 0) {
    const auto after = std::upper_bound(marks.begin(), marks.end(), here,
                                        [&](const auto& h, const Mark& m) { return h < place(m); });
    return after == marks.end() ? nullptr : &*after;
  }
  const auto from = std::lower_bound(marks.begin(), marks.end(), here,
                                     [&](const Mark& m, const auto& h) { return place(m) < h; });
  return from == marks.begin() ? nullptr : &*(from - 1);
}

namespace {

// What is shown of the alarms.
std::string AlarmsKey(const FrameView& view) {
  std::string key;
  for (const Finding& alarm : view.alarms) {
    key += alarm.code + alarm.muted + (alarm.judged ? "1" : "0");
    for (const Frames& frames : alarm.frames) key += fmt::format(",{}", frames.from);
  }
  return key;
}

}  // namespace

const std::vector<Mark>& MarkCache::Of(const FrameView& view, const TraceView& trace) {
  if (trace.trace != trace_) events_ = 0;
  const std::string alarms = AlarmsKey(view);
  const size_t more = trace.trace ? trace.trace->events(events_).size() : 0;
  if (trace.trace != trace_ || trace.episodes != episodes_ || trace.labels != labels_ ||
      alarms != alarms_ || more > 0) {
    marks_ = MarksOf(view, trace);
    ends_.clear();
    for (const Mark& mark : marks_) {
      if (mark.kind == MarkKind::kEpisode) ++ends_[mark.text];
    }
    trace_ = trace.trace;
    episodes_ = trace.episodes;
    labels_ = trace.labels;
    alarms_ = alarms;
    events_ += more;
  }
  return marks_;
}

}  // namespace carrot
