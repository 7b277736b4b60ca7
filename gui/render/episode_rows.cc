#include "gui/render/episode_rows.h"

#include "engine/base/check.h"

namespace carrot {

const std::byte* EpisodeRows::Row(int column, int step) const {
  CARROT_CHECK(step >= first_step() && step <= last_step());
  // Blocks hold up to 1,024 rows, so a walk over them is short beside drawing a picture.
  int64_t row = step - first_step();
  for (const TraceBlock* block : episode_.blocks) {
    if (row < block->rows) return Trace::Row(*block, column, row);
    row -= block->rows;
  }
  CARROT_CHECK(false);
  return nullptr;
}

std::vector<void*> EpisodeRows::SceneColumns(const Task& task, int step) const {
  const StateSpec& state = task.spec().state;
  std::vector<void*> columns(static_cast<size_t>(state.size()), nullptr);
  const std::vector<FieldSpec>& recorded = trace_.spec().fields;
  for (size_t i = 0; i < recorded.size(); ++i) {
    const int field = state.Find(recorded[i].name);
    if (field < 0 || state[field].dtype != recorded[i].dtype ||
        state[field].size() != recorded[i].size()) {
      continue;
    }
    const std::byte* row = Row(trace_.layout().state + static_cast<int>(i), step);
    columns[static_cast<size_t>(field)] = const_cast<std::byte*>(row);  // views only read
  }
  return columns;
}

}  // namespace carrot
