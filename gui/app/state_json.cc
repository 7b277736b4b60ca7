#include "gui/app/state_json.h"

#include <cmath>

#include "gui/view/paid_parts.h"

namespace carrot {

nlohmann::ordered_json StateJson(const App& app) {
  const FrameView& view = app.view();
  const RewardInfo& reward = view.reward;
  constexpr const char* kStatus[] = {"live", "last_good", "none"};
  size_t labels = 0;
  for (const TraceView& trace : view.open) labels += trace.labels ? trace.labels->labels.size() : 0;
  nlohmann::ordered_json state = {
      {"tick", view.tick},
      {"step", view.clock.step},
      {"length", view.clock.length},
      {"episode", view.clock.episode},
      {"trace", view.clock.trace},
      {"playing", view.clock.playing},
      {"speed", view.clock.speed},
      {"task", view.task->spec().name},
      {"policy", view.policy},
      {"reward", reward.function ? reward.function->spec().name : ""},
      {"reward_hash", reward.function ? reward.function->spec().hash : ""},
      {"reward_status", kStatus[static_cast<int>(reward.status)]},
      {"version", reward.version},
      {"mean_return", reward.mean_return},
      {"undo", reward.history},
      {"problems", reward.problems.size()},
      {"messages", view.message_count},
      {"snapshots", view.snapshots.size()},
      {"reference", view.reference},
      {"flipped", view.flipped},
      {"alarms", view.alarms.size()},
      {"alarms_fresh", view.alarms_fresh},
      {"jobs", view.jobs.size()},
      {"labels", labels},
      {"variants", view.variants.size()},
      {"loop_from", view.clock.loop_from},
      {"loop_to", view.clock.loop_to},
      {"open", view.open.size()},
      {"human", view.human},
      {"hand_body", view.hand.body},
      {"hand_newtons",
       std::hypot(view.hand.wrench.force[0], view.hand.wrench.force[1], view.hand.wrench.force[2])},
      {"edited", view.hand.edited != nullptr}};
  state["weights"] = nlohmann::ordered_json::object();
  state["params"] = nlohmann::ordered_json::object();
  for (const PaidPart& part : PaidParts(reward)) state["weights"][part.term->name] = part.weight;
  if (reward.function) {
    const RewardSpec& spec = reward.function->spec();
    for (size_t k = 0; k < spec.params.size(); ++k) {
      state["params"][spec.params[k].name] = reward.settings.params[k];
    }
  }
  const TraceView& shown = view.Shown();
  state["fresh"] = shown.fresh;
  if (shown.totals && shown.episodes &&
      view.clock.episode < static_cast<int>(shown.totals->episodes.size())) {
    state["episode_return"] = shown.totals->episodes[view.clock.episode].episode_return;
  }
  const UiState& ui = const_cast<App&>(app).state();
  state["layout"] = ui.layout;
  state["peek"] = ui.peek_step;
  state["mark_a"] = ui.mark_a;
  state["mark_b"] = ui.mark_b;
  state["select_from"] = ui.select_from;
  state["select_to"] = ui.select_to;
  state["paused_jobs"] = std::count_if(view.jobs.begin(), view.jobs.end(),
                                       [](const JobView& job) { return job.paused; });
  const Item* scene = ItemLog::Get().Find("scene/view");
  if (scene) state["scene_step"] = std::atoi(scene->text.c_str() + 5);
  return state;
}

}  // namespace carrot
