// Training: start PPO on the reward in use, and put any of its checkpoints into the live world. The
// curves are in training_curves.cc.
#include <fmt/format.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <optional>
#include <string>
#include <vector>

#include "gui/panels/panels.h"
#include "gui/panels/training_parts.h"
#include "gui/view/parts.h"
#include "gui/widgets/items.h"

namespace carrot {
namespace {

// Of the panel alone: what is typed and looked at, not what is.
struct TrainingState {
  std::string steps = "200k", seed = "0";
  // When Start was pressed: the next message may say why there is no new job.
  int64_t messages = 0;
  size_t jobs = 0;
  bool asked = false;
};
TrainingState& TheTraining() {
  static TrainingState state;  // one window
  return state;
}

// "200000", "200k", "1.5M", "1_000_000": what people write; 0 if it is no number of steps.
int64_t StepsOf(std::string text) {
  std::erase_if(text, [](char c) { return c == '_' || c == ',' || c == ' '; });
  char* end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  if (end == text.c_str()) return 0;
  const std::string unit = end;
  if (unit == "k" || unit == "K") value *= 1e3;
  if (unit == "m" || unit == "M") value *= 1e6;
  const bool known = unit.empty() || unit == "k" || unit == "K" || unit == "m" || unit == "M";
  return known && value >= 1 && value < 1e12 ? std::llround(value) : 0;
}

std::optional<uint64_t> SeedOf(const std::string& text) {
  char* end = nullptr;
  const uint64_t seed = std::strtoull(text.c_str(), &end, 10);
  if (text.empty() || *end != 0) return std::nullopt;
  return seed;
}

std::string Duration(double seconds) {
  const auto whole = std::llround(std::max(0.0, seconds));
  if (whole >= 3600) return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
  if (whole >= 60) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} s", whole);
}

// --- what can be asked

void Start(Ui& ui, const JobView* job) {
  TrainingState& state = TheTraining();
  const int64_t steps = StepsOf(state.steps);
  const std::optional<uint64_t> seed = SeedOf(state.seed);
  const bool can = steps > 0 && seed && ui.view.reward.function;
  ImGui::BeginDisabled(!can);
  const bool pressed = widgets::Button(
      "start", "Start", "Trains PPO with the weights and parameters in use, in the background");
  ImGui::EndDisabled();
  ImGui::SameLine();
  ImGui::AlignTextToFramePadding();
  widgets::Muted("steps_label", "steps");
  ImGui::SameLine(0, 4);
  widgets::InputText("steps", &state.steps, "200k", 72);
  widgets::Tip("Environment steps: 200000, 200k or 1.5M. Evaluated ten times on the way");
  ImGui::SameLine();
  widgets::Muted("seed_label", "seed");
  ImGui::SameLine(0, 4);
  widgets::InputText("seed", &state.seed, "0", 52);
  if (pressed) {
    ui.session.Send(StartTrain{steps, *seed});
    state.messages = ui.view.message_count;
    state.jobs = ui.view.jobs.size();
    state.asked = true;
  }
  if (job != nullptr && job->state == JobState::kRunning) {
    ImGui::SameLine();
    if (widgets::Button("pause", job->paused ? "Resume" : "Pause",
                        "After the iteration under way; the same bits as without a pause"))
      ui.session.Send(PauseJob{job->id, !job->paused});
    ImGui::SameLine();
    if (widgets::Button("cancel", "Stop", "Stops after this iteration; what was written stays"))
      ui.session.Send(CancelJob{job->id});
  }
}

void Progress(Ui& ui, const JobView& job) {
  constexpr const char* kStates[] = {"running", "done", "failed", "cancelled"};
  const Colour colours[] = {ui.palette.text, ui.palette.good, ui.palette.bad, ui.palette.muted};
  const int state = static_cast<int>(job.state);
  ImGui::SameLine(0, 20);
  ImGui::AlignTextToFramePadding();
  widgets::Text("state", fmt::format("#{} {}", job.id, job.paused ? "paused" : kStates[state]),
                job.paused ? ui.palette.notice : colours[state]);
  widgets::Tip(job.what.c_str());
  ImGui::SameLine();
  ProgressBar(ui, job.done, ImVec2(150, ImGui::GetFrameHeight()));
  std::string text = fmt::format("{:.0f} %   ", 100 * job.done);
  if (!job.curve.empty()) {
    const PpoMetrics& last = job.curve.back();
    text += fmt::format("step {}   {} steps/s", StepsText(static_cast<double>(last.step)),
                        StepsText(std::round(last.steps_per_second())));
  }
  if (job.paused) {
    text += fmt::format("   {} so far", Duration(job.seconds));
  } else if (job.state == JobState::kRunning && job.seconds_left >= 0) {
    text += fmt::format("   {} left", Duration(job.seconds_left));
  } else if (job.state != JobState::kRunning) {
    text += fmt::format("   took {}", Duration(job.seconds));
  }
  ImGui::SameLine();
  widgets::Text("speed", text);
}

// --- the reward that it trains on

// "alive 0.5 -> 0.7" of each value that differs; the script if that does.
std::string ChangedSince(const JobView& job, const RewardInfo& reward) {
  if (!job.reward || !reward.function) return "";
  std::string text;
  const auto add = [&](const std::string& change) { text += (text.empty() ? "" : ", ") + change; };
  const RewardSpec &was = job.reward->spec(), &now = reward.function->spec();
  if (was.hash != now.hash) add("the script");
  const auto values = [&](const auto& old_specs, const std::vector<double>& old,
                          const auto& new_specs, const std::vector<double>& values) {
    for (size_t i = 0; i < new_specs.size() && i < values.size(); ++i) {
      for (size_t k = 0; k < old_specs.size() && k < old.size(); ++k) {
        if (old_specs[k].name == new_specs[i].name && old[k] != values[i])
          add(fmt::format("{} {:.4g} -> {:.4g}", new_specs[i].name, old[k], values[i]));
      }
    }
  };
  values(was.terms, job.settings.weights.weights, now.terms, reward.settings.weights.weights);
  values(was.params, job.settings.params, now.params, reward.settings.params);
  if (was.has_potential && now.has_potential &&
      job.settings.weights.potential != reward.settings.weights.potential)
    add("potential");
  return text;
}

// A run's reward is part of what its results, its checkpoints and its resume are made from: it does
// not change under way, and the panel says so when the one in use does.
void KeptReward(Ui& ui, const JobView& job) {
  if (job.state != JobState::kRunning) return;
  const std::string changed = ChangedSince(job, ui.view.reward);
  if (changed.empty()) return;
  const Scope scope("kept");
  widgets::Text("text",
                fmt::format("#{} keeps the reward that it was started with; changed since: "
                            "{}",
                            job.id, changed),
                ui.palette.notice);
  ImGui::SameLine(0, 12);
  const bool fork = widgets::SmallButton("fork", "train the new one too",
                                         "A run of its own, as long and with the same seed");
  ImGui::SameLine(0, 4);
  const bool instead =
      widgets::SmallButton("instead", "stop and train the new one", "What the old one wrote stays");
  if (instead) ui.session.Send(CancelJob{job.id});
  if (fork || instead) ui.session.Send(StartTrain{job.steps, job.seed});
}

// --- checkpoints

// "52k 38%": the step, and how often it succeeded.
void Policies(Ui& ui, const JobView& job) {
  if (job.policies.empty()) return;
  const Scope scope("policies");
  widgets::Muted("label", "play");
  widgets::Tip("Each evaluation keeps its policy: click one, and the live world plays it");
  for (size_t i = 0; i < job.policies.size() && i < job.evaluations.size(); ++i) {
    const auto& [step, evaluation] = job.evaluations[i];
    std::string label = StepsText(static_cast<double>(step));
    const double success = evaluation.success.mean;
    if (std::isfinite(success)) label += fmt::format("  {:.0f}%", 100 * success);
    ImGui::SameLine(0, 6);
    const float width = ImGui::CalcTextSize(label.c_str()).x + 2 * ImGui::GetStyle().FramePadding.x;
    if (ImGui::GetContentRegionAvail().x < width) ImGui::NewLine();
    const bool on = ui.view.policy == job.policies[i];
    if (on) ImGui::PushStyleColor(ImGuiCol_Button, ImGui::GetColorU32(ImGuiCol_ButtonActive));
    const bool pressed =
        widgets::SmallButton(fmt::format("{}", step).c_str(), label.c_str(),
                             fmt::format("return {:.5g}, success {:.0f} %, {} episodes\n{}",
                                         evaluation.episode_return.mean, 100 * success,
                                         evaluation.episodes, job.policies[i])
                                 .c_str());
    if (on) ImGui::PopStyleColor();
    if (!pressed) continue;
    ui.session.Send(SetPolicy{job.policies[i]});
    ui.session.Send(Seek{-1, -1, -1});
    ui.session.Send(Play{});  // a paused world would show nothing of it
  }
}

// Why there is no job although one was asked for.
void Refusal(Ui& ui) {
  TrainingState& state = TheTraining();
  if (ui.view.jobs.size() > state.jobs) state.asked = false;  // there it is
  const Diagnostic* refused = state.asked ? ui.view.MessageAfter(state.messages) : nullptr;
  if (refused) widgets::Paragraph("refused", refused->message, ui.palette.bad);
}

}  // namespace

void DrawTraining(Ui& ui) {
  const JobView* job = ui.view.jobs.empty() ? nullptr : &ui.view.jobs.back();
  Start(ui, job);
  if (job == nullptr) {
    Refusal(ui);
    widgets::Paragraph("none",
                       "No training yet. Start trains a policy on the reward as it is tuned now; "
                       "its curves, the mean of each term, and a policy to play for each "
                       "evaluation appear here.",
                       ui.palette.muted);
    widgets::Muted("needs", "Runs are kept in the session's folder: carrot gui --session DIR");
    return;
  }
  Progress(ui, *job);
  Refusal(ui);
  KeptReward(ui, *job);
  for (const Diagnostic& problem : job->problems) {
    widgets::Paragraph("problem", problem.code + "  " + problem.message, ui.palette.bad);
  }
  Policies(ui, *job);
  if (job->curve.empty()) {
    widgets::Muted("waiting", job->state == JobState::kRunning ? "the first iteration is on its way"
                                                               : "it ended before an iteration");
  } else {
    DrawTrainingCurves(ui, *job);
  }
  ui.state.copied["training"] = job->command;
}

}  // namespace carrot
