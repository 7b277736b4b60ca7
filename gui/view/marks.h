// Marks: the places of a recording that somebody may want to go to. Episodes, alarms, reloads of
// the script, and what people said: one list, in the order of display, that the timeline draws and
// the keys Ctrl+Left and Ctrl+Right walk along.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/session/frame_view.h"

namespace carrot {

enum class MarkKind { kEpisode, kReload, kAlarm, kLabel, kError, kBookmark };

struct Mark {
  MarkKind kind = MarkKind::kEpisode;
  int episode = 0;       // index of TraceView::episodes
  int from = 0, to = 0;  // steps, inclusive
  std::string text;      // in words; of an episode how it ended: "success", "fallen", "time_limit"
  int64_t label = 0;     // of TraceView::labels; 0: none
};

// "good", "rating 4", "fell", "better than b, episode 3".
std::string LabelText(const FrameView& view, const EpisodeLabel& label);
// Where an episode of a recording is: index of `open` and of its episodes; false: it is not open.
bool FindEpisode(const FrameView& view, const std::string& recording, int env, int64_t episode,
                 int* open, int* index);
// Index of an episode by its name; -1: it is not there.
int EpisodeIndex(const TraceView& trace, int env, int64_t episode);

std::vector<Mark> MarksOf(const FrameView& view, const TraceView& trace);
// The nearest one after (direction 1) or before (-1) a step; null: there is none.
const Mark* NextMark(const std::vector<Mark>& marks, int episode, int step, int direction);

// Marks of the shown recording, made anew only when something of them changed.
class MarkCache {
 public:
  const std::vector<Mark>& Of(const FrameView& view, const TraceView& trace);
  // How its episodes ended, with their numbers: "success", "fallen".
  const std::map<std::string, int>& ends() const { return ends_; }

 private:
  std::vector<Mark> marks_;
  std::map<std::string, int> ends_;
  std::shared_ptr<const Trace> trace_;
  std::shared_ptr<const std::vector<TraceEpisodeRows>> episodes_;
  std::shared_ptr<const RecordingLabels> labels_;
  std::string alarms_;
  size_t events_ = 0;
};

}  // namespace carrot
