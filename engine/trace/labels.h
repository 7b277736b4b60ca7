// Labels: what people said of recorded episodes, in labels.jsonl beside the columns of a recording.
// The columns never change for it; whoever learns from people's judgement reads this file.
//
// One line is one label. Each stands on a line of its own and is only ever appended, so that a
// process that is killed loses the line that it was writing and no other:
//
//   {"id": 1, "env": 0, "episode": 3, "kind": "good"}
//   {"id": 2, "env": 0, "episode": 3, "kind": "rating", "value": 4}
//   {"id": 3, "env": 0, "episode": 3, "kind": "error", "text": "fell", "steps": [120, 131]}
//   {"id": 4, "env": 0, "episode": 3, "kind": "better",
//    "than": {"recording": "../b.trace", "env": 0, "episode": 1}}
//   {"id": 5, "env": 0, "episode": 3, "kind": "bookmark", "text": "look", "steps": [40, 40]}
//   {"id": 2, "removed": true}
//
// A line with the id of an earlier one takes its place. `than.recording` is relative to the
// recording's folder and left out if it is the same one. Steps are inclusive; 0 is the reset state.
// A line that is no label (torn, or of a later version) is passed over.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/base/result.h"

namespace carrot {

enum class LabelKind : uint8_t { kGood, kBad, kRating, kBetter, kError, kBookmark };
const char* Name(LabelKind kind);                        // as in the file: "good"
Result<LabelKind> LabelKindOf(const std::string& name);  // U002, with a suggestion

struct EpisodeLabel {
  int64_t id = 0;  // in its file; 0: not written yet
  int env = 0;
  int64_t episode = 0;
  LabelKind kind = LabelKind::kGood;
  double value = 0;        // of a rating: 1 (worst) to 5 (best)
  std::string text;        // of an error: its type; of a bookmark
  int from = -1, to = -1;  // steps; -1: the whole episode
  // kBetter: the worse episode; `other_recording` is a path as RecordingPath gives it.
  std::string other_recording;
  int other_env = -1;
  int64_t other_episode = -1;

  bool Of(int e, int64_t number) const { return env == e && episode == number; }
};

// The labels of one recording, in the order in which they were given.
struct RecordingLabels {
  std::string recording;  // as RecordingPath gives it
  std::vector<EpisodeLabel> labels;
  int skipped = 0;  // lines that are no labels
};

// One spelling for each folder: absolute, without links and dots.
std::string RecordingPath(const std::filesystem::path& recording);

// Of a recording's folder; none if there is no file. I001: it is there and cannot be read.
Result<RecordingLabels> ReadLabels(const std::filesystem::path& recording);

// The labels of one recording that is open, in memory and on disk. One thread; `labels` may be read
// by any, as long as it is held.
class LabelFile {
 public:
  static Result<LabelFile> Open(const std::filesystem::path& recording);

  std::shared_ptr<const RecordingLabels> labels() const { return labels_; }
  // The label of that id is this from now on; 0: a new one, or the one that it contradicts. An
  // episode is good or bad and has one rating, of two episodes one is better, a step has one
  // bookmark. I006, I007.
  Status Put(EpisodeLabel label);
  Status Remove(int64_t id);  // U002: there is none of that id

 private:
  explicit LabelFile(std::filesystem::path path, RecordingLabels labels);
  Status Append(const std::string& lines) const;

  std::filesystem::path path_;
  std::shared_ptr<const RecordingLabels> labels_;
  int64_t last_id_ = 0;
};

}  // namespace carrot
