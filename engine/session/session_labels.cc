// What a Session does with labels: each is of an episode of an open recording.
#include <fmt/format.h>

#include <algorithm>

#include "engine/session/session.h"

namespace carrot {

Result<const TraceEpisodeRows*> Session::LabelledEpisode(int trace, int episode) const {
  if (trace < 0) {
    return Fail(MakeError("U002", "labels belong to a recording; this is the live world"));
  }
  if (trace >= static_cast<int>(open_.size())) {
    return Fail(MakeError("U002", fmt::format("there is no recording {}", trace)));
  }
  const auto& episodes = *open_[trace].episodes;
  if (episode < 0 || episode >= static_cast<int>(episodes.size())) {
    return Fail(MakeError("U002", fmt::format("there is no episode {}", episode)));
  }
  return &episodes[episode];
}

Result<EpisodeLabel> Session::LabelOf(const struct Label& command) const {
  CARROT_ASSIGN_OR_RETURN(const LabelKind kind, LabelKindOf(command.kind));
  const int trace = command.trace < 0 ? clock_.trace : command.trace;
  const int episode = command.episode < 0 ? clock_.episode : command.episode;
  CARROT_ASSIGN_OR_RETURN(const TraceEpisodeRows* rows, LabelledEpisode(trace, episode));
  EpisodeLabel label{.id = command.id, .env = rows->env, .episode = rows->episode, .kind = kind};
  const bool spans = kind == LabelKind::kError, marks = kind == LabelKind::kBookmark;
  if (kind == LabelKind::kRating) {
    if (!(command.value >= 1 && command.value <= 5))
      return Fail(MakeError("U002", "a rating is 1 (the worst) to 5 (the best)"));
    label.value = command.value;
  }
  if (spans || marks) {
    const int last = rows->first_step + static_cast<int>(rows->rows) - 1;
    label.text = command.text;
    label.from = command.from;
    label.to = spans ? command.to : command.from;
    if (label.from < rows->first_step || label.to < label.from || label.to > last) {
      return Fail(MakeError("U002", fmt::format("steps {} to {}: the episode has {} to {}",
                                                label.from, label.to, rows->first_step, last)));
    }
    if (spans && label.text.empty())
      return Fail(MakeError("U002", "an error needs a type: what goes wrong"));
  }
  if (kind == LabelKind::kBetter) {
    const int other_trace = command.other_trace < 0 ? trace : command.other_trace;
    CARROT_ASSIGN_OR_RETURN(const TraceEpisodeRows* other,
                            LabelledEpisode(other_trace, command.other));
    if (other == rows) return Fail(MakeError("U002", "no episode is better than itself"));
    label.other_recording = open_[other_trace].labels->recording;
    label.other_env = other->env;
    label.other_episode = other->episode;
  }
  return label;
}

Status Session::Do(const struct Label& command) {
  if (command.trace < 0 && clock_.trace < 0) return KeepLive(command);
  CARROT_ASSIGN_OR_RETURN(EpisodeLabel label, LabelOf(command));
  const int trace = command.trace < 0 ? clock_.trace : command.trace;
  CARROT_RETURN_IF_ERROR(labels_[trace].Put(std::move(label)));
  open_[trace].labels = labels_[trace].labels();
  return {};
}

Status Session::Do(const Unlabel& command) {
  if (command.trace < 0 || command.trace >= static_cast<int>(open_.size())) {
    return Fail(MakeError("U002", fmt::format("there is no recording {}", command.trace)));
  }
  CARROT_RETURN_IF_ERROR(labels_[command.trace].Remove(command.id));
  open_[command.trace].labels = labels_[command.trace].labels();
  return {};
}

// Each once, in the order given.
Status Session::Do(const SetErrorTypes& command) {
  error_types_.clear();
  for (const std::string& type : command.types) {
    const bool known =
        std::find(error_types_.begin(), error_types_.end(), type) != error_types_.end();
    if (!type.empty() && !known) error_types_.push_back(type);
  }
  unsaved_ = true;
  return {};
}

}  // namespace carrot
