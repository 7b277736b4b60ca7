// What verbs are given with --trace: recordings of one task, and rewards evaluated on them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/apps/console.h"
#include "engine/base/result.h"
#include "engine/base/thread_pool.h"
#include "engine/core/task.h"
#include "rewards/analysis/distances.h"
#include "rewards/analysis/truth.h"

namespace carrot {

struct Recordings {
  std::shared_ptr<const Task> task;
  std::vector<std::string> names;  // paths
  std::string given;               // the paths as the user gave them, for a next command
  std::vector<std::shared_ptr<const Trace>> opened;
  std::vector<const Trace*> traces;     // of `opened`
  std::vector<RecordingLabels> labels;  // of each
  double gamma() const { return traces[0]->spec().gamma; }
};

// What a --trace stands for: itself if it is a recording, else the recordings in its traces/ (a run
// folder) or in itself, by name; itself if there are none.
std::vector<std::string> RecordingsIn(const std::string& path);
std::vector<std::string> RecordingsIn(const std::vector<std::string>& paths);
// For verbs that look at one: the last of them, which is a run's newest.
std::string NewestRecordingIn(const std::string& path);

// OpenTrace for verbs that judge behaviour: I015 if no step of it can be read.
Result<std::shared_ptr<const Trace>> OpenFilledTrace(const std::string& path);

// Each path as for RecordingsIn. `task`: where the recorded task is; "" takes its recorded name.
// I0xx; U002 if the recordings are not of one task.
Result<Recordings> OpenRecordings(const std::vector<std::string>& paths, const std::string& task);

// A reward with its re-scores of all recordings. Not copied: `compared` points at `scores`.
struct ScoredReward {
  std::string name;  // as given
  std::vector<Score> scores;
  ComparedReward compared;
  Diagnostics errors;  // run-time errors of terms
};
// `name` as OpenReward takes it, with its own settings changed by `set`; "" is the script that is
// kept with the first recording, as it was set there.
Result<std::unique_ptr<ScoredReward>> ScoreRecordings(const Recordings& recordings,
                                                      const std::string& name,
                                                      const std::vector<std::string>& set,
                                                      ThreadPool& pool, Console& console);

// Adds to each error of a re-score the command that shows the step at which it was first seen.
// `reward` as given with --reward; "" is the script that is kept with the recording.
void AddExplainCommand(const std::string& path, const Trace& trace, const std::string& reward,
                       Diagnostics* errors);

// {value, low, high}; what is not finite becomes null and "nan": true.
Json IntervalJson(const Interval& interval);
// {good, bad, judged, comparable, agreeing, inverted, tied}
Json PairsJson(const PairCounts& counts);
// "0.81 [0.70, 0.90]"; "-" if not finite.
std::string IntervalText(const Interval& interval);
// "0.812", "-" if not finite.
std::string Fixed(double value);
// "2 recordings, 48 episodes: 12 good, 36 bad"; with "(not judged: ...)" if one side is empty.
std::string TruthText(const Recordings& recordings, const std::vector<JudgedEpisode>& episodes,
                      const Stream& stream);

}  // namespace carrot
