// What a Session does with variants: other rewards, scored on the same recordings.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/session/session.h"

namespace carrot {

Status Session::Do(const AddVariant& command) {
  VariantView variant;
  if (command.snapshot >= 0) {
    CARROT_ASSIGN_OR_RETURN(const SnapshotInfo* snapshot, Snapshot(command.snapshot));
    CARROT_RETURN_IF_ERROR(HasReward());
    variant.name = snapshot->name;
    variant.path = reward_.path;
    variant.asked = snapshot->settings;  // they fit the version in use
    variant.function = reward_.function;
  } else {
    variant.path = command.reward;
    if (config_.find_reward) {
      CARROT_ASSIGN_OR_RETURN(variant.path, config_.find_reward(command.reward));
    }
    variant.name = std::filesystem::path(variant.path).stem().string();
  }
  variant.id = ++last_variant_;
  variants_.push_back(std::move(variant));
  ScoreVariant(variants_.back());
  return {};
}

Status Session::Do(const RemoveVariant& command) {
  const size_t gone =
      std::erase_if(variants_, [&](const VariantView& v) { return v.id == command.id; });
  if (gone == 0) return Fail(MakeError("U002", fmt::format("there is no reward {}", command.id)));
  return {};
}

void Session::ScoreVariant(VariantView& variant) {
  variant.busy = true;
  VariantRequest request{variant.id,
                         variant.path,
                         variant.asked ? variant.function : nullptr,
                         variant.asked.value_or(RewardSettings()),
                         {}};
  for (const TraceView& view : open_) request.recordings.push_back(view.trace);
  variants_desk_->Ask(std::move(request));
}

bool Session::TakeVariants() {
  bool any = false;
  while (std::optional<VariantResult> result = variants_desk_->Take()) {
    any = true;
    for (VariantView& variant : variants_) {
      // One that was asked for anew since, with other recordings, has another result to come.
      if (variant.id != result->id) continue;
      variant.busy = result->episodes.size() != open_.size() && result->function != nullptr;
      variant.function = result->function;
      variant.settings = result->settings;
      variant.problems = std::move(result->problems);
      variant.episodes = std::make_shared<const std::vector<std::vector<EpisodeScore>>>(
          std::move(result->episodes));
      break;
    }
  }
  return any;
}

}  // namespace carrot
