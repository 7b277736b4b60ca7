#include "gui/view/scenes.h"

#include <algorithm>

#include "gui/render/episode_rows.h"

namespace carrot {

std::vector<std::string> SceneCache::CameraNames() const {
  return view_ ? view_->CameraNames() : std::vector<std::string>();
}

unsigned int SceneCache::Draw(const Task& task, const TraceView& trace, int episode, int step,
                              int width, int height, Theme theme, double quality,
                              const SceneExtras& extras) {
  width = std::max(16, static_cast<int>(width * quality * resolution));
  height = std::max(16, static_cast<int>(height * quality * resolution));
  const Key key{&task, trace.trace.get(), episode, step, width, height, theme, extras};
  if (key == drawn_ && !changed_ && target_) return target_->texture();
  why_.clear();
  if (!view_ || task_ != &task || theme_ != theme) {
    SceneOptions options{.theme = theme, .quality = SceneQuality::kFast, .camera = camera};
    Result<std::unique_ptr<SceneView>> made = MakeSceneView(task, options, canvas_);
    if (!made) {
      why_ = made.error()[0].message;
      return 0;
    }
    view_ = std::move(*made);
    task_ = &task;
    theme_ = theme;
  }
  if (changed_) {
    if (Status set = view_->SetCamera(camera); !set) why_ = set.error()[0].message;
    changed_ = false;
  }
  if (!target_ || target_->width() != width || target_->height() != height) {
    target_.reset();
    Result<Framebuffer> made = Framebuffer::Create(width, height);
    if (!made) {
      why_ = made.error()[0].message;
      return 0;
    }
    target_.emplace(std::move(*made));
  }
  if (!trace.episodes || episode >= static_cast<int>(trace.episodes->size())) return 0;
  const EpisodeRows rows(*trace.trace, (*trace.episodes)[episode]);
  if (step < rows.first_step() || step > rows.last_step()) return 0;
  const std::vector<void*> columns = rows.SceneColumns(task, step);
  SceneRow row{columns, 0};
  if (extras.instead) row.columns = extras.instead->next();
  std::vector<TraceEpisodeRows> others;
  std::vector<void*> ghost_columns;
  if (extras.ghost) others = extras.ghost->EpisodeRows();
  if (extras.ghost_episode < static_cast<int>(others.size())) {
    const EpisodeRows ghost(*extras.ghost, others[extras.ghost_episode]);
    ghost_columns = ghost.SceneColumns(
        task, std::clamp(extras.ghost_step, ghost.first_step(), ghost.last_step()));
    row.ghosts.push_back({ghost_columns, 0});
  }
  if (Status drawn = view_->Draw(row, *target_); !drawn) {
    why_ = drawn.error()[0].message;
    return 0;
  }
  drawn_ = key;
  return target_->texture();
}

}  // namespace carrot
