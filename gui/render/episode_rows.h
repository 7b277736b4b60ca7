// Columns of one recorded episode, as drawing needs them.
#pragma once

#include <vector>

#include "engine/core/task.h"
#include "engine/trace/trace.h"
#include "gui/render/scene_view.h"

namespace carrot {

// Walks the rows of an episode by step: step s is row s - first_step.
class EpisodeRows {
 public:
  EpisodeRows(const Trace& trace, const TraceEpisodeRows& episode)
      : trace_(trace), episode_(episode) {}

  int first_step() const { return episode_.first_step; }
  int last_step() const { return episode_.first_step + static_cast<int>(episode_.rows) - 1; }
  // Address of a column's row; `step` within [first_step, last_step].
  const std::byte* Row(int column, int step) const;
  double Number(int column, int step) const {  // of an f64 scalar
    return *reinterpret_cast<const double*>(Row(column, step));
  }
  // Addresses of that row by the index of the task's StateSpec; null where a field was not
  // recorded, or was recorded with another type or size. For SceneRow, with row 0.
  std::vector<void*> SceneColumns(const Task& task, int step) const;

 private:
  const Trace& trace_;
  const TraceEpisodeRows& episode_;
};

}  // namespace carrot
